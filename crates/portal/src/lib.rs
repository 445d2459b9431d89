//! The HTTP edge: the portal that recipients use.
//!
//! What a browser asks goes through the same layers, outermost first:
//!
//! 1. [`server`](Portal): connections, TLS, the time a client may take;
//! 2. `headers`: the security headers of every answer; compression;
//! 3. `policy`: hosts that have an MTA-STS policy and nothing else;
//! 4. `visit`: who visits, in which language, with which form token; where a form was sent from; and after the handler the
//!    page for whatever was refused, in one place;
//! 5. `routes`: the table of all paths. A path is open to strangers or it is the owner's: who is not signed in gets no further;
//! 6. `pages`: one handler a path, which asks `app` and draws with `render`.
//!
//! # Rules that hold for every handler
//!
//! - `GET` and `HEAD` change nothing that matters: mail scanners open links, and opening spends nothing [J3].
//! - A change is a `POST` with the token of the form, sent from a page of this portal (`origin`, `form`).
//! - Nothing is known about a request but what stands in it: the own address comes from the configuration and never from
//!   the `Host` header (which only chooses among hosts of policies), the client's address from the socket unless a trusted proxy speaks.
//! - Strangers learn nothing [P7]: an unknown, a foreign and a deleted id are the same 404.

mod cookies;
mod download;
mod form;
mod headers;
mod house;
mod impatient;
pub mod input;
mod kept;
mod next;
mod origin;
mod pages;
mod policy;
mod refusal;
mod routes;
mod server;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod tls;
mod visit;

pub use server::{BindError, Portal};
pub use settings::{Logo, LogoType, PortalSettings, Tls};
pub use tls::TlsError;

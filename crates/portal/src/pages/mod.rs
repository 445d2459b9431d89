//! One handler a path. It asks a use case, fills in a page, and answers.

pub(crate) mod activation;
mod again;
pub(crate) mod archive;
pub(crate) mod assets;
pub(crate) mod health;
pub(crate) mod mailbox;
pub(crate) mod message;
mod opened;
mod problems;
pub(crate) mod provider;
mod questions;
pub(crate) mod reading;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod write;
mod writing;

use std::str::FromStr;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

pub use self::writing::typed_text;
use crate::{download, refusal::Refusal};

/// What a handler gives.
pub(crate) type Answer = Result<Response, Refusal>;

/// A page as it was asked for, or with what was wrong in the form.
fn page(html: String, problems: bool) -> Response {
    let status = if problems { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, download::html(html)).into_response()
}

/// The id in a path. Whatever is none leads nowhere.
fn id<T: FromStr>(shown: &str) -> Result<T, Refusal> {
    shown.parse().map_err(|_| Refusal::NotFound)
}

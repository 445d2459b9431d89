//! The readers of what strangers send: forms, cookies, paths to go on to, carried texts, forwarded addresses.
//!
//! They know nothing of a house, ask no store and never fail but by saying that there is nothing. Handlers reach them where they lie; they are
//! public here, so that the fuzz target `portal_input` tries exactly what the portal uses.

pub use crate::{
    cookies::Cookie,
    form::Fields,
    kept::{Kept, carry, take},
    next::{PATH_BYTES_MAX, own},
    pages::typed_text,
    source::network,
};

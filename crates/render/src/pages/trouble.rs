//! Pages for when something is not as expected. Each says what happened, what it means and what to do next.

use askama::Template;
use jiff::Timestamp;

use crate::{page::Page, paths};

/// 404: there is nothing at this address.
#[derive(Debug, Template)]
#[template(path = "not_found.html")]
pub struct NotFound<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// 404 or 410: a message that is not, or no longer, in this mailbox.
#[derive(Debug, Template)]
#[template(path = "no_such_message.html")]
pub struct NoSuchMessage<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// When its owner deleted it, where that is what became of it.
    pub deleted_at: Option<Timestamp>,
}

/// 403 or 400: a form that came too late or without its token. Nothing was changed.
#[derive(Debug, Template)]
#[template(path = "form_outdated.html")]
pub struct FormOutdated<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// Where to begin again: a path of this portal.
    pub back: &'a str,
}

/// 413: what was sent is larger than can be taken.
#[derive(Debug, Template)]
#[template(path = "too_large.html")]
pub struct TooLarge<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// How many bytes can be taken.
    pub bytes_max: u64,
    /// Where to go on: a path of this portal.
    pub back: &'a str,
}

/// 503: the house is being worked on, or its storage does not answer. Nothing is lost.
#[derive(Debug, Template)]
#[template(path = "maintenance.html")]
pub struct Maintenance<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// 500: something went wrong that the person can do nothing about.
#[derive(Debug, Template)]
#[template(path = "failure.html")]
pub struct Failure<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The number under which the organisation finds what happened.
    pub operation: &'a str,
}

super::pages! { NotFound NoSuchMessage FormOutdated TooLarge Maintenance Failure }

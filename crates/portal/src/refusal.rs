//! Everything a request can be refused for, and the one place that makes a page of it.
//!
//! Handlers and extractors answer with a [`Refusal`]; it travels inside the response to the visit layer, which knows the reader's language and
//! draws the page. Whatever went wrong inside gets an *operation id*: the person sees it, the log has it once with the cause, and nothing
//! else ties the two together.

use app::{Trouble, read::ReadError};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use model::{chance, id::DeliveryId};
use render::{
    pages::{
        access::{SignIn, SignInReason},
        trouble::{Failure, FormOutdated, Maintenance, NoSuchMessage, NotFound, TooLarge},
    },
    paths,
};

use crate::{download, visit::Visit};

/// The header that carries an operation id.
pub(crate) const OPERATION: &str = "x-operation-id";
/// When to come back after a failure that may pass, in seconds.
const RETRY_AFTER_SECONDS: u32 = 30;

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// Nobody is signed in, and a form was sent. `next` is where to go on.
    SessionOver {
        /// Where to go on, with what was typed.
        next: String,
    },
    /// There is nothing at this address.
    NotFound,
    /// There is no such message for this person.
    NoSuchMessage {
        /// When its owner deleted it.
        deleted_at: Option<Timestamp>,
    },
    /// A message that cannot be taken apart: its page says so and offers the whole as a file.
    TooComplex {
        /// The message.
        message: DeliveryId,
    },
    /// There is something at this address, but nothing that can be done like this.
    WrongMethod,
    /// The form is too old, came from elsewhere, or cannot be read.
    FormOutdated {
        /// Where to begin again.
        back: String,
    },
    /// What was sent is too large.
    TooLarge {
        /// How many bytes can be taken.
        bytes_max: u64,
        /// Where to go on.
        back: String,
    },
    /// Something inside.
    Trouble(Trouble),
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::SessionOver { .. } | Self::FormOutdated { .. } => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoSuchMessage { .. } => StatusCode::NOT_FOUND,
            Self::TooComplex { .. } => StatusCode::SEE_OTHER,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Trouble(Trouble::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Trouble(Trouble::Broken(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The page that says so. `route` is the pattern of the path, for the log.
    pub(crate) fn page(&self, visit: &Visit, route: &str) -> Response {
        let page = &visit.page(0);
        let stranger = &visit.stranger_page();
        let html = match self {
            Self::SessionOver { next } => SignIn {
                page: stranger,
                address: "",
                next,
                reason: SignInReason::SessionOver,
                problems: [].as_slice().into(),
                wait_until: None,
            }
            .html(),
            Self::NotFound | Self::WrongMethod => NotFound { page }.html(),
            Self::NoSuchMessage { deleted_at } => NoSuchMessage { page, deleted_at: *deleted_at }.html(),
            Self::TooComplex { message } => return visit.go(&paths::message(message), None),
            Self::FormOutdated { back } => FormOutdated { page, back }.html(),
            Self::TooLarge { bytes_max, back } => TooLarge { page, bytes_max: *bytes_max, back }.html(),
            Self::Trouble(trouble) => return trouble_page(visit, trouble, self.status(), route),
        };
        (self.status(), download::html(html)).into_response()
    }
}

fn trouble_page(visit: &Visit, trouble: &Trouble, status: StatusCode, route: &str) -> Response {
    let operation = operation_id(visit);
    tracing::error!(operation, code = trouble.code(), %trouble, route, "request failed");
    let page = &visit.page(0);
    let html = match trouble {
        Trouble::Unavailable(_) => Maintenance { page }.html(),
        Trouble::Broken(_) => Failure { page, operation: &operation }.html(),
    };
    let mut response = (status, download::html(html)).into_response();
    if matches!(trouble, Trouble::Unavailable(_)) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    if let Ok(operation) = HeaderValue::from_str(&operation) {
        response.headers_mut().insert(OPERATION, operation);
    }
    response
}

/// Eight letters that can be read out on the telephone.
fn operation_id(visit: &Visit) -> String {
    let bytes: [u8; 5] = chance::draw(&mut *visit.house.app.entropy());
    data_encoding::BASE32_NOPAD.encode(&bytes)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::NoSuchMessage { deleted_at: None },
            ReadError::TooComplex(message) => Self::TooComplex { message },
            ReadError::Deleted(at) => Self::NoSuchMessage { deleted_at: Some(at) },
            ReadError::Trouble(trouble) => Self::Trouble(trouble),
        }
    }
}

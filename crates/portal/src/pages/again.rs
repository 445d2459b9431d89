//! A form that comes again: with what is wrong in it, or with the moment from which on it is looked at again.
//!
//! Either way it is the form itself that answers, with what was typed and where it leads to, so that nothing is lost by being wrong or too
//! early. Only passwords never come back.

use app::throttle::Wait;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use render::{Problem, form::Problems};

use crate::{download, visit::Visit};

/// Why a form comes again; nothing where it comes for the first time.
#[derive(Default)]
pub(super) struct Again {
    problems: Vec<Problem>,
    /// From when on it is looked at again.
    pub(super) wait_until: Option<Timestamp>,
}

impl Again {
    pub(super) fn problems(&self) -> Problems<'_> {
        Problems(&self.problems)
    }

    /// The answer that holds the form.
    pub(super) fn answer(&self, visit: &Visit, form: String) -> Response {
        let Some(until) = self.wait_until else { return super::page(form, !self.problems.is_empty()) };
        let seconds = until.duration_since(visit.now).as_secs().max(1);
        let retry_after = [(header::RETRY_AFTER, HeaderValue::from(seconds))];
        (StatusCode::TOO_MANY_REQUESTS, retry_after, download::html(form)).into_response()
    }
}

impl From<Vec<Problem>> for Again {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems, wait_until: None }
    }
}

impl From<Problem> for Again {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

impl From<Wait> for Again {
    fn from(wait: Wait) -> Self {
        Self { problems: Vec::new(), wait_until: Some(wait.until) }
    }
}

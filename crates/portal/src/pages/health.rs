//! For those who watch over the process, in plain text.

use std::sync::Arc;

use app::{App, scan};
use axum::{extract::State, http::StatusCode};

use crate::house::House;

/// The process is up and answers.
pub(crate) async fn up() -> &'static str {
    "up\n"
}

/// The process can serve: database and blob store answer.
///
/// A scanner that is away makes mail wait at its senders or be marked, as the organisation wishes, and people can read all the same: that is told, and no reason
/// to take the process out of service.
pub(crate) async fn ready(State(house): State<Arc<House>>) -> (StatusCode, &'static str) {
    match house.app.store.ping().await {
        Ok(()) => (StatusCode::OK, ready_with(&house.app).await),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
        }
    }
}

async fn ready_with(app: &App) -> &'static str {
    match scan::state(app).await {
        Some(Err(_)) => "ready\nthe scanner does not answer\n",
        Some(Ok(signatures)) if signatures.days_too_old(app.now()).is_some() => {
            "ready\nthe scanner's signatures are old\n"
        }
        Some(Ok(_)) | None => "ready\n",
    }
}

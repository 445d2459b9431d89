//! For those who watch over the process, in plain text.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use crate::house::House;

/// The process is up and answers.
pub(crate) async fn up() -> &'static str {
    "up\n"
}

/// The process can serve: database and blob store answer.
pub(crate) async fn ready(State(house): State<Arc<House>>) -> (StatusCode, &'static str) {
    match house.app.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
        }
    }
}

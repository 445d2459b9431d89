//! When something is away, too large, or not there.

use axum::http::{Method, StatusCode};

use super::world::{ADA, World, letter, on_both};
use crate::{form::FORM_BYTES_MAX, refusal::OPERATION};

on_both! {
    trouble_shows_an_operation_id_and_no_cause
    forms_at_their_limit
    methods_that_do_nothing_say_which_would
}

async fn trouble_shows_an_operation_id_and_no_cause(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.receive(ADA, &letter("Lang", &"<p>Zeile</p>\r\n".repeat(60_000), &[])).await;
    let id = owner.newest("/").await;
    world.lose_blobs();
    let reply = owner.get(&format!("/messages/{id}")).await;
    assert!(reply.status.is_server_error(), "{}", reply.status);
    let operation = reply.header(OPERATION);
    assert_eq!(operation.len(), 8);
    for inner in ["blob", "gone", "broken", "/tmp"] {
        assert!(!reply.text().to_lowercase().contains(inner), "{inner}");
    }
    let unready = owner.get("/readyz").await.status;
    assert!(matches!(unready, StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE));
}

async fn forms_at_their_limit(world: &World) {
    let mut browser = world.browser();
    browser.get("/help").await;
    let fields = super::browser::form(&[("csrf", browser.csrf.as_str()), ("language", "de"), ("back", "")]);
    for (bytes, status) in
        [(FORM_BYTES_MAX, StatusCode::SEE_OTHER), (FORM_BYTES_MAX + 1, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let body = format!("{fields}{}", "x".repeat(bytes - fields.len()));
        let reply = browser.request(Method::POST, "/language", body, "application/x-www-form-urlencoded").await;
        assert_eq!(reply.status, status);
    }
    let reply = browser.request(Method::POST, "/language", "{}", "application/json").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

async fn methods_that_do_nothing_say_which_would(world: &World) {
    let mut owner = world.owner(ADA).await;
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let reply = owner.request(method, "/", "", "").await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(reply.header("allow"), "GET,HEAD");
    }
}

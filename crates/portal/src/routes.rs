//! The table of all paths.
//!
//! Three parts: what needs no visit (files of the look, health), what strangers may ask for, and what belongs to the owner of a mailbox. A path is in exactly one
//! of them; the golden table of the tests asks each as nobody, as a stranger with another mailbox, and as the owner.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Extensions, HeaderMap, StatusCode, Version, header},
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use render::paths::{self, route};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{Predicate as _, SizeAbove},
    },
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

use crate::{
    form::FORM_BYTES_MAX,
    headers,
    house::House,
    kept::KEPT_BYTES_MAX,
    pages::{activation, archive, assets, health, mailbox, message, provider, reading, session, settings, write},
    policy,
    refusal::Refusal,
    visit,
};

/// The HTML of a message, for the frame on its page.
pub(crate) const FRAME: &str = "/messages/{id}/frame";
/// Whether the process is up.
pub(crate) const HEALTH: &str = "/healthz";
/// Whether it can serve: database and blob store answer.
pub(crate) const READY: &str = "/readyz";

/// How long a request without files may take.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(1);
/// How long sending files may take.
const UPLOAD_TIME_MAX: Duration = Duration::from_mins(30);
/// How long a client may pause while it sends.
const PAUSE_TIME_MAX: Duration = Duration::from_secs(30);
/// Smaller pages are sent as they are, in bytes.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// All paths with all layers.
pub(crate) fn router(house: Arc<House>) -> Router {
    let visited = strangers()
        .merge(owners())
        .fallback(|| async { Refusal::NotFound })
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_TIME_MAX))
        .merge(uploads(&house))
        .layer(from_fn_with_state(Arc::clone(&house), visit::layer));
    let compressed = SizeAbove::new(COMPRESSED_BYTES_MIN).and(is_text);
    visited
        .merge(unvisited())
        // Pages grow by a twelfth, and are packed in two thirds of the time.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressed))
        .layer(from_fn_with_state(Arc::clone(&house), policy::layer))
        .layer(from_fn_with_state(Arc::clone(&house), headers::layer))
        .layer(RequestBodyTimeoutLayer::new(PAUSE_TIME_MAX))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(house)
}

/// Whether an answer is worth compressing. Files are sent as they are: most are compressed already, and their length stays known.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["text/html", "text/css", "image/svg+xml"].iter().any(|text| media_type.starts_with(text))
}

fn unvisited() -> Router<Arc<House>> {
    Router::new()
        .route(route::ASSET, get(assets::asset))
        .route(HEALTH, get(health::up))
        .route(READY, get(health::ready))
}

fn strangers() -> Router<Arc<House>> {
    let sign_in =
        get(session::ask).post(session::sign_in).layer(DefaultBodyLimit::max(KEPT_BYTES_MAX + FORM_BYTES_MAX));
    Router::new()
        .route(paths::SIGN_IN, sign_in)
        .route(paths::SIGNED_OUT, get(session::signed_out))
        .route(paths::SIGN_OUT, post(session::sign_out))
        .route(route::NOTICE, get(session::follow_notice))
        .route(route::ACTIVATE, get(activation::take_link))
        .route(paths::ACTIVATION, get(activation::landing))
        .route(paths::ACTIVATION_PASSWORD, get(activation::ask_password).post(activation::choose_password))
        .route(paths::ACTIVATION_QUESTION, get(activation::ask_question).post(activation::choose_question))
        .route(paths::ACTIVATION_FINISH, get(activation::summary).post(activation::finish))
        .route(paths::ACTIVATION_HELP, get(activation::help))
        .route(paths::LANGUAGE, post(reading::choose_language))
        .route(paths::HELP, get(reading::help))
        .route(paths::PROVIDER, get(provider::ask).post(provider::answer))
        .route(paths::ACCESSIBILITY, get(reading::accessibility))
        .route(paths::IMPRINT, get(reading::imprint))
        .route(paths::PRIVACY, get(reading::privacy))
}

fn owners() -> Router<Arc<House>> {
    Router::new()
        .route(paths::INBOX, get(mailbox::inbox))
        .route(paths::SENT, get(mailbox::sent))
        .route(paths::DRAFTS, get(mailbox::drafts))
        .route(route::DRAFT_DELETE, get(mailbox::ask_draft_delete).post(mailbox::delete_draft))
        .route(route::SENT_CONFIRMATION, get(write::sent))
        .route(route::MESSAGE, get(message::show).head(message::head))
        .route(FRAME, get(message::frame).head(message::head))
        .route(route::MESSAGE_PRINT, get(message::print).head(message::head))
        .route(route::MESSAGE_EXPORT, get(message::export))
        .route(route::MESSAGE_EML, get(message::eml))
        .route(route::MESSAGE_PDF, get(message::pdf))
        .route(route::MESSAGE_MSG, get(message::msg))
        .route(route::MESSAGE_ZIP, get(message::zip))
        .route(route::ATTACHMENT, get(message::attachment))
        .route(route::MESSAGE_DELETE, get(message::ask_delete).post(message::delete))
        .route(route::MESSAGE_REPLY, post(write::reply))
        .route(paths::ARCHIVE, get(archive::show).post(archive::begin))
        .route(paths::ARCHIVE_FILE, get(archive::file))
        .route(paths::ARCHIVE_PROGRESS, get(archive::progress))
        .route(paths::SETTINGS, get(settings::overview))
        .route(paths::SETTINGS_PASSWORD, get(settings::ask_password).post(settings::change_password))
        .route(paths::SETTINGS_QUESTION, get(settings::ask_question).post(settings::change_question))
        .route(paths::SETTINGS_LANGUAGE, get(settings::ask_language).post(settings::change_language))
        .route(paths::SETTINGS_DELETE, get(settings::ask_delete).post(settings::delete))
        .route(paths::SETTINGS_SESSIONS, get(settings::sessions))
        .route(paths::SETTINGS_SESSIONS_END, post(settings::sign_out_everywhere))
        .route(route::SESSION_END, post(settings::end_session))
        .route_layer(from_fn(visit::owners_only))
}

/// The forms that carry files: they may take long and be large. What is taken of them is limited while they come in.
fn uploads(house: &Arc<House>) -> Router<Arc<House>> {
    let limit = usize::try_from(write::form_bytes_max(house)).unwrap_or(usize::MAX);
    Router::new()
        .route(paths::WRITE, get(write::ask).post(write::begin))
        .route(route::DRAFT, get(write::show).post(write::change))
        .route_layer(from_fn(visit::owners_only))
        .route_layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, UPLOAD_TIME_MAX))
        .route_layer(DefaultBodyLimit::max(limit))
}

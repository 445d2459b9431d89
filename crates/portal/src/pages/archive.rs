//! The whole mailbox in one file [J12]: what it would be, how far it has come, and the file.
//!
//! No script tells how far it has come: a frame asks again, by a `Refresh` header, as long as there is something to tell.

use app::export::archive::{self, Progress};
use axum::{
    http::{HeaderName, HeaderValue, Method, header},
    response::Response,
};
use jiff::SignedDuration;
use render::{
    pages::archive::{Archive, ArchiveProgress, Coming, Saved, Stage},
    paths,
};
use store::ArchiveState;

use super::{Answer, page};
use crate::{download, form::Form, headers::INNER_POLICY, refusal::Refusal, visit::Owner};

/// How long the page tells how an archive ended.
const TOLD_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Asks the browser to ask again, or to fetch something.
const REFRESH: HeaderName = HeaderName::from_static("refresh");
/// After how many seconds the frame asks again.
const AGAIN: HeaderValue = HeaderValue::from_static("2");
/// Begins the download.
const FETCH: HeaderValue = HeaderValue::from_static("0; url=/archive/mailbox.zip");

/// What the page is about, and whether the browser is to fetch the file.
fn stage(owner: &Owner, progress: Option<Progress>) -> (Stage, bool) {
    let idle = |saved_at| (Stage::Idle { saved_at }, false);
    let Some(progress) = progress else { return idle(None) };
    let Progress { state, messages, done, missing, at } = progress;
    let saved = Saved { done: done.saturating_sub(missing), messages, missing };
    let is_told = owner.visit.now.duration_since(at) < TOLD_MAX;
    match state {
        ArchiveState::Asked => (Stage::Running, true),
        ArchiveState::Running => (Stage::Running, false),
        ArchiveState::Complete if is_told => (Stage::Complete(saved), false),
        ArchiveState::Complete => idle(Some(at)),
        ArchiveState::Broken if is_told => (Stage::Broken(saved), false),
        ArchiveState::Broken => idle(None),
    }
}

pub(crate) async fn show(owner: Owner) -> Answer {
    let unread = owner.unread().await?;
    let about = archive::about(owner.app(), &owner.me).await?;
    let (stage, fetch) = stage(&owner, archive::progress(owner.app(), &owner.me).await?);
    let shown = Archive { page: &owner.visit.page(unread), messages: about.messages, bytes: about.size_bytes, stage };
    let mut response = page(shown.html(), false);
    if fetch {
        response.headers_mut().insert(REFRESH, FETCH);
    }
    Ok(response)
}

pub(crate) async fn begin(owner: Owner, _: Form) -> Result<Response, Refusal> {
    archive::ask(owner.app(), &owner.me).await?;
    Ok(owner.visit.go(paths::ARCHIVE, None))
}

pub(crate) async fn progress(owner: Owner) -> Answer {
    let coming = match archive::progress(owner.app(), &owner.me).await? {
        Some(Progress { state: ArchiveState::Asked, .. }) => Coming::Soon,
        Some(Progress { state: ArchiveState::Running, messages, done, .. }) => Coming::Now { done, messages },
        ended => Coming::Ended { complete: ended.is_some_and(|ended| ended.state == ArchiveState::Complete) },
    };
    let ground = &owner.visit.page(0);
    let mut response = page(ArchiveProgress { page: ground, coming }.html(), false);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INNER_POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    if !matches!(coming, Coming::Ended { .. }) {
        headers.insert(REFRESH, AGAIN);
    }
    Ok(response)
}

pub(crate) async fn file(owner: Owner, method: Method) -> Answer {
    if method == Method::HEAD {
        return Ok(download::head("mailbox.zip", download::ZIP, None));
    }
    let file = archive::begin(owner.app(), &owner.me, owner.visit.language).await?;
    Ok(download::streamed(download::ZIP, file))
}

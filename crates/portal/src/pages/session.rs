//! Signing in and out, and the links of notices that lead through sign-in to a message [J4, J5].

use app::{
    session as sessions,
    sign_in::{self, Entered, Request, SignInError},
    write,
};
use axum::{
    extract::{Path, Query},
    http::{HeaderValue, StatusCode},
    response::Response,
};
use render::{
    Flash, Page, Problem,
    pages::access::{SignIn, SignInReason, SignedOut},
    paths,
};
use serde::Deserialize;
use wire::address::EmailAddress;

use super::{Answer, again::Again, page};
use crate::{
    cookies::Cookie,
    form::{AnyForm, same},
    kept::{self, Kept, Place},
    next,
    refusal::Refusal,
    visit::{Guest, Visit},
};

/// What a browser forgets when its person leaves. Not its cookies: those of the session are taken one by one, and the device cookie stays.
const FORGET: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    reason: String,
}

/// The form. What was typed elsewhere is never taken from a link, only from a form.
pub(crate) async fn ask(Guest(visit): Guest, Query(asked): Query<Asked>) -> Answer {
    let next = next::own(kept::without(&asked.next)).unwrap_or_default();
    if visit.owner.is_some() {
        return Ok(visit.go(if next.is_empty() { paths::INBOX } else { next }, None));
    }
    let reason = match asked.reason.as_str() {
        "over" => SignInReason::SessionOver,
        _ if next.starts_with("/messages/") => SignInReason::Message,
        _ => SignInReason::Came,
    };
    Ok(page(draw(&visit.stranger_page(), "", next, reason, &Again::default()), false))
}

fn draw(page: &Page<'_>, address: &str, next: &str, reason: SignInReason, again: &Again) -> String {
    SignIn { page, address, next, reason, problems: again.problems(), wait_until: again.wait_until }.html()
}

/// Signs in. A session that this browser had before is ended, so that nobody inherits one.
pub(crate) async fn sign_in(Guest(visit): Guest, form: AnyForm) -> Answer {
    let (address, password) = (form.get("address").trim(), form.get("password"));
    let (path, kept) = kept::take(form.get("next"));
    let path = next::own(path).unwrap_or(paths::INBOX);
    let echoed = if kept.is_some() { form.get("next") } else { path };
    if !form.is_genuine(&visit) {
        let page = Page { flash: Some(Flash::FormOutdated), ..visit.stranger_page() };
        let mut response = super::page(draw(&page, address, echoed, SignInReason::Came, &Again::default()), true);
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let again = |again: Again| {
        let form = draw(&visit.stranger_page(), address, echoed, SignInReason::Came, &again);
        Ok(again.answer(&visit, form))
    };
    let problems = missing(address, password);
    if !problems.is_empty() {
        return again(problems.into());
    }
    let request =
        Request { address, password, source: &visit.source, agent: &visit.agent, device: visit.device.as_deref() };
    let entered = match sign_in::sign_in(visit.app(), request).await {
        Ok(entered) => entered,
        Err(SignInError::Wrong) => return again(Problem::SignInRefused.into()),
        Err(SignInError::Wait(wait)) => return again(wait.into()),
        Err(SignInError::Trouble(trouble)) => return Err(trouble.into()),
    };
    if let Some(before) = &visit.owner {
        sessions::sign_out(visit.app(), before).await?;
    }
    let (path, flash) = match kept {
        Some(kept) => restore(&visit, &entered.cookie, path, kept).await?,
        None => (path.to_owned(), None),
    };
    Ok(enter(&visit, &entered, &path, flash))
}

/// What can be said about the form without asking anybody.
fn missing(address: &str, password: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if address.is_empty() {
        problems.push(Problem::AddressMissing);
    } else if EmailAddress::parse(address).is_err() {
        problems.push(Problem::AddressMalformed);
    }
    if password.is_empty() {
        problems.push(Problem::PasswordMissing);
    }
    problems
}

/// Gives the browser its session.
pub(super) fn enter(visit: &Visit, entered: &Entered, path: &str, flash: Option<Flash>) -> Response {
    let mut response = visit.go(path, flash);
    visit.leave(&mut response, Cookie::Session, &entered.cookie);
    visit.leave(&mut response, Cookie::Device, &entered.device);
    visit.take(&mut response, Cookie::Activation);
    response
}

/// Saves what was typed when the session was over, and leads to its draft.
async fn restore(visit: &Visit, cookie: &str, path: &str, kept: Kept) -> Result<(String, Option<Flash>), Refusal> {
    let app = visit.app();
    let Some(owner) = sessions::open(app, cookie).await? else { return Ok((path.to_owned(), None)) };
    let id = match kept::place(path) {
        Some(Place::New) => Some(write::begin(app, &owner, None).await?),
        Some(Place::Draft(id)) => Some(id),
        None => None,
    };
    let fields = write::Fields { recipient: kept.recipient, subject: kept.subject, text: kept.text };
    match id {
        Some(id) if write::save(app, &owner, id, fields).await?.is_some() => {
            Ok((paths::draft(id), Some(Flash::DraftSaved)))
        }
        _ => Ok((path.to_owned(), None)),
    }
}

/// Ends the session, here and on the server.
pub(crate) async fn sign_out(Guest(visit): Guest, form: AnyForm) -> Answer {
    if let Some(owner) = &visit.owner {
        if !same(form.get("csrf"), &visit.csrf) {
            return Err(Refusal::FormOutdated { back: paths::INBOX.to_owned() });
        }
        sessions::sign_out(visit.app(), owner).await?;
    }
    Ok(leave(&visit, paths::SIGNED_OUT))
}

/// Takes from the browser what it knows of the session, and goes to `path`.
pub(super) fn leave(visit: &Visit, path: &str) -> Response {
    forget(visit, visit.go(path, None))
}

/// Takes from the browser what it knows of the session.
pub(super) fn forget(visit: &Visit, mut response: Response) -> Response {
    visit.take(&mut response, Cookie::Session);
    visit.take(&mut response, Cookie::Activation);
    response.headers_mut().insert("clear-site-data", FORGET);
    response
}

#[derive(Deserialize)]
pub(crate) struct Left {
    #[serde(default)]
    everywhere: String,
}

pub(crate) async fn signed_out(Guest(visit): Guest, Query(left): Query<Left>) -> Answer {
    let everywhere = left.everywhere == "yes";
    Ok(page(SignedOut { page: &visit.stranger_page(), everywhere }.html(), false))
}

/// The link of a later notice: to the message for its owner, and else to sign-in with the address filled in. Whoever holds the link has
/// read the notice, which names the address.
pub(crate) async fn follow_notice(Guest(visit): Guest, Path(signed): Path<String>) -> Answer {
    let Some((id, address)) = app::notice::follow(visit.app(), &signed).await? else {
        return Err(Refusal::NoSuchMessage { deleted_at: None });
    };
    let path = paths::message(id);
    match &visit.owner {
        Some(owner) if EmailAddress::parse(&address).is_ok_and(|address| address.as_str() == owner.address) => {
            Ok(visit.go(&path, None))
        }
        _ => Ok(page(draw(&visit.stranger_page(), &address, &path, SignInReason::Message, &Again::default()), false)),
    }
}

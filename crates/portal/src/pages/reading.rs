//! Pages to read, and the language they are in.

use std::sync::Arc;

use axum::response::Response;
use model::Language;
use render::{
    Page,
    brand::Prose,
    pages::reading::{Accessibility, Help, Imprint, Privacy},
    paths,
};

use super::{Answer, page};
use crate::{
    cookies::Cookie,
    form::Form,
    next,
    refusal::Refusal,
    visit::{Guest, Visit},
};

pub(crate) async fn help(Guest(visit): Guest) -> Answer {
    draw(&visit, |page| Help { page }.html()).await
}

pub(crate) async fn accessibility(Guest(visit): Guest) -> Answer {
    draw(&visit, |page| Accessibility { page }.html()).await
}

pub(crate) async fn imprint(Guest(visit): Guest) -> Answer {
    let text = given(visit.house.brand().imprint.as_ref())?;
    draw(&visit, |page| Imprint { page, text }.html()).await
}

pub(crate) async fn privacy(Guest(visit): Guest) -> Answer {
    let text = given(visit.house.brand().privacy.as_ref())?;
    draw(&visit, |page| Privacy { page, text }.html()).await
}

fn given(text: Option<&Prose>) -> Result<&Prose, Refusal> {
    text.ok_or(Refusal::NotFound)
}

async fn draw(visit: &Arc<Visit>, html: impl FnOnce(&Page<'_>) -> String) -> Answer {
    let unread = match &visit.owner {
        Some(owner) => app::read::unread(visit.app(), owner).await?,
        None => 0,
    };
    Ok(page(html(&visit.page(unread)), false))
}

/// The language switch in the footer: for this browser, and for the mailbox of whoever is signed in.
pub(crate) async fn choose_language(Guest(visit): Guest, form: Form) -> Answer {
    let language: Language = form.get("language").parse().map_err(|_| Refusal::NotFound)?;
    if let Some(owner) = &visit.owner {
        app::account::change_language(visit.app(), owner, language).await?;
    }
    Ok(in_language(&visit, visit.go(next::own(form.get("back")).unwrap_or(paths::INBOX), None), language))
}

/// Remembers the language for this browser.
pub(super) fn in_language(visit: &Visit, mut response: Response, language: Language) -> Response {
    visit.leave(&mut response, Cookie::Language, language.tag());
    response
}

//! One message: read, print, save, delete [J9, J12, J13].

use app::{delete, export, read};
use axum::{
    extract::{Path, Query},
    http::{HeaderValue, Method, header},
    response::Response,
};
use mime::html::{Page as FramePage, document};
use model::id::DeliveryId;
use render::{
    Flash,
    pages::{
        mailbox::Folder,
        message::{Export, Message, MessageDelete},
        print::{Print, PrintFormatted},
    },
};
use serde::Deserialize;

use super::{
    Answer, id,
    opened::{Parts, Shown},
    page,
};
use crate::{
    download,
    form::Form,
    headers::{FRAME_POLICY, OPENER_POLICY, PAPER_POLICY},
    refusal::Refusal,
    visit::Owner,
};

/// The style of a message in its frame: what the sender did not say himself. The frame is white in the dark too, because mails are written
/// for white.
const FRAME_STYLE: &str = "html{color-scheme:light}body{margin:0;padding:1rem;background:#fff;color:#1a1a1a;\
     font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}\
     pre{white-space:pre-wrap}";

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    view: String,
}

impl Asked {
    fn shown(&self) -> Shown {
        if self.view == "text" { Shown::Text } else { Shown::Formatted }
    }
}

async fn open(owner: &Owner, shown: &str) -> Result<read::Opened, Refusal> {
    Ok(read::open(owner.app(), &owner.me, id::<DeliveryId>(shown)?).await?)
}

async fn look_up(owner: &Owner, shown: &str) -> Result<read::Entry, Refusal> {
    Ok(read::look_up(owner.app(), &owner.me, id::<DeliveryId>(shown)?).await?)
}

/// What a page of the message would be answered with. Nobody has read it by this.
pub(crate) async fn head(owner: Owner, Path(shown): Path<String>) -> Answer {
    look_up(&owner, &shown).await?;
    Ok(download::html(String::new()))
}

pub(crate) async fn show(owner: Owner, Path(shown): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let read = open(&owner, &shown).await?;
    let unread = owner.unread().await?;
    let parts = Parts::of(&read);
    Ok(page(
        Message { page: &owner.visit.page(unread), opened: parts.opened(asked.shown(), &owner.me.address_shown) }
            .html(),
        false,
    ))
}

/// The message for paper, in the form it is read in. A formatted one stands in the page itself, which the content policy makes as harmless as the frame.
pub(crate) async fn print(owner: Owner, Path(shown): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let read = open(&owner, &shown).await?;
    let parts = Parts::of(&read);
    let (ground, opened) = (&owner.visit.page(0), parts.opened(asked.shown(), &owner.me.address_shown));
    let formatted = read.view.as_ref().and_then(|view| view.html.as_deref());
    let Some(html) = formatted.filter(|_| asked.shown() == Shown::Formatted) else {
        return Ok(page(Print { page: ground, opened }.html(), false));
    };
    let mut response = page(PrintFormatted { page: ground, opened, html }.html(), false);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAPER_POLICY));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("unsafe-none"));
    Ok(response)
}

/// The cleaned HTML of a message, for the frame on its page. The content policy gives it an origin of its own and takes script, forms and
/// everything from elsewhere away from it.
pub(crate) async fn frame(owner: Owner, Path(shown): Path<String>) -> Answer {
    let read = open(&owner, &shown).await?;
    let view = read.view.as_ref().ok_or(Refusal::NotFound)?;
    let fragment = view.html.as_deref().ok_or(Refusal::NotFound)?;
    let frame =
        FramePage { lang: owner.visit.language.tag(), dir: "auto", title: &view.subject, base_css: FRAME_STYLE };
    let mut response = download::html(document(fragment, &frame));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME_POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(response)
}

pub(crate) async fn export(owner: Owner, Path(shown): Path<String>) -> Answer {
    let entry = look_up(&owner, &shown).await?;
    let unread = owner.unread().await?;
    let export =
        Export { page: &owner.visit.page(unread), id: shown, subject: &entry.header.subject, bytes: entry.size_bytes };
    Ok(page(export.html(), false))
}

/// The message as it came, byte for byte, read while it is sent.
pub(crate) async fn eml(owner: Owner, method: Method, Path(shown): Path<String>) -> Answer {
    let id = id::<DeliveryId>(&shown)?;
    if method == Method::HEAD {
        let about = export::about(owner.app(), &owner.me, id).await?;
        return Ok(download::head(&format!("{}.eml", about.name), "message/rfc822", Some(about.size_bytes)));
    }
    let eml = export::eml(owner.app(), &owner.me, id).await?;
    Ok(download::stream(&eml.name, "message/rfc822", eml.size_bytes, eml.content))
}

/// The message as pages.
pub(crate) async fn pdf(owner: Owner, method: Method, Path(shown): Path<String>) -> Answer {
    let id = id::<DeliveryId>(&shown)?;
    if method == Method::HEAD {
        let about = export::about_made(owner.app(), &owner.me, id).await?;
        return Ok(download::head(&format!("{}.pdf", about.name), download::PDF, None));
    }
    let pdf = export::pdf(owner.app(), &owner.me, owner.visit.language, id).await?;
    Ok(download::streamed(download::PDF, pdf))
}

/// The message as Outlook keeps it.
pub(crate) async fn msg(owner: Owner, method: Method, Path(shown): Path<String>) -> Answer {
    let id = id::<DeliveryId>(&shown)?;
    if method == Method::HEAD {
        let about = export::about_made(owner.app(), &owner.me, id).await?;
        return Ok(download::head(&format!("{}.msg", about.name), download::OUTLOOK, None));
    }
    let msg = export::msg(owner.app(), &owner.me, id).await?;
    Ok(download::streamed(download::OUTLOOK, msg))
}

pub(crate) async fn zip(owner: Owner, method: Method, Path(shown): Path<String>) -> Answer {
    let id = id::<DeliveryId>(&shown)?;
    if method == Method::HEAD {
        let about = export::about_made(owner.app(), &owner.me, id).await?;
        return Ok(download::head(&format!("{}.zip", about.name), download::ZIP, None));
    }
    let (name, bytes) = export::zip(owner.app(), &owner.me, id).await?;
    Ok(download::file(&name, download::ZIP, bytes))
}

pub(crate) async fn attachment(owner: Owner, method: Method, Path((shown, number)): Path<(String, String)>) -> Answer {
    let (id, number) = (id::<DeliveryId>(&shown)?, id::<usize>(&number)?);
    if method == Method::HEAD {
        let about = read::about_attachment(owner.app(), &owner.me, id, number).await?;
        return Ok(download::head(&about.name, &about.media_type, Some(about.bytes)));
    }
    let file = read::attachment(owner.app(), &owner.me, id, number).await?;
    Ok(download::file(&file.name, &file.media_type, file.bytes))
}

pub(crate) async fn ask_delete(owner: Owner, Path(shown): Path<String>) -> Answer {
    let entry = look_up(&owner, &shown).await?;
    let unread = owner.unread().await?;
    let ask = MessageDelete {
        page: &owner.visit.page(unread),
        id: shown,
        subject: &entry.header.subject,
        correspondent: entry.header.shown_name(),
        at: entry.at,
    };
    Ok(page(ask.html(), false))
}

pub(crate) async fn delete(owner: Owner, Path(shown): Path<String>, _: Form) -> Result<Response, Refusal> {
    let id = id::<DeliveryId>(&shown)?;
    let folder = match look_up(&owner, &shown).await?.folder {
        store::Folder::Inbox => Folder::Inbox,
        store::Folder::Sent => Folder::Sent,
    };
    delete::message(owner.app(), &owner.me, id).await?;
    Ok(owner.visit.go(folder.path(), Some(Flash::MessageDeleted)))
}

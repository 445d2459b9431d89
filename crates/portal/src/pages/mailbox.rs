//! The lists: inbox, sent, drafts [J9, J11].

use app::{
    read,
    read::{Entry, Place},
    write,
};
use axum::extract::{Path, Query};
use jiff::Timestamp;
use model::id::DraftId;
use render::{
    Flash,
    pages::mailbox::{DraftDelete, DraftRow, Drafts, Folder, Mailbox, ROWS_MAX, Row, SentProgress},
    paths,
};
use serde::Deserialize;
use store::Cursor;

use super::{Answer, id, page};
use crate::{form::Form, refusal::Refusal, visit::Owner};

/// The longest search, in characters.
const SEARCH_CHARS_MAX: usize = 200;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    /// The page that is asked for; what names none is the first.
    fn place(&self) -> Place {
        match (parse(&self.before), parse(&self.after)) {
            (Some(before), _) => Place::Before(before),
            (None, Some(after)) => Place::After(after),
            (None, None) => Place::Newest,
        }
    }
}

pub(crate) async fn inbox(owner: Owner, Query(asked): Query<Asked>) -> Answer {
    list(&owner, Folder::Inbox, &asked).await
}

pub(crate) async fn sent(owner: Owner, Query(asked): Query<Asked>) -> Answer {
    list(&owner, Folder::Sent, &asked).await
}

async fn list(owner: &Owner, folder: Folder, asked: &Asked) -> Answer {
    let search: String = asked.q.trim().chars().take(SEARCH_CHARS_MAX).collect();
    let stored = match folder {
        Folder::Inbox => store::Folder::Inbox,
        Folder::Sent => store::Folder::Sent,
    };
    let list = if search.is_empty() {
        read::list(owner.app(), &owner.me, stored, asked.place(), ROWS_MAX).await?
    } else {
        read::search(owner.app(), &owner.me, stored, &search, asked.place(), ROWS_MAX).await?
    };
    let rows: Vec<Row<'_>> = list.entries.iter().map(|entry| row(entry, folder)).collect();
    let newer = list.newer.map(|cursor| link(folder, &search, "after", cursor));
    let older = list.older.map(|cursor| link(folder, &search, "before", cursor));
    let mailbox = Mailbox {
        page: &owner.visit.page(list.unread),
        folder,
        search: &search,
        rows: &rows,
        newer: newer.as_deref(),
        older: older.as_deref(),
    };
    Ok(page(mailbox.html(), false))
}

/// The address of a page of a list, or of what was found in it.
fn link(folder: Folder, search: &str, side: &str, cursor: Cursor) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !search.is_empty() {
        query.append_pair("q", search);
    }
    query.append_pair(side, &shown(cursor));
    format!("{}?{}", folder.path(), query.finish())
}

fn row(entry: &Entry, folder: Folder) -> Row<'_> {
    Row {
        id: entry.id.to_string(),
        correspondent: entry.header.shown_name(),
        subject: &entry.header.subject,
        at: entry.at,
        attached: entry.has_attachments,
        unread: entry.unread,
        kept_until: Some(entry.kept_until),
        progress: progress(entry, folder),
    }
}

/// How far a sent message has come.
pub(super) fn progress(entry: &Entry, folder: Folder) -> Option<SentProgress> {
    (folder == Folder::Sent).then_some(match entry.outcome.as_deref() {
        Some("delivered") => SentProgress::Delivered,
        Some("failed") => SentProgress::Returned,
        _ => SentProgress::OnItsWay,
    })
}

/// A place in a list as it stands in an address: microseconds and id.
fn shown(cursor: Cursor) -> String {
    format!("{}-{}", cursor.deposited_at.as_microsecond(), cursor.id)
}

fn parse(text: &str) -> Option<Cursor> {
    let (at, id) = text.split_once('-')?;
    let deposited_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    Some(Cursor { deposited_at, id: id.parse().ok()? })
}

pub(crate) async fn drafts(owner: Owner) -> Answer {
    let drafts = write::drafts(owner.app(), &owner.me).await?;
    let rows: Vec<DraftRow<'_>> = drafts
        .iter()
        .map(|(draft, files)| DraftRow {
            id: draft.id.to_string(),
            recipient: [&draft.recipient_name, &draft.fields.recipient]
                .into_iter()
                .map(String::as_str)
                .find(|name| !name.is_empty()),
            subject: &draft.fields.subject,
            saved_at: draft.updated_at,
            attachments: *files,
        })
        .collect();
    Ok(page(Drafts { page: &owner.visit.page(owner.unread().await?), rows: &rows }.html(), false))
}

pub(crate) async fn ask_draft_delete(owner: Owner, Path(shown): Path<String>) -> Answer {
    let draft = write::load(owner.app(), &owner.me, id::<DraftId>(&shown)?).await?.ok_or(Refusal::NotFound)?;
    let unread = owner.unread().await?;
    let ask = DraftDelete { page: &owner.visit.page(unread), id: shown, subject: &draft.fields.subject };
    Ok(page(ask.html(), false))
}

pub(crate) async fn delete_draft(owner: Owner, Path(shown): Path<String>, _: Form) -> Answer {
    if !write::discard(owner.app(), &owner.me, id::<DraftId>(&shown)?).await? {
        return Err(Refusal::NotFound);
    }
    Ok(owner.visit.go(paths::DRAFTS, Some(Flash::DraftDeleted)))
}

#[cfg(test)]
mod tests {
    use model::id::DeliveryId;

    use super::*;

    #[test]
    fn places_in_lists_are_read_or_ignored() {
        let cursor = Cursor {
            deposited_at: Timestamp::from_microsecond(1_700_000_000_123_456).unwrap(),
            id: DeliveryId::from_bytes([3; 16]),
        };
        assert_eq!(parse(&shown(cursor)).map(shown), Some(shown(cursor)));
        for bad in ["", "1", "1-", "-1-x", "99999999999999999999-aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}

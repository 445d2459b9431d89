//! Drafts: what is being written, sealed under the mailbox's key.

use jiff::Timestamp;
use model::id::{BlobId, DeliveryId, DraftId};
use serde::{Deserialize, Serialize};
use vault::{Purpose, Sealed, Zeroizing, seal};

use crate::{
    App, job,
    read::{self, ReadError},
    scan::Unscanned,
    session::SignedIn,
    trouble::Trouble,
};

/// The longest subject, in characters.
pub const SUBJECT_CHARS_MAX: usize = 300;
/// The longest text, in characters.
pub const TEXT_CHARS_MAX: usize = 100_000;

/// What a writer fills in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// To whom: an address; empty while not chosen. For answers it is given.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields(..)")
    }
}

/// A draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// What is filled in.
    pub fields: Fields,
    /// The name of the person who is answered, for answers.
    pub recipient_name: String,
    /// The message it answers.
    pub answers: Option<DeliveryId>,
    /// Its files, in the order they were added.
    pub files: Vec<DraftFile>,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// A file of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFile {
    /// Where it lies.
    pub blob: BlobId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Whether it was taken without being scanned though it should have been, and why.
    pub unscanned: Option<Unscanned>,
}

/// What is sealed of a draft.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(flatten)]
    fields: Fields,
    recipient_name: String,
}

/// Begins a draft: a new message, or an answer to `answers`.
pub async fn begin(app: &App, owner: &SignedIn, answers: Option<DeliveryId>) -> Result<DraftId, ReadError> {
    let body = match answers {
        Some(id) => answer(app, owner, id).await?,
        None => Body { fields: Fields::default(), recipient_name: String::new() },
    };
    let now = app.now();
    let id = DraftId::new(now, &mut *app.entropy());
    let draft = store::Draft {
        id,
        mailbox_id: owner.mailbox,
        answers,
        sealed: seal_body(app, owner, id, &body)?,
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.store.begin().await?;
    tx.drafts().insert(&draft).await?;
    tx.commit().await?;
    Ok(id)
}

/// An answer goes to whoever wrote, and begins with `Re:` and the old subject.
async fn answer(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<Body, ReadError> {
    let found = read::find(app, owner, id).await?;
    let subject = &found.header.subject;
    let already = ["re:", "aw:"].iter().any(|prefix| subject.to_lowercase().starts_with(prefix));
    let subject = if already { subject.clone() } else { format!("Re: {subject}") };
    Ok(Body {
        fields: Fields { recipient: found.header.address.clone(), subject, text: String::new() },
        recipient_name: found.header.shown_name().to_owned(),
    })
}

/// Loads a draft of the owner's.
pub async fn load(app: &App, owner: &SignedIn, id: DraftId) -> Result<Option<Draft>, Trouble> {
    let mut reader = app.store.read().await?;
    let Some(row) = reader.drafts().find(owner.mailbox, id).await? else { return Ok(None) };
    let files = reader.drafts().attachments(id).await?;
    drop(reader);
    let files = files.into_iter().map(|file| super::upload::open(owner, &file).map(|opened| opened.file));
    Ok(Some(open_row(owner, row, files.collect::<Result<_, _>>()?)?))
}

/// The owner's drafts, the last saved first. Their files are counted, not opened.
pub async fn drafts(app: &App, owner: &SignedIn) -> Result<Vec<(Draft, usize)>, Trouble> {
    let mut reader = app.store.read().await?;
    let mut drafts = Vec::new();
    for row in reader.drafts().list(owner.mailbox).await? {
        let files = reader.drafts().attachments(row.id).await?.len();
        drafts.push((open_row(owner, row, Vec::new())?, files));
    }
    drafts.sort_by_key(|(draft, _)| std::cmp::Reverse(draft.updated_at));
    Ok(drafts)
}

fn open_row(owner: &SignedIn, row: store::Draft, files: Vec<DraftFile>) -> Result<Draft, Trouble> {
    let sealed = Sealed::from_bytes(row.sealed);
    let body = vault::open(&owner.key, Purpose::DraftBody, row.id.as_bytes(), &sealed)?;
    let body: Body = serde_json::from_slice(&body)?;
    Ok(Draft {
        id: row.id,
        fields: body.fields,
        recipient_name: body.recipient_name,
        answers: row.answers,
        files,
        updated_at: row.updated_at,
    })
}

/// Saves what is filled in; what is too long is cut. The recipient of an answer stays. `None` if there is no such draft.
pub async fn save(app: &App, owner: &SignedIn, id: DraftId, fields: Fields) -> Result<Option<Timestamp>, Trouble> {
    let Some(draft) = load(app, owner, id).await? else { return Ok(None) };
    let recipient = if draft.answers.is_some() { draft.fields.recipient } else { cut(&fields.recipient, 320) };
    let body = Body {
        fields: Fields {
            recipient,
            subject: cut(&fields.subject.replace(char::is_control, " "), SUBJECT_CHARS_MAX),
            text: cut(&fields.text, TEXT_CHARS_MAX),
        },
        recipient_name: draft.recipient_name,
    };
    let sealed = seal_body(app, owner, id, &body)?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let saved = tx.drafts().update(id, &sealed, now).await?;
    tx.commit().await?;
    Ok(saved.then_some(now))
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

fn seal_body(app: &App, owner: &SignedIn, id: DraftId, body: &Body) -> Result<Vec<u8>, Trouble> {
    let bytes = Zeroizing::new(serde_json::to_vec(body)?);
    Ok(seal(&owner.key, Purpose::DraftBody, id.as_bytes(), &bytes, &mut *app.entropy())?.into_bytes())
}

/// Deletes a draft with its files. `false` if there is none.
pub async fn discard(app: &App, owner: &SignedIn, id: DraftId) -> Result<bool, Trouble> {
    let mut tx = app.store.begin().await?;
    if !tx.drafts().lock(owner.mailbox, id).await? {
        return Ok(false);
    }
    for blob in tx.drafts().delete(id).await? {
        job::remove_content(app, &mut tx, blob).await?;
    }
    tx.commit().await?;
    Ok(true)
}

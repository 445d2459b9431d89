//! Saving a message outside the portal (J12): the exact original as EML, as pages in a PDF, for Outlook as MSG, or all its attachments in one ZIP;
//! and all messages of a mailbox in one archive.

pub mod archive;
mod pages;
mod streamed;

use bytes::Bytes;
pub(crate) use pages::stamp;
pub use pages::{About as AboutMail, SetError, Setting, Typesetting, pdf};
use streamed::Opening;
pub use streamed::Streamed;

use mime::{export::Received, field::Correspondent, view::MessageView};
use model::{
    audit::{Actor, Event},
    id::DeliveryId,
};
use store::{Folder, Tx};

use crate::{
    App, audit,
    content::Content,
    read::{self, Found, Kept, ReadError},
    session::SignedIn,
    trouble::Trouble,
};

/// An original mail, to be streamed.
pub struct Eml {
    /// A name for the file: the subject, fit for every file system.
    pub name: String,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// Its bytes.
    pub content: Content,
}

/// What is known of an export before it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name for the file, without its ending: the subject, fit for every file system.
    pub name: String,
    /// The size of the message as it came in, in bytes.
    pub size_bytes: u64,
}

impl About {
    fn of(found: &Found) -> Self {
        Self { name: file_name(&found.header.subject), size_bytes: found.row.size_bytes }
    }
}

/// Tells what an export would be. No content is read, and nothing is noted: nothing leaves the portal.
pub async fn about(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<About, ReadError> {
    Ok(About::of(&read::find(app, owner, id).await?))
}

/// Tells what a file would be that is made of the parts of the message, likewise; where it is known already that it cannot be taken apart, that.
pub async fn about_made(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<About, ReadError> {
    let found = read::find(app, owner, id).await?;
    match read::kept_view(app, &found).await? {
        Kept::TooComplex => Err(ReadError::TooComplex(id)),
        Kept::View(_) | Kept::Nothing => Ok(About::of(&found)),
    }
}

/// The message as it came in, byte for byte.
pub async fn eml(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<Eml, ReadError> {
    let found = read::find(app, owner, id).await?;
    let content = read::content(app, &found).await?;
    note(app, owner, id, "eml").await?;
    let name = file_name(&found.header.subject);
    Ok(Eml { name: format!("{name}.eml"), size_bytes: found.row.size_bytes, content })
}

/// The message as Outlook keeps it, to be streamed.
pub async fn msg(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<Streamed, ReadError> {
    let found = read::find(app, owner, id).await?;
    let is_own = found.row.folder == Some(Folder::Sent);
    let by = (!is_own).then(|| Correspondent { name: None, address: owner.address_shown.clone() });
    let original_name = file_name(&found.header.subject);
    let received = Received { by, at: found.row.deposited_at, original_name };
    let (raw, share) = read::whole(app, &found).await?;
    let write = move |opening: Opening| {
        let view = MessageView::read(&raw).map_err(|_too_complex| ReadError::TooComplex(id))?;
        let message = mime::export::msg(&raw, &view, &received);
        let plan = message.plan().map_err(|_too_large| ReadError::TooComplex(id))?;
        let written = opening.write(Some(plan.size()), |out| plan.write_to(out));
        drop(share);
        written
    };
    let name = format!("{}.msg", file_name(&found.header.subject));
    let streamed = Streamed::begin(name, found.row.size_bytes, write).await?;
    note(app, owner, id, "msg").await?;
    Ok(streamed)
}

/// All attachments in one ZIP file: its name and bytes.
pub async fn zip(app: &App, owner: &SignedIn, id: DeliveryId) -> Result<(String, Bytes), ReadError> {
    let found = read::find(app, owner, id).await?;
    let (raw, share) = read::whole(app, &found).await?;
    let packed = tokio::task::spawn_blocking(move || {
        let view = MessageView::read(&raw).map_err(|_too_complex| ReadError::TooComplex(id))?;
        let mut packed = Vec::new();
        mime::export::zip(&view, &mut packed).map_err(|error| Trouble::broken(format!("zip: {error}")))?;
        Ok::<_, ReadError>(share.of(packed))
    });
    let packed = packed.await.map_err(|_| Trouble::broken("zip"))??;
    note(app, owner, id, "zip").await?;
    Ok((format!("{}.zip", file_name(&found.header.subject)), packed))
}

async fn note(app: &App, owner: &SignedIn, id: DeliveryId, form: &'static str) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    note_in(app, &mut tx, owner, id, form).await?;
    tx.commit().await?;
    Ok(())
}

async fn note_in(
    app: &App,
    tx: &mut Tx,
    owner: &SignedIn,
    delivery: DeliveryId,
    form: &'static str,
) -> Result<(), Trouble> {
    let event = Event::Exported { delivery, form };
    audit::record(tx, app.now(), Actor::Recipient(owner.mailbox), Some(owner.mailbox), &event).await?;
    Ok(())
}

/// How long a file name made of a subject may be, in characters.
const NAME_CHARS_MAX: usize = 80;

fn file_name(subject: &str) -> String {
    let short: String = subject.replace(['/', '\\'], "-").chars().take(NAME_CHARS_MAX).collect();
    let name = mime::name::clean(&short);
    if name.is_empty() { "message".to_owned() } else { name }
}

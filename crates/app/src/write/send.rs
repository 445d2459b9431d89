//! Sends a draft to the organisation as ordinary mail, threaded, with its files (J10, J11).
//!
//! The mail comes from an address of the service (so that it passes SPF, DKIM and DMARC at the organisation's filters), shows the customer's address
//! as its name, and names it in `Reply-To`. An answer goes to either of them; both lead back here and are confidential again.

use jiff::Timestamp;
use mime::{
    Correspondent,
    compose::{Content, File, Outgoing},
};
use model::{
    audit::{Actor, Event},
    delivery::State,
    id::{DeliveryId, DraftId, MessageId, OutgoingId},
    policy::{self, Decision, Facts, RuleSet},
};
use render::mails::ReplyFooter;
use store::{Deposit, Direction, Folder, Message, NewDelivery, OutgoingKind, Thread, Tx};
use vault::Zeroizing;
use wire::address::EmailAddress;

use super::{Draft, draft, upload};
use crate::{
    App, audit, content,
    content::Stored,
    header::{HeaderBlock, shorten},
    job, letterhead,
    outgoing::{Destination, New, Options, reply_address},
    read,
    receive::thread_key,
    session::SignedIn,
    trouble::{Trouble, carries_trouble},
};

/// Why a draft is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no such draft; perhaps it was sent already. SND-001
    #[error("no such draft")]
    NotFound,
    /// No recipient is chosen, or it is nobody of the organisation. SND-002
    #[error("no recipient of the organisation")]
    Recipient,
    /// There is neither text nor file. SND-003
    #[error("nothing is written")]
    Empty,
    /// Inner failure.
    #[error(transparent)]
    Trouble(Trouble),
}

carries_trouble!(SendError);

impl SendError {
    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "SND-001",
            Self::Recipient => "SND-002",
            Self::Empty => "SND-003",
            Self::Trouble(trouble) => trouble.code(),
        }
    }
}

/// What was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The copy in "Sent".
    pub id: DeliveryId,
    /// To whom.
    pub header: HeaderBlock,
    /// How many files went with it.
    pub files: usize,
    /// When.
    pub at: Timestamp,
}

/// Sends a draft. Sending it twice sends it once.
pub async fn send(app: &App, owner: &SignedIn, id: DraftId) -> Result<Sent, SendError> {
    let draft = draft::load(app, owner, id).await?.ok_or(SendError::NotFound)?;
    let recipient = judge_recipient(app, &draft)?;
    if draft.fields.text.trim().is_empty() && draft.files.is_empty() {
        return Err(SendError::Empty);
    }
    let now = app.now();
    let message = MessageId::new(now, &mut *app.entropy());
    let mail_id = letterhead::message_id(app, &mut *app.entropy());
    let thread = thread_of(app, owner, &draft).await?;
    // After what may need room itself: nobody waits for room while holding some.
    let _share = app.room.share(draft.files.iter().map(|file| file.bytes).sum()).await?;
    let files = read_files(app, owner, &draft).await?;
    let bytes = compose(app, owner, &draft, &files, thread, (mail_id.clone(), now))?;
    let stored = content::store(app, *message.as_bytes(), &bytes).await?;
    let sent = Sent {
        id: DeliveryId::new(now, &mut *app.entropy()),
        header: HeaderBlock {
            name: shorten(&draft.recipient_name),
            address: recipient.as_str().to_owned(),
            subject: draft.fields.subject.clone(),
            date: Some(now),
            unscanned: draft.files.iter().find_map(|file| file.unscanned),
        },
        files: files.len(),
        at: now,
    };
    let mut tx = app.store.begin().await?;
    if !tx.drafts().lock(owner.mailbox, id).await? {
        return Err(SendError::NotFound);
    }
    if tx.drafts().attachments(id).await?.len() != draft.files.len() {
        // A file came or went while the mail was written: sending now would lose it.
        return Err(SendError::Trouble(Trouble::Unavailable("the draft changed while it was being sent".to_owned())));
    }
    stored.put(&mut tx, now).await?;
    file_in_sent(app, owner, &mut tx, message, &stored, &sent).await?;
    hand_over(app, owner, &mut tx, message, &stored, &sent).await?;
    let thread = Thread {
        message_id_hash: thread_key(app, &mail_id),
        mailbox_id: owner.mailbox,
        delivery_id: Some(sent.id),
        created_at: now,
    };
    tx.threads().remember(&thread).await?;
    if let Some(answered) = draft.answers {
        tx.deliveries().mark_answered(answered, now).await?;
    }
    for blob in tx.drafts().delete(id).await? {
        job::remove_content(app, &mut tx, blob).await?;
    }
    if let Some(unscanned) = sent.header.unscanned {
        let event = Event::Unscanned { delivery: sent.id, reason: unscanned.word() };
        audit::record(&mut tx, now, Actor::House, Some(owner.mailbox), &event).await?;
    }
    let event = Event::Sent { delivery: sent.id };
    audit::record(&mut tx, now, Actor::Recipient(owner.mailbox), Some(owner.mailbox), &event).await?;
    tx.commit().await?;
    Ok(sent)
}

/// Answers go to whoever wrote; new messages only to the organisation's own people.
fn judge_recipient(app: &App, draft: &Draft) -> Result<EmailAddress, SendError> {
    let address = EmailAddress::parse(draft.fields.recipient.trim()).map_err(|_| SendError::Recipient)?;
    let contact = app.settings.portal.contacts.iter().any(|contact| contact.address == address);
    let own = address.domain().is_some_and(|domain| app.settings.domains.contains(&domain));
    if draft.answers.is_some() || contact || own { Ok(address) } else { Err(SendError::Recipient) }
}

struct ReadFile {
    name: String,
    media_type: String,
    bytes: Zeroizing<Vec<u8>>,
}

async fn read_files(app: &App, owner: &SignedIn, draft: &Draft) -> Result<Vec<ReadFile>, Trouble> {
    let mut reader = app.store.read().await?;
    let rows = reader.drafts().attachments(draft.id).await?;
    drop(reader);
    let mut files = Vec::with_capacity(rows.len());
    for row in rows {
        let upload::OpenedFile { file, key } = upload::open(owner, &row)?;
        let content = content::Content::find(app, file.blob, key, *file.blob.as_bytes()).await?;
        let bytes = content.read_all(app.settings.portal.message_bytes_max).await?;
        files.push(ReadFile { name: file.name, media_type: file.media_type, bytes });
    }
    Ok(files)
}

/// The ids an answer refers to: `In-Reply-To` and `References` (RFC 5322 section 3.6.4).
async fn thread_of(app: &App, owner: &SignedIn, draft: &Draft) -> Result<(Vec<String>, Vec<String>), Trouble> {
    let Some(answered) = draft.answers else { return Ok((Vec::new(), Vec::new())) };
    let view = match read::open(app, owner, answered).await {
        Ok(opened) => opened.view,
        Err(read::ReadError::Trouble(trouble)) => return Err(trouble),
        Err(_) => None,
    };
    let Some((id, mut references)) = view.and_then(|view| Some((view.message_id?, view.references))) else {
        return Ok((Vec::new(), Vec::new()));
    };
    references.push(id.clone());
    Ok((vec![id], references))
}

fn compose(
    app: &App,
    owner: &SignedIn,
    draft: &Draft,
    files: &[ReadFile],
    (in_reply_to, references): (Vec<String>, Vec<String>),
    (message_id, now): (String, Timestamp),
) -> Result<Vec<u8>, Trouble> {
    let brand = &app.settings.brand;
    let footer = ReplyFooter { brand, language: app.settings.language, customer: &owner.address_shown }.footer();
    let text = format!("{}\n\n{}", draft.fields.text.trim_end(), footer.text);
    let html = format!("{}{}", mime::text::to_html(&draft.fields.text), footer.html);
    let from = reply_address(app, owner.mailbox)?;
    let outgoing = Outgoing {
        from: Correspondent { name: Some(owner.address_shown.clone()), address: from.as_str().to_owned() },
        sender: None,
        reply_to: vec![Correspondent { name: None, address: owner.address_shown.clone() }],
        to: vec![Correspondent {
            name: (!draft.recipient_name.is_empty()).then(|| draft.recipient_name.clone()),
            address: draft.fields.recipient.trim().to_owned(),
        }],
        subject: &draft.fields.subject,
        date: letterhead::date(app, now),
        message_id,
        in_reply_to,
        references,
        auto_submitted: None,
        extra: Vec::new(),
        text: &text,
        html: Some(&html),
        inline_images: Vec::new(),
        attachments: files
            .iter()
            .map(|file| File { name: &file.name, media_type: &file.media_type, content: Content::Bytes(&file.bytes) })
            .collect(),
    };
    letterhead::sign(app, &letterhead::compose(outgoing)?, now)
}

/// Puts the mail into "Sent", sealed under the mailbox's key.
async fn file_in_sent(
    app: &App,
    owner: &SignedIn,
    tx: &mut Tx,
    message: MessageId,
    stored: &Stored,
    sent: &Sent,
) -> Result<(), Trouble> {
    let decision = answer_of_the_recipient();
    tx.messages()
        .insert(&Message {
            id: message,
            direction: Direction::Out,
            class: decision.class.word().to_owned(),
            decision: serde_json::to_string(&decision)?,
            reverse_path: owner.address_shown.clone(),
            envelope: "{}".to_owned(),
            message_id_hash: None,
            size_bytes: stored.size_bytes,
            blob_id: stored.blob,
            data_key_sealed: None,
            accepted_at: sent.at,
            deliveries_open: 0,
        })
        .await?;
    tx.deliveries()
        .insert(&NewDelivery {
            id: sent.id,
            message_id: message,
            mailbox_id: Some(owner.mailbox),
            recipient: sent.header.address.clone(),
            state: State::Accepted.word().to_owned(),
            channel: None,
            route: serde_json::to_string(&decision.route)?,
            dsn: None,
            accepted_at: sent.at,
            has_attachments: sent.files > 0,
            size_bytes: stored.size_bytes,
        })
        .await?;
    let (header_sealed, data_key_sealed) = read::seal_row(app, owner, sent.id, &sent.header, &stored.key)?;
    tx.deliveries()
        .deposit(&Deposit {
            id: sent.id,
            mailbox_id: owner.mailbox,
            folder: Folder::Sent,
            state: State::Deposited.word().to_owned(),
            data_key_sealed,
            header_sealed,
            kept: true,
            deposited_at: sent.at,
            expires_at: None,
        })
        .await?;
    Ok(())
}

/// Queues the mail for the organisation's own server; it shares the content with the copy in "Sent".
async fn hand_over(
    app: &App,
    owner: &SignedIn,
    tx: &mut Tx,
    message: MessageId,
    stored: &Stored,
    sent: &Sent,
) -> Result<(), Trouble> {
    let id = OutgoingId::new(sent.at, &mut *app.entropy());
    let new = New {
        id,
        kind: OutgoingKind::Reply,
        delivery: Some(sent.id),
        mailbox: Some(owner.mailbox),
        reverse_path: New::bounce_path(app, id)?,
        recipient: &sent.header.address,
        destination: Destination::Organisation,
        options: Options::default(),
    };
    new.queue_shared(app, tx, stored, *message.as_bytes()).await
}

/// What a recipient writes is confidential like what it answers, and goes to the organisation's own server.
fn answer_of_the_recipient() -> Decision {
    let facts = Facts { direction: policy::Direction::Inward, answers_confidential: true, ..Facts::default() };
    policy::decide(&RuleSet::none(), &facts)
}

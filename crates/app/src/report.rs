//! Tells senders what became of their mail: delivery status notifications (RFC 3464), headers only, never content.
//!
//! A report goes to the reverse-path through the organisation's own mail server. A null reverse-path is told nothing, and of what the sender did
//! not ask to hear (`NOTIFY`, RFC 3461 section 4.1) nothing is told. Success is reported here where a message reaches a mailbox, or goes on to a server
//! that sends no reports (section 5.2.2); a server that does takes the wish over.
//!
//! A report returns the header of the original, which may lie in a file or a bucket. It is read before the transaction begins in which the report
//! is queued, so that nobody waits for the one writer meanwhile.

use model::{chance, id::OutgoingId};
use render::mails::{Report, ReportKind, ReportRecipient};
use store::{Delivery, Message, OutgoingKind, OutgoingMail, Tx};
use vault::Zeroizing;
use wire::{
    address::{EmailAddress, TypedAddress},
    dsn::{Action, Notification, RecipientReport},
    smtp::{command::Notify, reply::EnhancedCode},
};

use crate::{
    App, content,
    deliver::{self, Failure},
    letterhead,
    outgoing::{Destination, New, Options},
    receive::KeptEnvelope,
    trouble::Trouble,
    wish::ReportWish,
};

/// How much of the original is read for its header, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The status of what went well (RFC 3463 section 3.1).
const DONE: &str = "2.0.0";

/// What a report says.
#[derive(Debug, Clone, Copy)]
struct About<'a> {
    kind: ReportKind,
    action: Action,
    status: &'a str,
    reason: &'a str,
}

/// Queues the report that a message could not be delivered and is given back (P3, C7).
pub(crate) async fn returned(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    (message, original): (&Message, &[u8]),
    Failure { status, reason, kind }: Failure<'_>,
) -> Result<(), Trouble> {
    if !wish(delivery)?.notify().failure {
        return Ok(());
    }
    let about = About { kind, action: Action::Failed, status, reason };
    report(app, tx, delivery, (message, original), about).await
}

/// Queues the report that a message lies in the recipient's mailbox, if the sender asked for it.
pub(crate) async fn delivered(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    (message, original): (&Message, &[u8]),
) -> Result<(), Trouble> {
    if !wish(delivery)?.notify().success {
        return Ok(());
    }
    let about = About { kind: ReportKind::Delivered, action: Action::Delivered, status: DONE, reason: "" };
    report(app, tx, delivery, (message, original), about).await
}

/// Queues the report that a message went on to a server that will not report.
pub(crate) async fn relayed(app: &App, tx: &mut Tx, forwarded: &Forwarded) -> Result<(), Trouble> {
    let about = About { kind: ReportKind::Relayed, action: Action::Relayed, status: DONE, reason: "" };
    let Forwarded { delivery, message, original } = forwarded;
    report(app, tx, delivery, (message, original), about).await
}

/// Queues the report that a message is late.
pub(crate) async fn delayed(
    app: &App,
    tx: &mut Tx,
    mail: &OutgoingMail,
    forwarded: &Forwarded,
    reason: &str,
) -> Result<(), Trouble> {
    let Forwarded { delivery, message, original } = forwarded;
    let has_another_way = deliver::has_another_channel(delivery)?;
    let longest = app.settings.patience.course().longest(has_another_way);
    let kind = ReportKind::Delayed { tried_until: mail.accepted_at + longest, has_another_way };
    let about = About { kind, action: Action::Delayed, status: "4.4.1", reason };
    report(app, tx, delivery, (message, original), about).await
}

/// The message that a mail hands on, as far as a report needs it.
pub(crate) struct Forwarded {
    delivery: Delivery,
    message: Message,
    /// Its beginning.
    pub(crate) original: Zeroizing<Vec<u8>>,
}

impl Forwarded {
    /// Reads the message that a mail hands on. `None` if it hands on none that still waits, or if its sender did not ask for such a report.
    pub(crate) async fn read(
        app: &App,
        mail: &OutgoingMail,
        is_asked: fn(Notify) -> bool,
    ) -> Result<Option<Self>, Trouble> {
        let Some(id) = mail.delivery_id.filter(|_| mail.kind == OutgoingKind::Direct) else { return Ok(None) };
        let mut reader = app.store.read().await?;
        let Some(delivery) = reader.deliveries().find(id).await? else { return Ok(None) };
        let message = reader.messages().find(delivery.message_id).await?;
        drop(reader);
        let Some(message) = message.filter(|message| message.data_key_sealed.is_some()) else { return Ok(None) };
        if !is_asked(wish(&delivery)?.notify()) {
            return Ok(None);
        }
        let original = original(app, &message).await?;
        Ok(Some(Self { delivery, message, original }))
    }
}

/// The beginning of a message that still waits, for the report about it. Of content that is lost there is none, and the report goes without.
pub(crate) async fn original(app: &App, message: &Message) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    match beginning(app, message).await {
        Err(trouble @ Trouble::Broken(_)) => {
            tracing::error!(message = %message.id, code = trouble.code(), %trouble, "a report goes without the header of the original");
            Ok(Zeroizing::default())
        }
        read => read,
    }
}

async fn beginning(app: &App, message: &Message) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    deliver::content(app, message).await?.beginning(HEAD_BYTES_MAX).await
}

/// What the sender asked to be told about a delivery.
pub(crate) fn wish(delivery: &Delivery) -> Result<ReportWish, Trouble> {
    delivery.dsn.as_deref().map_or_else(|| Ok(ReportWish::default()), |wish| Ok(serde_json::from_str(wish)?))
}

async fn report(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    (message, original): (&Message, &[u8]),
    about: About<'_>,
) -> Result<(), Trouble> {
    let Ok(sender) = EmailAddress::parse(&message.reverse_path) else { return Ok(()) };
    let now = app.now();
    let id = OutgoingId::new(now, &mut *app.entropy());
    let bytes = compose(app, delivery, message, about, (&sender, original))?;
    let signed = letterhead::sign(app, &bytes, now)?;
    let stored = content::store(app, *id.as_bytes(), &signed).await?;
    let new = New {
        id,
        kind: OutgoingKind::Dsn,
        delivery: Some(delivery.id),
        mailbox: None,
        reverse_path: String::new(),
        recipient: sender.as_str(),
        destination: Destination::Organisation,
        options: Options::default(),
    };
    new.queue(app, tx, &stored).await
}

fn compose(
    app: &App,
    delivery: &Delivery,
    message: &Message,
    about: About<'_>,
    (sender, original): (&EmailAddress, &[u8]),
) -> Result<Vec<u8>, Trouble> {
    let head = mime::head::Head::read(original);
    let sealed = original.is_empty() && matches!(about.kind, ReportKind::Untold { .. });
    let mail = Report {
        brand: &app.settings.brand,
        language: app.settings.language,
        kind: about.kind,
        subject: (!sealed).then_some(head.subject.as_str()),
        sent_at: message.accepted_at,
        recipients: &[ReportRecipient { address: &delivery.recipient, reason: about.reason, reply: "" }],
    }
    .mail();
    let broken = |what: &str| Trouble::broken(what.to_owned());
    let service = &app.settings.notices.sender;
    let envelope: KeptEnvelope = serde_json::from_str(&message.envelope)?;
    let recipient = RecipientReport {
        recipient: TypedAddress::parse(&delivery.recipient).map_err(|_| broken("a stored recipient"))?,
        original: wish(delivery)?.original_recipient(),
        action: about.action,
        status: EnhancedCode::parse(about.status).ok_or_else(|| broken("a status code"))?,
        remote_mta: None,
        diagnostic: None,
        last_attempt_at: None,
        will_retry_until: match about.kind {
            ReportKind::Delayed { tried_until, .. } => Some(tried_until),
            _ => None,
        },
    };
    let token = data_encoding::BASE32_NOPAD.encode(&chance::draw::<16>(&mut *app.entropy()));
    Notification {
        reporting_mta: &service.domain().ok_or_else(|| broken("the sender has no domain"))?,
        from_name: &app.settings.brand.organisation,
        from: service,
        to: sender,
        subject: &mail.subject,
        text: &mail.text,
        date: app.now(),
        token: &token,
        arrival_date: Some(message.accepted_at),
        envelope_id: envelope.envelope_id.as_deref(),
        recipients: &[recipient],
        original,
    }
    .compose()
    .map_err(|error| Trouble::broken(format!("composing a report: {error}")))
}

//! Moves a delivery along its route: one channel after the other until one takes it, or back to the sender (P3, C7).

use model::{
    audit::{Actor, Event},
    course::{self, Next},
    delivery::State,
    id::DeliveryId,
    route::{Channel, Route},
};
use render::mails::ReportKind;
use store::{Delivery, Job, Message, OutgoingKind, Tx};
use vault::{DataKey, Purpose, Sealed};
use wire::address::EmailAddress;

use crate::{
    App, audit,
    content::{Content, Stored},
    deposit, job,
    outgoing::{Destination, ENCRYPTION_NEEDED, New, Options, ReportsAsked},
    receive::KeptEnvelope,
    report,
    trouble::Trouble,
};

/// Why a channel is taken that the route begins with.
pub(crate) const FIRST_CHANNEL: &str = "route";

/// Takes the next step of a delivery.
pub(crate) async fn run(app: &App, job: &Job, id: DeliveryId) -> Result<(), Trouble> {
    let mut reader = app.store.read().await?;
    let delivery = reader.deliveries().find(id).await?;
    let message = match &delivery {
        Some(delivery) => reader.messages().find(delivery.message_id).await?,
        None => None,
    };
    drop(reader);
    let (Some(delivery), Some(message)) = (delivery, message) else { return complete(app, job).await };
    if state_of(&delivery)? != State::Accepted {
        return complete(app, job).await;
    }
    let route: Route = serde_json::from_str(&delivery.route)?;
    let step = usize::try_from(delivery.step).unwrap_or(usize::MAX);
    match route.steps.get(step).map(|step| step.channel) {
        Some(Channel::Deposit) => deposit::run(app, job, &delivery, &message).await,
        Some(Channel::Direct) => direct(app, job, &delivery, &message).await,
        Some(Channel::Letter) => {
            let original = report::original(app, &message).await?;
            let mut tx = app.store.begin().await?;
            next_channel(app, &mut tx, delivery.id, Failure::of("5.3.2", "letters are not set up"), &original).await?;
            commit_with(tx, job).await
        }
        None => {
            let original = report::original(app, &message).await?;
            let mut tx = app.store.begin().await?;
            let failure = Failure::of("5.7.1", "no channel is left");
            give_back(app, &mut tx, &delivery, failure, &original).await?;
            commit_with(tx, job).await
        }
    }
}

/// Queues a message for delivery over SMTP.
async fn direct(app: &App, job: &Job, delivery: &Delivery, message: &Message) -> Result<(), Trouble> {
    let stored = Stored::of(message.blob_id, data_key(app, message)?, message.size_bytes);
    let mut tx = app.store.begin().await?;
    let mail = New {
        id: model::id::OutgoingId::new(app.now(), &mut *app.entropy()),
        kind: OutgoingKind::Direct,
        delivery: Some(delivery.id),
        mailbox: None,
        reverse_path: message.reverse_path.clone(),
        recipient: &delivery.recipient,
        destination: destination(app, delivery),
        options: options(delivery, message)?,
    };
    mail.queue_shared(app, &mut tx, &stored, *message.id.as_bytes()).await?;
    tx.deliveries().advance(delivery.id, State::Sending.word(), delivery.step, Some(Channel::Direct.word())).await?;
    let event =
        Event::ChannelTaken { delivery: delivery.id, channel: Channel::Direct, reason: FIRST_CHANNEL.to_owned() };
    audit::record(&mut tx, app.now(), Actor::House, None, &event).await?;
    commit_with(tx, job).await
}

/// Customers are in the world. Only the organisation's own postmaster is not: nobody else in its domains is accepted as a recipient.
fn destination(app: &App, delivery: &Delivery) -> Destination {
    let domain = EmailAddress::parse(&delivery.recipient).ok().and_then(|address| address.domain());
    if domain.is_some_and(|domain| app.settings.domains.contains(&domain)) {
        Destination::Organisation
    } else {
        Destination::World
    }
}

/// What the sender asked for goes along with the mail.
fn options(delivery: &Delivery, message: &Message) -> Result<Options, Trouble> {
    let KeptEnvelope { envelope_id, require_tls, unscanned: _ } = serde_json::from_str(&message.envelope)?;
    let reports = Some(ReportsAsked { wish: report::wish(delivery)?, envelope_id });
    Ok(Options { require_tls, reports, ..Options::default() })
}

/// The data key of a message that still waits.
pub(crate) fn data_key(app: &App, message: &Message) -> Result<DataKey, Trouble> {
    let sealed = message.data_key_sealed.clone().ok_or_else(|| Trouble::broken("the message waits no more"))?;
    let key = app.keys.server.content();
    Ok(DataKey::open(key, Purpose::MessageKey, message.id.as_bytes(), &Sealed::from_bytes(sealed))?)
}

/// The content of a message that still waits.
pub(crate) async fn content(app: &App, message: &Message) -> Result<Content, Trouble> {
    Content::find(app, message.blob_id, data_key(app, message)?, *message.id.as_bytes()).await
}

/// Why a channel will not do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure<'a> {
    /// The enhanced status code (RFC 3463).
    pub(crate) status: &'a str,
    /// In a few words, for the records, and for the sender where the kind of the report has none of its own.
    pub(crate) reason: &'a str,
    /// What the sender is told if no channel is left.
    pub(crate) kind: ReportKind,
}

impl<'a> Failure<'a> {
    /// A failure with this status, told in the words that fit it.
    pub(crate) fn of(status: &'a str, reason: &'a str) -> Self {
        let kind = if status == ENCRYPTION_NEEDED { ReportKind::Unprotected } else { ReportKind::Returned };
        Self { status, reason, kind }
    }
}

/// The present channel will not do: the delivery goes on with the next one of its route, or back to its sender, with the header of the original.
pub(crate) async fn next_channel(
    app: &App,
    tx: &mut Tx,
    id: DeliveryId,
    failure: Failure<'_>,
    original: &[u8],
) -> Result<(), Trouble> {
    let Some(delivery) = tx.deliveries().find(id).await? else { return Ok(()) };
    let Next::Channel { step, channel } = after(&delivery)? else {
        return give_back(app, tx, &delivery, failure, original).await;
    };
    tx.deliveries().advance(id, State::Accepted.word(), step, None).await?;
    let reason = format!("{} {}", failure.status, failure.reason);
    let event = Event::ChannelTaken { delivery: id, channel, reason };
    audit::record(tx, app.now(), Actor::House, None, &event).await?;
    job::deliver_now(app, tx, id).await
}

/// Whether a delivery has a channel left after the present one.
pub(crate) fn has_another_channel(delivery: &Delivery) -> Result<bool, Trouble> {
    Ok(after(delivery)? != Next::Return)
}

/// Where a delivery goes when its present channel will not do.
fn after(delivery: &Delivery) -> Result<Next, Trouble> {
    let route: Route = serde_json::from_str(&delivery.route)?;
    Ok(course::after_failure(&route, delivery.step))
}

/// The delivery goes back to its sender.
pub(crate) async fn give_back(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    failure: Failure<'_>,
    original: &[u8],
) -> Result<(), Trouble> {
    let Some(message) = tx.messages().find(delivery.message_id).await? else { return Ok(()) };
    report::returned(app, tx, delivery, (&message, original), failure).await?;
    end(app, tx, delivery.id, State::Returned, failure.reason).await
}

/// A delivery has come to its end, if it has not before. With the last one of a message, the server's copy of the data key is destroyed.
pub(crate) async fn end(app: &App, tx: &mut Tx, id: DeliveryId, state: State, outcome: &str) -> Result<(), Trouble> {
    let ended = tx.deliveries().end(id, state.word(), outcome, app.now()).await?;
    let Some((message, mailbox)) = ended else { return Ok(()) };
    let event = Event::DeliveryEnded { delivery: id, outcome: outcome.to_owned() };
    audit::record(tx, app.now(), Actor::House, mailbox, &event).await?;
    match tx.messages().close_delivery(message).await? {
        Some((0, blob)) => job::remove_content(app, tx, blob).await,
        _ => Ok(()),
    }
}

/// The state of a delivery.
pub(crate) fn state_of(delivery: &Delivery) -> Result<State, Trouble> {
    delivery.state.parse().map_err(|_| Trouble::broken(format!("delivery {} has no known state", delivery.id)))
}

/// Ends a job together with what it did; if the lease was lost, somebody else does it, and nothing is written.
pub(crate) async fn commit_with(mut tx: Tx, job: &Job) -> Result<(), Trouble> {
    if tx.jobs().complete(job).await? {
        tx.commit().await?;
    }
    Ok(())
}

async fn complete(app: &App, job: &Job) -> Result<(), Trouble> {
    commit_with(app.store.begin().await?, job).await
}

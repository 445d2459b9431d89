//! Leasing: mail that is due, handed to whoever sends it.

use jiff::Timestamp;
use model::{
    assurance::{Minimum, Wishes},
    id::OutgoingId,
};
use store::{Job, Lanes, OutgoingKind, OutgoingMail, OutgoingState, Tx};
use wire::address::{AddressError, Domain, EmailAddress, ReversePath, TypedAddress};

use super::{
    Destination,
    queue::{self, Options, ReportRequest},
};
use crate::{App, destination, job, trouble::Trouble};

/// A mail leased for sending.
#[derive(Debug)]
pub struct Parcel {
    /// Its id.
    pub id: OutgoingId,
    /// What it is.
    pub kind: OutgoingKind,
    /// The reverse-path of the envelope.
    pub reverse_path: ReversePath,
    /// The recipient of the envelope.
    pub recipient: TypedAddress,
    /// Where it goes.
    pub destination: Destination,
    /// Size of its content, in bytes.
    pub size_bytes: u64,
    /// Whether the next server has to promise `REQUIRETLS` (RFC 8689).
    pub require_tls: bool,
    /// Whether it is asked for that where it offers to.
    pub require_tls_if_offered: bool,
    /// What the next server is asked to report (RFC 3461).
    pub reports: ReportRequest,
    /// What the house asks of the connection to a mail server of the recipient's domain.
    pub wishes: Wishes,
    pub(super) mail: OutgoingMail,
    pub(super) job: Job,
}

impl Parcel {
    /// The domain whose mail servers take it. `None` for an address that names a machine by its number.
    pub fn domain(&self) -> Option<Domain> {
        self.recipient.address().domain()
    }

    /// The lane in which it waited.
    pub fn lane(&self) -> String {
        queue::lane(self.destination, self.recipient.address())
    }
}

/// A part of what is leased at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// From this lane,
    pub lane: String,
    /// so many at most.
    pub count: u32,
}

/// Which mail is wanted when another was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// None.
    Nothing,
    /// The next of the same lane.
    OfLane,
    /// The next to the same destination.
    OfAny,
}

/// When the next mail to `destination` is due; a time that has passed means now. `None` if nothing waits.
pub async fn next_due(app: &App, destination: Destination) -> Result<Option<Timestamp>, Trouble> {
    Ok(app.store.read().await?.jobs().next_due(&[destination.job_kind()]).await?)
}

/// Lanes in which mail to `destination` is due, behind the lane `after`: a page of them, for which at most `count` lanes were looked at.
pub async fn due_lanes(app: &App, destination: Destination, after: &str, count: u32) -> Result<Lanes, Trouble> {
    Ok(app.store.read().await?.jobs().due_lanes((destination.job_kind(), after), count, app.now()).await?)
}

/// Leases mails to `destination` that are due, for [`job::LEASE`]: the oldest, whatever their lanes.
pub async fn lease(app: &App, destination: Destination, count: u32) -> Result<Vec<Parcel>, Trouble> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let jobs = tx.jobs().lease(destination.job_kind(), count, now, now + job::LEASE).await?;
    let parcels = parcels(app, &mut tx, jobs).await?;
    tx.commit().await?;
    Ok(parcels)
}

/// Leases mails to `destination` that are due, for [`job::LEASE`]: from each lane its share.
pub async fn lease_shares(app: &App, destination: Destination, shares: &[Share]) -> Result<Vec<Parcel>, Trouble> {
    let now = app.now();
    let kind = destination.job_kind();
    let mut tx = app.store.begin().await?;
    let mut jobs = Vec::new();
    for Share { lane, count } in shares {
        jobs.extend(tx.jobs().lease_from_lane((kind, lane), *count, now, now + job::LEASE).await?);
    }
    let parcels = parcels(app, &mut tx, jobs).await?;
    tx.commit().await?;
    Ok(parcels)
}

/// Leases the next mail that goes the way of another, in the transaction that records what became of that.
pub(super) async fn lease_next(app: &App, tx: &mut Tx, before: &Parcel, next: Next) -> Result<Option<Parcel>, Trouble> {
    let now = app.now();
    let (kind, until) = (before.destination.job_kind(), now + job::LEASE);
    let jobs = match next {
        Next::Nothing => return Ok(None),
        Next::OfLane => tx.jobs().lease_from_lane((kind, &before.lane()), 1, now, until).await?,
        Next::OfAny => tx.jobs().lease(kind, 1, now, until).await?,
    };
    Ok(parcels(app, tx, jobs).await?.pop())
}

/// Prolongs the lease of a mail whose sending takes long. `false` if it was lost: another worker has the mail.
pub async fn prolong(app: &App, parcel: &Parcel) -> Result<bool, Trouble> {
    job::prolong(app, &parcel.job, job::LEASE).await
}

/// What is sent of what was leased. A row that cannot be read stops nobody else's mail: its job is buried, where it is seen.
async fn parcels(app: &App, tx: &mut Tx, jobs: Vec<Job>) -> Result<Vec<Parcel>, Trouble> {
    let mut parcels = Vec::with_capacity(jobs.len());
    for job in jobs {
        let found = match job::id(job.subject.as_deref().unwrap_or_default()) {
            Ok(id) => tx.outgoing().find(id).await?,
            Err(_) => None,
        };
        let Some(mail) = found.filter(|mail| mail.state == OutgoingState::Queued) else {
            tx.jobs().complete(&job).await?;
            continue;
        };
        match Envelope::read(&mail) {
            Ok(envelope) => parcels.push(parcel(app, tx, (mail, envelope), job).await?),
            Err(trouble) => {
                tracing::error!(outgoing = %mail.id, code = trouble.code(), %trouble, "a mail cannot be sent, somebody has to look");
                tx.jobs().bury(&job, &trouble.to_string()).await?;
            }
        }
    }
    Ok(parcels)
}

/// What a row says of the envelope.
struct Envelope {
    reverse_path: ReversePath,
    recipient: TypedAddress,
    destination: Destination,
    options: Options,
}

impl Envelope {
    fn read(mail: &OutgoingMail) -> Result<Self, Trouble> {
        let broken = |error: AddressError| Trouble::broken(format!("stored address: {error}"));
        Ok(Self {
            reverse_path: match mail.reverse_path.as_str() {
                "" => ReversePath::Null,
                address => ReversePath::parse(address).map_err(broken)?,
            },
            recipient: TypedAddress::parse(&mail.recipient).map_err(broken)?,
            destination: Destination::of(&mail.destination)?,
            options: serde_json::from_str(&mail.options)?,
        })
    }
}

async fn parcel(
    app: &App,
    tx: &mut Tx,
    (mail, envelope): (OutgoingMail, Envelope),
    job: Job,
) -> Result<Parcel, Trouble> {
    let Envelope { reverse_path, recipient, destination, options } = envelope;
    let wishes = match mail.kind {
        // They tell of what keeps other mail away, so they go to whoever has TLS, and to nobody in clear (P1).
        OutgoingKind::TlsReport => Wishes::of_class(Minimum::Encrypted),
        _ => wishes(app, tx, (destination, recipient.address()), options.require_tls).await?,
    };
    Ok(Parcel {
        id: mail.id,
        kind: mail.kind,
        reverse_path,
        destination,
        size_bytes: mail.size_bytes,
        require_tls: options.require_tls,
        require_tls_if_offered: options.require_tls_if_offered,
        reports: options.reports.as_ref().map_or_else(|| ReportRequest::own(&mail), ReportRequest::passed_on),
        wishes,
        recipient,
        mail,
        job,
    })
}

/// What is asked of the servers that take mail for this address. Of a configured server, TLS and its certificate are asked for in any case.
async fn wishes(
    app: &App,
    tx: &mut Tx,
    (destination, address): (Destination, &EmailAddress),
    require_tls: bool,
) -> Result<Wishes, Trouble> {
    let transport = &app.settings.transport;
    let mut wishes = Wishes { require_tls, ..Wishes::of_class(transport.minimum) };
    if let (Destination::World, Some(domain)) = (destination, address.domain()) {
        wishes.configured = transport.minimum_for(&domain);
        (wishes.memory, wishes.exception) = destination::remembered(tx, &domain, app.now()).await?;
    }
    Ok(wishes)
}

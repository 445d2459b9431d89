//! One transaction: the envelope as it grows, then the content on its way into the spool.
//!
//! A transaction is for recipients of a message, or for one address that takes reports: what comes there is noted, and neither stored nor handed on.

use std::collections::HashSet;
use std::net::IpAddr;

use app::App;
use app::bounce::{self, BOUNCE_BYTES_MAX, BounceError, Tally};
use app::receive::{Envelope, ReceiveError, ReportWish, Spool, judge, postmaster};
use app::tls_report::{self, NotTaken, REPORT_MAIL_BYTES_MAX, Taken};
use model::id::{MessageId, OutgoingId};
use wire::address::{EmailAddress, ForwardPath};
use wire::smtp::command::RcptParameters;
use wire::smtp::reply::{EnhancedCode, Reply};
use wire::smtp::server::{Mail, Recipient};

use super::gate::Permission;
use super::memory::{Memory, Share};
use super::replies;

/// What lies between `MAIL` and the end of the content.
pub(super) struct Transaction<'a> {
    app: &'a App,
    /// Whether the client may hand mail in. Anybody may report what became of ours.
    is_permitted: bool,
    envelope: Envelope,
    /// The recipients so far: whoever is named twice gets the mail once.
    seen: HashSet<EmailAddress>,
    /// What is reported about, if the recipient is an address that takes reports.
    reported: Option<Reported>,
    declared_bytes: Option<u64>,
    content: Option<Content<'a>>,
}

/// Content on its way.
struct Content<'a> {
    sink: Sink<'a>,
    share: Share,
    size_bytes: u64,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reported {
    /// This mail of ours.
    Mail(OutgoingId),
    /// TLS to the mail servers of our domains.
    Tls,
}

/// Where content goes.
enum Sink<'a> {
    Message(Box<Spool<'a>>),
    Bounce(OutgoingId, bounce::Incoming),
    TlsReport(tls_report::Incoming),
}

/// What was taken.
pub(super) enum Accepted {
    Message(MessageId),
    /// A report about this mail, and what it came to.
    Bounce(OutgoingId, Tally),
    /// A report about TLS.
    TlsReport(Taken),
}

impl<'a> Transaction<'a> {
    /// Begins with the sender.
    pub(super) fn new(app: &'a App, mail: Mail, permission: Option<&Permission>, from: IpAddr) -> Self {
        let envelope = Envelope {
            reverse_path: mail.reverse_path,
            envelope_id: mail.parameters.envelope_id,
            authenticated: permission.and_then(Permission::authenticated),
            client_address: Some(from),
            require_tls: mail.parameters.require_tls,
            recipients: Vec::new(),
        };
        Self {
            app,
            is_permitted: permission.is_some(),
            envelope,
            seen: HashSet::new(),
            reported: None,
            declared_bytes: mail.parameters.size_bytes,
            content: None,
        }
    }

    /// Takes a recipient, or says why not.
    pub(super) async fn recipient(&mut self, recipient: Recipient) -> Result<(), Reply> {
        if let ForwardPath::Address(address) = &recipient.path
            && let Some(reported) = recognise(self.app, address.address())
        {
            return self.report(reported);
        }
        if !self.is_permitted {
            return Err(replies::NOT_PERMITTED);
        }
        if self.reported.is_some() {
            return Err(replies::BOUNCE_ALONE);
        }
        let RcptParameters { notify, original_recipient } = recipient.parameters;
        let wish = ReportWish::new(notify, original_recipient.as_ref());
        let judged = match recipient.path {
            ForwardPath::Postmaster => postmaster(self.app, wish),
            ForwardPath::Address(address) => judge(self.app, address, wish).await.map_err(|error| refuse(&error))?,
        };
        if self.seen.insert(judged.address().clone()) {
            self.envelope.recipients.push(judged);
        }
        Ok(())
    }

    /// Takes an address for reports as the only recipient.
    fn report(&mut self, reported: Reported) -> Result<(), Reply> {
        if !self.envelope.recipients.is_empty() || self.reported.is_some_and(|other| other != reported) {
            return Err(replies::BOUNCE_ALONE);
        }
        let (bytes_max, too_large) = match reported {
            Reported::Mail(_) => (BOUNCE_BYTES_MAX, replies::BOUNCE_TOO_LARGE),
            Reported::Tls => (REPORT_MAIL_BYTES_MAX, replies::TLS_REPORT_TOO_LARGE),
        };
        let bytes_max = u64::try_from(bytes_max).unwrap_or(u64::MAX);
        if self.declared_bytes.is_some_and(|bytes| bytes > bytes_max) {
            return Err(too_large);
        }
        self.reported = Some(reported);
        Ok(())
    }

    /// Makes room for the content. Content of unknown size begins with the share of the shortest.
    pub(super) fn begin_content(&mut self, memory: &Memory) -> Result<(), Reply> {
        let share = memory.share(self.declared_bytes.unwrap_or(0)).map_err(|_| replies::MEMORY_USED_UP)?;
        let sink = match self.reported {
            Some(Reported::Mail(id)) => Sink::Bounce(id, bounce::Incoming::begin(id)),
            Some(Reported::Tls) => Sink::TlsReport(tls_report::Incoming::default()),
            None => Sink::Message(Box::new(Spool::begin(self.app).map_err(|error| refuse(&error))?)),
        };
        self.content = Some(Content { sink, share, size_bytes: 0 });
        Ok(())
    }

    /// Keeps the next bytes of the content.
    pub(super) async fn content(&mut self, bytes: &[u8]) -> Result<(), Reply> {
        let Some(content) = &mut self.content else { return Err(replies::INNER_TROUBLE) };
        content.size_bytes = content.size_bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        content.share.cover(content.size_bytes).map_err(|_| replies::MEMORY_USED_UP)?;
        match &mut content.sink {
            Sink::Message(spool) => spool.write(bytes).await.map_err(|error| refuse(&error)),
            Sink::Bounce(_, incoming) => incoming.write(self.app, bytes).map_err(|error| refuse_bounce(&error)),
            Sink::TlsReport(incoming) => incoming.write(bytes).map_err(|error| refuse_tls_report(&error)),
        }
    }

    /// Takes responsibility: with `Ok`, the message is on disk (P2), or what follows from the report.
    pub(super) async fn accept(self) -> Result<Accepted, Reply> {
        let Some(content) = self.content else { return Err(replies::INNER_TROUBLE) };
        match content.sink {
            Sink::Message(spool) => {
                spool.accept(&self.envelope).await.map(Accepted::Message).map_err(|error| refuse(&error))
            }
            Sink::Bounce(id, incoming) => {
                let tally = incoming.accept(self.app).await.map_err(|error| refuse_bounce(&error))?;
                Ok(Accepted::Bounce(id, tally))
            }
            Sink::TlsReport(incoming) => {
                incoming.accept(self.app).await.map(Accepted::TlsReport).map_err(|error| refuse_tls_report(&error))
            }
        }
    }
}

/// What is reported about at an address, if it takes reports.
fn recognise(app: &App, address: &EmailAddress) -> Option<Reported> {
    if tls_report::is_for_reports(app, address) {
        return Some(Reported::Tls);
    }
    bounce::recognise(app, address).map(Reported::Mail)
}

/// The reply to an accepted message, by which both sides can name it.
pub(super) fn queued(id: MessageId) -> Reply {
    Reply::new(250, Some(EnhancedCode::new(2, 6, 0)), &format!("Message accepted, queued as {id}"))
}

/// What went wrong inside is logged here, once.
fn refuse(error: &ReceiveError) -> Reply {
    if let ReceiveError::Trouble(trouble) = error {
        tracing::error!(code = error.code(), %trouble, "mail could not be taken in");
    }
    replies::refusal(error)
}

fn refuse_bounce(error: &BounceError) -> Reply {
    if let BounceError::Trouble(trouble) = error {
        tracing::error!(code = error.code(), %trouble, "a report could not be taken note of");
    }
    replies::bounce_refusal(error)
}

fn refuse_tls_report(error: &NotTaken) -> Reply {
    if let NotTaken::Trouble(trouble) = error {
        tracing::error!(code = error.code(), %trouble, "a TLS report could not be taken note of");
    }
    replies::tls_report_refusal(error)
}

//! One transaction: the envelope as it grows, then the content on its way into the spool.

use std::collections::HashSet;
use std::net::IpAddr;

use app::App;
use app::receive::{Envelope, ReceiveError, ReportWish, Spool, judge, postmaster};
use model::id::MessageId;
use wire::address::{EmailAddress, ForwardPath};
use wire::smtp::command::RcptParameters;
use wire::smtp::reply::{EnhancedCode, Reply};
use wire::smtp::server::{Mail, Recipient};

use super::memory::{Memory, Share};
use super::replies;

/// What lies between `MAIL` and the end of the content.
pub(super) struct Transaction<'a> {
    app: &'a App,
    envelope: Envelope,
    /// The recipients so far: whoever is named twice gets the mail once.
    seen: HashSet<EmailAddress>,
    declared_bytes: Option<u64>,
    content: Option<Content<'a>>,
}

/// Content on its way.
struct Content<'a> {
    spool: Spool<'a>,
    share: Share,
    size_bytes: u64,
}

impl<'a> Transaction<'a> {
    /// Begins with the sender.
    pub(super) fn new(app: &'a App, mail: Mail, authenticated: Option<String>, from: IpAddr) -> Self {
        let envelope = Envelope {
            reverse_path: mail.reverse_path,
            envelope_id: mail.parameters.envelope_id,
            authenticated,
            client_address: Some(from),
            require_tls: mail.parameters.require_tls,
            recipients: Vec::new(),
        };
        Self { app, envelope, seen: HashSet::new(), declared_bytes: mail.parameters.size_bytes, content: None }
    }

    /// Takes a recipient, or says why not.
    pub(super) async fn recipient(&mut self, recipient: Recipient) -> Result<(), Reply> {
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

    /// Makes room for the content. Content of unknown size begins with the share of the shortest.
    pub(super) fn begin_content(&mut self, memory: &Memory) -> Result<(), Reply> {
        let share = memory.share(self.declared_bytes.unwrap_or(0)).map_err(|_| replies::MEMORY_USED_UP)?;
        let spool = Spool::begin(self.app).map_err(|error| refuse(&error))?;
        self.content = Some(Content { spool, share, size_bytes: 0 });
        Ok(())
    }

    /// Keeps the next bytes of the content.
    pub(super) async fn content(&mut self, bytes: &[u8]) -> Result<(), Reply> {
        let Some(content) = &mut self.content else { return Err(replies::INNER_TROUBLE) };
        content.size_bytes = content.size_bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        content.share.cover(content.size_bytes).map_err(|_| replies::MEMORY_USED_UP)?;
        content.spool.write(bytes).await.map_err(|error| refuse(&error))
    }

    /// Takes responsibility: with `Ok`, the message is on disk (P2).
    pub(super) async fn accept(self) -> Result<MessageId, Reply> {
        let Some(content) = self.content else { return Err(replies::INNER_TROUBLE) };
        content.spool.accept(&self.envelope).await.map_err(|error| refuse(&error))
    }
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

//! What is to be sent, and how it went.

use std::fmt::Write as _;

use crate::address::{EmailAddress, ReversePath, TypedAddress};
use crate::smtp::client::{Capabilities, SizeOffer};
use crate::smtp::command::{Body, Notify, OriginalRecipient, Return};
use crate::smtp::reply::Reply;
use crate::smtp::xtext;

/// The most recipients of one envelope: what every server takes (RFC 5321 section 4.5.3.1.8), and what can be pipelined
/// without filling the buffers on both sides.
pub const RECIPIENTS_MAX: usize = 100;

/// One mail for one server: who, for whom, and what to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where failures are reported.
    pub reverse_path: ReversePath,
    /// For whom; at least one, at most [`RECIPIENTS_MAX`].
    pub recipients: Vec<EnvelopeRecipient>,
    /// The exact number of bytes of the content.
    pub content_bytes: u64,
    /// Whether the content has bytes above 127.
    pub body: Body,
    /// Whether header fields of the content are not ASCII (RFC 6532). Addresses that are not ASCII ask by themselves.
    pub utf8_header: bool,
    /// Ask the next server to hold to verified TLS too (RFC 8689).
    pub require_tls: bool,
    /// What a notification should carry; sent where DSN is offered.
    pub ret: Option<Return>,
    /// The own name of this envelope for notifications, printable ASCII; sent where DSN is offered.
    pub envelope_id: Option<String>,
}

/// A recipient of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeRecipient {
    /// The address.
    pub address: TypedAddress,
    /// When to hear about it; sent where DSN is offered.
    pub notify: Option<Notify>,
    /// The address the sender first wrote; sent where DSN is offered.
    pub original: Option<OriginalRecipient>,
}

impl EnvelopeRecipient {
    /// A recipient without wishes about notifications.
    pub fn new(address: TypedAddress) -> Self {
        Self { address, notify: None, original: None }
    }
}

/// Why a mail cannot be handed to this server at all. Nothing was sent; the connection can be used on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The session waits for something else, or is over.
    #[error("the session is not ready for a mail")]
    NotReady,
    /// There is no recipient, or there are more than [`RECIPIENTS_MAX`].
    #[error("the envelope has no recipient or too many")]
    RecipientCount,
    /// The content is 8-bit and the server takes only 7-bit (RFC 6152 section 3).
    #[error("the content is 8-bit and the server does not offer 8BITMIME")]
    EightBitNotOffered,
    /// An address or header field is not ASCII and the server takes only ASCII: `5.6.7`, never a silent change.
    #[error("an address or header field is not ASCII and the server does not offer SMTPUTF8")]
    Smtputf8NotOffered,
    /// Verified TLS is required onwards and the server does not promise it: `5.7.30`.
    #[error("the mail requires TLS onwards and the server does not offer REQUIRETLS")]
    RequireTlsNotOffered,
    /// The content is larger than the server takes: `5.3.4`.
    #[error("the content is larger than the server takes")]
    TooLarge,
}

impl EnvelopeError {
    /// The reply the server would have given, for records and notifications.
    pub fn as_reply(self) -> Reply {
        match self {
            Self::NotReady => Reply::fixed(451, (4, 3, 0), "The connection was not ready"),
            Self::RecipientCount => Reply::fixed(554, (5, 5, 3), "No recipients or too many"),
            Self::EightBitNotOffered => Reply::fixed(554, (5, 6, 1), "The next server does not take 8-bit content"),
            Self::Smtputf8NotOffered => {
                Reply::fixed(553, (5, 6, 7), "The next server does not take this address or header")
            }
            Self::RequireTlsNotOffered => Reply::fixed(550, (5, 7, 30), "The next server does not offer REQUIRETLS"),
            Self::TooLarge => Reply::fixed(552, (5, 3, 4), "The message is larger than the next server accepts"),
        }
    }
}

impl Envelope {
    fn needs_smtputf8(&self) -> bool {
        let reverse_path = self.reverse_path.address().is_some_and(EmailAddress::needs_smtputf8);
        self.utf8_header || reverse_path || self.recipients.iter().any(|to| to.address.address().needs_smtputf8())
    }

    pub(super) fn check(&self, offered: &Capabilities) -> Result<(), EnvelopeError> {
        if !(1..=RECIPIENTS_MAX).contains(&self.recipients.len()) {
            return Err(EnvelopeError::RecipientCount);
        }
        if self.body == Body::EightBitMime && !offered.eight_bit_mime {
            return Err(EnvelopeError::EightBitNotOffered);
        }
        if self.needs_smtputf8() && !(offered.smtputf8 && offered.eight_bit_mime) {
            return Err(EnvelopeError::Smtputf8NotOffered);
        }
        if self.require_tls && !offered.require_tls {
            return Err(EnvelopeError::RequireTlsNotOffered);
        }
        match offered.size {
            SizeOffer::Limit(limit) if self.content_bytes > limit => Err(EnvelopeError::TooLarge),
            _ => Ok(()),
        }
    }

    pub(super) fn mail_command(&self, offered: &Capabilities) -> String {
        let mut line = format!("MAIL FROM:<{}>", self.reverse_path.to_wire());
        if offered.size != SizeOffer::NotOffered {
            let _ = write!(line, " SIZE={}", self.content_bytes);
        }
        if self.body == Body::EightBitMime {
            line.push_str(" BODY=8BITMIME");
        }
        if self.needs_smtputf8() {
            line.push_str(" SMTPUTF8");
        }
        if self.require_tls {
            line.push_str(" REQUIRETLS");
        }
        if offered.dsn {
            match self.ret {
                Some(Return::Headers) => line.push_str(" RET=HDRS"),
                Some(Return::Full) => line.push_str(" RET=FULL"),
                None => {}
            }
            if let Some(id) = &self.envelope_id {
                let _ = write!(line, " ENVID={}", xtext::encode(id));
            }
        }
        line.push_str("\r\n");
        line
    }
}

impl EnvelopeRecipient {
    pub(super) fn rcpt_command(&self, offered: &Capabilities) -> String {
        let mut line = format!("RCPT TO:<{}>", self.address.to_wire());
        if offered.dsn {
            if let Some(notify) = self.notify {
                let _ = write!(line, " NOTIFY={}", notify.to_wire());
            }
            if let Some(original) = &self.original {
                let _ = write!(line, " ORCPT={}", original.to_wire());
            }
        }
        line.push_str("\r\n");
        line
    }
}

/// How it went for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server took responsibility; its reply is the evidence.
    Accepted(Reply),
    /// Not now: try again later.
    Retry(Reply),
    /// Never.
    Permanent(Reply),
}

impl Verdict {
    pub(super) fn of(reply: Reply) -> Self {
        if reply.is_success() {
            Self::Accepted(reply)
        } else if reply.is_permanent() {
            Self::Permanent(reply)
        } else {
            Self::Retry(reply)
        }
    }

    /// The reply that decided.
    pub fn reply(&self) -> &Reply {
        match self {
            Self::Accepted(reply) | Self::Retry(reply) | Self::Permanent(reply) => reply,
        }
    }
}

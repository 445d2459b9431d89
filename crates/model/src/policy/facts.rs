//! What rules are judged on.

use std::collections::BTreeMap;

/// The most items of any list that rules are shown.
pub const ITEMS_MAX: usize = 500;
/// The most text that rules are shown, in bytes over all facts.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// From the organisation to a customer.
    #[default]
    Outward,
    /// From a customer to the organisation.
    Inward,
}

impl Direction {
    /// The word that rules see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Outward => "outward",
            Self::Inward => "inward",
        }
    }
}

/// One attachment, seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// File name; empty if it has none.
    pub name: String,
    /// Media type in lower case, such as `application/pdf`.
    pub media_type: String,
    /// Length once decoded, in bytes.
    pub size_bytes: u64,
}

/// What is known of a message and one of its deliveries when the way is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Reverse-path in lower case; empty for the null reverse-path.
    pub sender: String,
    /// The recipient of this delivery, in lower case.
    pub recipient: String,
    /// Every recipient of the message, in lower case.
    pub recipients: Vec<String>,
    /// Header fields by lower-case name, each with its values, unfolded and decoded, in the order of the message.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The subject, decoded, with its tag.
    pub subject: String,
    /// The attachments.
    pub attachments: Vec<Attachment>,
    /// Length of the message, in bytes.
    pub size_bytes: u64,
    /// Who the sending system proved to be: the name of the user that signed in, or its certificate as `certificate:NAME`.
    pub authenticated: Option<String>,
    /// The address of the machine that handed it in, such as `10.1.0.5`; empty where that was none.
    pub client_address: String,
    /// Which way the message goes.
    pub direction: Direction,
    /// Whether the message answers one that was confidential.
    pub answers_confidential: bool,
    /// Whether some of its headers were too large to be looked at.
    pub incomplete: bool,
}

impl Facts {
    /// The domain of the sender; empty if there is none.
    pub fn sender_domain(&self) -> &str {
        self.sender.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The values of a header field, by lower-case name.
    pub fn header(&self, name: &str) -> &[String] {
        self.headers.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether there is more than rules are shown.
    pub(super) fn is_too_much(&self) -> bool {
        let longest_list = [self.recipients.len(), self.attachments.len(), self.headers.len()]
            .into_iter()
            .chain(self.headers.values().map(Vec::len))
            .max()
            .unwrap_or_default();
        longest_list > ITEMS_MAX || self.text_bytes() > TEXT_BYTES_MAX
    }

    fn text_bytes(&self) -> usize {
        let singles = [&self.sender, &self.recipient, &self.subject].into_iter().chain(&self.authenticated);
        let headers = self.headers.iter().flat_map(|(name, values)| std::iter::once(name).chain(values));
        let attachments = self.attachments.iter().flat_map(|attachment| [&attachment.name, &attachment.media_type]);
        singles.chain(&self.recipients).chain(headers).chain(attachments).map(String::len).sum()
    }
}

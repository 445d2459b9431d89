//! Gathers what the rules look at.

use std::collections::BTreeMap;

use mime::{field, head::Declared};
use model::policy::{Attachment, Direction, Facts};

use super::Envelope;

/// What is known of a mail besides its envelope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mail<'a> {
    /// Its header.
    pub(super) head: &'a mime::head::Head<'a>,
    /// Its attachments, as its sender declares them.
    pub(super) attachments: &'a [Declared],
    /// Its size, in bytes.
    pub(super) size_bytes: u64,
    /// Whether it answers a customer's mail.
    pub(super) answers: bool,
    /// Whether some of its headers are not known.
    pub(super) cut: bool,
}

/// The facts of a mail; those of a recipient are set for each.
pub(super) fn collect(envelope: &Envelope, mail: Mail<'_>) -> Facts {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in mail.head.fields().iter() {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        headers.entry(name).or_default().push(field::text(value));
    }
    Facts {
        sender: envelope.reverse_path.address().map(|path| path.as_str().to_owned()).unwrap_or_default(),
        recipients: envelope.recipients.iter().map(|recipient| recipient.address().as_str().to_owned()).collect(),
        headers,
        subject: mail.head.subject.clone(),
        attachments: mail
            .attachments
            .iter()
            .map(|declared| Attachment {
                name: declared.name.clone(),
                media_type: declared.media_type.clone(),
                size_bytes: declared.encoded_bytes as u64,
            })
            .collect(),
        size_bytes: mail.size_bytes,
        authenticated: envelope.authenticated.clone(),
        client_address: envelope.client_address.map(|address| address.to_string()).unwrap_or_default(),
        direction: Direction::Outward,
        answers_confidential: mail.answers,
        incomplete: mail.cut,
        ..Facts::default()
    }
}

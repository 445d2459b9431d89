//! Turns what Siegelpost writes itself into mails: composed, marked as automatic (RFC 3834), signed (DKIM).

use jiff::Timestamp;
use mime::{
    Correspondent,
    compose::{self, Outgoing},
};
use model::{Entropy, chance};
use render::mails::Mail;

use crate::{App, outgoing, trouble::Trouble};

/// A mail to a customer, from the organisation's service address.
pub(crate) fn to_customer(
    app: &App,
    recipient: &str,
    mail: &Mail,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, Trouble> {
    let outgoing = Outgoing {
        from: Correspondent {
            name: Some(app.settings.brand.organisation.clone()),
            address: app.settings.notices.sender.as_str().to_owned(),
        },
        sender: None,
        reply_to: Vec::new(),
        to: vec![Correspondent { name: None, address: recipient.to_owned() }],
        subject: &mail.subject,
        date: date(app, now),
        message_id: message_id(app, entropy),
        in_reply_to: Vec::new(),
        references: Vec::new(),
        auto_submitted: Some("auto-generated"),
        extra: Vec::new(),
        text: &mail.text,
        html: Some(&mail.html),
        inline_images: Vec::new(),
        attachments: Vec::new(),
    };
    sign(app, &compose(outgoing)?, now)
}

/// Writes a mail.
pub(crate) fn compose(outgoing: Outgoing<'_>) -> Result<Vec<u8>, Trouble> {
    outgoing.to_bytes().map_err(|error| Trouble::broken(format!("composing: {error}")))
}

/// A fresh message id in the organisation's domain, without angle brackets.
pub(crate) fn message_id(app: &App, entropy: &mut dyn Entropy) -> String {
    compose::message_id(&chance::draw(entropy), &outgoing::own_domain(app))
}

/// The moment in the organisation's time zone, as mails show it.
pub(crate) fn date(app: &App, now: Timestamp) -> jiff::Zoned {
    now.to_zoned(app.settings.brand.zone.clone())
}

/// Puts a DKIM signature of every configured key in front (RFC 6376).
pub(crate) fn sign(app: &App, mail: &[u8], now: Timestamp) -> Result<Vec<u8>, Trouble> {
    let mut signed = Vec::new();
    for signer in &app.settings.signers {
        let header = signer.sign(mail, now).map_err(|error| Trouble::broken(format!("signing: {error}")))?;
        signed.extend_from_slice(header.as_bytes());
    }
    signed.extend_from_slice(mail);
    Ok(signed)
}

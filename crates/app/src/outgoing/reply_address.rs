//! The addresses that answers to customers' mails go to.

use model::id::MailboxId;
use vault::token::{LinkPurpose, sign_address, verify_address};
use wire::address::EmailAddress;

use crate::{App, trouble::Trouble};

/// How every reply address begins.
const REPLY_PREFIX: &str = "r+";

/// The address answers to a customer's mail go to: it leads back to the mailbox, and cannot be made up.
pub(crate) fn reply_address(app: &App, mailbox: MailboxId) -> Result<EmailAddress, Trouble> {
    let signing = app.keys.server.signing();
    let tag = sign_address(signing, LinkPurpose::Reply, mailbox.as_bytes());
    let domain = app.settings.notices.sender.domain().ok_or_else(|| Trouble::broken("the sender has no domain"))?;
    EmailAddress::from_parts(&format!("{REPLY_PREFIX}{tag}"), &domain)
        .map_err(|error| Trouble::broken(error.to_string()))
}

/// The mailbox a reply address leads to.
pub(crate) fn mailbox_of_reply_address(app: &App, address: &EmailAddress) -> Option<MailboxId> {
    let tag = address.local_part().strip_prefix(REPLY_PREFIX)?;
    let signing = app.keys.server.signing();
    verify_address(signing, LinkPurpose::Reply, tag).ok().map(MailboxId::from_bytes)
}

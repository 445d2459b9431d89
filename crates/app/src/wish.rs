//! What the sender of a mail asked to be told about it (RFC 3461), kept with each delivery.
//!
//! The wish is kept as it was written: a server that takes the mail over is told exactly the same, and a wish that was not uttered is not invented
//! (RFC 3461 section 5.2.1).

use std::fmt;

use serde::{Deserialize, Serialize};
use wire::smtp::command::{Notify, OriginalRecipient};

/// What the sender asked to be told about one recipient, as it stood in `RCPT`. `Debug` shows no address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportWish {
    /// The value of `NOTIFY`, if it was given.
    notify: Option<String>,
    /// The value of `ORCPT`, if it was given.
    original_recipient: Option<String>,
}

impl fmt::Debug for ReportWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportWish").field("notify", &self.notify).finish_non_exhaustive()
    }
}

impl ReportWish {
    /// The wish of a `RCPT` with these parameters.
    pub fn new(notify: Option<Notify>, original_recipient: Option<&OriginalRecipient>) -> Self {
        Self {
            notify: notify.map(Notify::to_wire),
            original_recipient: original_recipient.map(OriginalRecipient::to_wire),
        }
    }

    /// When the sender wants to hear. Whoever did not ask hears of failure and delay (RFC 3461 section 4.1).
    pub(crate) fn notify(&self) -> Notify {
        self.notify_given().unwrap_or(Notify::DEFAULT)
    }

    /// `NOTIFY`, if it was given.
    pub(crate) fn notify_given(&self) -> Option<Notify> {
        self.notify.as_deref().and_then(Notify::parse)
    }

    /// `ORCPT`, if it was given.
    pub(crate) fn original_recipient(&self) -> Option<OriginalRecipient> {
        self.original_recipient.as_deref().and_then(OriginalRecipient::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_kept_as_it_was_written() {
        for notify in
            [None, Some("NEVER"), Some("SUCCESS"), Some("FAILURE"), Some("DELAY"), Some("SUCCESS,FAILURE,DELAY")]
        {
            let given = notify.and_then(Notify::parse);
            let original = OriginalRecipient::parse("rfc822;Ada+2Bpost@kunde.example").unwrap();
            let wish = ReportWish::new(given, Some(&original));
            assert!(!format!("{wish:?}").contains("kunde"));
            let kept: ReportWish = serde_json::from_str(&serde_json::to_string(&wish).unwrap()).unwrap();
            assert_eq!((kept.notify_given(), kept.original_recipient()), (given, Some(original)));
            assert_eq!(kept.notify(), given.unwrap_or(Notify { success: false, failure: true, delay: true }));
        }
        assert_eq!(serde_json::from_str::<ReportWish>("{}").unwrap(), ReportWish::default());
    }
}

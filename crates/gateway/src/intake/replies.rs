//! What the intake answers where the protocol machine leaves the decision to it.

use app::bounce::BounceError;
use app::receive::ReceiveError;
use app::tls_report::NotTaken;
use wire::smtp::reply::{EnhancedCode, Reply};

pub(super) const NOT_PERMITTED: Reply = Reply::fixed(
    530,
    (5, 7, 0),
    "Authentication required: sign in, show a client certificate, or ask to allow this network",
);
pub(super) const BAD_CREDENTIALS: Reply = Reply::fixed(535, (5, 7, 8), "User or password is wrong");
pub(super) const TOO_MANY_SESSIONS: Reply =
    Reply::fixed(421, (4, 3, 2), "Too many connections, please try again later");
pub(super) const TOO_MANY_FROM_SOURCE: Reply =
    Reply::fixed(421, (4, 7, 0), "Too many connections from your address, please close some or try again later");
pub(super) const SHUTTING_DOWN: Reply = Reply::fixed(421, (4, 3, 2), "Shutting down, please try again later");
pub(super) const TIMED_OUT: Reply = Reply::fixed(421, (4, 4, 2), "Waited too long, closing");
pub(super) const MEMORY_USED_UP: Reply =
    Reply::fixed(452, (4, 3, 1), "Busy with other messages, please try again later");
pub(super) const INNER_TROUBLE: Reply = Reply::fixed(451, (4, 3, 0), "Internal trouble, please try again later");

/// A mail to a bounce address is one about one mail, and goes to nobody else.
pub(super) const BOUNCE_ALONE: Reply =
    Reply::fixed(452, (4, 5, 3), "Reports come one at a time: please send to this recipient separately");
pub(super) const BOUNCE_TOO_LARGE: Reply = Reply::fixed(
    552,
    (5, 3, 4),
    "The report is too large: send back the header of the mail and not its content (RFC 3461, RET=HDRS)",
);
pub(super) const TLS_REPORT_TOO_LARGE: Reply = Reply::fixed(552, (5, 3, 4), "The report is too large");
/// To whoever reports, so that it is over for both sides; nothing is said of what follows.
pub(super) const BOUNCE_TAKEN: Reply = Reply::fixed(250, (2, 0, 0), "Report taken note of");

/// The reply to a bounce that is not taken.
pub(super) fn bounce_refusal(error: &BounceError) -> Reply {
    match error {
        BounceError::TooLarge => BOUNCE_TOO_LARGE,
        BounceError::TooEarly => {
            Reply::fixed(451, (4, 4, 5), "The mail is still on its way to you, please try again later")
        }
        BounceError::Trouble(_) => INNER_TROUBLE,
    }
}

/// The reply to a report about TLS that is not taken.
pub(super) fn tls_report_refusal(error: &NotTaken) -> Reply {
    match error {
        NotTaken::TooLarge => TLS_REPORT_TOO_LARGE,
        NotTaken::Trouble(_) => INNER_TROUBLE,
    }
}

/// The reply to what a use case refused. What went wrong inside is told to nobody outside.
pub(super) fn refusal(error: &ReceiveError) -> Reply {
    match error {
        ReceiveError::OwnDomain => Reply::fixed(
            550,
            (5, 1, 2),
            "This intake takes mail to customers; mail to the organisation itself goes to its own mail server",
        ),
        ReceiveError::NoMailbox => Reply::fixed(
            553,
            (5, 1, 3),
            "Write to a name behind the @, not to a machine's number: nobody has a mailbox there",
        ),
        ReceiveError::ReplyUnknown => Reply::fixed(
            550,
            (5, 1, 1),
            "This reply address leads nowhere: the mailbox was deleted, or the address was changed on the way",
        ),
        ReceiveError::Loop => Reply::fixed(554, (5, 4, 6), "The message has been through too many servers: a loop"),
        // Of all refusals this is the one that an employee reads, in the report of his own server: so in both languages.
        ReceiveError::Malware(signature) => Reply::new(
            554,
            Some(EnhancedCode::new(5, 7, 1)),
            &format!(
                "Malware was found in this message ({signature}), so it was not taken. Nobody got it. Have your computer checked.\n\
                 In dieser Nachricht steckt Schadsoftware ({signature}), deshalb wurde sie nicht angenommen. Niemand hat sie bekommen. \
                 Bitte lassen Sie Ihren Rechner untersuchen."
            ),
        ),
        // RFC 3463 section 3.8: a matter of security that no other code tells; 4.7.1 is "useful only as a permanent error".
        ReceiveError::Unscanned => {
            Reply::fixed(451, (4, 7, 0), "The message cannot be checked for malware just now, please try again later")
        }
        ReceiveError::TooLargeToScan => {
            Reply::fixed(552, (5, 3, 4), "The message is too large to be checked for malware, so it was not taken")
        }
        ReceiveError::Trouble(_) => INNER_TROUBLE,
    }
}

#[cfg(test)]
mod tests {
    use app::scan::Signature;

    use super::*;

    #[test]
    fn every_reply_fits_on_one_line_and_is_ascii() {
        let refusals = [
            ReceiveError::OwnDomain,
            ReceiveError::NoMailbox,
            ReceiveError::ReplyUnknown,
            ReceiveError::Loop,
            ReceiveError::Unscanned,
            ReceiveError::TooLargeToScan,
        ];
        let replies = [
            NOT_PERMITTED,
            BAD_CREDENTIALS,
            TOO_MANY_SESSIONS,
            TOO_MANY_FROM_SOURCE,
            SHUTTING_DOWN,
            TIMED_OUT,
            MEMORY_USED_UP,
            INNER_TROUBLE,
            BOUNCE_ALONE,
            BOUNCE_TAKEN,
        ];
        let bounces = [BounceError::TooLarge, BounceError::TooEarly];
        let refusals = refusals.iter().map(refusal).chain(bounces.iter().map(bounce_refusal));
        for reply in refusals.chain(replies) {
            let mut line = Vec::new();
            reply.write_to(&mut line);
            assert!(line.is_ascii() && line.len() <= wire::smtp::reply::REPLY_LINE_BYTES_MAX);
            assert_eq!(line.split(|byte| *byte == b'\n').count(), 2, "one line, ended");
        }
    }

    #[test]
    fn malware_is_told_in_two_languages_and_nothing_is_cut() {
        let mut lines = Vec::new();
        refusal(&ReceiveError::Malware(Signature::new(&"x".repeat(1000)))).write_to(&mut lines);
        let lines = String::from_utf8(lines).unwrap();
        assert!(lines.starts_with("554-5.7.1 Malware") && lines.contains("\r\n554 5.7.1 In dieser"), "{lines}");
        assert!(lines.contains("checked.\r\n") && lines.ends_with("untersuchen.\r\n"), "{lines}");
    }
}

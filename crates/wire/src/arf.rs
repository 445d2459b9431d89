//! Feedback reports: what an e-mail provider sends on when its customer says "this is spam" (RFC 5965; how to answer them: RFC 6650).
//!
//! A report is a `multipart/report` like a [delivery report](crate::dsn), with a `message/feedback-report` for machines in the middle. It has one
//! group of fields, of which the *type* says what the customer meant. Here is read that part; whoever sent it, its claim counts only
//! if it came to a [genuine bounce address](crate::bounce).

use crate::fields;

/// What a report is about (RFC 5965 section 7.3, RFC 6430 section 3, RFC 6591 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackType {
    /// The recipient does not want the mail, or calls it spam.
    Abuse,
    /// The recipient asks for no more mail. A type of drafts of the standard that is still sent.
    OptOut,
    /// The recipient says that the mail is no spam.
    NotSpam,
    /// The mail is a fraud.
    Fraud,
    /// The mail holds a virus.
    Virus,
    /// The mail failed a check of who sent it.
    AuthFailure,
    /// Anything else, unknown types included (RFC 5965 section 3.1).
    Other,
}

impl FeedbackType {
    /// Words with `_` are older spellings.
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().replace('_', "-").as_str() {
            "abuse" => Self::Abuse,
            "opt-out" | "opt-out-list" => Self::OptOut,
            "not-spam" => Self::NotSpam,
            "fraud" => Self::Fraud,
            "virus" => Self::Virus,
            "auth-failure" => Self::AuthFailure,
            _ => Self::Other,
        }
    }

    /// Whether the recipient wants no such mail.
    pub const fn is_complaint(self) -> bool {
        matches!(self, Self::Abuse | Self::OptOut)
    }
}

/// Reads the content of a `message/feedback-report` part (RFC 5965 section 3), its transfer encoding undone.
///
/// `None` if it does not say its type, or several: a report has exactly one (section 3.1).
pub fn read(content: &[u8]) -> Option<FeedbackType> {
    let group = fields::groups(content, 1).pop()?;
    let word = group.word("feedback-type")?;
    (group.count("feedback-type") == 1).then(|| FeedbackType::of(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_read_however_it_is_written() {
        for (report, expected) in [
            ("Feedback-Type: abuse\r\nUser-Agent: Some/1.0\r\nVersion: 1\r\n", Some(FeedbackType::Abuse)),
            ("feedback-type:ABUSE (spam button)\nVersion: 1\n\nFeedback-Type: fraud\n", Some(FeedbackType::Abuse)),
            ("\n\nVersion: 0.1\nFeedback-Type:\n\topt-out\n", Some(FeedbackType::OptOut)),
            ("Feedback-Type: opt_out\n", Some(FeedbackType::OptOut)),
            ("Feedback-Type: not-spam\n", Some(FeedbackType::NotSpam)),
            ("Feedback-Type: fraud\n", Some(FeedbackType::Fraud)),
            ("Feedback-Type: virus\n", Some(FeedbackType::Virus)),
            ("Feedback-Type: auth-failure\n", Some(FeedbackType::AuthFailure)),
            ("Feedback-Type: x-own\n", Some(FeedbackType::Other)),
            ("Feedback-Type: abuse\nFeedback-Type: not-spam\n", None),
            ("Feedback-Type:\nVersion: 1\n", None),
            ("Version: 1\n\nFeedback-Type: abuse\n", None),
            ("", None),
        ] {
            assert_eq!(read(report.as_bytes()), expected, "{report:?}");
        }
    }

    #[test]
    fn only_some_types_are_complaints() {
        use FeedbackType::{Abuse, AuthFailure, Fraud, NotSpam, OptOut, Other, Virus};
        let complaints = [Abuse, OptOut, NotSpam, Fraud, Virus, AuthFailure, Other].map(FeedbackType::is_complaint);
        assert_eq!(complaints, [true, true, false, false, false, false, false]);
    }
}

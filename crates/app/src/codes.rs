//! Every error code of the use cases, with what it means and what to do: the source of `docs/errors.md`.
//!
//! A code stays what it is for ever: people write it into tickets and search for it in logs. A new error gets a new code.

/// What `docs/errors.md` says about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The code, such as `ACT-001`.
    pub code: &'static str,
    /// What happened, in a few words.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it, for whoever reads the code.
    pub cure: &'static str,
}

/// An entry in one line.
const fn entry(code: &'static str, title: &'static str, meaning: &'static str, cure: &'static str) -> Entry {
    Entry { code, title, meaning, cure }
}

/// Every code, in the order of the alphabet.
pub const ALL: &[Entry] = &[
    entry(
        "ACC-001",
        "Present password wrong",
        "Before a setting changes, the present password is asked for. What was typed does not open the mailbox.",
        "Type the present password again. Whoever has forgotten it signs out and recovers access.",
    ),
    entry(
        "ACC-002",
        "New password refused",
        "The new password is empty, too short, too long, one that guessers try first, or little more than the address.",
        "Choose a longer one: several words that do not belong together.",
    ),
    entry(
        "ACC-003",
        "New passwords differ",
        "The new password was typed twice, and not the same way.",
        "Type both again.",
    ),
    entry(
        "ACC-004",
        "Question or answer refused",
        "The question is missing, too long or holds characters that nobody sees, or the answer is too short, too long, or stands in the question or the address.",
        "Choose another question or answer.",
    ),
    entry(
        "ACC-005",
        "Too many wrong passwords in the settings",
        "The present password was typed wrongly so often in this session that it has to wait.",
        "Wait until the time shown.",
    ),
    entry(
        "ACT-001",
        "Activation link leads nowhere",
        "The link has expired, was cut, or was never one of ours. Which of these is not told, so that strangers learn nothing.",
        "Use the link of the newest notice. Every later message brings a fresh one.",
    ),
    entry(
        "ACT-002",
        "Mailbox is active already",
        "The activation was finished before, perhaps in another window or by another link.",
        "Sign in with address and password.",
    ),
    entry(
        "ACT-003",
        "Password refused",
        "The password is empty, too short, too long, one that guessers try first, or little more than the address.",
        "Choose a longer one: several words that do not belong together.",
    ),
    entry("ACT-004", "Passwords differ", "The password was typed twice, and not the same way.", "Type both again."),
    entry(
        "ACT-005",
        "Question or answer refused",
        "The question is missing, too long or holds characters that nobody sees, or the answer is too short, too long, or stands in the question or the address.",
        "Choose another question or answer.",
    ),
    entry(
        "ACT-006",
        "A step is missing",
        "A step was asked for whose earlier steps were not taken with this link.",
        "Begin with step 1; what was chosen with this link is kept.",
    ),
    entry(
        "BNC-001",
        "Report too large",
        "A mail to a bounce address is larger than 1 MiB. Our mails ask for reports that bring back their header only.",
        "Nothing to do here. The other server returns whole mails although it was asked not to, and adds much to them.",
    ),
    entry(
        "BNC-002",
        "Report too early",
        "A report came in about a mail that is still being handed over. Its sender was asked to come again.",
        "Nothing to do: the other server tries again by itself.",
    ),
    entry(
        "PRV-001",
        "No e-mail provider to be seen",
        "On the page about e-mail providers something was typed that is neither an address nor the domain of one.",
        "Type the whole address, or what stands behind the `@`.",
    ),
    entry(
        "PRV-002",
        "A number in place of a provider",
        "The page about e-mail providers was asked about an address literal (`[192.0.2.1]`), which no certificate proves.",
        "Use an address with a domain.",
    ),
    entry(
        "PRV-003",
        "Too many questions about e-mail providers",
        "From this network so many different providers were asked about in a short time that the servers of others would be bothered.",
        "Wait until the time shown. What is known already is answered all the same.",
    ),
    entry(
        "RCV-001",
        "Recipient is the organisation itself",
        "The intake takes mail to customers. The recipient's domain is one of the organisation's own.",
        "Let the mail server hand only mail to the outside to Siegelpost; check `organisation.domains`.",
    ),
    entry(
        "RCV-002",
        "Recipient cannot have a mailbox",
        "The recipient is an address literal (`[192.0.2.1]`) or otherwise no address of a person.",
        "Use an address with a domain.",
    ),
    entry(
        "RCV-003",
        "Reply address leads nowhere",
        "The recipient looks like a reply address, and its mailbox was deleted meanwhile.",
        "Write to the customer's own address.",
    ),
    entry(
        "RCV-004",
        "Mail runs in a loop",
        "The header has more `Received` lines than any honest route.",
        "Check which servers forward to each other.",
    ),
    entry(
        "RCV-005",
        "Malware in a message",
        "The scanner found malware in a message. It was not taken; its sender hears that from his own server. The audit log has the name of the malware.",
        "Look for where it comes from: the sender's computer may be infected. If the scanner is wrong, tell its maker, or exempt the signature there.",
    ),
    entry(
        "RCV-006",
        "Message not scanned",
        "The scanner does not answer, or not in time. The sender's server keeps the message and tries again.",
        "Look at clamd, and run `siegelpost doctor`. `scan.unavailable` says whether messages wait or are taken unscanned meanwhile.",
    ),
    entry(
        "RCV-007",
        "Message too large to be scanned",
        "The message is larger than `scan.bytes_max`, or than clamd takes (`StreamMaxLength`), and `scan.larger` is `refuse`.",
        "Raise both, or let larger messages be taken unscanned.",
    ),
    entry(
        "RED-001",
        "No such message",
        "There is no message with this id in the mailbox that is signed in to. It may lie in another mailbox.",
        "Check which address is signed in.",
    ),
    entry(
        "RED-002",
        "Message was deleted",
        "The owner deleted the message. Its keys are destroyed; nobody can bring it back.",
        "Ask the sender to send it again.",
    ),
    entry(
        "RED-003",
        "Message too complex to be shown",
        "The message has more parts or levels than are taken apart.",
        "Save it as a file (EML) and open it in a mail program.",
    ),
    entry(
        "SGN-001",
        "Address or password wrong",
        "Either there is no active mailbox of this address, or the password is wrong. Which of these is not told.",
        "Type both again; activate the mailbox first if that was never done; or recover access.",
    ),
    entry(
        "SGN-002",
        "Too many failures to sign in",
        "From this network, or for this address, signing in failed too often in a short time.",
        "Wait until the time shown. A browser that signed in before is not held up by strangers.",
    ),
    entry(
        "SND-001",
        "No such draft",
        "The draft was sent or discarded already, perhaps in another window.",
        "Look into \"Sent\".",
    ),
    entry(
        "SND-002",
        "Recipient is nobody of the organisation",
        "New messages go to people of the organisation only; answers go to whoever wrote.",
        "Choose a recipient from the list, or answer a message. Check `portal.contacts` if somebody is missing.",
    ),
    entry("SND-003", "Nothing is written", "The draft has neither text nor files.", "Write something or add a file."),
    entry(
        "SYS-001",
        "Something is away or busy",
        "The database or the blob store does not answer, or memory for stretching a password is short. Nothing was changed.",
        "Try again. If it stays, run `siegelpost doctor` and look at the log lines of the same operation.",
    ),
    entry(
        "SYS-002",
        "Something contradicts itself",
        "A stored value does not open or does not fit another: a wrong key file, a restored backup that does not match, or a defect. \
         Nothing was changed.",
        "Run `siegelpost doctor`, compare the key files with those in use when the data was written, and report what the log says.",
    ),
    entry(
        "TLR-001",
        "TLS report too large",
        "A mail to the address that takes reports about TLS is larger than 1.5 MiB.",
        "Nothing to do: no sender has so much to tell of one day.",
    ),
    entry(
        "UPL-001",
        "No such draft for the file",
        "The draft was sent or discarded while the file was on its way.",
        "Begin a new message.",
    ),
    entry(
        "UPL-002",
        "Too many files",
        "The draft has as many files as a message may have.",
        "Remove one, or pack several into one.",
    ),
    entry(
        "UPL-003",
        "File too large",
        "With this file the message would be larger than `portal.message_bytes_max` allows.",
        "Send large files in several messages.",
    ),
    entry(
        "UPL-004",
        "Malware in a file",
        "The scanner found malware in a file that a recipient wanted to send. The file was not taken; what was written is kept.",
        "Have the computer looked at on which the file lies. If the scanner is wrong, tell its maker, or exempt the signature there.",
    ),
    entry(
        "UPL-005",
        "File not scanned",
        "The scanner does not answer, or not in time, so that the file was not taken; what was written is kept.",
        "Look at clamd, and run `siegelpost doctor`. `scan.unavailable` says whether files have to wait or are taken unscanned meanwhile.",
    ),
    entry(
        "UPL-006",
        "File too large to be scanned",
        "The file is larger than `scan.bytes_max`, or than clamd takes (`StreamMaxLength`), and `scan.larger` is `refuse`.",
        "Raise both, or let larger files be taken unscanned.",
    ),
];

/// What is said about `code`.
pub fn find(code: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::id::DeliveryId;

    use super::*;
    use crate::{
        Trouble, account::AccountError, activate::StepError, bounce::BounceError, password::PasswordFault,
        provider::AskError, question::QuestionFault, read::ReadError, receive::ReceiveError, scan::Signature,
        sign_in::SignInError, throttle::Wait, tls_report::NotTaken, write::SendError, write::UploadError,
    };

    /// The codes of every variant of every error. A variant without one does not compile: `code` matches them all.
    fn used() -> Vec<&'static str> {
        let wait = Wait { until: Timestamp::UNIX_EPOCH };
        let (password, question) = (PasswordFault::Empty, QuestionFault::QuestionEmpty);
        let account = [
            AccountError::PasswordWrong,
            AccountError::Password(password),
            AccountError::PasswordsDiffer,
            AccountError::Question(question),
            AccountError::Wait(wait),
        ];
        let step = [
            StepError::Expired,
            StepError::Active,
            StepError::Password(password),
            StepError::PasswordsDiffer,
            StepError::Question(question),
            StepError::StepMissing,
        ];
        let ask = [AskError::Malformed, AskError::Literal, AskError::Wait(wait)];
        let bounce = [BounceError::TooLarge, BounceError::TooEarly];
        let receive = [
            ReceiveError::OwnDomain,
            ReceiveError::NoMailbox,
            ReceiveError::ReplyUnknown,
            ReceiveError::Loop,
            ReceiveError::Malware(Signature::new("")),
            ReceiveError::Unscanned,
            ReceiveError::TooLargeToScan,
        ];
        let complex = ReadError::TooComplex(DeliveryId::from_bytes([0; 16]));
        let read = [ReadError::NotFound, ReadError::Deleted(wait.until), complex];
        let sign_in = [SignInError::Wrong, SignInError::Wait(wait)];
        let send = [SendError::NotFound, SendError::Recipient, SendError::Empty];
        let trouble = [Trouble::Unavailable(String::new()), Trouble::Broken(String::new())];
        let upload = [
            UploadError::NotFound,
            UploadError::TooMany,
            UploadError::TooLarge,
            UploadError::Malware(Signature::new("")),
            UploadError::Unscanned,
            UploadError::TooLargeToScan,
        ];
        let mut codes = Vec::new();
        codes.extend(account.iter().map(AccountError::code));
        codes.extend(step.iter().map(StepError::code));
        codes.extend(bounce.iter().map(BounceError::code));
        codes.extend(ask.iter().map(AskError::code));
        codes.extend(receive.iter().map(ReceiveError::code));
        codes.extend(read.iter().map(ReadError::code));
        codes.extend(sign_in.iter().map(SignInError::code));
        codes.extend(send.iter().map(SendError::code));
        codes.extend(trouble.iter().map(Trouble::code));
        codes.push(NotTaken::TooLarge.code());
        codes.extend(upload.iter().map(UploadError::code));
        codes
    }

    #[test]
    fn every_code_is_explained_once_and_used() {
        let explained: Vec<_> = ALL.iter().map(|entry| entry.code).collect();
        assert_eq!(explained, used(), "the codes of the errors, in the order of the alphabet");
        assert!(explained.is_sorted() && find("ACT-001").is_some() && find("ACT-999").is_none());
    }
}

//! The security question: chosen at activation, changed in the settings, asked when a password is forgotten.
//!
//! It only ever adds to another proof and never replaces one (J6). The question is sealed under the server key, because it has to be shown to somebody who is not signed in;
//! the answer is stretched like a password.

use model::id::MailboxId;
use vault::{Phrase, Purpose, Sealed, password::PhraseError};

use crate::{App, trouble::Trouble};

/// The longest question, in characters.
pub const QUESTION_CHARS_MAX: usize = 200;
/// The shortest answer, in characters of its normal form.
pub const ANSWER_CHARS_MIN: usize = 3;

/// Why a question or its answer will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionFault {
    /// No question was chosen.
    QuestionEmpty,
    /// The question is longer than [`QUESTION_CHARS_MAX`].
    QuestionTooLong,
    /// The question holds a character that nobody sees, such as a tab or a line break.
    QuestionUnprintable,
    /// The answer is shorter than [`ANSWER_CHARS_MIN`].
    AnswerTooShort,
    /// The answer is too long.
    AnswerTooLong,
    /// The answer stands in the question or is the address.
    AnswerObvious,
}

/// Judges a question and its answer.
pub(crate) fn judge<'a>(question: &'a str, answer: &str, address: &str) -> Result<(&'a str, Phrase), QuestionFault> {
    let question = question.trim();
    if question.is_empty() {
        return Err(QuestionFault::QuestionEmpty);
    }
    if question.chars().count() > QUESTION_CHARS_MAX {
        return Err(QuestionFault::QuestionTooLong);
    }
    if question.chars().any(char::is_control) {
        return Err(QuestionFault::QuestionUnprintable);
    }
    let phrase = Phrase::answer(answer).map_err(|error| match error {
        PhraseError::Empty => QuestionFault::AnswerTooShort,
        PhraseError::TooLong => QuestionFault::AnswerTooLong,
    })?;
    if phrase.code_points() < ANSWER_CHARS_MIN {
        return Err(QuestionFault::AnswerTooShort);
    }
    if question.to_lowercase().contains(phrase.expose()) || address.contains(phrase.expose()) {
        return Err(QuestionFault::AnswerObvious);
    }
    Ok((question, phrase))
}

/// Seals a question for its mailbox.
pub(crate) fn seal(app: &App, mailbox: MailboxId, question: &str) -> Result<Sealed, Trouble> {
    let key = app.keys.server.content();
    Ok(vault::seal(key, Purpose::Question, mailbox.as_bytes(), question.as_bytes(), &mut *app.entropy())?)
}

/// Opens the question of a mailbox.
pub(crate) fn open(app: &App, mailbox: MailboxId, sealed: &[u8]) -> Result<String, Trouble> {
    let sealed = Sealed::from_bytes(sealed.to_vec());
    let opened = vault::open(app.keys.server.content(), Purpose::Question, mailbox.as_bytes(), &sealed)?;
    String::from_utf8(opened.to_vec()).map_err(|_| Trouble::broken("a question is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(question: &str, answer: &str) -> Option<QuestionFault> {
        judge(question, answer, "ada@kunde.example").err()
    }

    #[test]
    fn j3_question_and_answer_at_their_edges() {
        assert_eq!(fault("Wie hieß mein erstes Haustier?", "Bello"), None);
        assert_eq!(fault("  ", "Bello"), Some(QuestionFault::QuestionEmpty));
        assert_eq!(fault(&"?".repeat(201), "Bello"), Some(QuestionFault::QuestionTooLong));
        assert_eq!(fault(&"?".repeat(200), "Bello"), None);
        for unprintable in ["Wie\thieß er?", "Wie\r\nhieß er?", "Wie hieß er\0?"] {
            assert_eq!(fault(unprintable, "Bello"), Some(QuestionFault::QuestionUnprintable));
        }
        assert_eq!(fault("Wie?", "ab"), Some(QuestionFault::AnswerTooShort));
        assert_eq!(fault("Wie?", "abc"), None);
        assert_eq!(fault("Wie?", &"x".repeat(257)), Some(QuestionFault::AnswerTooLong));
    }

    #[test]
    fn j3_an_answer_must_not_give_itself_away() {
        assert_eq!(fault("Mein Hund heißt Bello?", "bello"), Some(QuestionFault::AnswerObvious));
        assert_eq!(fault("Wie?", "Ada@Kunde.example"), Some(QuestionFault::AnswerObvious));
    }
}

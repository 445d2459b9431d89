//! What use cases found wrong, as the forms say it.

use app::{password::PasswordFault, question, question::QuestionFault};
use render::{Problem, form::Guessable};

/// The most characters of a password or an answer.
const PHRASE_CHARS_MAX: usize = vault::password::PHRASE_CODE_POINTS_MAX;

/// What is wrong with a new password.
pub(crate) fn password(fault: PasswordFault, typed: &str) -> Problem {
    match fault {
        PasswordFault::Empty => Problem::PasswordMissing,
        PasswordFault::TooShort(characters_min) => {
            Problem::PasswordTooShort { characters: typed.chars().count(), characters_min }
        }
        PasswordFault::TooLong => Problem::PasswordTooLong { characters_max: PHRASE_CHARS_MAX },
        PasswordFault::Common => Problem::PasswordGuessable(Guessable::Common),
        PasswordFault::Address => Problem::PasswordGuessable(Guessable::Address),
    }
}

/// What is wrong with a question or its answer. `own` tells whether the question was to be in own words.
pub(crate) fn question(fault: QuestionFault, own: bool, answer: &str) -> Problem {
    match fault {
        QuestionFault::QuestionEmpty if own => Problem::OwnQuestionMissing,
        QuestionFault::QuestionEmpty => Problem::QuestionMissing,
        QuestionFault::QuestionTooLong => Problem::OwnQuestionTooLong { characters_max: question::QUESTION_CHARS_MAX },
        QuestionFault::QuestionUnprintable => Problem::OwnQuestionUnprintable,
        QuestionFault::AnswerTooShort if answer.trim().is_empty() => Problem::AnswerMissing,
        QuestionFault::AnswerTooShort => Problem::AnswerTooShort { characters_min: question::ANSWER_CHARS_MIN },
        QuestionFault::AnswerTooLong => Problem::AnswerTooLong { characters_max: PHRASE_CHARS_MAX },
        QuestionFault::AnswerObvious => Problem::AnswerGuessable,
    }
}

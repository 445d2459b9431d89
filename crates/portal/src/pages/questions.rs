//! The security question between forms, use cases and pages.
//!
//! A listed question is stored as its word, the same in every language; one in own words is stored as it was typed.

use render::pages::activation::{ListedQuestion, Question, QuestionFields};

use crate::form::Form;

/// The value of the field `question` for one in own words.
const OWN: &str = "own";

/// The stored form of the question that was chosen; empty where none was.
pub(crate) fn chosen(form: &Form) -> &str {
    let word = form.get("question");
    if word == OWN { form.get(OWN) } else { ListedQuestion::from_word(word).map_or("", |listed| listed.word()) }
}

/// Whether the question was to be in own words.
pub(crate) fn is_own(form: &Form) -> bool {
    form.get("question") == OWN
}

/// A stored question as pages show it.
pub(crate) fn shown(stored: &str) -> Question<'_> {
    ListedQuestion::from_word(stored).map_or(Question::Own(stored), Question::Listed)
}

/// The fields as they were sent.
pub(crate) fn typed(form: &Form) -> QuestionFields<'_> {
    let own = form.get(OWN);
    let question = if is_own(form) {
        Some(Question::Own(own))
    } else {
        ListedQuestion::from_word(form.get("question")).map(Question::Listed)
    };
    QuestionFields { question, own, answer: form.get("answer"), answered: false }
}

/// The fields as they are stored.
pub(crate) fn stored(question: Option<&str>) -> QuestionFields<'_> {
    let shown = question.map(shown);
    let own = match shown {
        Some(Question::Own(words)) => words,
        _ => "",
    };
    QuestionFields { question: shown, own, answer: "", answered: question.is_some() }
}

//! Activation in three steps, and the page for links that do not work [J3, J8].
//!
//! For a stranger, unknown, used and expired links look alike [P7]: all lead to [`LinkHelp`].

use askama::Template;
use jiff::Timestamp;
use model::Language;

use crate::{form::Problems, page::Page, paths, words::Phrase};

/// Before step 1: what this is and who wrote. Its button leads to [`paths::ACTIVATION_PASSWORD`].
#[derive(Debug, Template)]
#[template(path = "activation_landing.html")]
pub struct Landing<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The address the mailbox is for.
    pub address: &'a str,
    /// Who wrote: a name, or the address where no name is known.
    pub sender: &'a str,
    /// The subject, where the organisation lets it be shown.
    pub subject: Option<&'a str>,
    /// When the message was sent.
    pub sent_at: Timestamp,
    /// By when to activate.
    pub activate_by: Timestamp,
}

/// Step 1 of 3: the password. `POST` to [`paths::ACTIVATION_PASSWORD`] with `password`, `again`.
#[derive(Debug, Template)]
#[template(path = "activation_password.html")]
pub struct PasswordStep<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The address, shown and not to be changed.
    pub address: &'a str,
    /// Whether a password was chosen in this activation before; then it stays if both fields stay empty.
    pub chosen: bool,
    /// The shortest password, in characters.
    pub characters_min: usize,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
}

/// Step 2 of 3: question and answer. `POST` to [`paths::ACTIVATION_QUESTION`] with `question` (a [`ListedQuestion::word`] or
/// `own`), `own`, `answer`.
#[derive(Debug, Template)]
#[template(path = "activation_question.html")]
pub struct QuestionStep<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// What is filled in.
    pub fields: QuestionFields<'a>,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
}

/// Step 3 of 3: everything at a glance. `POST` to [`paths::ACTIVATION_FINISH`] with `language`.
#[derive(Debug, Template)]
#[template(path = "activation_finish.html")]
pub struct FinishStep<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The address the mailbox is for.
    pub address: &'a str,
    /// The chosen question.
    pub question: Question<'a>,
    /// The language for pages and notices.
    pub language: Language,
}

/// What to do when a link does not open anything: used, expired or never valid. Tells none of these apart.
#[derive(Debug, Template)]
#[template(path = "activation_help.html")]
pub struct LinkHelp<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
}

/// The fields for question and answer, with what was typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuestionFields<'a> {
    /// The chosen question, if one was chosen.
    pub question: Option<Question<'a>>,
    /// What was typed as own question.
    pub own: &'a str,
    /// What was typed as answer. Leave it empty where it was stored.
    pub answer: &'a str,
    /// Whether an answer was given in this activation before; then it stays if the field stays empty.
    pub answered: bool,
}

impl QuestionFields<'_> {
    pub(crate) fn chose_own(&self) -> bool {
        self.question.is_some_and(|question| question.is_own())
    }
}

/// A security question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'a> {
    /// One of the list.
    Listed(ListedQuestion),
    /// In the person's own words.
    Own(&'a str),
}

impl Question<'_> {
    /// The question as it reads in the language of `page`.
    pub fn text(&self, page: &Page<'_>) -> String {
        match self {
            Self::Listed(listed) => listed.text(page).to_string(),
            Self::Own(words) => (*words).to_owned(),
        }
    }

    /// Whether this is `listed`.
    pub fn is(&self, listed: ListedQuestion) -> bool {
        matches!(self, Self::Listed(this) if *this == listed)
    }

    /// Whether it is in own words.
    pub const fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// The questions to choose from. Answers are steady, short and not found in public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedQuestion {
    /// The first street one remembers living in.
    Street,
    /// A grandparent's first name.
    Grandparent,
    /// The first concert.
    Concert,
    /// The favourite teacher.
    Teacher,
    /// A toy of childhood.
    Toy,
    /// The first journey alone.
    Journey,
    /// The first pet.
    Pet,
    /// The first job's place.
    Work,
}

impl ListedQuestion {
    /// Every question, in the order shown.
    pub const ALL: [Self; 8] = [
        Self::Street,
        Self::Grandparent,
        Self::Concert,
        Self::Teacher,
        Self::Toy,
        Self::Journey,
        Self::Pet,
        Self::Work,
    ];

    /// The word that stands for it in forms and in storage, the same in every language.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::Grandparent => "grandparent",
            Self::Concert => "concert",
            Self::Teacher => "teacher",
            Self::Toy => "toy",
            Self::Journey => "journey",
            Self::Pet => "pet",
            Self::Work => "work",
        }
    }

    pub(crate) fn chosen_in(self, fields: &QuestionFields<'_>) -> bool {
        fields.question.is_some_and(|question| question.is(self))
    }

    /// The question of this [`ListedQuestion::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.word() == word)
    }

    /// The question as it reads in the language of `page`.
    pub fn text<'a>(&self, page: &Page<'a>) -> Phrase<'a> {
        page.say(match self {
            Self::Street => "question-street",
            Self::Grandparent => "question-grandparent",
            Self::Concert => "question-concert",
            Self::Teacher => "question-teacher",
            Self::Toy => "question-toy",
            Self::Journey => "question-journey",
            Self::Pet => "question-pet",
            Self::Work => "question-work",
        })
    }
}

super::pages! { Landing PasswordStep QuestionStep FinishStep LinkHelp }

//! Forms: what can be wrong in one, said beside the field and in a summary above the form.
//!
//! The edge hands over what it found as [`Problem`]s; which field it belongs to and how it reads is decided here. Fields keep
//! what was typed, except passwords.

use crate::{page::Page, sizes::Size, words::Phrase};

/// What is wrong with something typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Sign-in: no address was typed.
    AddressMissing,
    /// Sign-in: what was typed is no address.
    AddressMalformed,
    /// Provider: a machine is named by its number, so there is no provider.
    AddressLiteral,
    /// Sign-in: no password was typed.
    PasswordMissing,
    /// Sign-in: address and password do not belong together. Says nothing about either.
    SignInRefused,
    /// New password: too short.
    PasswordTooShort {
        /// How many characters were typed.
        characters: usize,
        /// How many are needed.
        characters_min: usize,
    },
    /// New password: longer than can be taken.
    PasswordTooLong {
        /// How many characters are possible.
        characters_max: usize,
    },
    /// New password: easy to guess.
    PasswordGuessable(Guessable),
    /// New password: the same as before.
    PasswordUnchanged,
    /// New password: the two entries differ.
    PasswordsDiffer,
    /// Settings: the present password is not this one.
    CurrentPasswordWrong,
    /// Question: none was chosen.
    QuestionMissing,
    /// Question: own words were chosen and not given.
    OwnQuestionMissing,
    /// Question: own words are longer than can be taken.
    OwnQuestionTooLong {
        /// How many characters are possible.
        characters_max: usize,
    },
    /// Question: own words hold a character that nobody sees, such as a tab.
    OwnQuestionUnprintable,
    /// Answer: none was typed.
    AnswerMissing,
    /// Answer: too short to be of use.
    AnswerTooShort {
        /// How many characters are needed.
        characters_min: usize,
    },
    /// Answer: longer than can be taken.
    AnswerTooLong {
        /// How many characters are possible.
        characters_max: usize,
    },
    /// Answer: it stands in the question, the address or the password.
    AnswerGuessable,
    /// Write: nobody was chosen.
    RecipientMissing,
    /// Write: the typed address is none of the organisation's.
    RecipientUnknown,
    /// Write: the subject is longer than can be taken.
    SubjectTooLong {
        /// How many characters are possible.
        characters_max: usize,
    },
    /// Write: neither text nor attachment.
    TextMissing,
    /// Write: the text is longer than can be taken.
    TextTooLong {
        /// How many characters are possible.
        characters_max: usize,
    },
    /// Write: the button for attaching was pressed without a file.
    AttachmentMissing,
    /// Write: with this file the attachments would be too large together.
    AttachmentTooLarge {
        /// The file's name.
        name: String,
        /// How many bytes all attachments may have together.
        bytes_max: u64,
    },
    /// Write: no further file can be attached.
    AttachmentsTooMany {
        /// How many are possible.
        count_max: usize,
    },
    /// Write: the connection broke while a file was sent.
    AttachmentIncomplete,
    /// Write: a scanner found malware in this file.
    AttachmentMalware {
        /// The file's name.
        name: String,
    },
    /// Write: no scanner can look at this file just now.
    AttachmentUnscanned {
        /// The file's name.
        name: String,
    },
    /// Write: no scanner takes a file as large as this one.
    AttachmentTooLargeToScan {
        /// The file's name.
        name: String,
    },
    /// Deleting the mailbox: the box that says so was not ticked.
    ConfirmationMissing,
}

/// Why a password is easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guessable {
    /// It is on a list of passwords that many people use.
    Common,
    /// It holds the address or the organisation's name.
    Address,
}

impl Guessable {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::Common, Self::Address];

    const fn key(self) -> &'static str {
        match self {
            Self::Common => "problem-password-common",
            Self::Address => "problem-password-address",
        }
    }
}

impl Problem {
    /// The name and id of the field this belongs to.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::AddressMissing | Self::AddressMalformed | Self::AddressLiteral | Self::SignInRefused => "address",
            Self::PasswordMissing
            | Self::PasswordTooShort { .. }
            | Self::PasswordTooLong { .. }
            | Self::PasswordGuessable(_)
            | Self::PasswordUnchanged => "password",
            Self::PasswordsDiffer => "again",
            Self::CurrentPasswordWrong => "current",
            Self::QuestionMissing => "question",
            Self::OwnQuestionMissing | Self::OwnQuestionTooLong { .. } | Self::OwnQuestionUnprintable => "own",
            Self::AnswerMissing | Self::AnswerTooShort { .. } | Self::AnswerTooLong { .. } | Self::AnswerGuessable => {
                "answer"
            }
            Self::RecipientMissing => "recipient",
            Self::RecipientUnknown => "typed",
            Self::SubjectTooLong { .. } => "subject",
            Self::TextMissing | Self::TextTooLong { .. } => "text",
            Self::AttachmentMissing
            | Self::AttachmentTooLarge { .. }
            | Self::AttachmentsTooMany { .. }
            | Self::AttachmentIncomplete
            | Self::AttachmentMalware { .. }
            | Self::AttachmentUnscanned { .. }
            | Self::AttachmentTooLargeToScan { .. } => "file",
            Self::ConfirmationMissing => "sure",
        }
    }

    /// What to say about it: what is missing and what helps.
    pub fn text<'a>(&'a self, page: &Page<'a>) -> Phrase<'a> {
        match self {
            Self::AddressMissing => page.say("problem-address-missing"),
            Self::AddressMalformed => page.say("problem-address-malformed"),
            Self::AddressLiteral => page.say("problem-address-literal"),
            Self::PasswordMissing => page.say("problem-password-missing"),
            Self::SignInRefused => page.say("problem-sign-in-refused"),
            Self::PasswordTooShort { characters, characters_min } => page
                .say("problem-password-too-short")
                .with("min", *characters_min)
                .with("missing", characters_min.saturating_sub(*characters)),
            Self::PasswordTooLong { characters_max } => {
                page.say("problem-password-too-long").with("max", *characters_max)
            }
            Self::PasswordGuessable(reason) => page.say(reason.key()),
            Self::PasswordUnchanged => page.say("problem-password-unchanged"),
            Self::PasswordsDiffer => page.say("problem-passwords-differ"),
            Self::CurrentPasswordWrong => page.say("problem-current-password-wrong"),
            Self::QuestionMissing => page.say("problem-question-missing"),
            Self::OwnQuestionMissing => page.say("problem-own-question-missing"),
            Self::OwnQuestionTooLong { characters_max } => {
                page.say("problem-own-question-too-long").with("max", *characters_max)
            }
            Self::OwnQuestionUnprintable => page.say("problem-own-question-unprintable"),
            Self::AnswerMissing => page.say("problem-answer-missing"),
            Self::AnswerTooShort { characters_min } => {
                page.say("problem-answer-too-short").with("min", *characters_min)
            }
            Self::AnswerTooLong { characters_max } => page.say("problem-answer-too-long").with("max", *characters_max),
            Self::AnswerGuessable => page.say("problem-answer-guessable"),
            Self::RecipientMissing => page.say("problem-recipient-missing"),
            Self::RecipientUnknown => {
                page.say("problem-recipient-unknown").with("organisation", &page.brand.organisation)
            }
            Self::SubjectTooLong { characters_max } => {
                page.say("problem-subject-too-long").with("max", *characters_max)
            }
            Self::TextMissing => page.say("problem-text-missing"),
            Self::TextTooLong { characters_max } => page.say("problem-text-too-long").with("max", *characters_max),
            Self::AttachmentMissing => page.say("problem-attachment-missing"),
            Self::AttachmentTooLarge { name, bytes_max } => page
                .say("problem-attachment-too-large")
                .with("name", name.as_str())
                .with("max", Size(*bytes_max).text(page.language)),
            Self::AttachmentsTooMany { count_max } => page.say("problem-attachments-too-many").with("max", *count_max),
            Self::AttachmentIncomplete => page.say("problem-attachment-incomplete"),
            Self::AttachmentMalware { name } => page.say("problem-attachment-malware").with("name", name.as_str()),
            Self::AttachmentUnscanned { name } => page.say("problem-attachment-unscanned").with("name", name.as_str()),
            Self::AttachmentTooLargeToScan { name } => {
                page.say("problem-attachment-too-large-to-scan").with("name", name.as_str())
            }
            Self::ConfirmationMissing => page.say("problem-confirmation-missing"),
        }
    }
}

/// The problems of one form.
#[derive(Debug, Clone, Copy, Default)]
pub struct Problems<'a>(pub &'a [Problem]);

impl<'a> Problems<'a> {
    /// The problems of the field `name`, in order.
    pub fn at(&self, name: &'static str) -> impl Iterator<Item = &'a Problem> {
        self.0.iter().filter(move |problem| problem.field() == name)
    }

    /// Whether the field `name` has a problem.
    pub fn any_at(&self, name: &'static str) -> bool {
        self.at(name).next().is_some()
    }

    /// Whether there is nothing wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> From<&'a [Problem]> for Problems<'a> {
    fn from(problems: &'a [Problem]) -> Self {
        Self(problems)
    }
}

//! What was decided, why, and how that is said.

use serde::{Deserialize, Serialize};

use super::Words;
use crate::{
    Language,
    route::{ProtectionClass, Route, StepReason},
};

/// What kind of reason it is. Stable: stored, counted and searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// The header `X-Siegelpost-Class: special`.
    HeaderSpecial,
    /// The header `X-Siegelpost-Class: ordinary`.
    HeaderOrdinary,
    /// The header `X-Siegelpost-Class` with a word that is none.
    HeaderUnknown,
    /// The header `Sensitivity: Company-Confidential`.
    SensitivityConfidential,
    /// A tag in the subject.
    SubjectTag,
    /// It answers a confidential message.
    Answer,
    /// A rule of the organisation applies.
    Rule,
    /// A rule could not be evaluated on this message.
    RuleFailed,
    /// The message has more facts than rules are shown.
    TooMuchToJudge,
    /// Nothing asks for protection.
    NothingSpecial,
}

impl ReasonCode {
    /// The class that a built-in reason asks for.
    const fn class(self) -> Option<ProtectionClass> {
        match self {
            Self::HeaderSpecial
            | Self::HeaderUnknown
            | Self::SensitivityConfidential
            | Self::SubjectTag
            | Self::Answer
            | Self::RuleFailed
            | Self::TooMuchToJudge => Some(ProtectionClass::Special),
            Self::HeaderOrdinary => Some(ProtectionClass::Ordinary),
            Self::Rule | Self::NothingSpecial => None,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::HeaderSpecial => (
                "Das Programm des Absenders hat die Nachricht als besonders schützenswert gekennzeichnet.",
                "The sender's program marked the message as specially protected.",
            ),
            Self::HeaderOrdinary => (
                "Das Programm des Absenders hat die Nachricht als gewöhnlich gekennzeichnet.",
                "The sender's program marked the message as ordinary.",
            ),
            Self::HeaderUnknown => (
                "Das Programm des Absenders hat eine unbekannte Schutzklasse angegeben; im Zweifel gilt die höhere.",
                "The sender's program named an unknown protection class; in doubt the higher one applies.",
            ),
            Self::SensitivityConfidential => (
                "Der Absender hat die Nachricht in seinem Mailprogramm als vertraulich eingestuft.",
                "The sender set the message to confidential in the mail program.",
            ),
            Self::SubjectTag => (
                "Der Absender hat die Nachricht im Betreff als vertraulich gekennzeichnet.",
                "The sender marked the message as confidential in its subject.",
            ),
            Self::Answer => (
                "Die Nachricht antwortet auf eine vertrauliche Nachricht.",
                "The message answers a confidential message.",
            ),
            Self::Rule => ("Eine Regel der Organisation trifft zu.", "A rule of the organisation applies."),
            Self::RuleFailed => (
                "Eine Regel ließ sich auf diese Nachricht nicht anwenden; im Zweifel gilt der höhere Schutz.",
                "A rule could not be applied to this message; in doubt it is specially protected.",
            ),
            Self::TooMuchToJudge => (
                "Die Nachricht ist zu umfangreich, um sie nach Regeln zu beurteilen; im Zweifel gilt der höhere Schutz.",
                "The message has too much in it to be judged by rules; in doubt it is specially protected.",
            ),
            Self::NothingSpecial => {
                ("Nichts verlangt einen besonderen Schutz.", "Nothing asks for special protection.")
            }
        }
    }
}

/// One reason for a class, with the words as they were when it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What kind of reason it is.
    pub code: ReasonCode,
    /// The class this reason asks for, if it asks for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub class: Option<ProtectionClass>,
    /// The name of the rule, if a rule is the reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
    /// What it says to a person.
    pub words: Words,
}

impl Reason {
    /// A reason that needs no rule.
    pub(super) fn built_in(code: ReasonCode) -> Self {
        let (de, en) = code.words();
        Self { code, class: code.class(), rule: None, words: Words { de: de.to_owned(), en: en.to_owned() } }
    }

    /// A rule could not be evaluated. What the library says about it may quote the message, and is not kept.
    pub(super) fn failed(rule: &str) -> Self {
        Self { rule: Some(rule.to_owned()), ..Self::built_in(ReasonCode::RuleFailed) }
    }
}

/// What was decided for one delivery. Stored as JSON, and shown in words [P6].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The version of the deciding function.
    pub version: u32,
    /// How well the message must be protected.
    pub class: ProtectionClass,
    /// Every reason, built-in ones first, rules in their order.
    pub reasons: Vec<Reason>,
    /// The channels allowed, in order.
    pub route: Route,
}

impl Decision {
    /// The decision in plain sentences, one a line: the class, the reasons, the route.
    pub fn explain(&self, language: Language) -> String {
        let class = match (language, self.class) {
            (Language::De, ProtectionClass::Special) => "Diese Nachricht wird besonders geschützt.",
            (Language::De, ProtectionClass::Ordinary) => "Diese Nachricht wird wie gewöhnliche Post behandelt.",
            (Language::En, ProtectionClass::Special) => "This message is specially protected.",
            (Language::En, ProtectionClass::Ordinary) => "This message is treated as ordinary post.",
        };
        let reasons = self.reasons.iter().map(|reason| reason.words.get(language));
        let steps = self.route.steps.iter().map(|step| step_words(step.reason, language));
        std::iter::once(class).chain(reasons).chain(steps).collect::<Vec<_>>().join("\n")
    }
}

const fn step_words(reason: StepReason, language: Language) -> &'static str {
    match (language, reason) {
        (Language::De, StepReason::OrdinaryGoesDirect) => {
            "Sie geht als E-Mail über eine verschlüsselte Verbindung an den Mailserver des Empfängers."
        }
        (Language::En, StepReason::OrdinaryGoesDirect) => {
            "It goes as e-mail, on an encrypted connection, to the recipient's mail server."
        }
        (Language::De, StepReason::DirectNotPossible) => {
            "Ist das nicht sicher möglich, wird sie im Postfach des Empfängers hinterlegt."
        }
        (Language::En, StepReason::DirectNotPossible) => {
            "If that is not safely possible, it is deposited in the recipient's mailbox."
        }
        (Language::De, StepReason::OwnPostmaster) => {
            "Sie geht über eine verschlüsselte Verbindung an den Postmaster der Organisation."
        }
        (Language::En, StepReason::OwnPostmaster) => {
            "It goes, on an encrypted connection, to the organisation's own postmaster."
        }
        (Language::De, StepReason::SpecialIsDeposited) => "Sie wird im Postfach des Empfängers hinterlegt.",
        (Language::En, StepReason::SpecialIsDeposited) => "It is deposited in the recipient's mailbox.",
    }
}

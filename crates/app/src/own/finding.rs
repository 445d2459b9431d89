//! One thing that was looked at, and what came of it.

use resolve::Failure;
use wire::zone::Record;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grade {
    /// As it should be.
    Good,
    /// It works, and could be better.
    Better,
    /// Mail suffers from it.
    Wrong,
    /// It could not be found out now.
    Unknown,
}

impl Grade {
    /// Its word, for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Better => "could_be_better",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub grade: Grade,
    /// What was found; unless it is good, also what is wrong and what to do.
    pub found: String,
    /// What to publish, in place of what is there under the same name and beginning alike.
    pub publish: Vec<Record>,
}

impl Finding {
    /// A finding of this grade.
    pub fn new(grade: Grade, what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), grade, found: found.into(), publish: Vec::new() }
    }

    /// All is well.
    pub fn good(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Grade::Good, what, found)
    }

    /// It could be better.
    pub fn better(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Grade::Better, what, found)
    }

    /// It is wrong.
    pub fn wrong(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Grade::Wrong, what, found)
    }

    /// Nobody can tell now.
    pub fn unknown(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Grade::Unknown, what, found)
    }

    /// The same, with a record to publish.
    #[must_use]
    pub fn publish(mut self, record: Record) -> Self {
        self.publish.push(record);
        self
    }

    /// What came of a question that failed. Bogus answers are wrong and not unknown: every server that validates sees none at all.
    pub(super) fn failed(what: impl Into<String>, name: &str, failure: &Failure) -> Self {
        match failure {
            Failure::Bogus { why } => {
                let cure = "servers that validate see no answer at all; mend the signatures of the zone";
                Self::wrong(what, format!("{name}: the answer fails validation ({why}): {cure}"))
            }
            Failure::Unavailable { why } => Self::unknown(what, format!("{name} could not be looked up: {why}")),
        }
    }
}

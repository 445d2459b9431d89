//! Why a message is protected as it is, and which way it goes: rules as data, one pure function, reasons in words [P6].
//!
//! [`decide`] looks at the [`Facts`] of a message and gives a [`Decision`]: the protection class, every reason for it, and
//! the route. The class comes from two sources, and the highest wins [C1]:
//!
//! - **Built in**: the header `X-Siegelpost-Class`, a tag in the subject, Outlook's `Sensitivity: Company-Confidential`,
//!   and that a message answers a confidential one.
//! - **Rules** of the organisation: a condition in CEL (Common Expression Language) over the facts, the class it asks for,
//!   and the words that explain it.
//!
//! Nothing lowers a class. A rule that cannot be evaluated on some message raises it to `special`: a mistake in a rule
//! costs convenience, never confidentiality.
//!
//! # What a condition sees
//!
//! | name | type | meaning |
//! | --- | --- | --- |
//! | `sender`, `sender_domain` | string | reverse-path, lower case |
//! | `authenticated` | string | the user that signed in, by name; or the client's certificate as `certificate:NAME` with the first host name in it, or `certificate:sha256:HEX` where it has none; empty if neither |
//! | `client_address` | string | the address of the machine that handed the mail in, such as `10.1.0.5` |
//! | `direction` | string | `outward` from the organisation to a customer, `inward` the other way |
//! | `recipient`, `recipients` | string, list of strings | of this delivery; of the whole message |
//! | `subject` | string | decoded, with its tag |
//! | `headers` | map of lists of strings | by lower-case name: `"x-label" in headers && headers["x-label"].exists(v, v == "a")` |
//! | `attachments` | list of maps | each with `name`, `type` and `size_bytes` |
//! | `size_bytes` | int | of the whole message |
//! | `answers_confidential` | bool | whether it answers a confidential message |
//!
//! Functions are `size`, `contains`, `startsWith`, `endsWith`, `matches` and `lower()` (full Unicode), with the macros `has`,
//! `exists`, `all` and `exists_one`. `map` and `filter` build lists, which a condition has no need of, and are refused.
//!
//! # What evaluation can cost
//!
//! [`RuleSet::compile`] adds up the steps a rule can take: one for each node of the expression, [`MATCH_STEPS`] for a regular
//! expression (which runs in linear time), and the body of a loop [`ITEMS_MAX`] times. More than [`STEPS_MAX`] steps in all are
//! refused, so that loops within loops stay rare and short. Facts beyond [`ITEMS_MAX`] items in a list or [`TEXT_BYTES_MAX`]
//! bytes of text are not shown to rules at all: the message is `special`, for that reason.

mod builtin;
mod compile;
mod decision;
mod facts;
mod names;
mod rules;
mod tags;

pub use compile::{DEPTH_MAX, MATCH_STEPS, RuleError, RuleProblem};
pub use decision::{Decision, Reason, ReasonCode};
pub use facts::{Attachment, Direction, Facts, ITEMS_MAX, TEXT_BYTES_MAX};
pub use rules::{EXPRESSION_BYTES_MAX, NAME_BYTES_MAX, RULES_MAX, Rule, RuleSet, STEPS_MAX, WORDS_BYTES_MAX, Words};
pub use tags::{NotATag, TAG_BYTES_MAX, TAGS_MAX, without_tags};

use crate::route::Route;

/// The version of [`decide`], stored with each decision. Raised when the same facts and rules would decide differently.
pub const VERSION: u32 = 1;

/// Decides how well a message must be protected and by which channels it may go.
///
/// Pure: the same facts and rules always give the same decision.
pub fn decide(rules: &RuleSet, facts: &Facts) -> Decision {
    let mut reasons = builtin::judge(rules.subject_tags(), facts);
    rules.judge(facts, &mut reasons);
    if reasons.is_empty() {
        reasons.push(Reason::built_in(ReasonCode::NothingSpecial));
    }
    let class = reasons.iter().filter_map(|reason| reason.class).max().unwrap_or_default();
    Decision { version: VERSION, class, reasons, route: Route::of(class) }
}

#[cfg(test)]
mod tests;

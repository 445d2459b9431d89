//! The promises of the product, and which tests hold them.
//!
//! Every promise has an id. A test says which one it holds in one of two ways, and `docs/PROMISES.md` is made from that:
//!
//! - the function name begins or ends with it: `fn j1_addresses_compare_by_lower_case()`, `fn p2_j3_…()` for two;
//! - a comment in the test, or the title of a browser test, has it in brackets: `[J3]`, `[J3, P7]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;

use crate::place::{Place, has_extension};

/// A part of the product: its heading, and its promises, each an id with the promise in a line.
type Part = (&'static str, &'static [(&'static str, &'static str)]);

const PARTS: &[Part] = &[
    (
        "Always",
        &[
            ("P1", "Content travels on encrypted connections only; no setting or failure changes that."),
            ("P2", "What was accepted stays: after a `250` or `2xx`, neither a kill nor a power cut loses it."),
            ("P3", "Every accepted message ends in exactly one way for each recipient, and that can be proved."),
            ("P4", "Nothing is deleted by time unless the recipient was told before and the sender knows."),
            ("P5", "Support staff and thieves of disks, databases or backups cannot read a message."),
            ("P6", "Every decision keeps its reason, in words that customer, agent and auditor understand."),
            ("P7", "Strangers get the same answer for what exists and for what does not."),
            ("P8", "Usable by phone, keyboard and screen reader, without scripts, in German and English."),
        ],
    ),
    (
        "The recipient's journey",
        &[
            ("J1", "The first confidential message makes the mailbox of an address; one mailbox per address."),
            ("J2", "The first notice says who wrote and why, and leads to activation step by step, until a date."),
            ("J3", "Activation takes three visible steps; opening its link spends nothing, finishing does."),
            ("J4", "Later notices link straight to their message, behind sign-in."),
            ("J5", "Sign-in with address and password, from a plain address that always works."),
            ("J6", "A forgotten password is replaced by a mailed link and the security answer, with limits."),
            ("J7", "When the answer is forgotten too, the desk resets access; messages become readable again."),
            ("J8", "A used, expired or lost link is explained, with the next step on the same page."),
            ("J9", "Inbox, safe HTML and plain text, no remote content, attachments singly or as one ZIP."),
            ("J10", "Replies and new messages reach the organisation as ordinary, threaded mail."),
            ("J11", "What was sent lies in \"Sent\"."),
            ("J12", "Export as the exact original, for Outlook or as PDF, and of the whole mailbox."),
            ("J13", "Deletion of messages and of the mailbox."),
            ("J14", "Every message shows until when it is kept."),
            ("J15", "Settings: password, question, second factor, language, notices, sessions, own data."),
            ("J16", "A help page that answers what people ask."),
        ],
    ),
    (
        "Retention",
        &[
            ("R1", "Without activation a message goes after 40 days, with reminders, and its sender is told."),
            ("R2", "A mailbox goes after 18 months without message and sign-in, with three warnings."),
            ("R3", "Periods are configuration, in calendar months and in the organisation's time zone."),
            ("R4", "Deletion destroys keys, so that backups go dark too, and leaves a receipt."),
        ],
    ),
    (
        "Channel choice",
        &[
            ("C1", "Each message gets a protection class by rules; the highest wins and the reason is kept."),
            ("C2", "Special messages are deposited or printed, never sent as ordinary mail."),
            ("C3", "Ordinary messages go directly only over verified modern encryption."),
            ("C4", "Contract post goes electronically only with consent and while its conditions hold."),
            ("C5", "What was delivered electronically is not printed again, unless law or contract demands it."),
            ("C6", "When a channel is down, documents wait or change channel, and the desk sees it."),
            ("C7", "Without a permitted channel the sender gets the message back, with what would help."),
        ],
    ),
    (
        "Consent and terms",
        &[
            ("T1", "Consent is a lasting record of who agreed to what, when and how."),
            ("T2", "Withdrawal is possible at any time, by every way, at once, and is confirmed."),
            ("T3", "A withdrawal by mail counts by itself only if its author is proved."),
            ("T4", "The organisation can end electronic post with notice, or at once for cause."),
            ("T5", "New terms are announced in time, with what changed; who objects gets paper."),
            ("T6", "Electronic post ends with the last contract."),
            ("T7", "A lock stops electronic post at once, and a letter tells the customer."),
            ("T8", "A changed address is confirmed before use and announced to the old one."),
            ("T9", "Country decides on law and terms."),
            ("T10", "Customers, and agents for them, see and change all this."),
        ],
    ),
    (
        "Letter",
        &[
            ("L1", "Print-ready letters with the address in the window."),
            ("L2", "Hand-over in batches with a manifest; nothing is printed twice or lost."),
            ("L3", "A letter can carry an activation code."),
        ],
    ),
    (
        "Desk",
        &[
            ("D1", "Agents sign in as themselves, with roles and a second factor."),
            ("D2", "The desk finds a mailbox and sees states and reasons, never content or subjects."),
            ("D3", "Queues with age, guided steps and outcome."),
            ("D4", "Resend, reset, lock, delete; the customer is told; four eyes where wanted."),
            ("D5", "Deletion by mail must come from the mailbox's own address, proved."),
            ("D6", "A trace of every message, and a delivery record that can be verified offline."),
            ("D7", "Pictures of channels, encryption, activation, letters and queues."),
        ],
    ),
];

/// Which files hold a promise, by its id.
type Mentions = BTreeMap<String, BTreeSet<String>>;

/// Ids that tests name and that no promise has.
pub(crate) fn check(place: &Place) -> Result<Vec<String>> {
    let known = |id: &str| PARTS.iter().flat_map(|(_, promises)| *promises).any(|(promise, _)| *promise == id);
    let unknown = mentions(place)?.into_iter().filter(|(id, _)| !known(id));
    Ok(unknown
        .flat_map(|(id, paths)| paths.into_iter().map(move |path| format!("{path}: no promise has the id {id}")))
        .collect())
}

/// The text of `docs/PROMISES.md`.
pub(crate) fn document(place: &Place) -> Result<String> {
    let mentions = mentions(place)?;
    let mut text = String::from(
        "# Promises and their tests\n\nMade by `cargo xtask docs` from the promises in `xtask/src/promises.rs` and \
         from the tests that name them; do not edit.\nA promise without a test is not kept yet.\n",
    );
    for (heading, promises) in PARTS {
        write!(text, "\n## {heading}\n\n| id | promise | tested in |\n| --- | --- | --- |\n")?;
        for (id, promise) in *promises {
            let paths = mentions.get(*id).into_iter().flatten().map(|path| format!("`{path}`")).collect::<Vec<_>>();
            writeln!(text, "| {id} | {promise} | {} |", paths.join("<br>"))?;
        }
    }
    Ok(text)
}

fn mentions(place: &Place) -> Result<Mentions> {
    let mut mentions = Mentions::new();
    for path in place.files()? {
        let may_test = path.starts_with("crates/") && has_extension(&path, "rs")
            || path.starts_with("e2e/") && has_extension(&path, "mjs");
        if !may_test {
            continue;
        }
        for id in ids(&path, &place.text(&path)?.unwrap_or_default()) {
            mentions.entry(id).or_default().insert(path.clone());
        }
    }
    Ok(mentions)
}

/// The ids that the tests in a file name.
fn ids(path: &str, text: &str) -> BTreeSet<String> {
    let all_tests = path.contains("/tests/") || path.ends_with("/tests.rs") || path.starts_with("e2e/");
    let tests = if all_tests { Some(text) } else { text.split_once("\n#[cfg(test)]\nmod ").map(|(_, tests)| tests) };
    let mut ids = BTreeSet::new();
    for line in tests.unwrap_or_default().lines().map(str::trim_start) {
        if let Some((_, rest)) = line.split_once("fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default().to_uppercase();
            ids.extend(name.split('_').take_while(|part| is_id(part)).map(str::to_owned));
            ids.extend(name.rsplit('_').take_while(|part| is_id(part)).map(str::to_owned));
        }
        if path.starts_with("e2e/") || line.starts_with("//") {
            ids.extend(bracketed(line));
        }
    }
    ids
}

/// The ids in square brackets, when nothing else is in them.
fn bracketed(line: &str) -> impl Iterator<Item = String> {
    let groups = line.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    groups
        .map(|(inside, _)| inside.split(", ").collect::<Vec<_>>())
        .filter(|parts| parts.iter().all(|part| is_id(part)))
        .flatten()
        .map(str::to_owned)
}

fn is_id(word: &str) -> bool {
    let Some(number) = word.strip_prefix(['P', 'J', 'R', 'C', 'T', 'L', 'D']) else { return false };
    (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        ids(path, text).into_iter().collect()
    }

    #[test]
    fn ids_stand_at_the_ends_of_names_and_in_brackets() {
        let text =
            "// [P9] above\n#[cfg(test)]\nmod tests {\n    fn p2_j3_kept() {}\n    // holds [J14, T10]\n    a[C1];\n}";
        assert_eq!(found("crates/app/src/read.rs", text), ["J14", "J3", "P2", "T10"]);
        assert_eq!(found("crates/app/tests/read.rs", "async fn d6_trace_p6() {}"), ["D6", "P6"]);
        assert_eq!(found("e2e/walk.mjs", "test('activates [J3]', walk)"), ["J3"]);
    }

    #[test]
    fn other_words_are_no_ids() {
        assert!(
            found("crates/app/tests/read.rs", "fn reads_p2_twice() {}\n// see [RFC 5321] and [Tx]\nfn p256_key() {}")
                .is_empty()
        );
    }

    #[test]
    fn every_promise_has_an_id_of_its_own() {
        let all: Vec<_> = PARTS.iter().flat_map(|(_, promises)| *promises).map(|(id, _)| *id).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|id| is_id(id)));
    }
}

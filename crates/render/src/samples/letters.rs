//! Every letter.

use jiff::SignedDuration;
use model::Language;

use super::{ADDRESS, moment};
use crate::{
    brand::Brand,
    letters::{
        Activation, DeletionReceipt, DeliveryRecord, Ground, LetterText, LockNotice, LockReason, Step,
        WithdrawalConfirmation,
    },
};

/// A written letter.
#[derive(Debug, Clone)]
pub struct LetterSample {
    /// A short name, good for a file.
    pub name: &'static str,
    /// What it says.
    pub text: LetterText,
}

/// Every letter in `language`, in the name of `brand`.
pub fn letters(brand: &Brand, language: Language) -> Vec<LetterSample> {
    let ground = Ground { brand, language, at: moment(), reference: "VS 4711/0815" };
    let days = |days: i64| moment() + SignedDuration::from_hours(24 * days);
    let lock = LockNotice { ground, address: ADDRESS, locked_at: moment(), reason: LockReason::Misuse };
    let steps = steps(language);
    [
        (
            "activation",
            Activation {
                ground,
                address: ADDRESS,
                code: "7K3M9QRTXW4H",
                page: "post.musterkasse.example/code",
                link: "https://post.musterkasse.example/code#7K3M9QRTXW4H",
                valid_until: days(30),
            }
            .text(),
        ),
        ("lock", lock.text()),
        ("lock-asked", LockNotice { reason: LockReason::Asked, ..lock }.text()),
        (
            "withdrawal",
            WithdrawalConfirmation { ground, address: ADDRESS, withdrawn_at: days(-1), kept_until: days(540) }.text(),
        ),
        (
            "deletion",
            DeletionReceipt {
                ground,
                address: ADDRESS,
                deleted_at: days(-1),
                messages: 128,
                entry: "2026-11-21 / 48153",
            }
            .text(),
        ),
        (
            "delivery-record",
            DeliveryRecord {
                ground,
                delivery: "aaaabbbbccccddddeeeeffffgg",
                message_id: Some("<20261121.0815@musterkasse.example>"),
                recipient: ADDRESS,
                size_bytes: 184_320,
                steps: &steps,
            }
            .text(),
        ),
    ]
    .map(|(name, text)| LetterSample { name, text })
    .into()
}

fn steps(language: Language) -> [Step<'static>; 4] {
    let ago = |minutes: i64| moment() - SignedDuration::from_mins(minutes);
    let what = match language {
        Language::De => [
            "Die Nachricht ist angenommen und gesichert.",
            "Sie liegt im Postfach des Empfängers.",
            "Der Empfänger ist per E-Mail benachrichtigt.",
            "Der Empfänger hat die Nachricht geöffnet.",
        ],
        Language::En => [
            "The message was accepted and stored.",
            "It lies in the recipient’s mailbox.",
            "The recipient was told by email.",
            "The recipient opened the message.",
        ],
    };
    let [accepted, deposited, told, read] = what;
    [
        Step { at: ago(1_500), what: accepted },
        Step { at: ago(1_500), what: deposited },
        Step { at: ago(1_499), what: told },
        Step { at: ago(30), what: read },
    ]
}

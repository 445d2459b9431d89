//! What a sealed value is for.
//!
//! The purpose and the id of the owning thing are *associated data* of every seal: not stored in it, but needed to open it.
//! Whoever can write to the database but has no key can therefore not move a sealed value to another row or column.

/// What a sealed value is for, and with that, whose id it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A mailbox's private key under the server key, until activation. Bound to the mailbox.
    PendingWrap,
    /// A mailbox's private key under the secret of an activation link. Bound to the mailbox.
    ActivationWrap,
    /// A mailbox's private key under its owner's password. Bound to the mailbox.
    PasswordWrap,
    /// A mailbox's private key under the answer to the security question. Bound to the mailbox.
    AnswerWrap,
    /// A mailbox's private key, sealed to the recovery key. Bound to the mailbox.
    RecoveryWrap,
    /// A mailbox's private key under the secret of a session cookie. Bound to the mailbox.
    SessionWrap,
    /// The data key of a message's content, under the server key while the message waits. Bound to the message.
    MessageKey,
    /// The data key of an outgoing mail, under the server key. Bound to the outgoing mail.
    OutgoingKey,
    /// The data key of a content object, to or under the key of a mailbox. Bound to the delivery or draft that holds it.
    DataKey,
    /// Subject, names of correspondents and attachments, to or under the key of a mailbox. Bound to the delivery.
    HeaderBlock,
    /// A prepared view of a message, under the message's data key. Bound to the message.
    KeptView,
    /// The text and fields of a draft, under the key of a mailbox. Bound to the draft.
    DraftBody,
    /// The security question in its owner's words. Bound to the mailbox.
    Question,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 13] = [
        Self::PendingWrap,
        Self::ActivationWrap,
        Self::PasswordWrap,
        Self::AnswerWrap,
        Self::RecoveryWrap,
        Self::SessionWrap,
        Self::MessageKey,
        Self::OutgoingKey,
        Self::DataKey,
        Self::HeaderBlock,
        Self::KeptView,
        Self::DraftBody,
        Self::Question,
    ];

    /// The word that goes into the associated data. Never changed: with another word, old values would not open.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PendingWrap => "wrap/pending",
            Self::ActivationWrap => "wrap/activation",
            Self::PasswordWrap => "wrap/password",
            Self::AnswerWrap => "wrap/answer",
            Self::RecoveryWrap => "wrap/recovery",
            Self::SessionWrap => "wrap/session",
            Self::MessageKey => "message key",
            Self::OutgoingKey => "outgoing key",
            Self::DataKey => "data key",
            Self::HeaderBlock => "header block",
            Self::KeptView => "kept view",
            Self::DraftBody => "draft body",
            Self::Question => "question",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_purposes_share_a_label() {
        let labels: BTreeSet<_> = Purpose::ALL.iter().map(|purpose| purpose.label()).collect();
        assert_eq!(labels.len(), Purpose::ALL.len());
    }
}

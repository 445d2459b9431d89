//! Typed identifiers.
//!
//! An [`Id`] is 16 bytes: 48 bits of milliseconds since 1970 and 80 random bits, so that ids sort by creation and cannot be
//! guessed. It is shown as 26 letters of lower-case base32.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;

use crate::Entropy;

/// Length of the shown form, in characters.
pub const SHOWN_LENGTH: usize = 26;

/// The id of one thing of kind `K`.
pub struct Id<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// A new id for a thing made at `now`.
    pub fn new(now: Timestamp, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0).to_be_bytes();
        for (target, source) in bytes.iter_mut().zip(millis.iter().skip(2)) {
            *target = *source;
        }
        Self::from_bytes(bytes)
    }

    /// When the thing was made, to the millisecond.
    pub fn made_at(&self) -> Timestamp {
        let millis = self.bytes.iter().take(6).fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
        // 48 bits reach past the last moment there is.
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }

    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// The bytes of this id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.bytes
    }
}

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

impl<K> TryFrom<&[u8]> for Id<K> {
    type Error = NotAnId;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAnId> {
        bytes.try_into().map(Self::from_bytes).map_err(|_| NotAnId)
    }
}

impl<K> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(shown: &str) -> Result<Self, NotAnId> {
        if shown.len() != SHOWN_LENGTH || shown.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotAnId);
        }
        let bytes = BASE32_NOPAD.decode(shown.to_ascii_uppercase().as_bytes()).map_err(|_| NotAnId)?;
        Self::try_from(bytes.as_slice())
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.bytes).to_ascii_lowercase())
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

macro_rules! kinds {
    ($($kind:ident $id:ident $doc:literal;)*) => {
        /// Marker types, one per kind of thing that has an id.
        pub mod kind {
            $(#[doc = concat!("Marks ids of ", $doc, ".")]
            #[derive(Debug, Clone, Copy)]
            pub enum $kind {})*
        }
        $(#[doc = concat!("The id of ", $doc, ".")]
        pub type $id = Id<kind::$kind>;)*
    };
}

kinds! {
    Mailbox MailboxId "a recipient's mailbox";
    Message MessageId "a message: content, once";
    Delivery DeliveryId "a delivery: one message for one recipient";
    Outgoing OutgoingId "a mail that leaves";
    Draft DraftId "a draft in a mailbox";
    Session SessionId "a signed-in session";
    Archive ArchiveId "an archive of a mailbox";
    Activation ActivationId "an activation link";
    Job JobId "a unit of deferred work";
    Blob BlobId "a content object at rest";
    Exception ExceptionId "an exception for a domain";
    TlsReport TlsReportId "a report about TLS that is to be sent";
}

impl<K> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shown = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        shown.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn shown_form_reads_back() {
        let id = MailboxId::new(Timestamp::from_millisecond(1_790_000_000_000).unwrap(), &mut Zeros);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), SHOWN_LENGTH);
    }

    #[test]
    fn later_ids_sort_later() {
        let at = |millis| MessageId::new(Timestamp::from_millisecond(millis).unwrap(), &mut Zeros);
        assert!(at(1) < at(2));
        assert!(at(2) < at(1 << 40));
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let at = Timestamp::from_millisecond(1_790_000_000_123).unwrap();
        assert_eq!(OutgoingId::new(at, &mut Zeros).made_at(), at);
        assert_eq!(OutgoingId::from_bytes([0xff; 16]).made_at(), Timestamp::MAX);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "a", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "aaaaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]
        {
            assert_eq!(text.parse::<MailboxId>(), Err(NotAnId), "{text}");
        }
    }
}

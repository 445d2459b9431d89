//! Symmetric keys and how further keys grow from them.
//!
//! A [`SecretKey`] is 32 bytes. It is never used for two things: for each use a key is derived from it with
//! HKDF-SHA-256 (RFC 5869) and a label. As every derived key has the length of one hash, HKDF comes down to two HMACs:
//!
//! ```text
//! PRK = HMAC(salt = 32 zero bytes, key)            RFC 5869 section 2.2
//! OKM = HMAC(PRK, "siegelpost/1/" label 0x01)      RFC 5869 section 2.3, N = 1
//! ```

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use data_encoding::HEXLOWER;
use model::{Entropy, chance};
use zeroize::{Zeroize, Zeroizing};

use crate::layout::join;

/// Length of a symmetric key, in bytes.
pub const KEY_BYTES: usize = 32;

/// Goes in front of every label, so that no other system derives the same keys.
const LABEL_PREFIX: &[u8] = b"siegelpost/1/";

/// A symmetric key of 32 bytes: erased when dropped, compared in constant time, never shown.
pub struct SecretKey([u8; KEY_BYTES]);

impl SecretKey {
    /// Draws a fresh key.
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        Self(chance::draw(entropy))
    }

    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The key with these bytes, or `None` where they are not [`KEY_BYTES`] many.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes of the key. For sealing and for key files only.
    pub const fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The key that belongs to this one and `label`. Labels are constants of the code, never input.
    #[must_use]
    pub fn derive(&self, label: &'static str) -> Self {
        let salt = hmac::Key::new(hmac::HMAC_SHA256, &[0; KEY_BYTES]);
        let pseudorandom = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&salt, &self.0).as_ref());
        let mut context = hmac::Context::with_key(&pseudorandom);
        context.update(LABEL_PREFIX);
        context.update(label.as_bytes());
        context.update(&[1]);
        Self(join(&[context.sign().as_ref()]))
    }

    /// HMAC-SHA-256 of `message` under this key.
    pub(crate) fn mac(&self, message: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), message);
        Zeroizing::new(join(&[tag.as_ref()]))
    }

    /// A keyed hash (HMAC-SHA-256) of `message`: finds an equal value again without storing it.
    pub fn keyed_hash(&self, message: &[u8]) -> [u8; KEY_BYTES] {
        *self.mac(message)
    }

    /// The public name of this key. Stored beside what the key made, it tells which of several keys is needed.
    pub fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.derive("key id").0;
        KeyId([a, b, c, d])
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for SecretKey {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// The public name of a key: four bytes derived from it, shown as eight hexadecimal digits. Tells keys apart, proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The key of the server, from its key file, and the keys derived from it.
///
/// It opens what waits to be routed or sent and the mailboxes nobody has activated yet, and it signs links. It opens no
/// activated mailbox.
#[derive(Debug)]
pub struct ServerKey {
    id: KeyId,
    content: SecretKey,
    pending: SecretKey,
    signing: SecretKey,
}

impl ServerKey {
    /// Derives the keys of the server from the key in its file.
    pub fn new(key: &SecretKey) -> Self {
        Self {
            id: key.id(),
            content: key.derive("server/content"),
            pending: key.derive("server/pending mailboxes"),
            signing: key.derive("server/links"),
        }
    }

    /// The public name of the key in the file.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Seals the data keys of content that waits to be routed or sent.
    pub const fn content(&self) -> &SecretKey {
        &self.content
    }

    /// Wraps the private keys of mailboxes that wait for their activation.
    pub(crate) const fn pending(&self) -> &SecretKey {
        &self.pending
    }

    /// Signs links and addresses ([`crate::token::sign_link`]).
    pub const fn signing(&self) -> &SecretKey {
        &self.signing
    }
}

/// The key that every password hash is keyed with at last, so that a stolen database alone allows no guessing.
#[derive(Debug)]
pub struct Pepper {
    id: KeyId,
    key: SecretKey,
}

impl Pepper {
    /// The pepper from its key file.
    pub fn new(key: &SecretKey) -> Self {
        Self { id: key.id(), key: key.derive("pepper") }
    }

    /// The public name of the pepper, stored beside each salt.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Keys the output of a password hash.
    pub(crate) fn apply(&self, hash: &[u8; KEY_BYTES]) -> SecretKey {
        SecretKey(*self.key.mac(hash))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hkdf;

    use super::*;

    struct Length;

    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            KEY_BYTES
        }
    }

    #[test]
    fn derivation_is_hkdf_as_the_library_computes_it() {
        let derived = SecretKey([7; KEY_BYTES]).derive("some use");
        let mut expected = [0; KEY_BYTES];
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&[7; KEY_BYTES]);
        extracted.expand(&[b"siegelpost/1/some use"], Length).unwrap().fill(&mut expected).unwrap();
        assert_eq!(derived.expose(), &expected);
    }

    #[test]
    fn each_label_and_each_key_gives_another_key() {
        let (one, two) = (SecretKey([1; KEY_BYTES]), SecretKey([2; KEY_BYTES]));
        assert_ne!(one.derive("a"), one.derive("b"));
        assert_ne!(one.derive("a"), two.derive("a"));
        assert_ne!(one.derive("a"), one);
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn secrets_are_not_shown() {
        let key = SecretKey([0xab; KEY_BYTES]);
        let server = ServerKey::new(&key);
        let shown = format!("{key:?} {server:?} {:?}", Pepper::new(&key));
        assert!(shown.starts_with("SecretKey(..) ServerKey { id: KeyId("), "{shown}");
        assert_eq!(shown.matches("SecretKey(..)").count(), 5, "{shown}");
    }

    #[test]
    fn only_32_bytes_are_a_key() {
        assert_eq!(SecretKey::from_slice(&[3; 32]), Some(SecretKey([3; 32])));
        assert_eq!(SecretKey::from_slice(&[3; 31]), None);
        assert_eq!(SecretKey::from_slice(&[3; 33]), None);
    }
}

//! Reverse-paths that lead a bounce back to the delivery it belongs to, and that nobody else can make.
//!
//! When a mail cannot be delivered, the notification goes to its reverse-path (RFC 5321 section 4.5.5). So each outgoing mail gets a reverse-path
//! of its own, `b+<tag>@domain`, whose tag holds the 16-byte id of the outgoing mail and a [MAC](BounceKey): whoever sends
//! a forged notification would have to know the key. The tag is base32, because mail systems change the case of local
//! parts.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE32_NOPAD;

use crate::address::{AddressError, Domain, EmailAddress};

/// How every bounce address begins.
const PREFIX: &str = "b+";

/// The bytes of an id.
pub const BOUNCE_ID_BYTES: usize = 16;

/// The bytes of the MAC that are kept: 80 bits, and each guess costs the forger a mail.
const MAC_BYTES: usize = 10;

/// Parts this use of the key from any other.
const LABEL: &[u8] = b"siegelpost bounce 1";

/// The secret by which bounce addresses are made and recognised.
pub struct BounceKey(hmac::Key);

impl BounceKey {
    /// Takes 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Makes the bounce address for an id.
    pub fn address(&self, id: &[u8; BOUNCE_ID_BYTES], domain: &Domain) -> Result<EmailAddress, AddressError> {
        let mut tag = Vec::with_capacity(BOUNCE_ID_BYTES + MAC_BYTES);
        tag.extend_from_slice(id);
        tag.extend_from_slice(self.mac(id).as_ref().get(..MAC_BYTES).unwrap_or_default());
        EmailAddress::from_parts(&format!("{PREFIX}{}", BASE32_NOPAD.encode(&tag).to_ascii_lowercase()), domain)
    }

    /// The id in a bounce address, if it was made with this key; the domain is the caller's to check.
    pub fn open(&self, address: &EmailAddress) -> Option<[u8; BOUNCE_ID_BYTES]> {
        let tag = address.local_part().strip_prefix(PREFIX)?;
        let tag = BASE32_NOPAD.decode(tag.to_ascii_uppercase().as_bytes()).ok()?;
        let (id, mac) = tag.split_first_chunk::<BOUNCE_ID_BYTES>()?;
        let expected = self.mac(id);
        constant_time::verify_slices_are_equal(expected.as_ref().get(..MAC_BYTES)?, mac).ok()?;
        Some(*id)
    }

    fn mac(&self, id: &[u8; BOUNCE_ID_BYTES]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(LABEL);
        context.update(id);
        context.sign()
    }
}

/// Whether an address has the form of a bounce address, genuine or not.
pub fn looks_like_bounce(address: &EmailAddress) -> bool {
    address.local_part().starts_with(PREFIX)
}

impl fmt::Debug for BounceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BounceKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::LOCAL_PART_BYTES_MAX;

    fn domain() -> Domain {
        Domain::parse("bounce.example.org").unwrap()
    }

    #[test]
    fn a_changed_tag_leads_nowhere() {
        let key = BounceKey::new(&[7; 32]);
        let address = key.address(&[1; 16], &domain()).unwrap();
        assert_eq!(key.open(&address), Some([1; 16]));
        assert_eq!(BounceKey::new(&[8; 32]).open(&address), None);
        let letters: Vec<char> = address.as_str().chars().collect();
        for at in 0..address.local_part().len() {
            let mut changed = letters.clone();
            changed[at] = if changed[at] == 'a' { 'b' } else { 'a' };
            let changed = EmailAddress::parse(&changed.into_iter().collect::<String>()).unwrap();
            assert_eq!(key.open(&changed), None);
        }
        for wrong in ["b+@x.example", "b+aaaa@x.example", "info@x.example", "b+!@x.example"] {
            assert_eq!(key.open(&EmailAddress::parse(wrong).unwrap()), None);
        }
    }

    #[test]
    fn the_tag_is_stable() {
        let address = BounceKey::new(&[0; 32]).address(&[0; 16], &domain()).unwrap();
        assert!(address.as_str().starts_with("b+aaaaaaaaaaaaaaaaaaaaaaaaa"), "{}", address.as_str());
        assert_eq!(address.local_part().len(), 44);
    }

    proptest! {
        #[test]
        fn survives_a_change_of_case(id: [u8; 16], secret: [u8; 32]) {
            let key = BounceKey::new(&secret);
            let address = key.address(&id, &domain()).unwrap();
            prop_assert!(address.local_part().len() <= LOCAL_PART_BYTES_MAX);
            let shouted = EmailAddress::parse(&address.as_str().to_ascii_uppercase()).unwrap();
            prop_assert_eq!(key.open(&shouted), Some(id));
        }
    }
}

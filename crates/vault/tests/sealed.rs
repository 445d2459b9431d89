//! Sealed values: what was sealed opens, and only with the same key, purpose and id.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod ramp;

use proptest::prelude::*;
use ramp::Ramp;
use vault::{
    KeyPair, OpenError, Purpose, SealError, Sealed, SecretKey, open, open_with, seal,
    seal::{OVERHEAD_BYTES, OVERHEAD_TO_BYTES, PLAINTEXT_BYTES_MAX},
    seal_to,
};

const ID: [u8; 16] = [7; 16];
const PURPOSE: Purpose = Purpose::HeaderBlock;

fn key() -> SecretKey {
    SecretKey::from_bytes([1; 32])
}

fn pair() -> KeyPair {
    KeyPair::generate(&mut Ramp(0))
}

fn flipped(sealed: &Sealed, bit: usize) -> Sealed {
    let mut bytes = sealed.as_bytes().to_vec();
    let at = (bit / 8) % bytes.len();
    bytes[at] ^= 1 << (bit % 8);
    Sealed::from_bytes(bytes)
}

#[test]
fn another_key_purpose_or_id_does_not_open_p5() {
    let sealed = seal(&key(), PURPOSE, &ID, b"text", &mut Ramp(0)).unwrap();
    assert_eq!(open(&key(), PURPOSE, &ID, &sealed).unwrap().as_slice(), b"text");
    assert_eq!(open(&SecretKey::from_bytes([2; 32]), PURPOSE, &ID, &sealed), Err(OpenError::Refused));
    assert_eq!(open(&key(), PURPOSE, &[8; 16], &sealed), Err(OpenError::Refused));
    for other in Purpose::ALL.into_iter().filter(|purpose| *purpose != PURPOSE) {
        assert_eq!(open(&key(), other, &ID, &sealed), Err(OpenError::Refused), "{other:?}");
    }
}

#[test]
fn only_the_private_key_purpose_and_id_open_what_was_sealed_to_a_key_p5() {
    let pair = pair();
    let sealed = seal_to(&pair.public, PURPOSE, &ID, b"text", &mut Ramp(9)).unwrap();
    assert!(sealed.is_to_public_key());
    assert_eq!(open_with(&pair.private, PURPOSE, &ID, &sealed).unwrap().as_slice(), b"text");
    let other = KeyPair::generate(&mut Ramp(1));
    assert_eq!(open_with(&other.private, PURPOSE, &ID, &sealed), Err(OpenError::Refused));
    assert_eq!(open_with(&pair.private, Purpose::DataKey, &ID, &sealed), Err(OpenError::Refused));
    assert_eq!(open_with(&pair.private, PURPOSE, &[8; 16], &sealed), Err(OpenError::Refused));
}

#[test]
fn the_suite_byte_decides_and_unknown_suites_say_so() {
    let pair = pair();
    let symmetric = seal(&key(), PURPOSE, &ID, b"text", &mut Ramp(0)).unwrap();
    let hybrid = seal_to(&pair.public, PURPOSE, &ID, b"text", &mut Ramp(0)).unwrap();
    assert_eq!(open_with(&pair.private, PURPOSE, &ID, &symmetric), Err(OpenError::NeedsSymmetricKey));
    assert_eq!(open(&key(), PURPOSE, &ID, &hybrid), Err(OpenError::NeedsPrivateKey));
    let mut later = symmetric.into_bytes();
    later[0] = 3;
    assert_eq!(open(&key(), PURPOSE, &ID, &Sealed::from_bytes(later)), Err(OpenError::UnknownSuite(3)));
}

#[test]
fn truncated_values_are_refused_at_every_length() {
    let pair = pair();
    let symmetric = seal(&key(), PURPOSE, &ID, b"text", &mut Ramp(0)).unwrap().into_bytes();
    for length in 0..symmetric.len() {
        let expected = if length < OVERHEAD_BYTES { OpenError::Truncated } else { OpenError::Refused };
        let cut = Sealed::from_bytes(symmetric[..length].to_vec());
        assert_eq!(open(&key(), PURPOSE, &ID, &cut), Err(expected), "{length}");
    }
    let hybrid = seal_to(&pair.public, PURPOSE, &ID, b"text", &mut Ramp(0)).unwrap().into_bytes();
    for length in [0, 1, 2, 1120, 1121, OVERHEAD_TO_BYTES - 1, OVERHEAD_TO_BYTES, hybrid.len() - 1] {
        let expected = if length < OVERHEAD_TO_BYTES { OpenError::Truncated } else { OpenError::Refused };
        let cut = Sealed::from_bytes(hybrid[..length].to_vec());
        assert_eq!(open_with(&pair.private, PURPOSE, &ID, &cut), Err(expected), "{length}");
    }
}

#[test]
fn the_longest_plaintext_is_sealed_and_one_byte_more_is_refused() {
    let long = vec![0; PLAINTEXT_BYTES_MAX + 1];
    assert!(seal(&key(), PURPOSE, &ID, &long[1..], &mut Ramp(0)).is_ok());
    assert_eq!(seal(&key(), PURPOSE, &ID, &long, &mut Ramp(0)), Err(SealError::TooLong));
    assert_eq!(seal_to(&pair().public, PURPOSE, &ID, &long, &mut Ramp(0)), Err(SealError::TooLong));
}

#[test]
fn equal_plaintexts_give_different_sealed_values() {
    let chance = &mut Ramp(0);
    let one = seal(&key(), PURPOSE, &ID, b"text", chance).unwrap();
    assert_ne!(one, seal(&key(), PURPOSE, &ID, b"text", chance).unwrap());
    assert_eq!(format!("{one:?}"), "Sealed(33 bytes, suite 1)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_sealed_opens(text in proptest::collection::vec(any::<u8>(), 0..2000), id: [u8; 16], start: u8) {
        let sealed = seal(&key(), PURPOSE, &id, &text, &mut Ramp(start)).unwrap();
        prop_assert_eq!(sealed.as_bytes().len(), text.len() + OVERHEAD_BYTES);
        prop_assert_eq!(&*open(&key(), PURPOSE, &id, &sealed).unwrap(), &text);
    }

    #[test]
    fn any_flipped_bit_is_refused(bit: usize, text in proptest::collection::vec(any::<u8>(), 0..100)) {
        let sealed = seal(&key(), PURPOSE, &ID, &text, &mut Ramp(0)).unwrap();
        prop_assert!(open(&key(), PURPOSE, &ID, &flipped(&sealed, bit)).is_err());
        let pair = pair();
        let sealed = seal_to(&pair.public, PURPOSE, &ID, &text, &mut Ramp(0)).unwrap();
        prop_assert!(open_with(&pair.private, PURPOSE, &ID, &flipped(&sealed, bit)).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_open(bytes in proptest::collection::vec(any::<u8>(), 0..1300)) {
        let sealed = Sealed::from_bytes(bytes);
        prop_assert!(open(&key(), PURPOSE, &ID, &sealed).is_err());
        prop_assert!(open_with(&pair().private, PURPOSE, &ID, &sealed).is_err());
    }
}

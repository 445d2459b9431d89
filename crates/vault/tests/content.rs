//! Content objects: what went in comes out, and every change to an object is noticed.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod ramp;

use proptest::prelude::*;
use ramp::Ramp;
use vault::{
    DataKey, Decryptor, Encryptor, OpenError, Purpose, SecretKey,
    content::{CHUNK_BYTES, Chunks, HEADER_BYTES, SEALED_CHUNK_BYTES, decrypt, encrypt, object_bytes, plaintext_bytes},
};

const ID: [u8; 16] = [7; 16];

fn key() -> DataKey {
    DataKey::generate(&mut Ramp(3))
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn object(length: usize) -> Vec<u8> {
    encrypt(&key(), &ID, &text(length), &mut Ramp(0)).unwrap()
}

fn refused(object: &[u8]) -> bool {
    let mut content = Vec::new();
    let mut decryptor = Decryptor::new(&key(), &ID);
    decryptor.update(object, &mut content).and_then(|()| decryptor.finish(&mut content)).is_err()
}

/// The sealed chunk `number` of an object.
fn chunk(object: &[u8], number: usize) -> &[u8] {
    let start = HEADER_BYTES + number * SEALED_CHUNK_BYTES;
    &object[start..object.len().min(start + SEALED_CHUNK_BYTES)]
}

#[test]
fn every_length_around_a_chunk_comes_back() {
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 17] {
        let object = object(length);
        assert_eq!(object.len() as u64, object_bytes(length as u64));
        assert_eq!(plaintext_bytes(object.len() as u64), Some(length as u64));
        assert_eq!(*decrypt(&key(), &ID, &object).unwrap(), text(length), "{length}");
    }
}

#[test]
fn lengths_no_object_has_are_known() {
    let header = HEADER_BYTES as u64;
    for bytes in
        [0, header, header + 15, header + SEALED_CHUNK_BYTES as u64 + 1, header + SEALED_CHUNK_BYTES as u64 + 16]
    {
        assert_eq!(plaintext_bytes(bytes), None, "{bytes}");
    }
    assert_eq!(plaintext_bytes(header + 16), Some(0));
    assert_eq!(plaintext_bytes(u64::MAX), None);
    assert_eq!(object_bytes(u64::MAX), u64::MAX);
}

#[test]
fn a_chunk_in_the_middle_is_read_alone() {
    let (object, text) = (object(2 * CHUNK_BYTES + 5), text(2 * CHUNK_BYTES + 5));
    let chunks = Chunks::new(&key(), &ID, object[..HEADER_BYTES].try_into().unwrap()).unwrap();
    let range = Chunks::range(1);
    let sealed = &object[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
    assert_eq!(*chunks.open_chunk(1, false, sealed).unwrap(), text[CHUNK_BYTES..2 * CHUNK_BYTES]);
    assert_eq!(*chunks.open_chunk(2, true, chunk(&object, 2)).unwrap(), text[2 * CHUNK_BYTES..]);
    assert_eq!(chunks.open_chunk(0, false, sealed), Err(OpenError::Refused));
    assert_eq!(chunks.open_chunk(1, true, sealed), Err(OpenError::Refused));
    assert_eq!(chunks.open_chunk(2, false, chunk(&object, 2)), Err(OpenError::Truncated));
    assert_eq!(chunks.open_chunk(0, true, &[0; 15]), Err(OpenError::Truncated));
}

#[test]
fn another_key_or_id_is_refused() {
    let object = object(100);
    assert_eq!(decrypt(&DataKey::generate(&mut Ramp(4)), &ID, &object), Err(OpenError::Refused));
    assert_eq!(decrypt(&key(), &[8; 16], &object), Err(OpenError::Refused));
}

#[test]
fn every_bit_of_the_header_and_bits_of_each_chunk_count() {
    let object = object(CHUNK_BYTES + 10);
    let bits = (0..HEADER_BYTES * 8).chain((HEADER_BYTES * 8..object.len() * 8).step_by(40_009));
    for bit in bits.chain([object.len() * 8 - 1]) {
        let mut changed = object.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&changed), "{bit}");
    }
}

#[test]
fn a_later_suite_says_so() {
    let mut object = object(10);
    object[4] = 2;
    assert_eq!(decrypt(&key(), &ID, &object), Err(OpenError::UnknownSuite(2)));
    object[0] = b'X';
    assert_eq!(decrypt(&key(), &ID, &object), Err(OpenError::Unexpected));
}

#[test]
fn truncation_is_noticed_between_and_within_chunks() {
    let object = object(2 * CHUNK_BYTES + 10);
    let first = HEADER_BYTES + SEALED_CHUNK_BYTES;
    for length in
        [0, 1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 15, first - 1, first, first + SEALED_CHUNK_BYTES]
    {
        assert!(refused(&object[..length]), "{length}");
    }
    assert!(refused(&object[..object.len() - 1]));
}

#[test]
fn reordering_repeating_and_dropping_chunks_is_noticed() {
    let object = object(3 * CHUNK_BYTES + 10);
    let header = &object[..HEADER_BYTES];
    let arrange = |order: &[usize]| {
        let chunks = order.iter().map(|&number| chunk(&object, number));
        std::iter::once(header).chain(chunks).collect::<Vec<_>>().concat()
    };
    assert!(!refused(&arrange(&[0, 1, 2, 3])));
    for order in [&[1, 0, 2, 3][..], &[0, 2, 3], &[0, 0, 1, 2, 3], &[0, 1, 2], &[3], &[0, 1, 2, 3, 3]] {
        assert!(refused(&arrange(order)), "{order:?}");
    }
}

#[test]
fn splicing_chunks_of_another_object_is_noticed() {
    let (one, length) = (object(2 * CHUNK_BYTES), 2 * CHUNK_BYTES);
    // The same key and id, but another nonce prefix; then the same key and prefix, but another id.
    for (id, start) in [(ID, 99), ([8; 16], 0)] {
        let other = encrypt(&key(), &id, &text(length), &mut Ramp(start)).unwrap();
        let spliced = [&one[..HEADER_BYTES], chunk(&one, 0), chunk(&other, 1)].concat();
        assert!(refused(&spliced));
    }
}

#[test]
fn extension_is_noticed() {
    for length in [0, 10, CHUNK_BYTES] {
        let object = object(length);
        for extra in [1, 16, 17, SEALED_CHUNK_BYTES] {
            assert!(refused(&[object.clone(), vec![0; extra]].concat()), "{length} + {extra}");
        }
    }
}

#[test]
fn the_last_chunk_is_empty_only_for_empty_content() {
    let chunks = Chunks::new(&key(), &ID, object(0)[..HEADER_BYTES].try_into().unwrap()).unwrap();
    assert!(chunks.open_chunk(0, true, chunk(&object(0), 0)).is_ok());
    assert_eq!(chunks.open_chunk(1, true, &[0; 16]), Err(OpenError::Truncated));
}

#[test]
fn data_keys_are_sealed_like_any_value() {
    let (wrapping, chance) = (SecretKey::from_bytes([5; 32]), &mut Ramp(0));
    let sealed = key().seal(&wrapping, Purpose::MessageKey, &ID, chance).unwrap();
    assert_eq!(DataKey::open(&wrapping, Purpose::MessageKey, &ID, &sealed), Ok(key()));
    let short = vault::seal(&wrapping, Purpose::MessageKey, &ID, b"short", chance).unwrap();
    assert_eq!(DataKey::open(&wrapping, Purpose::MessageKey, &ID, &short), Err(OpenError::Unexpected));
    assert_ne!(key().kept_views(), DataKey::generate(chance).kept_views());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pieces_of_any_size_give_the_same_object(
        length in 0..3 * CHUNK_BYTES,
        pieces in proptest::collection::vec(1..50_000_usize, 1..6),
    ) {
        let (text, whole) = (text(length), object(length));
        let (mut object, mut rest) = (Vec::new(), text.as_slice());
        let mut encryptor = Encryptor::new(&key(), &ID, &mut Ramp(0)).unwrap();
        for piece in pieces.iter().cycle() {
            if rest.is_empty() { break; }
            let (taken, left) = rest.split_at(rest.len().min(*piece));
            encryptor.update(taken, &mut object).unwrap();
            rest = left;
        }
        encryptor.finish(&mut object).unwrap();
        prop_assert!(object == whole);

        let (mut content, mut rest) = (Vec::new(), whole.as_slice());
        let mut decryptor = Decryptor::new(&key(), &ID);
        for piece in pieces.iter().rev().cycle() {
            if rest.is_empty() { break; }
            let (taken, left) = rest.split_at(rest.len().min(*piece));
            decryptor.update(taken, &mut content).unwrap();
            rest = left;
        }
        decryptor.finish(&mut content).unwrap();
        prop_assert!(content == text);
    }

    #[test]
    fn any_cut_or_flip_is_noticed(length in 0..2 * CHUNK_BYTES + 100, cut: usize, bit: usize) {
        let object = object(length);
        prop_assert!(refused(&object[..cut % object.len()]));
        let mut changed = object.clone();
        changed[(bit / 8) % object.len()] ^= 1 << (bit % 8);
        prop_assert!(refused(&changed));
    }
}

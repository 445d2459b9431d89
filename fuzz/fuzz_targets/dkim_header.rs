//! Signing: any mail is either refused or gets one well-formed field, the same however its body came.
//!
//! The first byte of an input is the size of the pieces of the body.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use wire::address::Domain;
use wire::dkim::{BodyHash, Signer, SigningKey};
use wire::smtp::stuffing::normalise_line_endings;

/// PKCS #8 version 1 of an Ed25519 key (RFC 8410 section 7), up to the 32 bytes of the key itself.
const ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let key = SigningKey::from_pkcs8(&[&ED25519[..], &[7; 32]].concat()).unwrap();
    Signer::new(Domain::parse("example.org").unwrap(), "post1", key).unwrap()
});

fuzz_target!(|input: &[u8]| {
    let Some((piece, message)) = input.split_first() else { return };
    let _ = SIGNER.sign(message, Timestamp::UNIX_EPOCH);
    let message = normalise_line_endings(message);
    let Ok(field) = SIGNER.sign(&message, Timestamp::UNIX_EPOCH) else { return };
    let lines = field.strip_suffix("\r\n").expect("the field ends its line");
    for (index, line) in lines.split("\r\n").enumerate() {
        assert!(line.len() <= 78 && line.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)));
        assert!(index == 0 || line.starts_with('\t'), "a line that is no continuation");
    }
    let Some(end) = message.windows(4).position(|four| four == b"\r\n\r\n") else { return };
    let mut hash = BodyHash::default();
    message[end + 4..].chunks(usize::from((*piece).max(1))).for_each(|piece| hash.update(piece));
    if !message.starts_with(b"\r\n") {
        assert_eq!(SIGNER.sign_header(&message[..end + 2], hash, Timestamp::UNIX_EPOCH).as_ref(), Ok(&field));
    }
});

//! Everything that strangers can hand back: tokens, signed links and addresses, ids, key files, sealed values, passwords.
//!
//! What opens or verifies must be exactly what was once made; nobody finds another by trying.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::id::MessageId;
use vault::content::decrypt;
use vault::keyfile::{self, KeyFileKind};
use vault::token::{LinkPurpose, TokenKind};
use vault::{DataKey, OpenError, PrivateKey, Purpose, Sealed, SecretKey, Token, token};

const PURPOSES: [LinkPurpose; 3] = [LinkPurpose::Reply, LinkPurpose::Notice, LinkPurpose::Device];

fuzz_target!(|input: &[u8]| {
    sealed(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    for kind in TokenKind::ALL {
        if let Ok(token) = Token::parse(kind, text) {
            assert_eq!(token.text().as_str(), text, "two texts for one token");
        }
    }
    let key = SecretKey::from_bytes([3; 32]);
    for purpose in PURPOSES {
        if let Ok(id) = token::verify_link(&key, purpose, text) {
            assert_eq!(token::sign_link(&key, purpose, &id), text);
        }
        if let Ok(id) = token::verify_address(&key, purpose, text) {
            assert_eq!(token::sign_address(&key, purpose, &id), text.to_ascii_lowercase());
        }
    }
    if let Ok(id) = text.parse::<MessageId>() {
        assert!(id.to_string().eq_ignore_ascii_case(text), "two texts for one id");
    }
    key_files(text);
    for phrase in [vault::Phrase::password(text), vault::Phrase::answer(text)].into_iter().flatten() {
        assert!(phrase.code_points() <= vault::password::PHRASE_CODE_POINTS_MAX);
    }
});

fn key_files(text: &str) {
    for kind in [KeyFileKind::Server, KeyFileKind::Pepper] {
        if let Ok(key) = keyfile::read_secret(kind, text) {
            let again = keyfile::read_secret(kind, &keyfile::write_secret(kind, &key));
            assert_eq!(again.map(|key| *key.expose()), Ok(*key.expose()));
        }
    }
    if let Ok(key) = keyfile::read_private(text) {
        assert!(keyfile::read_private(&keyfile::write_private(&key)).is_ok());
    }
    if let Ok(key) = keyfile::read_public(text) {
        assert!(keyfile::read_public(&keyfile::write_public(&key)).is_ok());
    }
}

fn sealed(input: &[u8]) {
    let key = SecretKey::from_bytes([5; 32]);
    let sealed = Sealed::from_bytes(input.to_vec());
    assert!(vault::open(&key, Purpose::HeaderBlock, &[1; 16], &sealed).is_err(), "nothing was sealed under this key");
    if sealed.is_to_public_key() {
        let private = PrivateKey::from_bytes(&[9; 32]).expect("32 bytes are a seed");
        assert!(vault::open_with(&private, Purpose::DataKey, &[1; 16], &sealed).is_err());
    }
    let data_key = DataKey::generate(&mut Fixed);
    let opened = decrypt(&data_key, &[1; 16], input);
    assert!(matches!(
        opened,
        Err(OpenError::Truncated | OpenError::UnknownSuite(_) | OpenError::Refused | OpenError::Unexpected)
    ));
}

/// The chance of a test: none.
struct Fixed;

impl model::Entropy for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(11);
    }
}

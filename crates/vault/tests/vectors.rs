//! Values that were computed once and must never change: what is stored today has to open in every later version.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod ramp;

use data_encoding::HEXLOWER;
use model::id::MailboxId;
use ramp::Ramp;
use vault::{
    DataKey, KeyPair, Parameters, Pepper, Phrase, PrivateKey, PublicKey, Purpose, SecretKey, ServerKey, Token,
    TokenKind,
    content::{decrypt, encrypt},
    keyfile::{KeyFileKind, write_secret},
    open, open_with,
    password::stretch,
    seal, seal_to,
    token::{LinkPurpose, sign_address, sign_link},
};

const OURS: &str = include_str!("../vectors/vault.txt");
/// The first test vector of draft-connolly-cfrg-xwing-kem, appendix C.
const X_WING: &str = include_str!("../vectors/x-wing.txt");

const ID: [u8; 16] = [7; 16];
const MAILBOX: MailboxId = MailboxId::from_bytes(ID);
const TEXT: &[u8] = "Ihre Vertragsunterlagen, geprüft".as_bytes();

fn field(file: &str, name: &str) -> Vec<u8> {
    let line = file.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    HEXLOWER.decode(line.expect(name).as_bytes()).unwrap()
}

fn server() -> ServerKey {
    ServerKey::new(&SecretKey::from_bytes([1; 32]))
}

/// Every kind of stored value, made from fixed keys and counted bytes in place of chance.
fn computed() -> Vec<(&'static str, Vec<u8>)> {
    let KeyPair { public, private } = KeyPair::generate(&mut Ramp(0));
    let key = SecretKey::from_bytes([1; 32]);
    let pepper = Pepper::new(&SecretKey::from_bytes([2; 32]));
    let password = Phrase::password("Grüße aus Köln").unwrap();
    let parameters = Parameters::default();
    let stretched = stretch(&password, &[9; 16], parameters, &pepper).unwrap();
    let token = |kind| Token::generate(kind, &mut Ramp(5));
    let chance = &mut Ramp(100);
    vec![
        ("derived key", key.derive("vector").expose().to_vec()),
        ("key id", key.id().0.to_vec()),
        ("key file", write_secret(KeyFileKind::Server, &key).as_bytes().to_vec()),
        ("private key", private.seed().expose().to_vec()),
        ("public key", public.to_bytes()),
        ("mailbox key", private.mailbox_key().expose().to_vec()),
        ("sealed", seal(&key, Purpose::HeaderBlock, &ID, TEXT, chance).unwrap().into_bytes()),
        ("sealed to", seal_to(&public, Purpose::HeaderBlock, &ID, TEXT, chance).unwrap().into_bytes()),
        ("content", encrypt(&DataKey::generate(&mut Ramp(3)), &ID, TEXT, chance).unwrap()),
        ("empty content", encrypt(&DataKey::generate(&mut Ramp(3)), &ID, b"", chance).unwrap()),
        ("pending wrap", private.wrap_pending(MAILBOX, &server(), chance).unwrap().into_bytes()),
        (
            "activation wrap",
            private.wrap_activation(MAILBOX, &token(TokenKind::Activation), chance).unwrap().into_bytes(),
        ),
        ("password wrap", private.wrap_password(MAILBOX, &stretched, chance).unwrap().into_bytes()),
        ("answer wrap", private.wrap_answer(MAILBOX, &stretched, chance).unwrap().into_bytes()),
        ("recovery wrap", private.wrap_recovery(MAILBOX, &public, chance).unwrap().into_bytes()),
        ("session wrap", private.wrap_session(MAILBOX, &token(TokenKind::Session), chance).unwrap().into_bytes()),
        ("activation text", token(TokenKind::Activation).text().as_bytes().to_vec()),
        ("activation selector", token(TokenKind::Activation).selector().to_vec()),
        ("session selector", token(TokenKind::Session).selector().to_vec()),
        ("visit selector", token(TokenKind::Visit).selector().to_vec()),
        ("recovery selector", token(TokenKind::Recovery).selector().to_vec()),
        ("e-mail change selector", token(TokenKind::EmailChange).selector().to_vec()),
        ("reply link", sign_link(server().signing(), LinkPurpose::Reply, &ID).into_bytes()),
        ("reply address", sign_address(server().signing(), LinkPurpose::Reply, &ID).into_bytes()),
    ]
}

#[test]
fn stored_values_have_not_changed() {
    for (name, value) in computed() {
        assert_eq!(HEXLOWER.encode(&value), HEXLOWER.encode(&field(OURS, name)), "{name}");
    }
}

#[test]
fn stored_values_still_open() {
    let private = PrivateKey::from_bytes(&field(OURS, "private key")).unwrap();
    let key = SecretKey::from_bytes([1; 32]);
    let data_key = DataKey::generate(&mut Ramp(3));
    let sealed = |name| field(OURS, name).into();
    assert_eq!(*open(&key, Purpose::HeaderBlock, &ID, &sealed("sealed")).unwrap(), TEXT);
    assert_eq!(*open_with(&private, Purpose::HeaderBlock, &ID, &sealed("sealed to")).unwrap(), TEXT);
    assert_eq!(*decrypt(&data_key, &ID, &field(OURS, "content")).unwrap(), TEXT);
    assert_eq!(*decrypt(&data_key, &ID, &field(OURS, "empty content")).unwrap(), b"");
    assert_eq!(PrivateKey::open_pending(MAILBOX, &sealed("pending wrap"), &server()).as_ref(), Ok(&private));
    assert_eq!(PrivateKey::open_recovery(MAILBOX, &sealed("recovery wrap"), &private).as_ref(), Ok(&private));
}

#[test]
fn x_wing_is_the_x_wing_of_the_draft() {
    struct Given(Vec<u8>);

    impl model::Entropy for Given {
        fn fill(&mut self, bytes: &mut [u8]) {
            let given = self.0.drain(..bytes.len());
            bytes.copy_from_slice(given.as_slice());
        }
    }

    let private = PrivateKey::from_bytes(&field(X_WING, "seed")).unwrap();
    let public = PublicKey::from_bytes(&field(X_WING, "pk")).unwrap();
    assert_eq!(private.public_key(), public);
    let sealed = seal_to(&public, Purpose::DataKey, &ID, TEXT, &mut Given(field(X_WING, "eseed"))).unwrap();
    assert_eq!(sealed.as_bytes()[1..1121], field(X_WING, "ct"));
    assert_eq!(*open_with(&private, Purpose::DataKey, &ID, &sealed).unwrap(), TEXT);
}

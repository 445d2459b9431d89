//! The wraps of a mailbox's private key: each opens with its own secret, for its own mailbox, and with nothing else.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod ramp;

use model::id::MailboxId;
use ramp::Ramp;
use vault::{
    KeyPair, OpenError, Parameters, Pepper, Phrase, PrivateKey, PublicKey, Purpose, SealError, SecretKey, ServerKey,
    Token, TokenKind, open_with, pair::PUBLIC_KEY_BYTES, password::stretch, seal_to,
};

const MAILBOX: MailboxId = MailboxId::from_bytes([7; 16]);
const OTHER: MailboxId = MailboxId::from_bytes([8; 16]);

fn weak() -> Parameters {
    Parameters::new(19 * 1024, 3, 1).unwrap()
}

fn pair() -> KeyPair {
    KeyPair::generate(&mut Ramp(0))
}

#[test]
fn the_server_key_opens_the_pending_wrap_only_for_its_mailbox() {
    let (private, server) = (pair().private, ServerKey::new(&SecretKey::from_bytes([1; 32])));
    let wrap = private.wrap_pending(MAILBOX, &server, &mut Ramp(0)).unwrap();
    assert_eq!(PrivateKey::open_pending(MAILBOX, &wrap, &server), Ok(pair().private));
    assert_eq!(PrivateKey::open_pending(OTHER, &wrap, &server), Err(OpenError::Refused));
    let other = ServerKey::new(&SecretKey::from_bytes([2; 32]));
    assert_eq!(PrivateKey::open_pending(MAILBOX, &wrap, &other), Err(OpenError::Refused));
}

#[test]
fn a_link_opens_its_own_wrap_j3() {
    let (private, chance) = (pair().private, &mut Ramp(0));
    let (link, other) =
        (Token::generate(TokenKind::Activation, chance), Token::generate(TokenKind::Activation, chance));
    let wrap = private.wrap_activation(MAILBOX, &link, chance).unwrap();
    let read = Token::parse(TokenKind::Activation, &link.text()).unwrap();
    assert_eq!(PrivateKey::open_activation(MAILBOX, &wrap, &read), Ok(pair().private));
    assert_eq!(PrivateKey::open_activation(MAILBOX, &wrap, &other), Err(OpenError::Refused));
    assert_eq!(PrivateKey::open_activation(OTHER, &wrap, &link), Err(OpenError::Refused));
}

#[test]
fn a_token_of_another_kind_neither_wraps_nor_opens() {
    let (private, chance) = (pair().private, &mut Ramp(0));
    let session = Token::generate(TokenKind::Session, chance);
    assert_eq!(private.wrap_activation(MAILBOX, &session, chance), Err(SealError::Refused));
    let wrap = private.wrap_session(MAILBOX, &session, chance).unwrap();
    assert_eq!(PrivateKey::open_session(MAILBOX, &wrap, &session), Ok(pair().private));
    let seed = PrivateKey::open_session_seed(MAILBOX, &wrap, &session).unwrap();
    assert!(seed.mailbox_key() == pair().private.mailbox_key(), "both ways lead to the same mailbox key");
    assert_eq!(seed.expand(), Ok(pair().private));
    assert_eq!(PrivateKey::open_session_seed(OTHER, &wrap, &session).unwrap_err(), OpenError::Refused);
    let same_bytes = Token::parse(TokenKind::Activation, &session.text()).unwrap();
    assert_eq!(PrivateKey::open_activation(MAILBOX, &wrap, &same_bytes), Err(OpenError::Refused));
    assert_eq!(PrivateKey::open_session(MAILBOX, &wrap, &same_bytes), Err(OpenError::Refused));
}

#[test]
fn password_and_answer_open_their_own_wraps_only() {
    let (private, chance) = (pair().private, &mut Ramp(0));
    let pepper = Pepper::new(&SecretKey::from_bytes([3; 32]));
    let key = |phrase: Phrase| stretch(&phrase, &[9; 16], weak(), &pepper).unwrap();
    let same = key(Phrase::password("rosebud").unwrap());
    let password = private.wrap_password(MAILBOX, &same, chance).unwrap();
    let answer = private.wrap_answer(MAILBOX, &same, chance).unwrap();
    assert_eq!(PrivateKey::open_password(MAILBOX, &password, &same), Ok(pair().private));
    assert_eq!(
        PrivateKey::open_answer(MAILBOX, &answer, &key(Phrase::answer(" Rosebud ").unwrap())),
        Ok(pair().private)
    );
    assert_eq!(PrivateKey::open_password(MAILBOX, &answer, &same), Err(OpenError::Refused));
    assert_eq!(PrivateKey::open_answer(MAILBOX, &password, &same), Err(OpenError::Refused));
    let wrong = key(Phrase::password("Rosebud").unwrap());
    assert_eq!(PrivateKey::open_password(MAILBOX, &password, &wrong), Err(OpenError::Refused));
}

#[test]
fn without_its_owner_only_the_recovery_key_opens_an_activated_mailbox_p5() {
    let (private, chance) = (pair().private, &mut Ramp(50));
    let recovery = KeyPair::generate(chance);
    let wrap = private.wrap_recovery(MAILBOX, &recovery.public, chance).unwrap();
    assert_eq!(PrivateKey::open_recovery(MAILBOX, &wrap, &recovery.private), Ok(pair().private));
    assert_eq!(PrivateKey::open_recovery(OTHER, &wrap, &recovery.private), Err(OpenError::Refused));
    assert_eq!(PrivateKey::open_recovery(MAILBOX, &wrap, &private), Err(OpenError::Refused));
    let server = ServerKey::new(&SecretKey::from_bytes([1; 32]));
    assert_eq!(PrivateKey::open_pending(MAILBOX, &wrap, &server), Err(OpenError::NeedsPrivateKey));
}

#[test]
fn keys_survive_being_stored() {
    let KeyPair { public, private } = pair();
    assert_eq!(public.to_bytes().len(), PUBLIC_KEY_BYTES);
    assert_eq!(PublicKey::from_bytes(&public.to_bytes()), Ok(public.clone()));
    assert_eq!(private.public_key(), public);
    let read = PrivateKey::from_bytes(private.seed().expose()).unwrap();
    let sealed = seal_to(&public, Purpose::DataKey, &[1; 16], b"key", &mut Ramp(0)).unwrap();
    assert_eq!(open_with(&read, Purpose::DataKey, &[1; 16], &sealed).unwrap().as_slice(), b"key");
    assert_eq!(read.mailbox_key(), private.mailbox_key());
    assert_ne!(read.mailbox_key(), private.seed());
    assert!(PublicKey::from_bytes(&[0xff; PUBLIC_KEY_BYTES]).is_err());
    assert!(PublicKey::from_bytes(&[0; PUBLIC_KEY_BYTES - 1]).is_err());
    assert!(PrivateKey::from_bytes(&[0; 31]).is_err());
    assert_eq!(format!("{private:?} {public:?}"), "PrivateKey(..) PublicKey(..)");
}

//! Tokens and signed links: strict texts, separate kinds, and no two texts for one token.

mod ramp;

use proptest::prelude::*;
use ramp::Ramp;
use vault::{
    SecretKey, ServerKey, Token, TokenKind,
    token::{
        ADDRESS_TEXT_LENGTH, LINK_TEXT_LENGTH, LinkPurpose, NotAToken, TOKEN_TEXT_LENGTH, sign_address, sign_link,
        verify_address, verify_link,
    },
};

fn token(kind: TokenKind) -> Token {
    Token::generate(kind, &mut Ramp(0))
}

#[test]
fn kinds_have_nothing_in_common() {
    for one in TokenKind::ALL {
        assert_ne!(token(one).secret_key().expose(), &token(one).selector());
        for other in TokenKind::ALL.into_iter().filter(|other| *other != one) {
            assert_ne!(token(one).selector(), token(other).selector());
            assert_ne!(token(one).secret_key(), token(other).secret_key());
        }
    }
}

#[test]
fn texts_are_strict_p7() {
    let text = token(TokenKind::Session).text();
    assert_eq!(text.len(), TOKEN_TEXT_LENGTH);
    assert_eq!(Token::parse(TokenKind::Session, &text).unwrap(), token(TokenKind::Session));
    let hostile = [
        String::new(),
        text[1..].to_owned(),
        format!("{}=", *text),
        format!(" {}", &text[1..]),
        format!("{}+", &text[..42]),
        format!("{}\n", &text[..42]),
        format!("{}ä", &text[..41]),
        // The last character carries four bits; with one of the two unused bits set it would be a second text.
        format!("{}9", &text[..42]),
    ];
    for text in hostile {
        assert_eq!(Token::parse(TokenKind::Session, &text), Err(NotAToken), "{text:?}");
    }
    assert_eq!(format!("{:?}", token(TokenKind::Session)), "Token(Session, ..)");
}

#[test]
fn signatures_hold_for_one_key_purpose_and_id() {
    let server = ServerKey::new(&SecretKey::from_bytes([1; 32]));
    let other = ServerKey::new(&SecretKey::from_bytes([2; 32]));
    let link = sign_link(server.signing(), LinkPurpose::Reply, &[7; 16]);
    assert_eq!(link.len(), LINK_TEXT_LENGTH);
    assert_eq!(verify_link(server.signing(), LinkPurpose::Reply, &link), Ok([7; 16]));
    assert_eq!(verify_link(other.signing(), LinkPurpose::Reply, &link), Err(NotAToken));
    assert_eq!(verify_link(server.signing(), LinkPurpose::Notice, &link), Err(NotAToken));
    assert_ne!(link, sign_link(server.signing(), LinkPurpose::Reply, &[8; 16]));
}

#[test]
fn an_address_survives_a_change_of_case() {
    let server = ServerKey::new(&SecretKey::from_bytes([1; 32]));
    let local_part = sign_address(server.signing(), LinkPurpose::Reply, &[7; 16]);
    assert_eq!(local_part.len(), ADDRESS_TEXT_LENGTH);
    for text in [local_part.clone(), local_part.to_uppercase()] {
        assert_eq!(verify_address(server.signing(), LinkPurpose::Reply, &text), Ok([7; 16]));
    }
    assert_eq!(verify_address(server.signing(), LinkPurpose::Reply, &local_part[1..]), Err(NotAToken));
}

proptest! {
    #[test]
    fn any_token_reads_back(start: u8) {
        let token = Token::generate(TokenKind::Activation, &mut Ramp(start));
        prop_assert_eq!(Token::parse(TokenKind::Activation, &token.text()).unwrap(), token);
    }

    #[test]
    fn strangers_forge_nothing(text in "[A-Za-z0-9_-]{43}", address in "[a-z2-7]{52}", other in "\\PC{0,60}") {
        let server = ServerKey::new(&SecretKey::from_bytes([1; 32]));
        for text in [&text, &address, &other] {
            prop_assert!(verify_link(server.signing(), LinkPurpose::Reply, text).is_err());
            prop_assert!(verify_address(server.signing(), LinkPurpose::Reply, text).is_err());
        }
    }

    #[test]
    fn any_flipped_bit_breaks_a_signature(id: [u8; 16], bit in 0..256_usize) {
        use data_encoding::BASE64URL_NOPAD;
        let server = ServerKey::new(&SecretKey::from_bytes([1; 32]));
        let link = sign_link(server.signing(), LinkPurpose::Reply, &id);
        let mut bytes = BASE64URL_NOPAD.decode(link.as_bytes()).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let forged = BASE64URL_NOPAD.encode(&bytes);
        prop_assert!(verify_link(server.signing(), LinkPurpose::Reply, &forged).is_err());
    }
}

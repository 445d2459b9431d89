//! Tokens: the secrets in links and cookies, and signatures short enough for an address.
//!
//! A [`Token`] is 32 random bytes, shown as 43 characters of base64url (RFC 4648 section 5, no padding). It splits in two:
//! the *selector*, by which a table finds its row, and the *secret key*, under which a wrap lies. Both are derived with the
//! label of the token's kind, so that
//!
//! - whoever reads the table can neither rebuild the token nor open the wrap,
//! - a token of one kind finds nothing among those of another,
//! - a lookup compares hashes of high entropy, so that its timing tells nothing.
//!
//! A *signed link* needs no row: an id and a MAC over purpose and id (links in notices, reply addresses).

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use model::Entropy;
use zeroize::Zeroizing;

use crate::{key::SecretKey, layout::join};

/// Length of a token's text, in characters.
pub const TOKEN_TEXT_LENGTH: usize = 43;
/// Length of a signed link's text, in characters.
pub const LINK_TEXT_LENGTH: usize = 43;
/// Length of a signed address part's text, in characters. RFC 5321 section 4.5.3.1.1 allows a local part 64.
pub const ADDRESS_TEXT_LENGTH: usize = 52;

/// What a token is for. Tokens of different kinds have nothing in common, even if their bytes are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The link that activates a mailbox.
    Activation,
    /// The cookie of a signed-in session.
    Session,
    /// The cookie that carries an activation or sign-in from step to step.
    Visit,
    /// The link that starts a recovery.
    Recovery,
    /// The link that confirms a changed e-mail address.
    EmailChange,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Activation, Self::Session, Self::Visit, Self::Recovery, Self::EmailChange];

    const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Activation => ("token/activation/selector", "token/activation/key"),
            Self::Session => ("token/session/selector", "token/session/key"),
            Self::Visit => ("token/visit/selector", "token/visit/key"),
            Self::Recovery => ("token/recovery/selector", "token/recovery/key"),
            Self::EmailChange => ("token/e-mail change/selector", "token/e-mail change/key"),
        }
    }
}

/// A secret of 256 bit that its holder shows to get something done. Erased when dropped, never shown by `Debug`.
#[derive(PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    secret: SecretKey,
}

impl Token {
    /// Draws a fresh token.
    pub fn generate(kind: TokenKind, entropy: &mut dyn Entropy) -> Self {
        Self { kind, secret: SecretKey::generate(entropy) }
    }

    /// Reads a token of `kind` from exactly [`TOKEN_TEXT_LENGTH`] characters.
    pub fn parse(kind: TokenKind, text: &str) -> Result<Self, NotAToken> {
        let secret = decode(text.as_bytes()).ok_or(NotAToken)?;
        Ok(Self { kind, secret: SecretKey::from_bytes(*secret) })
    }

    /// The text for the link or cookie.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(self.secret.expose()))
    }

    /// What the token is for.
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The hash by which a table finds the token's row. Safe to store.
    pub fn selector(&self) -> [u8; 32] {
        let (label, _) = self.kind.labels();
        join(&[digest::digest(&digest::SHA256, self.secret.derive(label).expose()).as_ref()])
    }

    /// The key under which a value for the holder of this token is sealed.
    pub fn secret_key(&self) -> SecretKey {
        let (_, label) = self.kind.labels();
        self.secret.derive(label)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, ..)", self.kind)
    }
}

/// A text that is no token. Says nothing about how, because it may come from a stranger [P7].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct NotAToken;

/// What a signed link or address is for. A signature for one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkPurpose {
    /// The reply address of a mailbox; mail to it leads back there.
    Reply,
    /// The link in a notice, straight to its message.
    Notice,
    /// A browser whose owner has signed in before.
    Device,
}

impl LinkPurpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Notice => "notice",
            Self::Device => "device",
        }
    }
}

/// An id with its signature, as base64url: for a link.
pub fn sign_link(signing: &SecretKey, purpose: LinkPurpose, id: &[u8; 16]) -> String {
    BASE64URL_NOPAD.encode(&signed(signing, purpose, id))
}

/// The id in what [`sign_link`] made for this purpose with this key.
pub fn verify_link(signing: &SecretKey, purpose: LinkPurpose, text: &str) -> Result<[u8; 16], NotAToken> {
    let bytes = decode(text.as_bytes()).ok_or(NotAToken)?;
    verified(signing, purpose, &bytes)
}

/// An id with its signature, as lower-case base32: for the local part of an address, whose case may be lost on the way.
pub fn sign_address(signing: &SecretKey, purpose: LinkPurpose, id: &[u8; 16]) -> String {
    BASE32_NOPAD.encode(&signed(signing, purpose, id)).to_ascii_lowercase()
}

/// The id in what [`sign_address`] made for this purpose with this key, in whatever case.
pub fn verify_address(signing: &SecretKey, purpose: LinkPurpose, text: &str) -> Result<[u8; 16], NotAToken> {
    if text.len() != ADDRESS_TEXT_LENGTH {
        return Err(NotAToken);
    }
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| NotAToken)?;
    verified(signing, purpose, bytes.as_slice().try_into().map_err(|_| NotAToken)?)
}

/// The id, then the first 128 bit of an HMAC-SHA-256 over purpose and id.
fn signed(signing: &SecretKey, purpose: LinkPurpose, id: &[u8; 16]) -> [u8; 32] {
    let mac = signing.keyed_hash(&[purpose.label().as_bytes(), &[0], id].concat());
    join(&[id, &mac])
}

fn verified(signing: &SecretKey, purpose: LinkPurpose, bytes: &[u8; 32]) -> Result<[u8; 16], NotAToken> {
    let (id, _) = bytes.split_first_chunk::<16>().ok_or(NotAToken)?;
    constant_time::verify_slices_are_equal(bytes, &signed(signing, purpose, id)).map_err(|_| NotAToken)?;
    Ok(*id)
}

/// 32 bytes from 43 characters of base64url; the unused bits at the end must be zero, so that each value has one text.
fn decode(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != TOKEN_TEXT_LENGTH {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    BASE64URL_NOPAD.decode_mut(text, bytes.as_mut_slice()).ok()?;
    Some(bytes)
}

//! DKIM: a signature over content and header, by which a receiver knows that the mail comes from the domain and was not
//! changed (RFC 6376; Ed25519 by RFC 8463).
//!
//! The signature is itself a header field, `DKIM-Signature`. It holds a hash of the body (`bh=`) and a signature over the
//! listed header fields (`h=`) and over itself with an empty `b=`. Before hashing, both are brought into a *canonical* form,
//! because mail servers refold lines; the house uses `relaxed/relaxed`.
//!
//! Two habits protect more than the standard asks for: identity fields are *oversigned*, that is listed once more than they
//! occur, so that nobody can add a second `From`; and `l=` is never used, so that nobody can append to the body.
//!
//! Sign with an RSA and an Ed25519 key, each under a selector of its own: old receivers know only RSA.
//!
//! ```
//! # fn keys() -> Result<wire::dkim::SigningKey, Box<dyn std::error::Error>> {
//! #     let document = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new())?;
//! #     let pem = data_encoding::BASE64.encode(document.as_ref());
//! #     Ok(wire::dkim::SigningKey::from_pem(&format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n"))?)
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use wire::address::Domain;
//! use wire::dkim::Signer;
//!
//! let signer = Signer::new(Domain::parse("example.org")?, "2026a-ed", keys()?)?;
//! let message = b"From: jane@example.org\r\nSubject: Hello\r\n\r\nHello\r\n";
//! let field = signer.sign(message, "2026-11-22T06:00:00Z".parse()?)?;
//! let signed = [field.as_bytes(), message].concat();
//! assert!(signed.starts_with(b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;"));
//! # Ok(())
//! # }
//! ```

mod canonical;
mod key;
mod record;
mod signer;
#[cfg(test)]
mod tests;

pub use canonical::BodyHash;
pub use key::{RSA_BITS_MAX, RSA_BITS_MIN, SigningKey};
pub use record::{KeyFault, KeyRecord, KeyRecordError};
pub use signer::{SIGNATURE_LIFETIME_DEFAULT, Signer};

/// Why a mail cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    /// The text is not one PEM block `PRIVATE KEY` (PKCS #8, not encrypted).
    #[error("the key is not an unencrypted PKCS #8 key in PEM")]
    Pem,
    /// The key is neither RSA nor Ed25519, or damaged.
    #[error("the key is neither RSA nor Ed25519")]
    KeyType,
    /// The RSA key is too short to be trusted or too long to be verified everywhere.
    #[error("the RSA key must have {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")]
    KeySize,
    /// The selector is not a domain name.
    #[error("the selector is not valid in a domain name")]
    Selector,
    /// The header has no `From`, or a field that is no field.
    #[error("the header of the mail is malformed or has no From")]
    Header,
    /// The time does not fit, or signing itself failed.
    #[error("the mail could not be signed")]
    Signing,
}

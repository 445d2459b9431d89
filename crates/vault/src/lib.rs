//! The pure cryptography of the house: how keys hang together, and how content is sealed and opened.
//!
//! Nothing here reads a file, a clock or a random number generator. Chance comes in as [`model::Entropy`], so that every
//! value can be recomputed in a test (`vectors/`), and the caller decides where keys live.
//!
//! # The keys, from the outside in
//!
//! - [`ServerKey`] and [`Pepper`] come from key files and never lie in the database or its backup ([`key`], [`keyfile`]).
//! - A mailbox has a [`KeyPair`] of the hybrid KEM X-Wing. What is deposited is sealed to its public half, so that the server
//!   cannot read it any more ([`pair`]).
//! - The private half exists at rest only wrapped: under the server key while nobody has activated the mailbox, then under
//!   secrets of its owner and to the recovery key ([`mailbox`]).
//! - Each content object has a [`DataKey`] of its own and is encrypted in chunks ([`content`]); the data key is a sealed
//!   value like any other ([`seal`]).
//!
//! # The rules that hold everywhere
//!
//! - Every sealed value is bound to its [`Purpose`] and to the id of the thing it belongs to: moved to another row or
//!   column, it does not open.
//! - Every sealed value says in its first byte which suite made it, so that suites can be replaced while both are in use.
//! - One key, one use: keys for different uses are derived by HKDF-SHA-256 (RFC 5869) with a label each.
//! - Secrets are erased when dropped, compared in constant time, and never shown by `Debug`.

pub mod content;
pub mod key;
pub mod keyfile;
mod layout;
pub mod mailbox;
pub mod pair;
pub mod password;
pub mod purpose;
pub mod seal;
pub mod token;

pub use content::{DataKey, Decryptor, Encryptor};
pub use key::{KeyId, Pepper, SecretKey, ServerKey};
pub use pair::{KeyPair, PrivateKey, PublicKey, Seed};
pub use password::{Parameters, PasswordKey, Phrase};
pub use purpose::Purpose;
pub use seal::{OpenError, SealError, Sealed, open, open_with, seal, seal_to};
pub use token::{Token, TokenKind};
pub use zeroize::Zeroizing;

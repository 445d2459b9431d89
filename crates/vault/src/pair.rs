//! Key pairs: whoever holds the public half can seal, only the private half opens.
//!
//! The scheme is HPKE (RFC 9180) in base mode with the hybrid KEM X-Wing (draft-connolly-cfrg-xwing-kem), which joins
//! ML-KEM-768 and X25519: an attacker has to break both, so that what is recorded today resists the quantum computers of
//! tomorrow. A private key is a seed of 32 bytes, a public key has 1216 bytes.

use std::{convert::Infallible, fmt};

use hpke::{
    Deserializable as _, Kem as _, Serializable as _,
    kem::XWing,
    rand_core::{TryCryptoRng, TryRng},
};
use model::Entropy;
use zeroize::Zeroizing;

use crate::key::{KEY_BYTES, SecretKey};

/// Length of a public key, in bytes.
pub const PUBLIC_KEY_BYTES: usize = 1216;

type XWingPublicKey = <XWing as hpke::Kem>::PublicKey;
type XWingPrivateKey = <XWing as hpke::Kem>::PrivateKey;

/// A public key: seals for the holder of the private key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(XWingPublicKey);

impl PublicKey {
    /// Reads a public key of [`PUBLIC_KEY_BYTES`] bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAPublicKey> {
        XWingPublicKey::from_bytes(bytes).map(Self).map_err(|_| NotAPublicKey)
    }

    /// The key as stored: [`PUBLIC_KEY_BYTES`] bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    pub(crate) const fn as_hpke(&self) -> &XWingPublicKey {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(..)")
    }
}

/// Bytes that are no X-Wing public key: their length or an encoded coefficient is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an X-Wing public key")]
pub struct NotAPublicKey;

/// A private key: opens what was sealed to its public key. Erased when dropped, never shown.
///
/// Making one from its seed costs a key expansion (tens of microseconds); keep it for as long as it is needed.
pub struct PrivateKey(XWingPrivateKey);

impl PrivateKey {
    /// Reads a private key: the seed of 32 bytes.
    pub fn from_bytes(seed: &[u8]) -> Result<Self, NotAPrivateKey> {
        XWingPrivateKey::from_bytes(seed).map(Self).map_err(|_| NotAPrivateKey)
    }

    /// The seed, for wrapping and for the key file of the recovery key.
    pub fn seed(&self) -> SecretKey {
        let bytes: Zeroizing<[u8; KEY_BYTES]> = Zeroizing::new(self.0.to_bytes().into());
        SecretKey::from_bytes(*bytes)
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(XWing::sk_to_pk(&self.0))
    }

    /// The symmetric key of the mailbox whose private key this is. What its owner opened once is sealed again under this
    /// key, because opening that costs a hundredth.
    pub fn mailbox_key(&self) -> SecretKey {
        self.seed().derive(MAILBOX_KEY)
    }

    pub(crate) const fn as_hpke(&self) -> &XWingPrivateKey {
        &self.0
    }
}

/// The seed of a private key, not expanded yet: gives the mailbox key at once, and the private key when something has to be
/// opened with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Seed(SecretKey);

impl Seed {
    pub(crate) fn from_bytes(seed: &[u8]) -> Result<Self, NotAPrivateKey> {
        SecretKey::from_slice(seed).map(Self).ok_or(NotAPrivateKey)
    }

    /// The private key; costs the expansion.
    pub fn expand(&self) -> Result<PrivateKey, NotAPrivateKey> {
        PrivateKey::from_bytes(self.0.expose())
    }

    /// The same as [`PrivateKey::mailbox_key`], without the expansion.
    pub fn mailbox_key(&self) -> SecretKey {
        self.0.derive(MAILBOX_KEY)
    }
}

/// The label under which a mailbox key grows from the seed.
const MAILBOX_KEY: &str = "mailbox key";

impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.seed() == other.seed()
    }
}

impl Eq for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// Bytes that are no private key: there are not 32 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private key of 32 bytes")]
pub struct NotAPrivateKey;

/// Both halves of a fresh key pair.
#[derive(Debug)]
pub struct KeyPair {
    /// The half that is stored in clear.
    pub public: PublicKey,
    /// The half that is stored only wrapped.
    pub private: PrivateKey,
}

impl KeyPair {
    /// Draws a key pair for a mailbox or for recovery.
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        let (private, public) = XWing::gen_keypair_with_rng(&mut Draw(entropy));
        Self { public: PublicKey(public), private: PrivateKey(private) }
    }
}

/// Hands the injected entropy to the HPKE library.
pub(crate) struct Draw<'a>(pub(crate) &'a mut dyn Entropy);

impl TryRng for Draw<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(model::chance::draw(self.0)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(model::chance::draw(self.0)))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Draw<'_> {}

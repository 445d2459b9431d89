//! Passwords and answers: from what a person types to a key that opens a wrap.
//!
//! 1. A [`Phrase`] is what was typed in a form that does not depend on keyboard or mood. Passwords are put into Unicode form
//!    NFKC (NIST SP 800-63B section 3.1.1.2), so that an `ü` is an `ü` from every device. Answers are folded further: case,
//!    and white space at the ends and in runs, do not matter.
//! 2. Argon2id (RFC 9106) makes each guess cost memory and time. [`Parameters`] are stored beside the salt, so that they can
//!    be raised and old wraps still open.
//! 3. HMAC-SHA-256 under the [`Pepper`], which is not in the database: whoever has only the database cannot guess at all.
//!
//! [`stretch`] takes tens of milliseconds and 64 MiB. The caller bounds how many run at once, and never calls it on a thread
//! that serves others.

use std::{fmt, str::FromStr};

use argon2::{Algorithm, Argon2, Params, Version};
use model::{Entropy, chance};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::key::{KEY_BYTES, KeyId, Pepper, SecretKey};

/// The longest phrase, in Unicode code points, as typed and in normal form.
pub const PHRASE_CODE_POINTS_MAX: usize = 256;
/// Length of a salt, in bytes.
pub const SALT_BYTES: usize = 16;
/// The least memory of one hash, in KiB (OWASP Password Storage Cheat Sheet, with more than one iteration).
pub const MEMORY_KIB_MIN: u32 = 19 * 1024;
/// The most memory of one hash, in KiB.
pub const MEMORY_KIB_MAX: u32 = 2 * 1024 * 1024;
/// The fewest iterations.
pub const ITERATIONS_MIN: u32 = 1;
/// The most iterations.
pub const ITERATIONS_MAX: u32 = 64;
/// The most lanes.
pub const LANES_MAX: u32 = 16;
/// The least memory times iterations, in KiB: what OWASP asks for with one iteration, refused below however it is split.
pub const MEMORY_KIB_ITERATIONS_MIN: u32 = 46 * 1024;

/// A password or an answer in its normal form. Erased when dropped, never shown.
pub struct Phrase(Zeroizing<String>);

/// Why a text is no phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// Nothing is left of it.
    #[error("the text is empty")]
    Empty,
    /// It has more than [`PHRASE_CODE_POINTS_MAX`] code points.
    #[error("the text is longer than {PHRASE_CODE_POINTS_MAX} characters")]
    TooLong,
}

impl Phrase {
    /// A password: NFKC, otherwise as typed, white space included.
    pub fn password(typed: &str) -> Result<Self, PhraseError> {
        let typed = bounded(typed)?;
        Self::collect(typed.nfkc())
    }

    /// An answer to a security question: NFKC, lower case, no white space at the ends, one space for each run inside.
    ///
    /// Lower case here means without regard to case: `Straße` and `STRASSE` are one answer, and so are a Greek sigma at
    /// the end of a word and within.
    pub fn answer(typed: &str) -> Result<Self, PhraseError> {
        let typed = bounded(typed)?;
        let lower = Self::collect(typed.nfkc().flat_map(char::to_lowercase).flat_map(without_case).nfkc())?;
        let mut words = lower.0.split_whitespace();
        let mut folded = Self::collect(words.next().unwrap_or_default().chars())?;
        for word in words {
            folded.0.push(' ');
            folded.0.push_str(word);
        }
        Ok(folded)
    }

    /// How many code points the normal form has; the policy on lengths counts these.
    pub fn code_points(&self) -> usize {
        self.0.chars().count()
    }

    /// The normal form, for judging its strength.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Collects at most [`PHRASE_CODE_POINTS_MAX`] characters without leaving copies behind in memory.
    fn collect(chars: impl Iterator<Item = char>) -> Result<Self, PhraseError> {
        let mut text = Zeroizing::new(String::with_capacity(PHRASE_CODE_POINTS_MAX.saturating_mul(4)));
        for (count, char) in chars.enumerate() {
            if count == PHRASE_CODE_POINTS_MAX {
                return Err(PhraseError::TooLong);
            }
            text.push(char);
        }
        if text.is_empty() { Err(PhraseError::Empty) } else { Ok(Self(text)) }
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(..)")
    }
}

/// Refuses what is too long before any work is put into it.
fn bounded(typed: &str) -> Result<&str, PhraseError> {
    if typed.chars().nth(PHRASE_CODE_POINTS_MAX).is_some() { Err(PhraseError::TooLong) } else { Ok(typed) }
}

/// The two lower-case letters that differ from what lower-casing makes of their capitals (Unicode `CaseFolding.txt`).
fn without_case(char: char) -> impl Iterator<Item = char> {
    let (first, second) = match char {
        'ß' => ('s', Some('s')),
        'ς' => ('σ', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// How much work a guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    memory_kib: u32,
    iterations: u32,
    lanes: u32,
}

/// Parameters that are not allowed, or a text that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// Memory is outside [`MEMORY_KIB_MIN`] to [`MEMORY_KIB_MAX`].
    #[error("memory must be {MEMORY_KIB_MIN} to {MEMORY_KIB_MAX} KiB")]
    Memory,
    /// Iterations are outside [`ITERATIONS_MIN`] to [`ITERATIONS_MAX`].
    #[error("iterations must be {ITERATIONS_MIN} to {ITERATIONS_MAX}")]
    Iterations,
    /// Lanes are outside 1 to [`LANES_MAX`].
    #[error("lanes must be 1 to {LANES_MAX}")]
    Lanes,
    /// Memory times iterations is less than [`MEMORY_KIB_ITERATIONS_MIN`].
    #[error("memory times iterations must be at least {MEMORY_KIB_ITERATIONS_MIN} KiB")]
    Weak,
    /// The text does not read `argon2id$v=19$m=..,t=..,p=..`.
    #[error("expected `argon2id$v=19$m=..,t=..,p=..`")]
    Text,
}

impl Parameters {
    /// Parameters within the bounds.
    pub const fn new(memory_kib: u32, iterations: u32, lanes: u32) -> Result<Self, ParametersError> {
        if memory_kib < MEMORY_KIB_MIN || memory_kib > MEMORY_KIB_MAX {
            return Err(ParametersError::Memory);
        }
        if iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX {
            return Err(ParametersError::Iterations);
        }
        if lanes < 1 || lanes > LANES_MAX {
            return Err(ParametersError::Lanes);
        }
        if memory_kib.saturating_mul(iterations) < MEMORY_KIB_ITERATIONS_MIN {
            return Err(ParametersError::Weak);
        }
        Ok(Self { memory_kib, iterations, lanes })
    }

    /// Memory of one hash, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }
}

impl Default for Parameters {
    /// 64 MiB, three iterations, one lane: RFC 9106 section 4, second choice, with one lane for each of many users.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, iterations: 3, lanes: 1 }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "argon2id$v=19$m={},t={},p={}", self.memory_kib, self.iterations, self.lanes)
    }
}

impl FromStr for Parameters {
    type Err = ParametersError;

    fn from_str(text: &str) -> Result<Self, ParametersError> {
        let mut numbers = text.strip_prefix("argon2id$v=19$").ok_or(ParametersError::Text)?.split(',');
        let mut number = |name| -> Option<u32> { numbers.next()?.strip_prefix(name)?.parse().ok() };
        let (memory_kib, iterations, lanes) = (number("m="), number("t="), number("p="));
        match (memory_kib, iterations, lanes, numbers.next()) {
            (Some(memory_kib), Some(iterations), Some(lanes), None) => Self::new(memory_kib, iterations, lanes),
            _ => Err(ParametersError::Text),
        }
    }
}

/// Draws a fresh salt.
pub fn salt(entropy: &mut dyn Entropy) -> [u8; SALT_BYTES] {
    chance::draw(entropy)
}

/// The key that belongs to a phrase, a salt and a pepper.
#[derive(Debug, PartialEq, Eq)]
pub struct PasswordKey {
    key: SecretKey,
    pepper: KeyId,
}

impl PasswordKey {
    /// Which pepper took part; stored beside the salt.
    pub const fn pepper(&self) -> KeyId {
        self.pepper
    }

    pub(crate) const fn as_secret(&self) -> &SecretKey {
        &self.key
    }
}

/// The hash could not be computed: there was no memory for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no memory for a password hash")]
pub struct NoMemory;

/// Makes the key of a phrase: HMAC-SHA-256 under the pepper of the Argon2id hash.
///
/// Slow and large on purpose; see the module documentation.
pub fn stretch(
    phrase: &Phrase,
    salt: &[u8; SALT_BYTES],
    parameters: Parameters,
    pepper: &Pepper,
) -> Result<PasswordKey, NoMemory> {
    let Parameters { memory_kib, iterations, lanes } = parameters;
    let params = Params::new(memory_kib, iterations, lanes, Some(KEY_BYTES)).map_err(|_| NoMemory)?;
    let mut hash = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(phrase.0.as_bytes(), salt, hash.as_mut_slice())
        .map_err(|_| NoMemory)?;
    Ok(PasswordKey { key: pepper.apply(&hash), pepper: pepper.id() })
}

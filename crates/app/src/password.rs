//! What makes a password good enough.
//!
//! Length counts, not ingredients: no rule asks for digits or symbols (NIST SP 800-63B-4 section 3.1.1.2). What everybody
//! tries first is refused, with the reason.

use vault::{Phrase, password::PhraseError};

/// Passwords a guesser reaches within this many tries (as a power of ten) are refused as too common.
const GUESSES_LOG10_MIN: f64 = 8.0;
/// How much of a password the estimate looks at, in characters: its cost grows with the square.
const ESTIMATED_CHARS_MAX: usize = 64;

/// Why a password will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Nothing was typed.
    Empty,
    /// It has fewer characters than this.
    TooShort(usize),
    /// It has more than [`vault::password::PHRASE_CODE_POINTS_MAX`] characters.
    TooLong,
    /// It is on every guesser's list, or made of one repeated piece.
    Common,
    /// It is the address, or little more.
    Address,
}

/// Judges a typed password for the owner of `address`.
pub fn judge(typed: &str, address: &str, length_min: usize) -> Result<Phrase, PasswordFault> {
    let phrase = Phrase::password(typed).map_err(|error| match error {
        PhraseError::Empty => PasswordFault::Empty,
        PhraseError::TooLong => PasswordFault::TooLong,
    })?;
    if phrase.code_points() < length_min {
        return Err(PasswordFault::TooShort(length_min));
    }
    let lower = phrase.expose().to_lowercase();
    if is_little_more_than(&lower, address) {
        return Err(PasswordFault::Address);
    }
    let start: String = lower.chars().take(ESTIMATED_CHARS_MAX).collect();
    if zxcvbn::zxcvbn(&start, &[address]).guesses_log10() < GUESSES_LOG10_MIN {
        return Err(PasswordFault::Common);
    }
    Ok(phrase)
}

fn is_little_more_than(password: &str, address: &str) -> bool {
    let rest = password.replace(address, "");
    rest.len() < password.len() && rest.chars().count() < 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(typed: &str) -> Option<PasswordFault> {
        judge(typed, "ada@kunde.example", 15).err()
    }

    #[test]
    fn j3_length_counts_at_its_edge() {
        assert_eq!(fault("acht Zeichen ok"), None);
        assert_eq!(fault("acht Zeichen o"), Some(PasswordFault::TooShort(15)));
        assert_eq!(fault(""), Some(PasswordFault::Empty));
        assert_eq!(fault(&"ü".repeat(257)), Some(PasswordFault::TooLong));
    }

    #[test]
    fn j3_what_everybody_tries_is_refused() {
        for common in ["passwordpassword", "aaaaaaaaaaaaaaaaaaaaa", "123456789012345678", "qwertyuiopqwertyuiop"] {
            assert_eq!(fault(common), Some(PasswordFault::Common), "{common}");
        }
        assert_eq!(fault("ada@kunde.example1"), Some(PasswordFault::Address));
    }

    #[test]
    fn a_long_password_is_judged_quickly_and_kept_whole() {
        let long = "Drei kleine Biber bauen im Regen einen Damm. ".repeat(5);
        assert_eq!(judge(&long, "ada@kunde.example", 15).map(|phrase| phrase.code_points()), Ok(long.chars().count()));
    }
}

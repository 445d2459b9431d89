//! The text of a key file: one line that says what the key is for, carries it, and proves that it was copied whole.
//!
//! ```text
//! # comments and empty lines are skipped
//! siegelpost-server-key-1:<hexadecimal digits>:<8 hexadecimal digits>
//! ```
//!
//! The last field is the start of the SHA-256 of all before it. It protects against typing and copying mistakes, not
//! against malice.

use aws_lc_rs::digest;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use crate::{
    key::{KEY_BYTES, SecretKey},
    pair::{PUBLIC_KEY_BYTES, PrivateKey, PublicKey},
};

/// The longest key file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 16 * 1024;

const CHECKSUM_BYTES: usize = 4;

/// What the key in a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyFileKind {
    /// The server key.
    Server,
    /// The pepper of password hashes.
    Pepper,
    /// The private half of the recovery key pair.
    RecoveryPrivate,
    /// The public half of the recovery key pair.
    RecoveryPublic,
}

impl KeyFileKind {
    const ALL: [Self; 4] = [Self::Server, Self::Pepper, Self::RecoveryPrivate, Self::RecoveryPublic];

    /// The word at the beginning of the line.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Server => "siegelpost-server-key-1",
            Self::Pepper => "siegelpost-pepper-key-1",
            Self::RecoveryPrivate => "siegelpost-recovery-private-key-1",
            Self::RecoveryPublic => "siegelpost-recovery-public-key-1",
        }
    }

    const fn key_bytes(self) -> usize {
        match self {
            Self::Server | Self::Pepper | Self::RecoveryPrivate => KEY_BYTES,
            Self::RecoveryPublic => PUBLIC_KEY_BYTES,
        }
    }
}

/// What is wrong with a key file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// There is no line with a key.
    #[error("the file holds no key; expected a line that starts with `{}:`", .expected.prefix())]
    Empty {
        /// The key that was looked for.
        expected: KeyFileKind,
    },
    /// The file is longer than [`FILE_BYTES_MAX`].
    #[error("the file is longer than {FILE_BYTES_MAX} bytes, so it is no key file")]
    TooLong,
    /// There is more than one line with a key.
    #[error("the file holds more than one key; keep one key to a file")]
    SeveralKeys,
    /// The file holds a key of ours, but another one.
    #[error("the file holds a `{}`, expected a `{}`; the files may have been swapped", .found.prefix(), .expected.prefix())]
    OtherKind {
        /// The key that was looked for.
        expected: KeyFileKind,
        /// The key that is in the file.
        found: KeyFileKind,
    },
    /// The line does not start as the line of any of our keys does.
    #[error("the line does not start with `{}:`", .expected.prefix())]
    UnknownPrefix {
        /// The key that was looked for.
        expected: KeyFileKind,
    },
    /// The line does not end with a checksum.
    #[error("the line has no checksum at its end (`:` and eight hexadecimal digits); it may have been cut off")]
    NoChecksum,
    /// The key has too few or too many digits.
    #[error("the key has {found} hexadecimal digits, expected {expected}; it may have been cut off")]
    Length {
        /// How many digits such a key has.
        expected: usize,
        /// How many digits there are.
        found: usize,
    },
    /// A character of the key is no hexadecimal digit.
    #[error("character {position} of the key is not a hexadecimal digit")]
    NotHexadecimal {
        /// Its position in the key, counted from 1.
        position: usize,
    },
    /// The checksum does not fit the key.
    #[error("the checksum does not fit the key; a character was changed")]
    Checksum,
    /// The digits are right and the public key they spell is not valid.
    #[error("the public key is not a valid X-Wing key")]
    InvalidPublicKey,
}

/// The line for a file with a symmetric key of `kind`.
pub fn write_secret(kind: KeyFileKind, key: &SecretKey) -> Zeroizing<String> {
    line(kind, key.expose())
}

/// The line for the file with the recovery private key.
pub fn write_private(key: &PrivateKey) -> Zeroizing<String> {
    line(KeyFileKind::RecoveryPrivate, key.seed().expose())
}

/// The line for the file with the recovery public key.
pub fn write_public(key: &PublicKey) -> String {
    line(KeyFileKind::RecoveryPublic, &key.to_bytes()).to_string()
}

/// Reads the symmetric key of `kind` from the text of its file.
pub fn read_secret(kind: KeyFileKind, text: &str) -> Result<SecretKey, KeyFileError> {
    let bytes = read(kind, text)?;
    SecretKey::from_slice(&bytes).ok_or(KeyFileError::Length { expected: 2 * KEY_BYTES, found: 2 * bytes.len() })
}

/// Reads the recovery private key from the text of its file.
pub fn read_private(text: &str) -> Result<PrivateKey, KeyFileError> {
    let bytes = read(KeyFileKind::RecoveryPrivate, text)?;
    PrivateKey::from_bytes(&bytes).map_err(|_| KeyFileError::Length { expected: 2 * KEY_BYTES, found: 2 * bytes.len() })
}

/// Reads the recovery public key from the text of its file.
pub fn read_public(text: &str) -> Result<PublicKey, KeyFileError> {
    let bytes = read(KeyFileKind::RecoveryPublic, text)?;
    PublicKey::from_bytes(&bytes).map_err(|_| KeyFileError::InvalidPublicKey)
}

fn line(kind: KeyFileKind, key: &[u8]) -> Zeroizing<String> {
    let checked = Zeroizing::new(format!("{}:{}", kind.prefix(), &*Zeroizing::new(HEXLOWER.encode(key))));
    Zeroizing::new(format!("{}:{}\n", &*checked, checksum(&checked)))
}

fn checksum(checked: &str) -> String {
    let hash = digest::digest(&digest::SHA256, checked.as_bytes());
    HEXLOWER.encode(hash.as_ref().get(..CHECKSUM_BYTES).unwrap_or_default())
}

fn read(expected: KeyFileKind, text: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(KeyFileError::TooLong);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or(KeyFileError::Empty { expected })?;
    if lines.next().is_some() {
        return Err(KeyFileError::SeveralKeys);
    }
    let (prefix, rest) = line.split_once(':').ok_or(KeyFileError::UnknownPrefix { expected })?;
    match KeyFileKind::ALL.into_iter().find(|kind| kind.prefix() == prefix) {
        Some(found) if found == expected => {}
        Some(found) => return Err(KeyFileError::OtherKind { expected, found }),
        None => return Err(KeyFileError::UnknownPrefix { expected }),
    }
    let (digits, found_checksum) = rest.split_once(':').ok_or(KeyFileError::NoChecksum)?;
    let key = key(expected, digits)?;
    let canonical = Zeroizing::new(format!("{prefix}:{}", &*Zeroizing::new(HEXLOWER.encode(&key))));
    if checksum(&canonical).eq_ignore_ascii_case(found_checksum) { Ok(key) } else { Err(KeyFileError::Checksum) }
}

fn key(kind: KeyFileKind, digits: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if let Some(index) = digits.chars().position(|c| !c.is_ascii_hexdigit()) {
        return Err(KeyFileError::NotHexadecimal { position: index.saturating_add(1) });
    }
    let length = KeyFileError::Length { expected: 2 * kind.key_bytes(), found: digits.len() };
    if digits.len() != 2 * kind.key_bytes() {
        return Err(length);
    }
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map(Zeroizing::new).map_err(|_| length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_line() -> String {
        write_secret(KeyFileKind::Server, &SecretKey::from_bytes([0x5a; 32])).to_string()
    }

    fn error(text: &str) -> KeyFileError {
        read_secret(KeyFileKind::Server, text).unwrap_err()
    }

    #[test]
    fn a_written_key_reads_back() {
        let line = server_line();
        assert!(line.starts_with("siegelpost-server-key-1:5a5a"));
        assert_eq!(read_secret(KeyFileKind::Server, &line), Ok(SecretKey::from_bytes([0x5a; 32])));
        let commented = format!(
            "# keep this apart\n\n  {}\r\n",
            line.trim().to_uppercase().replace("SIEGELPOST-SERVER-KEY", "siegelpost-server-key")
        );
        assert_eq!(read_secret(KeyFileKind::Server, &commented), Ok(SecretKey::from_bytes([0x5a; 32])));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        use KeyFileError::{
            Checksum, Empty, Length, NoChecksum, NotHexadecimal, OtherKind, SeveralKeys, TooLong, UnknownPrefix,
        };
        let (line, expected) = (server_line(), KeyFileKind::Server);
        let pepper = write_secret(KeyFileKind::Pepper, &SecretKey::from_bytes([1; 32]));
        assert_eq!(error(""), Empty { expected });
        assert_eq!(error("# only this\n"), Empty { expected });
        assert_eq!(error(&format!("{line}{line}")), SeveralKeys);
        assert_eq!(error(&pepper), OtherKind { expected, found: KeyFileKind::Pepper });
        assert_eq!(error("hunter2"), UnknownPrefix { expected });
        assert_eq!(error("siegelpost-server-key-2:00:00"), UnknownPrefix { expected });
        assert_eq!(error(line.trim().rsplit_once(':').unwrap().0), NoChecksum);
        assert_eq!(error(&line.replacen("5a", "", 1)), Length { expected: 64, found: 62 });
        assert_eq!(error(&line.replacen("5a5a", "5a5x", 1)), NotHexadecimal { position: 4 });
        assert_eq!(error(&line.replacen("5a5a", "5a5b", 1)), Checksum);
        assert_eq!(error(&format!("{line}{}", "\n".repeat(FILE_BYTES_MAX))), TooLong);
        assert!(error(&pepper).to_string().contains("may have been swapped"));
    }

    #[test]
    fn the_longest_file_is_still_read() {
        let line = server_line();
        let padded = format!("{line}{}", "\n".repeat(FILE_BYTES_MAX - line.len()));
        assert!(read_secret(KeyFileKind::Server, &padded).is_ok());
    }
}

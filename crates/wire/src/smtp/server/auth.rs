//! `AUTH PLAIN` (RFC 4616) and `AUTH LOGIN`, the two mechanisms every mail program and mail server knows.
//!
//! Both hand the password over as it is, so the session offers them only where nobody can listen.

use std::fmt;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::commands::{BAD_SEQUENCE, HELLO_FIRST, TLS_FIRST};
use super::content::Phase;
use super::dialogue::{Question, Session, Step};
use super::{Authentication, Event};
use crate::smtp::command::{AuthCommand, CommandError};
use crate::smtp::reply::Reply;

/// The longest line of an authentication exchange, in bytes, CRLF included (RFC 4954 section 4).
pub const AUTH_LINE_BYTES_MAX: usize = 12_288;

/// The longest user name and the longest password, in bytes.
pub const CREDENTIAL_BYTES_MAX: usize = 1024;

const BAD_CREDENTIALS_FORM: Reply = Reply::fixed(501, (5, 5, 2), "Cannot decode the response");

/// A way to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// One message with user and password.
    Plain,
    /// Two questions. Never standardised, still spoken.
    Login,
}

/// Who the client says it is; the driver decides whether that is so.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// How they came.
    pub mechanism: Mechanism,
    /// The user to act as; empty, or the same as `user`, in all ordinary cases.
    pub authorisation: String,
    /// The user whose password it is.
    pub user: String,
    /// The password; overwritten in memory when dropped.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?}, redacted)", self.mechanism)
    }
}

impl Session {
    /// RFC 4954 section 4.
    pub(super) fn auth(&mut self, command: AuthCommand) -> Step {
        let settings = &self.shared.settings;
        let refusal = if settings.authentication == Authentication::Off {
            Some(CommandError::NotImplemented.reply())
        } else if !settings.offers_auth(self.transport) {
            Some(Reply::fixed(538, (5, 7, 11), "Encryption required, start TLS first"))
        } else if !self.client.as_ref().is_some_and(|client| client.esmtp) {
            Some(HELLO_FIRST)
        } else if self.needs_tls() {
            Some(TLS_FIRST)
        } else if self.authenticated || self.transaction.is_some() {
            Some(BAD_SEQUENCE)
        } else {
            None
        };
        if let Some(reply) = refusal {
            self.fault(&reply);
            return Step::Again;
        }
        let initial =
            command.initial.map(|initial| Zeroizing::new(if initial == "=" { String::new() } else { initial }));
        let phase = match command.mechanism.as_str() {
            "PLAIN" => Phase::AuthPlain,
            "LOGIN" => Phase::AuthLoginUser,
            _ => {
                self.fault(&Reply::fixed(504, (5, 5, 4), "Unknown authentication mechanism"));
                return Step::Again;
            }
        };
        // Base64 of "Username:", as LOGIN has it.
        let challenge: &[u8] = if matches!(phase, Phase::AuthPlain) { b"334 \r\n" } else { b"334 VXNlcm5hbWU6\r\n" };
        self.phase = phase;
        if let Some(initial) = initial {
            return self.auth_line(&initial);
        }
        self.output.extend_from_slice(challenge);
        Step::Again
    }

    /// One line of the exchange behind `AUTH`; `*` gives up.
    pub(super) fn auth_line(&mut self, line: &str) -> Step {
        let phase = std::mem::replace(&mut self.phase, Phase::Command);
        if line == "*" {
            self.fault(&Reply::fixed(501, (5, 7, 0), "Authentication cancelled"));
            return Step::Again;
        }
        let credentials: Option<Credentials> = match phase {
            Phase::AuthPlain => plain(line),
            Phase::AuthLoginPassword(user) => answer(line).map(|password| login(user, password)),
            _ => {
                if let Some(user) = answer(line) {
                    self.phase = Phase::AuthLoginPassword(user.to_string());
                    // Base64 of "Password:".
                    self.output.extend_from_slice(b"334 UGFzc3dvcmQ6\r\n");
                    return Step::Again;
                }
                None
            }
        };
        if let Some(credentials) = credentials {
            self.question = Some(Question::Authenticate);
            return Step::Event(Event::Authenticate(credentials));
        }
        self.fault(&BAD_CREDENTIALS_FORM);
        Step::Again
    }
}

/// Decodes the one message of `PLAIN`: `[authzid] NUL authcid NUL passwd`.
fn plain(encoded: &str) -> Option<Credentials> {
    let message = text(encoded)?;
    let mut parts = message.split('\0');
    let (authorisation, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !fits(user) || !fits(password) || authorisation.len() > CREDENTIAL_BYTES_MAX {
        return None;
    }
    Some(Credentials {
        mechanism: Mechanism::Plain,
        authorisation: authorisation.to_owned(),
        user: user.to_owned(),
        password: Zeroizing::new(password.to_owned()),
    })
}

/// Puts the two answers of `LOGIN` together.
fn login(user: String, password: Zeroizing<String>) -> Credentials {
    Credentials { mechanism: Mechanism::Login, authorisation: String::new(), user, password }
}

/// Decodes one answer of `LOGIN`.
fn answer(encoded: &str) -> Option<Zeroizing<String>> {
    text(encoded).filter(|answer| fits(answer) && !answer.contains('\0'))
}

fn text(encoded: &str) -> Option<Zeroizing<String>> {
    let bytes = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

fn fits(text: &str) -> bool {
    (1..=CREDENTIAL_BYTES_MAX).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_has_exactly_three_parts() {
        let encode = |text: &str| BASE64.encode(text.as_bytes());
        let credentials = plain(&encode("\0jane\0s3cret")).unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("jane", "s3cret"));
        assert_eq!(format!("{credentials:?}"), "Credentials(Plain, redacted)");
        for wrong in ["", "jane", "\0jane", "\0jane\0", "\0\0s3cret", "\0jane\0s3\0cret"] {
            assert_eq!(plain(&encode(wrong)), None, "{wrong:?}");
        }
        assert_eq!(plain("%%%"), None);
        let long = |bytes: usize| plain(&encode(&format!("\0{}\0p", "u".repeat(bytes))));
        assert!(long(CREDENTIAL_BYTES_MAX).is_some());
        assert!(long(CREDENTIAL_BYTES_MAX + 1).is_none());
    }
}

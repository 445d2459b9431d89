//! Commands: one line from the client, parsed strictly (RFC 5321 section 4.1).
//!
//! A command is a verb, perhaps arguments, and CRLF. [`Command::parse`] takes the line without its CRLF; whoever frames
//! lines (the server machine) has refused bare CR and LF before. Extensions add `KEYWORD=value` parameters behind the
//! path of `MAIL` and `RCPT`; one that was never offered is an error (555), because ignoring it could break a promise
//! such as `REQUIRETLS`.

mod parameters;
#[cfg(test)]
mod tests;

use super::reply::Reply;
use crate::address::{AddressError, ForwardPath, ReversePath, split_path};

pub use parameters::{
    Body, ENVELOPE_ID_BYTES_MAX, MailParameters, Notify, ORIGINAL_RECIPIENT_BYTES_MAX, OriginalRecipient,
    RcptParameters, Return,
};

/// The longest name a client may give itself in `EHLO` or `HELO`, in bytes.
pub const CLIENT_NAME_BYTES_MAX: usize = 255;

/// One command of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `EHLO name`
    Ehlo(String),
    /// `HELO name`: a client that knows no extensions.
    Helo(String),
    /// `STARTTLS`
    StartTls,
    /// `AUTH mechanism [initial-response]` (RFC 4954 section 4); the response is still base64.
    Auth(AuthCommand),
    /// `MAIL FROM:<reverse-path> [parameters]`
    Mail(ReversePath, MailParameters),
    /// `RCPT TO:<forward-path> [parameters]`
    Rcpt(ForwardPath, RcptParameters),
    /// `DATA`
    Data,
    /// `BDAT bytes [LAST]` (RFC 3030 section 2)
    Bdat {
        /// How many bytes of content follow the command line.
        bytes: u64,
        /// Whether they are the last ones.
        last: bool,
    },
    /// `RSET`
    Reset,
    /// `NOOP`
    Noop,
    /// `QUIT`
    Quit,
    /// `VRFY text`
    Verify,
    /// `HELP [text]`
    Help,
}

/// What `AUTH` asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCommand {
    /// The mechanism in upper case.
    pub mechanism: String,
    /// The initial response in base64; `=` stands for an empty one.
    pub initial: Option<String>,
}

impl std::fmt::Debug for AuthCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthCommand({}, redacted)", self.mechanism)
    }
}

/// Why a line is not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The verb is not known.
    #[error("unknown command")]
    Unknown,
    /// The verb is known and deliberately not supported.
    #[error("command not implemented")]
    NotImplemented,
    /// Control characters, or bytes that are not UTF-8.
    #[error("the line contains characters that are not allowed")]
    Characters,
    /// The arguments are missing or malformed.
    #[error("syntax error in the arguments")]
    Arguments,
    /// The reverse-path of `MAIL` is malformed.
    #[error("malformed sender address: {0}")]
    Sender(AddressError),
    /// The forward-path of `RCPT` is malformed.
    #[error("malformed recipient address: {0}")]
    Recipient(AddressError),
    /// A parameter that this server does not offer.
    #[error("parameter not recognised")]
    UnknownParameter,
    /// A known parameter with a bad value, or given twice.
    #[error("bad or repeated parameter")]
    BadParameter,
}

impl CommandError {
    /// The reply that the client gets.
    pub fn reply(self) -> Reply {
        match self {
            Self::Unknown => Reply::fixed(500, (5, 5, 1), "Command not recognised"),
            Self::NotImplemented => Reply::fixed(502, (5, 5, 1), "Command not implemented"),
            Self::Characters => Reply::fixed(500, (5, 5, 2), "The line contains characters that are not allowed"),
            Self::Arguments => Reply::fixed(501, (5, 5, 4), "Syntax error in arguments"),
            Self::Sender(_) => Reply::fixed(501, (5, 1, 7), "Malformed sender address, expected MAIL FROM:<address>"),
            Self::Recipient(_) => {
                Reply::fixed(501, (5, 1, 3), "Malformed recipient address, expected RCPT TO:<address>")
            }
            Self::UnknownParameter => Reply::fixed(555, (5, 5, 4), "Parameter not recognised or not offered"),
            Self::BadParameter => Reply::fixed(501, (5, 5, 4), "Bad or repeated parameter"),
        }
    }
}

impl Command {
    /// Parses one line without its CRLF.
    pub fn parse(line: &[u8]) -> Result<Self, CommandError> {
        let line = std::str::from_utf8(line).map_err(|_| CommandError::Characters)?;
        if line.bytes().any(|b| b.is_ascii_control()) {
            return Err(CommandError::Characters);
        }
        let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let bare = |command: Self| if arguments.trim().is_empty() { Ok(command) } else { Err(CommandError::Arguments) };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => client_name(arguments).map(Self::Ehlo),
            "HELO" => client_name(arguments).map(Self::Helo),
            "MAIL" => mail(arguments),
            "RCPT" => rcpt(arguments),
            "DATA" => bare(Self::Data),
            "BDAT" => bdat(arguments),
            "STARTTLS" => bare(Self::StartTls),
            "AUTH" => auth(arguments),
            "RSET" => bare(Self::Reset),
            "QUIT" => bare(Self::Quit),
            "NOOP" => Ok(Self::Noop),
            "VRFY" if arguments.is_empty() => Err(CommandError::Arguments),
            "VRFY" => Ok(Self::Verify),
            "HELP" => Ok(Self::Help),
            "EXPN" | "TURN" | "ETRN" | "SEND" | "SOML" | "SAML" => Err(CommandError::NotImplemented),
            _ => Err(CommandError::Unknown),
        }
    }
}

/// Any visible ASCII is taken: clients send names that are no domains, and nothing is decided by them.
fn client_name(arguments: &str) -> Result<String, CommandError> {
    let name = arguments.trim_matches(' ');
    let valid = (1..=CLIENT_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    if valid { Ok(name.to_owned()) } else { Err(CommandError::Arguments) }
}

fn mail(arguments: &str) -> Result<Command, CommandError> {
    let path = after_keyword(arguments, "FROM:").ok_or(CommandError::Arguments)?;
    let (path, parameters) = split_path(path).map_err(CommandError::Sender)?;
    let reverse_path = ReversePath::parse(path).map_err(CommandError::Sender)?;
    Ok(Command::Mail(reverse_path, MailParameters::parse(parameters)?))
}

fn rcpt(arguments: &str) -> Result<Command, CommandError> {
    let path = after_keyword(arguments, "TO:").ok_or(CommandError::Arguments)?;
    let (path, parameters) = split_path(path).map_err(CommandError::Recipient)?;
    let forward_path = ForwardPath::parse(path).map_err(CommandError::Recipient)?;
    Ok(Command::Rcpt(forward_path, RcptParameters::parse(parameters)?))
}

/// The text behind `FROM:` or `TO:`. Blanks behind the colon are no SMTP but common, and change no meaning.
fn after_keyword<'a>(arguments: &'a str, keyword: &str) -> Option<&'a str> {
    let (word, rest) = arguments.split_at_checked(keyword.len())?;
    word.eq_ignore_ascii_case(keyword).then(|| rest.trim_start_matches(' '))
}

fn bdat(arguments: &str) -> Result<Command, CommandError> {
    let mut words = arguments.split(' ').filter(|word| !word.is_empty());
    let bytes = words.next().and_then(decimal).ok_or(CommandError::Arguments)?;
    let last = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("LAST") => true,
        Some(_) => return Err(CommandError::Arguments),
    };
    if words.next().is_some() { Err(CommandError::Arguments) } else { Ok(Command::Bdat { bytes, last }) }
}

fn auth(arguments: &str) -> Result<Command, CommandError> {
    let mut words = arguments.split(' ').filter(|word| !word.is_empty());
    let mechanism = words.next().ok_or(CommandError::Arguments)?.to_ascii_uppercase();
    let initial = words.next().map(str::to_owned);
    if words.next().is_some() {
        return Err(CommandError::Arguments);
    }
    Ok(Command::Auth(AuthCommand { mechanism, initial }))
}

/// Up to 18 digits and nothing else, so that neither signs nor overflows get through.
fn decimal(text: &str) -> Option<u64> {
    let valid = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

//! Parameters of `MAIL` and `RCPT`: `KEYWORD` or `KEYWORD=value`, each at most once (RFC 5321 section 4.1.2).

use std::fmt::Write as _;

use super::{CommandError, decimal};
use crate::address::{ReversePath, TypedAddress};
use crate::smtp::xtext;

/// The longest `ENVID`, in bytes before it is encoded (RFC 3461 section 4.4).
pub const ENVELOPE_ID_BYTES_MAX: usize = 100;

/// The longest `ORCPT`, in encoded bytes (RFC 3461 section 4.2).
pub const ORIGINAL_RECIPIENT_BYTES_MAX: usize = 500;

/// What the content consists of (RFC 6152).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Body {
    /// ASCII lines only.
    #[default]
    SevenBit,
    /// Lines with bytes above 127.
    EightBitMime,
}

/// How much of the mail a notification of failure should carry (RFC 3461 section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    /// The whole mail.
    Full,
    /// Its header only. The house always asks for this, so that content does not travel back.
    Headers,
}

/// Parameters of `MAIL`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailParameters {
    /// `SIZE`: how many bytes of content will come, as far as the client knows.
    pub size_bytes: Option<u64>,
    /// `BODY`
    pub body: Body,
    /// `SMTPUTF8`: addresses or header fields are not ASCII.
    pub smtputf8: bool,
    /// `REQUIRETLS`: the mail must never travel on without verified TLS.
    pub require_tls: bool,
    /// `RET`
    pub ret: Option<Return>,
    /// `ENVID`, decoded: the sender's own name for this envelope, returned in notifications.
    pub envelope_id: Option<String>,
    /// `AUTH`: who submitted the mail, as the client claims (RFC 4954 section 5); null when unknown.
    pub submitter: Option<ReversePath>,
}

impl MailParameters {
    pub(super) fn parse(text: &str) -> Result<Self, CommandError> {
        let mut parameters = Self::default();
        let mut seen = Seen::default();
        for word in words(text)? {
            let (keyword, value) = seen.split(word)?;
            match (keyword.as_str(), value) {
                ("SIZE", Some(value)) => {
                    parameters.size_bytes = Some(decimal(value).ok_or(CommandError::BadParameter)?);
                }
                ("BODY", Some(value)) => parameters.body = body(value)?,
                ("SMTPUTF8", None) => parameters.smtputf8 = true,
                ("REQUIRETLS", None) => parameters.require_tls = true,
                ("RET", Some(value)) => parameters.ret = Some(ret(value)?),
                ("ENVID", Some(value)) => parameters.envelope_id = Some(envelope_id(value)?),
                ("AUTH", Some(value)) => parameters.submitter = Some(submitter(value)?),
                ("SIZE" | "BODY" | "SMTPUTF8" | "REQUIRETLS" | "RET" | "ENVID" | "AUTH", _) => {
                    return Err(CommandError::BadParameter);
                }
                _ => return Err(CommandError::UnknownParameter),
            }
        }
        Ok(parameters)
    }

    /// Whether no parameter was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// When the sender wants to hear about a recipient (RFC 3461 section 4.1); none of the three is `NEVER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notify {
    /// Tell when the mail was delivered.
    pub success: bool,
    /// Tell when it could not be delivered.
    pub failure: bool,
    /// Tell when it takes long.
    pub delay: bool,
}

impl Notify {
    /// Failure and delay: what a sender expects who did not ask.
    pub const DEFAULT: Self = Self { success: false, failure: true, delay: true };
    /// Nothing, ever.
    pub const NEVER: Self = Self { success: false, failure: false, delay: false };

    /// Reads `NEVER`, or a list without repetition of `SUCCESS`, `FAILURE` and `DELAY`.
    pub fn parse(value: &str) -> Option<Self> {
        let mut notify = Self::NEVER;
        if value.eq_ignore_ascii_case("NEVER") {
            return Some(notify);
        }
        for word in value.split(',') {
            let flag = match word.to_ascii_uppercase().as_str() {
                "SUCCESS" => &mut notify.success,
                "FAILURE" => &mut notify.failure,
                "DELAY" => &mut notify.delay,
                _ => return None,
            };
            if std::mem::replace(flag, true) {
                return None;
            }
        }
        Some(notify)
    }

    /// The value as it is written behind `NOTIFY=`.
    pub fn to_wire(self) -> String {
        let chosen = [(self.success, "SUCCESS"), (self.failure, "FAILURE"), (self.delay, "DELAY")];
        let words: Vec<&str> = chosen.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
        if words.is_empty() { "NEVER".to_owned() } else { words.join(",") }
    }
}

/// `ORCPT`: the address the sender first wrote, for notifications (RFC 3461 section 4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct OriginalRecipient {
    kind: String,
    encoded: String,
}

impl OriginalRecipient {
    /// Reads `type;encoded-address`, such as `rfc822;jane@example.org`.
    pub fn parse(value: &str) -> Option<Self> {
        let (kind, encoded) = value.split_once(';')?;
        let kind_valid = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let text_valid =
            !encoded.is_empty() && encoded.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != '=');
        if value.len() > ORIGINAL_RECIPIENT_BYTES_MAX || !kind_valid || !text_valid {
            return None;
        }
        if kind.eq_ignore_ascii_case("rfc822")
            && xtext::decode(encoded).is_none_or(|text| text.contains(char::is_control))
        {
            return None;
        }
        Some(Self { kind: kind.to_ascii_lowercase(), encoded: encoded.to_owned() })
    }

    /// The original recipient for an address: type `utf-8` if it is not ASCII (RFC 6533 section 3), else `rfc822`.
    pub fn of(address: &TypedAddress) -> Self {
        let wire = address.to_wire();
        if wire.is_ascii() {
            return Self { kind: "rfc822".to_owned(), encoded: xtext::encode(&wire) };
        }
        let mut encoded = String::with_capacity(2 * wire.len());
        for c in wire.chars() {
            match c {
                '!'..='~' if !matches!(c, '+' | '=' | '\\') => encoded.push(c),
                _ => {
                    let _ = write!(encoded, "\\x{{{:X}}}", u32::from(c));
                }
            }
        }
        Self { kind: "utf-8".to_owned(), encoded }
    }

    /// The address type in lower case, usually `rfc822`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The address, still in the encoding of its type. Personal data: not for logs.
    pub fn encoded(&self) -> &str {
        &self.encoded
    }

    /// The address as text, if its type is `rfc822`. Personal data: not for logs.
    pub fn decoded(&self) -> Option<String> {
        if self.kind == "rfc822" { xtext::decode(&self.encoded) } else { None }
    }

    /// The value as it is written behind `ORCPT=`.
    pub fn to_wire(&self) -> String {
        format!("{};{}", self.kind, self.encoded)
    }
}

impl std::fmt::Debug for OriginalRecipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OriginalRecipient({}; redacted)", self.kind)
    }
}

/// Parameters of `RCPT`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RcptParameters {
    /// `NOTIFY`
    pub notify: Option<Notify>,
    /// `ORCPT`
    pub original_recipient: Option<OriginalRecipient>,
}

impl RcptParameters {
    pub(super) fn parse(text: &str) -> Result<Self, CommandError> {
        let mut parameters = Self::default();
        let mut seen = Seen::default();
        for word in words(text)? {
            let (keyword, value) = seen.split(word)?;
            let bad = CommandError::BadParameter;
            match (keyword.as_str(), value) {
                ("NOTIFY", Some(value)) => parameters.notify = Some(Notify::parse(value).ok_or(bad)?),
                ("ORCPT", Some(value)) => {
                    parameters.original_recipient = Some(OriginalRecipient::parse(value).ok_or(bad)?);
                }
                ("NOTIFY" | "ORCPT", None) => return Err(bad),
                _ => return Err(CommandError::UnknownParameter),
            }
        }
        Ok(parameters)
    }

    /// Whether no parameter was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The words behind the path, which must be parted from it by a blank.
fn words(text: &str) -> Result<impl Iterator<Item = &str>, CommandError> {
    if !text.is_empty() && !text.starts_with(' ') {
        return Err(CommandError::Arguments);
    }
    Ok(text.split(' ').filter(|word| !word.is_empty()))
}

/// The keywords seen so far, to refuse repetition.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn split<'a>(&mut self, word: &'a str) -> Result<(String, Option<&'a str>), CommandError> {
        let (keyword, value) = word.split_once('=').map_or((word, None), |(keyword, value)| (keyword, Some(value)));
        let keyword = keyword.to_ascii_uppercase();
        if value == Some("") || self.0.contains(&keyword) {
            return Err(CommandError::BadParameter);
        }
        self.0.push(keyword.clone());
        Ok((keyword, value))
    }
}

/// `BINARYMIME` is not offered: it would make line endings meaningless.
fn body(value: &str) -> Result<Body, CommandError> {
    match value.to_ascii_uppercase().as_str() {
        "7BIT" => Ok(Body::SevenBit),
        "8BITMIME" => Ok(Body::EightBitMime),
        _ => Err(CommandError::BadParameter),
    }
}

fn ret(value: &str) -> Result<Return, CommandError> {
    match value.to_ascii_uppercase().as_str() {
        "FULL" => Ok(Return::Full),
        "HDRS" => Ok(Return::Headers),
        _ => Err(CommandError::BadParameter),
    }
}

fn envelope_id(value: &str) -> Result<String, CommandError> {
    let id = xtext::decode(value).ok_or(CommandError::BadParameter)?;
    let valid = id.len() <= ENVELOPE_ID_BYTES_MAX && id.bytes().all(|b| matches!(b, b' '..=b'~'));
    if valid { Ok(id) } else { Err(CommandError::BadParameter) }
}

fn submitter(value: &str) -> Result<ReversePath, CommandError> {
    let address = xtext::decode(value).ok_or(CommandError::BadParameter)?;
    let inner = if address == "<>" { "" } else { &address };
    ReversePath::parse(inner).map_err(|_| CommandError::BadParameter)
}

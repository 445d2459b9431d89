//! The signer: chooses the fields, writes the signature field, signs it.

use std::fmt::Write as _;
use std::time::Duration;

use data_encoding::BASE64;
use jiff::Timestamp;

use super::canonical::{BodyHash, Field, fields, split_message, write_relaxed_value};
use super::{DkimError, SigningKey};
use crate::address::Domain;

/// How long a signature is valid unless said otherwise: longer than any mail waits in a queue.
pub const SIGNATURE_LIFETIME_DEFAULT: Duration = Duration::from_hours(14 * 24);

/// Listed once more than they occur, so that none can be added.
const OVERSIGNED: [&str; 6] = ["From", "To", "Cc", "Subject", "Date", "Reply-To"];

/// Listed as often as they occur. Trace fields are left out: every server adds some.
const SIGNED: [&str; 12] = [
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-Language",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Sender",
];

/// The longest line of the signature field, in bytes.
const LINE_BYTES_MAX: usize = 76;

/// Signs mails of one domain with one key.
#[derive(Debug)]
pub struct Signer {
    domain: Domain,
    selector: String,
    key: SigningKey,
    lifetime: Duration,
}

impl Signer {
    /// Takes the signing domain (`d=`), the selector (`s=`) and the key whose public half DNS shows there.
    pub fn new(domain: Domain, selector: &str, key: SigningKey) -> Result<Self, DkimError> {
        let selector = Domain::parse(selector).map_err(|_| DkimError::Selector)?.as_str().to_owned();
        Ok(Self { domain, selector, key, lifetime: SIGNATURE_LIFETIME_DEFAULT })
    }

    /// Changes how long signatures are valid (`x=`).
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The signing domain.
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The key.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The name at which receivers look for the public key (RFC 6376 section 3.6.2.1).
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// Signs a whole message and gives the field to put in front of it, CRLF included.
    pub fn sign(&self, message: &[u8], now: Timestamp) -> Result<String, DkimError> {
        let (header, body) = split_message(message);
        let mut hash = BodyHash::default();
        hash.update(body);
        self.sign_header(header, hash, now)
    }

    /// Signs a header, ended by the CRLF of its last field, and a body that was hashed before.
    pub fn sign_header(&self, header: &[u8], body: BodyHash, now: Timestamp) -> Result<String, DkimError> {
        let fields = fields(header).ok_or(DkimError::Header)?;
        if fields.iter().filter(|field| field.is("From")).count() != 1 {
            return Err(DkimError::Header);
        }
        let lifetime = i64::try_from(self.lifetime.as_secs()).map_err(|_| DkimError::Signing)?;
        let expires = now.as_second().checked_add(lifetime).ok_or(DkimError::Signing)?;
        let signed = SignedFields::choose(&fields);

        let mut value = format!("v=1; a={}; c=relaxed/relaxed;\r\n\t", self.key.algorithm());
        let _ = write!(value, "d={}; s={};\r\n\tt={}; x={expires};\r\n\t", self.domain, self.selector, now.as_second());
        fold_list(&mut value, "h=", &signed.names);
        let _ = write!(value, ";\r\n\tbh={};\r\n\tb=", BASE64.encode(body.finish().as_ref()));

        let mut data = signed.canonical;
        data.extend_from_slice(b"dkim-signature:");
        write_relaxed_value(value.as_bytes(), &mut data);
        fold_text(&mut value, &BASE64.encode(&self.key.sign(&data)?));
        Ok(format!("DKIM-Signature: {value}\r\n"))
    }
}

/// The names for `h=`, and the fields they stand for in canonical form, each ended by CRLF.
struct SignedFields {
    names: Vec<&'static str>,
    canonical: Vec<u8>,
}

impl SignedFields {
    /// Fields of the same name are taken from the last to the first (RFC 6376 section 5.4.2).
    fn choose(fields: &[Field<'_>]) -> Self {
        let mut signed = Self { names: Vec::new(), canonical: Vec::new() };
        let names = OVERSIGNED.iter().map(|name| (*name, true)).chain(SIGNED.iter().map(|name| (*name, false)));
        for (name, once_more) in names {
            for field in fields.iter().rev().filter(|field| field.is(name)) {
                signed.names.push(name);
                field.write_relaxed(&mut signed.canonical);
                signed.canonical.extend_from_slice(b"\r\n");
            }
            if once_more {
                signed.names.push(name);
            }
        }
        signed
    }
}

/// Appends a colon-separated list, folded behind colons.
fn fold_list(value: &mut String, tag: &str, names: &[&str]) {
    value.push_str(tag);
    let mut line_bytes = tag.len() + 1;
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            value.push(':');
            line_bytes += 1;
        }
        if line_bytes + name.len() + 2 > LINE_BYTES_MAX {
            value.push_str("\r\n\t ");
            line_bytes = 2;
        }
        value.push_str(name);
        line_bytes += name.len();
    }
}

/// Appends base64, folded anywhere.
fn fold_text(value: &mut String, base64: &str) {
    let mut rest = base64;
    while let Some((line, after)) = rest.split_at_checked(LINE_BYTES_MAX - 6) {
        value.push_str(line);
        if !after.is_empty() {
            value.push_str("\r\n\t ");
        }
        rest = after;
    }
    value.push_str(rest);
}

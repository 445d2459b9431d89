//! What may be said over a connection, and what was.

use std::fmt;
use std::net::IpAddr;

use data_encoding::BASE64;
use memchr::memmem;

use super::record::{Connection, Record};

/// Stands in subject and text of the mails of tests that deliver.
pub(super) const WORD: &str = "Verschlusssache-2718";

/// All that may be said in clear (RFC 3207): nothing of a mail, not even for whom it is.
const CLEAR_COMMANDS: [&str; 2] = ["STARTTLS", "QUIT"];

/// The longest record of TLS, without its head (RFC 5246 section 6.2.3; RFC 8446 section 5.2 has less).
const TLS_RECORD_BYTES_MAX: usize = (1 << 14) + 2048;

/// What was found in a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// What left and should not have.
    pub(super) leaks: Vec<String>,
    /// Connections over which something went by TLS.
    pub(super) tls: usize,
    /// Connections that came to nothing but commands and handshakes.
    pub(super) empty: usize,
    /// Connections with name servers and databases.
    pub(super) binary: usize,
    /// Connections with the organisation's own servers.
    pub(super) organisation: usize,
    /// Those among them that the word was found in.
    pub(super) known_mails: usize,
    /// Datagrams.
    pub(super) datagrams: usize,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { leaks, tls, empty, binary, organisation, known_mails, datagrams } = self;
        write!(
            f,
            "{tls} connections with TLS, {empty} with nothing to hide, {binary} with name servers and databases, {datagrams} datagrams; \
             left out: {organisation} with the organisation's own servers, {known_mails} of them with mail in clear; leaks: {}",
            leaks.len()
        )
    }
}

/// Whether an address stands for the organisation's own servers, beside us on the same machine. Mail goes there, and comes from there, in clear.
pub(super) fn is_organisation(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.octets().starts_with(&[127, 0, 30]))
}

/// What a client said, if that is allowed.
enum Said {
    /// Commands and handshakes, if anything.
    Nothing,
    /// Something in TLS.
    Tls,
    /// A protocol that begins with a length, as those of name servers and databases do.
    Binary,
}

impl Verdict {
    /// Judges what was recorded.
    pub(super) fn of(record: &Record) -> Self {
        let search = Search::new();
        let mut verdict = Self { datagrams: record.datagrams.len(), ..Self::default() };
        for connection in &record.connections {
            verdict.connection(connection, &search);
        }
        if record.datagrams.iter().any(|datagram| search.finds(datagram)) {
            verdict.leaks.push("the word in a datagram".to_owned());
        }
        verdict
    }

    fn connection(&mut self, connection: &Connection, search: &Search) {
        let Connection { client, server, from_client, from_server } = connection;
        let has_word = search.finds(from_client) || search.finds(from_server);
        if is_organisation(server.ip()) {
            self.organisation += 1;
            self.known_mails += usize::from(has_word);
            return;
        }
        let mut leak = |what: &str| self.leaks.push(format!("{client} to {server}: {what}"));
        if has_word {
            leak("the word");
        }
        match said(from_client) {
            Ok(Said::Nothing) => self.empty += 1,
            Ok(Said::Tls) => self.tls += 1,
            Ok(Said::Binary) => self.binary += 1,
            Err(why) => leak(&why),
        }
    }
}

/// Commands in clear, if any, then TLS, if it came to that.
fn said(mut bytes: &[u8]) -> Result<Said, String> {
    if bytes.first() == Some(&0) {
        return Ok(Said::Binary);
    }
    while let Some(end) = memmem::find(bytes, b"\r\n").filter(|_| bytes.first().is_some_and(u8::is_ascii_alphabetic)) {
        let (line, rest) = bytes.split_at(end);
        if !is_harmless(line) {
            return Err(format!("{:?} in clear", String::from_utf8_lossy(line)));
        }
        bytes = rest.get(2..).unwrap_or_default();
    }
    let mut said = Said::Nothing;
    while let Some((head, rest)) = bytes.split_first_chunk::<5>() {
        let [kind, major, minor, length @ ..] = *head;
        let length = usize::from(u16::from_be_bytes(length));
        // RFC 8446 section 5.1: change of cipher, alert, handshake, data.
        if !(20..=23).contains(&kind) || major != 3 || minor > 4 || length > TLS_RECORD_BYTES_MAX {
            return Err(format!("{:?} is no TLS", String::from_utf8_lossy(head)));
        }
        if kind == 23 {
            said = Said::Tls;
        }
        // The last may have been cut off.
        bytes = rest.get(length..).unwrap_or_default();
    }
    if bytes.is_empty() { Ok(said) } else { Err(format!("{:?} at the end", String::from_utf8_lossy(bytes))) }
}

fn is_harmless(line: &[u8]) -> bool {
    let Ok(line) = str::from_utf8(line) else { return false };
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    CLEAR_COMMANDS.contains(&line) || line.strip_prefix("EHLO ").is_some_and(is_name)
}

/// The word in every form in which a mail may hold it.
struct Search(Vec<memmem::Finder<'static>>);

impl Search {
    fn new() -> Self {
        let escaped: Vec<String> = WORD.bytes().map(|byte| format!("={byte:02X}")).collect();
        let forms = [WORD.to_owned(), escaped.concat()].into_iter().chain((0..3).map(in_base64));
        Self(forms.map(|form| memmem::Finder::new(form.as_bytes()).into_owned()).collect())
    }

    /// Whether the word is there, in a line or across lines.
    fn finds(&self, bytes: &[u8]) -> bool {
        let unwrapped: Vec<u8> = bytes.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        let joined = joined(bytes);
        self.0.iter().any(|form| [bytes, &unwrapped, &joined].iter().any(|text| form.find(text).is_some()))
    }
}

/// The word behind that many bytes, less what depends on them and on what follows.
fn in_base64(behind: usize) -> String {
    let bytes = ["x".repeat(behind).as_bytes(), WORD.as_bytes()].concat();
    // Three bytes are four letters.
    let whole = bytes.len() / 3 * 3;
    let letters = BASE64.encode(bytes.get(..whole).unwrap_or_default());
    letters.get(behind.div_ceil(3) * 4..).unwrap_or_default().to_owned()
}

/// The same without the line breaks that quoted-printable adds (RFC 2045 section 6.7).
fn joined(bytes: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memmem::find(rest, b"=\r\n") {
        let (before, after) = rest.split_at(at);
        joined.extend_from_slice(before);
        rest = after.get(3..).unwrap_or_default();
    }
    joined.extend_from_slice(rest);
    joined
}

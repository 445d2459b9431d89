//! One zone: its records, how it is signed, and what is wrong with it.

use std::{fs, io, path::Path};

use super::process::run;

/// The time for which signatures are valid: always, as far as tests go; or long gone.
const VALID: [&str; 2] = ["20200101000000", "20371231000000"];
const EXPIRED: [&str; 2] = ["20200101000000", "20210101000000"];

/// A zone of the bed.
#[derive(Debug, Clone)]
pub struct Zone {
    pub(super) name: String,
    records: String,
    algorithm: Option<Algorithm>,
    denial: Denial,
    pub(super) fault: Option<Fault>,
}

/// What a zone is signed with (RFC 8624 names them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the register")]
pub enum Algorithm {
    RsaSha1,
    RsaSha1Nsec3,
    RsaSha256,
    EcdsaP256Sha256,
    EcdsaP384Sha384,
    Ed25519,
    Ed448,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::RsaSha1 => "RSASHA1",
            Self::RsaSha1Nsec3 => "RSASHA1-NSEC3-SHA1",
            Self::RsaSha256 => "RSASHA256",
            Self::EcdsaP256Sha256 => "ECDSAP256SHA256",
            Self::EcdsaP384Sha384 => "ECDSAP384SHA384",
            Self::Ed25519 => "ED25519",
            Self::Ed448 => "ED448",
        }
    }
}

/// How a signed zone proves that something is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// By names (RFC 4034 section 4).
    Nsec,
    /// By hashes of names (RFC 5155).
    Nsec3,
    /// By hashes, with unsigned delegations left out (RFC 5155 section 6).
    OptOut,
    /// By hashes of hashes, so often that no validator computes them (RFC 9276 section 3.2).
    Laborious,
}

/// What is wrong with a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The parent vouches for another key.
    WrongDs,
    /// All signatures have run out.
    Expired,
    /// A record was changed after it was signed: every `192.0.2.1`.
    Tampered,
}

impl Zone {
    /// An unsigned zone. `records` are lines of a zone file with names relative to the zone; SOA and NS are added.
    pub fn unsigned(name: &str, records: &str) -> Self {
        let records = records.to_owned();
        Self { name: name.to_owned(), records, algorithm: None, denial: Denial::Nsec, fault: None }
    }

    /// A signed zone.
    pub fn signed(name: &str, records: &str, algorithm: Algorithm, denial: Denial) -> Self {
        Self { algorithm: Some(algorithm), denial, ..Self::unsigned(name, records) }
    }

    /// The same zone, broken.
    #[must_use]
    pub const fn with(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The name with the dot at the end.
    pub(super) fn origin(&self) -> String {
        if self.name.is_empty() { ".".to_owned() } else { format!("{}.", self.name) }
    }

    /// The file that the authority serves.
    pub(super) fn file_name(&self) -> String {
        format!("{}zone", self.origin())
    }

    /// Writes the zone file into `folder`, with the delegations to its children. The DS records for its parent, none if it is unsigned.
    pub(super) fn write(&self, folder: &Path, delegations: &str) -> io::Result<String> {
        let origin = self.origin();
        let text = format!(
            "$ORIGIN {origin}\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n{}\n{delegations}",
            self.records
        );
        let file = self.file_name();
        fs::write(folder.join(&file), &text)?;
        let Some(algorithm) = self.algorithm else { return Ok(String::new()) };
        let key = new_key(folder, algorithm, &origin)?;
        self.sign(folder, &file, &key)?;
        if self.fault == Some(Fault::Tampered) {
            let signed = fs::read_to_string(folder.join(&file))?;
            fs::write(folder.join(&file), signed.replace("192.0.2.1\n", "192.0.2.66\n"))?;
        }
        let vouched = if self.fault == Some(Fault::WrongDs) { new_key(folder, algorithm, &origin)? } else { key };
        fs::read_to_string(folder.join(format!("{vouched}.ds")))
    }

    fn sign(&self, folder: &Path, file: &str, key: &str) -> io::Result<()> {
        let [inception, expiration] = if self.fault == Some(Fault::Expired) { EXPIRED } else { VALID };
        let mut arguments = vec!["-i", inception, "-e", expiration, "-f", "signed"];
        match self.denial {
            Denial::Nsec => {}
            Denial::Nsec3 => arguments.extend(["-n", "-t", "0"]),
            Denial::OptOut => arguments.extend(["-n", "-t", "0", "-p"]),
            Denial::Laborious => arguments.extend(["-n", "-t", "400"]),
        }
        arguments.extend([file, key]);
        run(folder, "ldns-signzone", &arguments)?;
        fs::rename(folder.join("signed"), folder.join(file))
    }
}

/// One key that signs everything. Its file name without ending.
fn new_key(folder: &Path, algorithm: Algorithm, origin: &str) -> io::Result<String> {
    let printed = run(folder, "ldns-keygen", &["-k", "-a", algorithm.name(), "-b", "2048", origin])?;
    Ok(printed.trim().to_owned())
}

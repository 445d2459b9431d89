//! What came of one try to send a mail, as the edge tells it and as it is kept (P6).

use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Assessment, Code},
    assurance::{Assurance, Requirement},
};

/// The form of a kept [`Attempt`], told first. A reader of a later form still reads this one.
const VERSION: u32 = 1;

/// One try: what came of it, and what was found out on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The form.
    v: u32,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What was found out about the recipient's mail servers, as far as was looked. `None` for a configured server, and where a connection was open already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Box<Assessment>>,
    /// Whether nobody was asked: another mail had found this out a moment before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_remembered: bool,
}

impl Attempt {
    /// A try at the recipient's own mail servers.
    pub fn at_exchanges(outcome: Outcome, found: Assessment) -> Self {
        Self { found: Some(Box::new(found)), ..outcome.into() }
    }
}

impl From<Outcome> for Attempt {
    fn from(outcome: Outcome) -> Self {
        Self { v: VERSION, outcome, found: None, is_remembered: false }
    }
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "lowercase")]
pub enum Outcome {
    /// The next server took it.
    Sent {
        /// Its reply.
        reply: String,
        /// How the connection was protected.
        protection: Protection,
        /// Whether it offered to send reports (RFC 3461), and so took over what the sender wants to be told.
        #[serde(default)]
        reports: bool,
    },
    /// Not now: try again.
    Deferred {
        /// Why.
        reason: String,
    },
    /// Somebody answers, and the protection that the mail needs is not to be had. Tried again, for the fault may be mended, but not for long.
    Unprotected {
        /// Why, for administrators.
        reason: String,
        /// Why, as codes.
        because: Vec<Code>,
    },
    /// Not at all.
    Refused {
        /// Why: the server's reply or our own reason.
        reason: String,
        /// The enhanced status code (RFC 3463), such as `5.1.1`.
        status: String,
    },
}

/// How the connection was protected over which a mail left (P1, P6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "protection", rename_all = "lowercase")]
pub enum Protection {
    /// TLS with a configured server, its certificate verified.
    Verified {
        /// The server.
        server: String,
        /// The protocol version.
        version: String,
        /// The cipher suite.
        suite: String,
        /// The key-exchange group.
        group: String,
    },
    /// TLS with a mail server of the recipient's domain, as good as was required or better.
    Exchange(Box<ExchangeProtection>),
    /// The connection did not leave this machine.
    Loopback,
}

/// How the connection to a mail server of the recipient's domain was protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeProtection {
    /// The server.
    pub server: String,
    /// Its address and port.
    pub address: std::net::SocketAddr,
    /// What the connection had.
    #[serde(flatten)]
    pub assurance: Assurance,
    /// What it had to have, and who asked for it.
    #[serde(flatten)]
    pub requirement: Requirement,
    /// The protocol version.
    pub version: String,
    /// The cipher suite.
    pub suite: String,
    /// The key-exchange group.
    pub group: String,
    /// SHA-256 over the server's certificate, in hexadecimal digits.
    pub certificate_sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assurance::{Level, Minimum, Source};

    #[test]
    fn p6_what_is_kept_reads_back() {
        let protection = Protection::Exchange(Box::new(ExchangeProtection {
            server: "mx.kunde.example".into(),
            address: "192.0.2.1:25".parse().unwrap(),
            assurance: Assurance { level: Level::Dane, name_secure: true },
            requirement: Requirement { minimum: Minimum::Dane, source: Source::Dane },
            version: "TLSv1_3".into(),
            suite: "TLS13_AES_256_GCM_SHA384".into(),
            group: "X25519MLKEM768".into(),
            certificate_sha256: "00".into(),
        }));
        for outcome in [
            Outcome::Sent { reply: "250 ok".into(), protection, reports: true },
            Outcome::Sent { reply: "250 ok".into(), protection: Protection::Loopback, reports: false },
            Outcome::Deferred { reason: "421 busy".into() },
            Outcome::Unprotected { reason: "no STARTTLS".into(), because: vec![Code::NoStartTls] },
            Outcome::Refused { reason: "550 no".into(), status: "5.1.1".into() },
        ] {
            let attempt = Attempt::from(outcome);
            let text = serde_json::to_string(&attempt).unwrap();
            assert!(text.starts_with("{\"v\":1,\"result\":"), "{text}");
            assert_eq!(serde_json::from_str::<Attempt>(&text).unwrap(), attempt);
        }
    }
}

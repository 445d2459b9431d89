//! What was found out about how a domain's mail servers can be reached: the facts, and what follows from them (P1, P6).
//!
//! The same record serves the administrator, who wants every detail, the page that tells laypeople whether their provider is up to it, and the
//! story of an attempt. So it holds codes and values, no sentences; words are made where it is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Language,
    assurance::{Assurance, Level, Minimum, Published, Requirement, Wishes},
    route::{Channel, ProtectionClass, Route},
};

/// How far DNS proves an answer (RFC 4033 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dnssec {
    /// Signed, and the signatures hold.
    Secure,
    /// Not signed, and rightly so.
    Insecure,
    /// Should be signed, and the signatures do not hold.
    Bogus,
    /// No answer.
    Unavailable,
}

macro_rules! codes {
    ($($code:ident = $word:literal: $meaning:literal, $german:literal;)+) => {
        /// Why something is as it is. The words are stable: programs read them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $meaning] #[serde(rename = $word)] $code,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$code => $word,)+
                }
            }

            /// What it means.
            pub const fn meaning(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$code, Language::De) => $german,
                    (Self::$code, Language::En) => $meaning,)+
                }
            }
        }
    };
}

codes! {
    NullMx = "null_mx": "The domain takes no mail and says so (RFC 7505).",
        "Die Domain nimmt keine E-Mails an und sagt das auch.";
    NoSuchDomain = "no_such_domain": "The domain does not exist.",
        "Die Domain gibt es nicht.";
    AddressLiteral = "address_literal": "The address names a machine by its number, which no certificate proves.",
        "Die Adresse nennt einen Rechner nach seiner Nummer; die belegt kein Zertifikat.";
    LeadsBack = "leads_back": "Our own server is the domain's best.",
        "Unser eigener Server ist der beste der Domain.";
    MxUnavailable = "mx_unavailable": "The mail servers could not be looked up now.",
        "Die Mailserver ließen sich gerade nicht erfragen.";
    MxBogus = "mx_bogus": "The mail servers' names are signed, and the signatures do not hold.",
        "Die Namen der Mailserver sind signiert, aber die Signaturen stimmen nicht.";
    MxInsecure = "mx_insecure": "The mail servers' names are not signed: an attacker can name others.",
        "Die Namen der Mailserver sind nicht signiert: Ein Angreifer kann andere nennen.";
    NoAddress = "no_address": "The server has no address.",
        "Der Server hat keine Adresse.";
    AddressNotPublic = "address_not_public": "All its addresses lie in private networks or on this machine.",
        "Alle seine Adressen liegen in privaten Netzen oder auf diesem Rechner.";
    AddressUnavailable = "address_unavailable": "Its addresses could not be looked up now.",
        "Seine Adressen ließen sich gerade nicht erfragen.";
    AddressBogus = "address_bogus": "Its addresses are signed, and the signatures do not hold.",
        "Seine Adressen sind signiert, aber die Signaturen stimmen nicht.";
    TlsaUnavailable = "tlsa_unavailable": "Its TLSA records could not be looked up now: they may be there (RFC 7672 section 2.1).",
        "Seine TLSA-Einträge ließen sich gerade nicht erfragen: Es kann welche geben (RFC 7672, Abschnitt 2.1).";
    TlsaBogus = "tlsa_bogus": "Its TLSA records are signed, and the signatures do not hold.",
        "Seine TLSA-Einträge sind signiert, aber die Signaturen stimmen nicht.";
    TlsaUnusable = "tlsa_unusable": "None of its TLSA records can be used.",
        "Keiner seiner TLSA-Einträge ist verwendbar.";
    TlsaMismatch = "tlsa_mismatch": "None of its TLSA records names the certificate.",
        "Keiner seiner TLSA-Einträge nennt das Zertifikat.";
    ConnectFailed = "connect_failed": "Nobody answers.",
        "Niemand antwortet.";
    Protocol = "protocol": "The server does not speak SMTP as it must.",
        "Der Server spricht nicht SMTP, wie er muss.";
    Refused = "refused": "The server does not want to talk to us, for now or at all.",
        "Der Server will nicht mit uns sprechen, im Moment oder überhaupt.";
    NoStartTls = "no_starttls": "The server does not offer STARTTLS.",
        "Der Server bietet keine Verschlüsselung an (STARTTLS).";
    StartTlsRefused = "starttls_refused": "The server offers STARTTLS and then will not.",
        "Der Server bietet Verschlüsselung an (STARTTLS) und weist sie dann ab.";
    TlsFailed = "tls_failed": "The handshake failed.",
        "Die verschlüsselte Verbindung kam nicht zustande.";
    CertificateHostMismatch = "certificate_host_mismatch": "The certificate is for another name.",
        "Das Zertifikat gilt für einen anderen Namen.";
    CertificateExpired = "certificate_expired": "The certificate has expired.",
        "Das Zertifikat ist abgelaufen.";
    CertificateNotYetValid = "certificate_not_yet_valid": "The certificate is not valid yet.",
        "Das Zertifikat gilt noch nicht.";
    CertificateNotTrusted = "certificate_not_trusted": "The certificate leads to no trusted authority.",
        "Das Zertifikat führt zu keiner anerkannten Stelle.";
    CertificateInvalid = "certificate_invalid": "The certificate cannot be verified.",
        "Das Zertifikat lässt sich nicht prüfen.";
    CertificateKeyWeak = "certificate_key_weak": "The certificate's key is so short that others can find it out (RFC 9325 section 4.5).",
        "Der Schlüssel des Zertifikats ist so kurz, dass andere ihn herausfinden können.";
    StsAnnouncementInvalid = "sts_announcement_invalid": "The announcement of the MTA-STS policy is malformed.",
        "Die Ankündigung der MTA-STS-Richtlinie ist fehlerhaft.";
    StsFetchFailed = "sts_fetch_failed": "The policy could not be fetched.",
        "Die MTA-STS-Richtlinie ließ sich nicht abrufen.";
    StsWebpkiInvalid = "sts_webpki_invalid": "The policy's host shows a certificate that proves nothing.",
        "Der Webserver der MTA-STS-Richtlinie zeigt ein Zertifikat, das nichts belegt.";
    StsPolicyInvalid = "sts_policy_invalid": "The policy is malformed.",
        "Die MTA-STS-Richtlinie ist fehlerhaft.";
    StsNotCovered = "sts_not_covered": "The policy does not cover the server.",
        "Die MTA-STS-Richtlinie nennt den Server nicht.";
    BelowRequirement = "below_requirement": "The server is less protected than is required.",
        "Der Server ist weniger geschützt, als verlangt wird.";
}

/// What a code says about the question whether mail can be protected, the least weighty first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It keeps no mail away.
    Beside,
    /// There is no server to speak of.
    Nowhere,
    /// It may be over in a while.
    Passing,
    /// It stays until somebody mends it.
    Lasting,
}

impl Code {
    /// What it says about the question whether mail can be protected.
    pub const fn weight(self) -> Weight {
        match self {
            Self::NullMx
            | Self::NoSuchDomain
            | Self::AddressLiteral
            | Self::LeadsBack
            | Self::NoAddress
            | Self::AddressNotPublic => Weight::Nowhere,
            Self::MxUnavailable
            | Self::AddressUnavailable
            | Self::TlsaUnavailable
            | Self::ConnectFailed
            | Self::Protocol
            | Self::Refused => Weight::Passing,
            Self::MxInsecure
            | Self::StsAnnouncementInvalid
            | Self::StsFetchFailed
            | Self::StsWebpkiInvalid
            | Self::StsPolicyInvalid => Weight::Beside,
            Self::MxBogus
            | Self::AddressBogus
            | Self::TlsaBogus
            | Self::TlsaUnusable
            | Self::TlsaMismatch
            | Self::NoStartTls
            | Self::StartTlsRefused
            | Self::TlsFailed
            | Self::CertificateHostMismatch
            | Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::CertificateNotTrusted
            | Self::CertificateInvalid
            | Self::CertificateKeyWeak
            | Self::StsNotCovered
            | Self::BelowRequirement => Weight::Lasting,
        }
    }
}

/// A code with what was behind it, for administrators; never of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The code.
    pub code: Code,
    /// What was said or seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Fault {
    /// A fault with what was behind it.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self { code, detail: String::new() }
    }
}

/// All that was found out about a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The domain, in A-labels.
    pub domain: String,
    /// When.
    pub at: Timestamp,
    /// Whether the list of its mail servers is proved.
    pub mx_dnssec: Dnssec,
    /// Its mail servers, in the order in which they are tried.
    pub hosts: Vec<Host>,
    /// Its MTA-STS policy.
    pub mta_sts: MtaSts,
    /// What keeps mail from all of its servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its place in the list; lower is better. `None` where the domain itself stands in for a missing list.
    pub preference: Option<u16>,
    /// Its addresses.
    pub addresses: Vec<std::net::IpAddr>,
    /// Whether they are proved.
    pub dnssec: Dnssec,
    /// What signed DNS says of its certificate.
    pub tlsa: Tlsa,
    /// What was met.
    pub connection: Option<Connection>,
    /// How well a mail would be protected there; the least level where nothing could be.
    pub assurance: Assurance,
    /// What is wrong with it, whether or not it keeps mail away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// What DNS says of a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tlsa {
    /// Under which name, where that is not the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The records, as in a zone file.
    pub records: Vec<TlsaRecord>,
}

/// A TLSA record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsaRecord {
    /// As in a zone file: `3 1 1 8d02...`.
    pub record: String,
    /// Why it cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
    /// Whether it names the certificate that was shown.
    pub matches: bool,
}

/// A connection that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// To which address.
    pub address: std::net::SocketAddr,
    /// From which address of ours, if it is one that others can know us by: those of inner networks are translated on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<std::net::IpAddr>,
    /// TLS, if it came to that.
    pub tls: Option<Tls>,
}

/// What a handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// The version, such as `TLSv1_3`.
    pub version: String,
    /// The cipher suite.
    pub suite: String,
    /// The group of the key exchange.
    pub group: String,
    /// The server's certificate.
    pub certificate: Certificate,
}

/// A certificate, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 over the certificate, in hexadecimal digits.
    pub sha256: String,
    /// Who issued it, as the certificate writes it.
    pub issuer: String,
    /// The DNS names it is for.
    pub names: Vec<String>,
    /// From when it is valid.
    pub not_before: Option<Timestamp>,
    /// Until when it is valid.
    pub not_after: Option<Timestamp>,
    /// Kind and size of its key, such as `RSA 2048` or `EC 256`.
    pub key: String,
}

/// The MTA-STS policy of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MtaSts {
    /// It has none.
    None,
    /// Nobody asked, for DANE has the say at its servers (RFC 8461 section 2).
    NotAsked,
    /// It has this one.
    Policy {
        /// Its `id` in the announcement.
        id: String,
        /// `enforce`, `testing` or `none`.
        mode: String,
        /// The servers it covers.
        mx: Vec<String>,
        /// How long it may be kept, in seconds.
        max_age: u64,
    },
    /// It announces one that cannot be had.
    Failed {
        /// Why.
        fault: Fault,
    },
}

/// What would become of a message now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// By which channel it would go; `None` if none is left and it would be returned.
    pub channel: Option<Channel>,
    /// To which server, on the channel `direct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// How well it would be protected there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<Assurance>,
    /// What that server would have to have, and who asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<Requirement>,
    /// Why it does not go direct.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Code>,
}

impl Assessment {
    /// How well mail to this domain is protected: what the first server has that can be used at all, for that is where mail goes.
    pub fn assurance(&self) -> Assurance {
        let usable = self.hosts.iter().find(|host| host.assurance.level > Level::None);
        usable.map_or(Assurance { level: Level::None, name_secure: false }, |host| host.assurance)
    }

    /// What the destination asks for at one of its servers.
    pub fn published(&self, host: &Host) -> Published {
        let demanded = if self.mx_dnssec == Dnssec::Secure { Minimum::Dane } else { Minimum::Verified };
        let is_enforced = matches!(&self.mta_sts, MtaSts::Policy { mode, .. } if mode == "enforce");
        let has_usable = host.tlsa.records.iter().any(|record| record.unusable.is_none());
        Published { dane: has_usable.then_some(demanded), mta_sts: is_enforced }
    }

    /// What would become of a message of this class if nothing else is known of the destination.
    pub fn fate(&self, class: ProtectionClass, class_minimum: Minimum) -> Fate {
        let route = Route::of(class);
        let nowhere =
            Fate { channel: route.first(), host: None, assurance: None, requirement: None, because: Vec::new() };
        if route.first() != Some(Channel::Direct) {
            return nowhere;
        }
        let wishes = Wishes::of_class(class_minimum);
        let mut because: Vec<Code> = self.faults.iter().map(|fault| fault.code).collect();
        for host in &self.hosts {
            let requirement = Requirement::of(&wishes, self.published(host), self.at);
            if requirement.is_met_by(host.assurance) {
                return Fate {
                    channel: Some(Channel::Direct),
                    host: Some(host.name.clone()),
                    assurance: Some(host.assurance),
                    requirement: Some(requirement),
                    because: Vec::new(),
                };
            }
            because.extend(host.faults.iter().map(|fault| fault.code));
            if host.assurance.level > Level::None {
                because.push(Code::BelowRequirement);
            }
        }
        because.sort_unstable();
        because.dedup();
        Fate { channel: route.after(Channel::Direct), because, ..nowhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, level: Level, record: Option<TlsaRecord>) -> Host {
        Host {
            name: name.into(),
            preference: Some(10),
            addresses: Vec::new(),
            dnssec: Dnssec::Secure,
            tlsa: Tlsa { base: None, records: record.into_iter().collect() },
            connection: None,
            assurance: Assurance { level, name_secure: true },
            faults: vec![Code::CertificateNotTrusted.into()],
        }
    }

    fn record(matches: bool) -> TlsaRecord {
        TlsaRecord { record: "3 1 1 00".into(), unusable: None, matches }
    }

    fn assessment(hosts: Vec<Host>) -> Assessment {
        Assessment {
            domain: "kunde.example".into(),
            at: Timestamp::UNIX_EPOCH,
            mx_dnssec: Dnssec::Secure,
            hosts,
            mta_sts: MtaSts::None,
            faults: Vec::new(),
        }
    }

    fn fate(assessment: &Assessment) -> Fate {
        assessment.fate(ProtectionClass::Ordinary, Minimum::Encrypted)
    }

    #[test]
    fn words_of_codes_are_told_and_read_alike() {
        for code in Code::ALL {
            let word = serde_json::to_string(code).unwrap();
            assert_eq!(word, format!("\"{}\"", code.word()));
            assert_eq!(serde_json::from_str::<Code>(&word).unwrap(), *code);
        }
    }

    #[test]
    fn c3_the_first_server_that_is_good_enough_takes_the_mail() {
        let hosts = vec![
            host("silent.example", Level::None, None),
            host("forged.example", Level::Encrypted, Some(record(false))),
            host("plain.example", Level::Encrypted, None),
            host("best.example", Level::Dane, Some(record(true))),
        ];
        let fate = fate(&assessment(hosts));
        assert_eq!((fate.channel, fate.host.as_deref()), (Some(Channel::Direct), Some("plain.example")));
    }

    #[test]
    fn c3_without_such_a_server_it_is_deposited_and_says_why() {
        let hosts = vec![
            host("silent.example", Level::None, None),
            host("forged.example", Level::Encrypted, Some(record(false))),
        ];
        let fate = fate(&assessment(hosts));
        assert_eq!(fate.channel, Some(Channel::Deposit));
        assert_eq!(fate.because, [Code::CertificateNotTrusted, Code::BelowRequirement]);
    }

    #[test]
    fn c2_special_is_deposited_however_good_the_server() {
        let best = assessment(vec![host("best.example", Level::Dane, Some(record(true)))]);
        assert_eq!(best.fate(ProtectionClass::Special, Minimum::Encrypted).channel, Some(Channel::Deposit));
    }

    #[test]
    fn a_policy_in_force_shuts_out_what_it_does_not_cover() {
        let mut verified = assessment(vec![host("mx.example", Level::Verified, None)]);
        assert_eq!(fate(&verified).channel, Some(Channel::Direct));
        let policy = |mode: &str| MtaSts::Policy { id: "1".into(), mode: mode.into(), mx: Vec::new(), max_age: 1 };
        verified.mta_sts = policy("testing");
        assert_eq!(fate(&verified).channel, Some(Channel::Direct));
        verified.mta_sts = policy("enforce");
        assert_eq!(fate(&verified).channel, Some(Channel::Deposit));
    }

    #[test]
    fn a_match_is_demanded_where_the_list_of_servers_is_not_proved_too() {
        let mut unproved = assessment(vec![host("forged.example", Level::Encrypted, Some(record(false)))]);
        unproved.mx_dnssec = Dnssec::Insecure;
        assert_eq!(fate(&unproved).channel, Some(Channel::Deposit));
        unproved.hosts = vec![host("good.example", Level::Verified, Some(record(true)))];
        assert_eq!(fate(&unproved).channel, Some(Channel::Direct));
    }
}

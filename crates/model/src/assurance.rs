//! How well a connection to another mail server is protected, how well it has to be, and whether that is enough (P1, C3, C6).
//!
//! Three things are kept apart. A [`Level`] is what one connection *had*; only who verified it may say so. A [`Requirement`] is what a delivery
//! *needs* at its destination: the highest of what several sources ask for, each with its [`Source`], so that a refusal can be explained. And
//! [`Requirement::is_met_by`] compares the two. A requirement has no value for "in clear": nothing that anybody configures, records or excepts can
//! ask for less than TLS.
//!
//! # Memory
//!
//! Where a destination has shown how well it can be reached, it is held to that: the *memory*. An attacker who strips signatures or blocks a policy
//! would else get the mail after all. A person can end a memory, or grant an [exception](Exception), with a name and a reason; both lower what the house
//! itself asks for, never what the destination has published.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What protected a connection, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing: there was no TLS. Nothing is ever sent so.
    None,
    /// TLS 1.2 or better with somebody: the certificate proves nothing, so only listeners are kept out.
    Encrypted,
    /// The certificate is for the server's name and comes from an authority that is trusted. The name itself may be an attacker's, unless DNS was secure.
    Verified,
    /// The same, and a policy that was fetched from the domain over HTTPS covers the name (RFC 8461).
    MtaSts,
    /// Name and certificate are published in signed DNS (RFC 7672).
    Dane,
}

impl Level {
    /// Every level, weakest first.
    pub const ALL: [Self; 5] = [Self::None, Self::Encrypted, Self::Verified, Self::MtaSts, Self::Dane];

    /// The word in the database, in configuration and in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Encrypted => "encrypted",
            Self::Verified => "verified",
            Self::MtaSts => "mta_sts",
            Self::Dane => "dane",
        }
    }

    /// The level with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// What a connection has to have at least. There is none for "in clear".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Minimum {
    /// TLS with whomever.
    #[default]
    Encrypted,
    /// A certificate that proves the name.
    Verified,
    /// A name that a policy covers, too.
    MtaSts,
    /// Signed DNS.
    Dane,
}

impl Minimum {
    /// Every minimum, weakest first.
    pub const ALL: [Self; 4] = [Self::Encrypted, Self::Verified, Self::MtaSts, Self::Dane];

    /// The least level that meets it.
    pub const fn level(self) -> Level {
        match self {
            Self::Encrypted => Level::Encrypted,
            Self::Verified => Level::Verified,
            Self::MtaSts => Level::MtaSts,
            Self::Dane => Level::Dane,
        }
    }

    /// The word in the database and in configuration.
    pub const fn word(self) -> &'static str {
        self.level().word()
    }

    /// The minimum with this word; `none` is no minimum.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|minimum| minimum.word() == word)
    }

    /// The most that can be asked of a destination which reached `level`.
    pub fn up_to(level: Level) -> Option<Self> {
        Self::ALL.into_iter().rfind(|minimum| minimum.level() <= level)
    }
}

/// A connection's protection: its level, and whether the way to the server's name was secure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assurance {
    /// What protected it.
    pub level: Level,
    /// Whether the MX and address records came by answers that DNSSEC proves.
    pub name_secure: bool,
}

impl Assurance {
    /// Whether this is qualified transport encryption, as the German data-protection authorities use the word (DSK, guidance of 16 June 2021):
    /// authenticated, and the name of the server proven by DNSSEC. MTA-STS without DNSSEC is not.
    pub fn is_qualified(self) -> bool {
        self.name_secure && self.level >= Level::Verified
    }
}

/// Who asks for a minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The protection class of the message, and the law behind it.
    Class,
    /// The configuration, for this destination.
    Configured,
    /// What the destination had before.
    Memory,
    /// REQUIRETLS of the message (RFC 8689 section 4.2.1).
    RequireTls,
    /// A policy of the destination in mode `enforce` (RFC 8461).
    MtaSts,
    /// TLSA records of the destination (RFC 7672).
    Dane,
}

/// An administrator's decision to ask less of a destination for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What is still asked for.
    pub minimum: Minimum,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub author: String,
    /// From when it holds.
    pub from: Timestamp,
    /// From when it holds no more.
    pub until: Timestamp,
}

impl Exception {
    /// Whether it holds now.
    pub fn holds(&self, now: Timestamp) -> bool {
        (self.from..self.until).contains(&now)
    }
}

/// What the house itself asks of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// The least for the protection class of the message. A notice has that of an ordinary message: its link opens a mailbox.
    pub class_minimum: Minimum,
    /// The least for this destination, if configured.
    pub configured: Option<Minimum>,
    /// What the destination had before, if it is known well enough.
    pub memory: Option<Minimum>,
    /// Whether the message asks for REQUIRETLS.
    pub require_tls: bool,
    /// An exception for this destination.
    pub exception: Option<Exception>,
}

impl Wishes {
    /// This minimum, and nothing else.
    pub const fn of_class(class_minimum: Minimum) -> Self {
        Self { class_minimum, configured: None, memory: None, require_tls: false, exception: None }
    }
}

/// What the destination asks for, as found by this attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Published {
    /// What its TLSA records ask for, if any can be used: [`Minimum::Dane`], or [`Minimum::Verified`] where the list of mail servers is not proved, so that
    /// they prove the host only (RFC 7672 section 2.2.1).
    pub dane: Option<Minimum>,
    /// A policy in mode `enforce`.
    pub mta_sts: bool,
}

/// What a connection needs, and who asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Requirement {
    /// The least that is enough.
    pub minimum: Minimum,
    /// Who asks for that much; the strictest source, where several do.
    pub source: Source,
}

impl Requirement {
    /// The highest of all that is asked for.
    ///
    /// An exception lowers what is configured and what is remembered. What the class, the message and the destination ask for stays.
    pub fn of(wishes: &Wishes, published: Published, now: Timestamp) -> Self {
        let excepted =
            wishes.exception.as_ref().filter(|exception| exception.holds(now)).map(|exception| exception.minimum);
        let lowered = |minimum: Minimum| excepted.map_or(minimum, |excepted| minimum.min(excepted));
        let ask = |source, minimum: Option<Minimum>| minimum.map(|minimum| Self { minimum, source });
        let when = |asked: bool, minimum| asked.then_some(minimum);
        let class = Self { minimum: wishes.class_minimum, source: Source::Class };
        [
            ask(Source::Configured, wishes.configured.map(lowered)),
            ask(Source::Memory, wishes.memory.map(lowered)),
            ask(Source::RequireTls, when(wishes.require_tls, Minimum::Verified)),
            // DANE takes the place of MTA-STS (RFC 8461 section 2), so both are never asked for at once.
            ask(Source::MtaSts, when(published.mta_sts && published.dane != Some(Minimum::Dane), Minimum::MtaSts)),
            ask(Source::Dane, published.dane),
        ]
        .into_iter()
        .flatten()
        .fold(class, Self::max)
    }

    /// Whether a connection is good enough.
    pub fn is_met_by(self, had: Assurance) -> bool {
        had.level >= self.minimum.level()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn wishes() -> Wishes {
        Wishes::of_class(Minimum::Encrypted)
    }

    fn options<T: Copy>(values: &[T]) -> impl Iterator<Item = Option<T>> + Clone {
        std::iter::once(None).chain(values.iter().copied().map(Some)).collect::<Vec<_>>().into_iter()
    }

    fn exception(minimum: Minimum) -> Exception {
        let until = "1970-01-02T00:00:00Z".parse().unwrap();
        Exception { minimum, reason: "their new server".into(), author: "admin".into(), from: NOW, until }
    }

    /// P1: whatever is configured, remembered, excepted or published, a connection in clear meets no requirement.
    #[test]
    fn p1_nothing_permits_clear_text() {
        let mut cases = 0;
        for class_minimum in Minimum::ALL {
            for configured in options(&Minimum::ALL) {
                for memory in options(&Minimum::ALL) {
                    for excepted in options(&Minimum::ALL) {
                        for bits in 0..12 {
                            let wishes = Wishes {
                                class_minimum,
                                configured,
                                memory,
                                require_tls: bits & 1 > 0,
                                exception: excepted.map(exception),
                            };
                            let published = Published {
                                dane: [None, Some(Minimum::Verified), Some(Minimum::Dane)][bits / 4],
                                mta_sts: bits & 2 > 0,
                            };
                            let requirement = Requirement::of(&wishes, published, NOW);
                            let clear = Assurance { level: Level::None, name_secure: true };
                            assert!(!requirement.is_met_by(clear));
                            assert!(requirement.minimum >= class_minimum);
                            assert!(Some(requirement.minimum) >= published.dane);
                            assert!(!published.mta_sts || requirement.minimum >= Minimum::MtaSts);
                            assert!(!wishes.require_tls || requirement.minimum >= Minimum::Verified);
                            assert!(excepted.is_some() || Some(requirement.minimum) >= memory.max(configured));
                            cases += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(cases, 4 * 5 * 5 * 5 * 12);
    }

    #[test]
    fn c6_what_was_seen_before_is_asked_for_until_somebody_decides() {
        let remembered = Wishes { memory: Some(Minimum::Verified), ..wishes() };
        let weaker = Assurance { level: Level::Encrypted, name_secure: false };
        let requirement = Requirement::of(&remembered, Published::default(), NOW);
        assert_eq!(requirement, Requirement { minimum: Minimum::Verified, source: Source::Memory });
        assert!(!requirement.is_met_by(weaker));
        let exception = exception(Minimum::Encrypted);
        let excepted = Wishes { exception: Some(exception.clone()), ..remembered };
        assert!(Requirement::of(&excepted, Published::default(), NOW).is_met_by(weaker));
        for at in [exception.until, "1969-12-31T23:59:59Z".parse().unwrap()] {
            assert!(!Requirement::of(&excepted, Published::default(), at).is_met_by(weaker), "{at}");
        }
        let published = Published { mta_sts: true, dane: None };
        let requirement = Requirement::of(&excepted, published, NOW);
        assert_eq!(requirement, Requirement { minimum: Minimum::MtaSts, source: Source::MtaSts });
    }

    #[test]
    fn dane_takes_the_place_of_mta_sts() {
        let both = Requirement::of(&wishes(), Published { dane: Some(Minimum::Dane), mta_sts: true }, NOW);
        assert_eq!(both, Requirement { minimum: Minimum::Dane, source: Source::Dane });
        assert!(!both.is_met_by(Assurance { level: Level::MtaSts, name_secure: true }));
    }

    #[test]
    fn qualified_needs_a_proven_name_and_a_proven_server() {
        for level in Level::ALL {
            assert!(!Assurance { level, name_secure: false }.is_qualified());
            assert_eq!(Assurance { level, name_secure: true }.is_qualified(), level >= Level::Verified);
        }
    }

    #[test]
    fn words_read_back_and_none_is_no_minimum() {
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.word()), Some(level));
            assert_eq!(Minimum::up_to(level).map(Minimum::level), (level != Level::None).then_some(level));
        }
        for minimum in Minimum::ALL {
            assert_eq!(Minimum::from_word(minimum.word()), Some(minimum));
            assert_eq!(serde_json::to_string(&minimum).unwrap(), format!("\"{}\"", minimum.word()));
        }
        assert_eq!(Minimum::from_word("none"), None);
        assert!(serde_json::from_str::<Minimum>("\"none\"").is_err());
    }
}

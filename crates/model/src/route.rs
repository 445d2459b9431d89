//! The way of a delivery: how well a message must be protected, and by which channels it may go.

use serde::{Deserialize, Serialize};

/// How well a message must be protected [C1]. `Special` is higher; of several classes the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProtectionClass {
    /// May travel as e-mail on a verified, encrypted connection.
    #[default]
    Ordinary,
    /// Data that law or contract protects specially, such as health data: never goes direct [C2].
    Special,
}

impl ProtectionClass {
    /// The word in the database, in headers and in configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Special => "special",
        }
    }

    /// The class with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ordinary, Self::Special].into_iter().find(|class| class.word() == word)
    }
}

/// A way by which a message reaches its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Ordinary e-mail, on a TLS connection to the recipient's server.
    Direct,
    /// Held, sealed, in the recipient's mailbox.
    Deposit,
    /// A printed letter.
    Letter,
}

impl Channel {
    /// The word in the database and in configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Deposit => "deposit",
            Self::Letter => "letter",
        }
    }

    /// The channel with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Direct, Self::Deposit, Self::Letter].into_iter().find(|channel| channel.word() == word)
    }
}

/// Why a channel stands in a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepReason {
    /// An ordinary message goes the fastest way that is encrypted [C3].
    OrdinaryGoesDirect,
    /// The step before could not be taken safely [C3].
    DirectNotPossible,
    /// A special message is deposited [C2].
    SpecialIsDeposited,
    /// The recipient is the organisation's own postmaster, reached by its own server.
    OwnPostmaster,
}

/// One channel of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteStep {
    /// The channel to try.
    pub channel: Channel,
    /// Why it stands here.
    pub reason: StepReason,
}

/// The channels a delivery may take, in the order in which they are tried. A channel that is missing is forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The steps, first to last.
    pub steps: Vec<RouteStep>,
}

impl Route {
    /// The route of a message of `class`: special is deposited [C2]; ordinary goes direct, else it is deposited [C3].
    pub fn of(class: ProtectionClass) -> Self {
        let step = |channel, reason| RouteStep { channel, reason };
        let steps = match class {
            ProtectionClass::Special => vec![step(Channel::Deposit, StepReason::SpecialIsDeposited)],
            ProtectionClass::Ordinary => vec![
                step(Channel::Direct, StepReason::OrdinaryGoesDirect),
                step(Channel::Deposit, StepReason::DirectNotPossible),
            ],
        };
        Self { steps }
    }

    /// The route of mail to the organisation's own postmaster: to its own server, whatever its class, and nowhere else.
    pub fn within_the_house() -> Self {
        Self { steps: vec![RouteStep { channel: Channel::Direct, reason: StepReason::OwnPostmaster }] }
    }

    /// Whether the route allows `channel`.
    pub fn allows(&self, channel: Channel) -> bool {
        self.steps.iter().any(|step| step.channel == channel)
    }

    /// The channel to try first.
    pub fn first(&self) -> Option<Channel> {
        self.steps.first().map(|step| step.channel)
    }

    /// The channel to try after `channel`, if there is one.
    pub fn after(&self, channel: Channel) -> Option<Channel> {
        self.steps.iter().skip_while(|step| step.channel != channel).nth(1).map(|step| step.channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_never_goes_direct_c2() {
        let route = Route::of(ProtectionClass::Special);
        assert!(!route.allows(Channel::Direct));
        assert_eq!(route.first(), Some(Channel::Deposit));
        assert_eq!(route.after(Channel::Deposit), None);
    }

    #[test]
    fn ordinary_goes_direct_then_deposit_c3() {
        let route = Route::of(ProtectionClass::Ordinary);
        assert_eq!(route.first(), Some(Channel::Direct));
        assert_eq!(route.after(Channel::Direct), Some(Channel::Deposit));
        assert_eq!(route.after(Channel::Letter), None);
    }

    #[test]
    fn the_highest_class_is_special() {
        assert!(ProtectionClass::Special > ProtectionClass::Ordinary);
        assert_eq!(ProtectionClass::from_word("special"), Some(ProtectionClass::Special));
        assert_eq!(Channel::from_word("direct"), Some(Channel::Direct));
        assert_eq!(ProtectionClass::from_word("Special"), None);
    }
}

//! What an [assessment](crate::assessment) comes to for people who know nothing of mail servers, and for those who run them (P6).
//!
//! An assessment tells an administrator everything. The public page may not: what lies behind it, such as which names are known inside the
//! organisation's own network, is nobody's business. So the page gets a [`Finding`]: one [`Verdict`], what would become of mail, and what the people
//! who run the servers can mend. Whatever would tell a name that leads into an inner network from one that leads nowhere is left out.

use std::collections::BTreeMap;

use crate::{
    assessment::{Assessment, Code, MtaSts, Weight},
    assurance::{Assurance, Level, Minimum},
    route::{Channel, ProtectionClass},
};

/// Servers named beside one weakness; further ones are counted.
pub const HOSTS_NAMED_MAX: usize = 3;

/// How well mail to a provider is protected, in words that everybody understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Encrypted, and server and way to it are proved: qualified transport encryption.
    Proven,
    /// Encrypted, and the server has proved its name.
    Verified,
    /// Encrypted, and whoever takes the mail has proved nothing.
    Encrypted,
    /// Nothing is sent there directly: encryption cannot be had, or less of it than the provider promises.
    Unprotected,
    /// Nobody takes mail for this name.
    NoMail,
    /// It cannot be told now.
    Unknown,
    /// The organisation's own domain.
    Own,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Self; 7] =
        [Self::Proven, Self::Verified, Self::Encrypted, Self::Unprotected, Self::NoMail, Self::Unknown, Self::Own];

    const fn of(assurance: Assurance) -> Self {
        match assurance.level {
            Level::None => Self::Unprotected,
            Level::Encrypted => Self::Encrypted,
            Level::Verified | Level::MtaSts | Level::Dane if assurance.name_secure => Self::Proven,
            Level::Verified | Level::MtaSts | Level::Dane => Self::Verified,
        }
    }
}

/// Something that the people who run the servers can mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// What.
    pub code: Code,
    /// At which servers, up to [`HOSTS_NAMED_MAX`]; none where it concerns the domain itself.
    pub hosts: Vec<String>,
    /// At how many further ones.
    pub hosts_beyond: usize,
}

/// What can be told about a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In one word.
    pub verdict: Verdict,
    /// By which channels ordinary and special messages would go, where that can be told.
    pub ways: Option<Ways>,
    /// What can be mended.
    pub weaknesses: Vec<Weakness>,
}

/// By which channels messages would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// An ordinary one.
    pub ordinary: Channel,
    /// A special one.
    pub special: Channel,
}

impl Finding {
    /// A verdict without anything behind it.
    pub const fn bare(verdict: Verdict) -> Self {
        Self { verdict, ways: None, weaknesses: Vec::new() }
    }

    /// What an assessment comes to, where ordinary messages need `class_minimum`.
    pub fn of(assessment: &Assessment, class_minimum: Minimum) -> Self {
        let ordinary = assessment.fate(ProtectionClass::Ordinary, class_minimum);
        let special = assessment.fate(ProtectionClass::Special, class_minimum);
        let verdict = match ordinary.assurance {
            Some(assurance) => Verdict::of(assurance),
            None => why_not(&ordinary.because),
        };
        let told = matches!(verdict, Verdict::Proven | Verdict::Verified | Verdict::Encrypted | Verdict::Unprotected);
        if !told {
            return Self::bare(verdict);
        }
        let ways = ordinary.channel.zip(special.channel).map(|(ordinary, special)| Ways { ordinary, special });
        Self { verdict, ways, weaknesses: weaknesses(assessment) }
    }
}

/// What it means that nothing would be sent directly, from all that stands in the way. One lasting reason is enough for a "no".
fn why_not(because: &[Code]) -> Verdict {
    let any = |weight| because.iter().any(|code| code.weight() == weight);
    if any(Weight::Lasting) {
        Verdict::Unprotected
    } else if any(Weight::Passing) || !any(Weight::Nowhere) {
        Verdict::Unknown
    } else {
        Verdict::NoMail
    }
}

/// What can be mended, each once, with the servers that it concerns.
fn weaknesses(assessment: &Assessment) -> Vec<Weakness> {
    let mut found: BTreeMap<Code, Vec<&str>> = BTreeMap::new();
    let policy = match &assessment.mta_sts {
        MtaSts::Failed { fault } => Some(fault),
        MtaSts::None | MtaSts::NotAsked | MtaSts::Policy { .. } => None,
    };
    for fault in assessment.faults.iter().chain(policy) {
        found.entry(fault.code).or_default();
    }
    for host in &assessment.hosts {
        for fault in &host.faults {
            found.entry(fault.code).or_default().push(&host.name);
        }
    }
    // What follows from others is no weakness of its own.
    let is_told = |code: Code| code.weight() != Weight::Nowhere && code != Code::BelowRequirement;
    let told = found.into_iter().filter(|(code, _)| is_told(*code));
    told.map(|(code, hosts)| Weakness {
        code,
        hosts: hosts.iter().take(HOSTS_NAMED_MAX).map(|host| (*host).to_owned()).collect(),
        hosts_beyond: hosts.len().saturating_sub(HOSTS_NAMED_MAX),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::{Dnssec, Fault, Host, Tlsa};

    fn host(name: &str, level: Level, name_secure: bool, faults: &[Code]) -> Host {
        Host {
            name: name.into(),
            preference: Some(10),
            addresses: Vec::new(),
            dnssec: Dnssec::Insecure,
            tlsa: Tlsa::default(),
            connection: None,
            assurance: Assurance { level, name_secure },
            faults: faults.iter().map(|code| Fault::from(*code)).collect(),
        }
    }

    fn assessment(hosts: Vec<Host>, faults: &[Code]) -> Assessment {
        Assessment {
            domain: "kunde.example".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            mx_dnssec: Dnssec::Insecure,
            hosts,
            mta_sts: MtaSts::None,
            faults: faults.iter().map(|code| Fault::from(*code)).collect(),
        }
    }

    fn finding(hosts: Vec<Host>, faults: &[Code]) -> Finding {
        Finding::of(&assessment(hosts, faults), Minimum::Encrypted)
    }

    #[test]
    fn c3_levels_become_verdicts_and_ways() {
        for (level, name_secure, verdict) in [
            (Level::Dane, true, Verdict::Proven),
            (Level::Verified, true, Verdict::Proven),
            (Level::MtaSts, false, Verdict::Verified),
            (Level::Verified, false, Verdict::Verified),
            (Level::Encrypted, true, Verdict::Encrypted),
            (Level::Encrypted, false, Verdict::Encrypted),
        ] {
            let found = finding(vec![host("mx.example", level, name_secure, &[])], &[]);
            assert_eq!(found.verdict, verdict, "{level:?}, {name_secure}");
            assert_eq!(found.ways, Some(Ways { ordinary: Channel::Direct, special: Channel::Deposit }));
        }
        let clear = finding(vec![host("mx.example", Level::None, false, &[Code::NoStartTls])], &[Code::MxInsecure]);
        assert_eq!(clear.verdict, Verdict::Unprotected);
        assert_eq!(clear.ways, Some(Ways { ordinary: Channel::Deposit, special: Channel::Deposit }), "C2, C3");
    }

    #[test]
    fn less_than_the_provider_promises_is_no() {
        let mut promised = assessment(vec![host("mx.example", Level::Encrypted, false, &[Code::StsNotCovered])], &[]);
        let policy = MtaSts::Policy { id: "1".into(), mode: "enforce".into(), mx: Vec::new(), max_age: 1 };
        promised.mta_sts = policy;
        let found = Finding::of(&promised, Minimum::Encrypted);
        assert_eq!(found.verdict, Verdict::Unprotected);
        let codes: Vec<Code> = found.weaknesses.iter().map(|weakness| weakness.code).collect();
        assert_eq!(codes, [Code::StsNotCovered], "what follows from it is not told as well");
    }

    #[test]
    fn what_may_pass_is_no_verdict_and_one_lasting_reason_is() {
        let down = |code| host("mx.example", Level::None, false, &[code]);
        let unknown = finding(vec![down(Code::ConnectFailed), down(Code::TlsaUnavailable)], &[Code::MxInsecure]);
        assert_eq!(unknown, Finding::bare(Verdict::Unknown));
        assert_eq!(finding(Vec::new(), &[Code::MxUnavailable]), Finding::bare(Verdict::Unknown));
        assert_eq!(finding(Vec::new(), &[]), Finding::bare(Verdict::Unknown), "nothing known is nothing known");
        let both = finding(vec![down(Code::ConnectFailed), down(Code::NoStartTls)], &[]);
        assert_eq!(both.verdict, Verdict::Unprotected);
        assert_eq!(finding(Vec::new(), &[Code::MxBogus]).verdict, Verdict::Unprotected);
    }

    /// P7: whoever asks for names of the inner network is told the same for those that are there and those that are not.
    #[test]
    fn p7_names_of_the_inner_network_are_like_names_that_do_not_exist() {
        let nowhere = finding(Vec::new(), &[Code::NoSuchDomain]);
        assert_eq!(nowhere, Finding::bare(Verdict::NoMail));
        for code in [Code::AddressNotPublic, Code::NoAddress] {
            let inner = host("intranet.example", Level::None, false, &[code]);
            assert_eq!(finding(vec![inner], &[Code::MxInsecure]), nowhere, "{code:?}");
        }
        for code in [Code::NullMx, Code::LeadsBack, Code::AddressLiteral] {
            assert_eq!(finding(Vec::new(), &[code]), nowhere, "{code:?}");
        }
        let beside = host("intranet.example", Level::None, false, &[Code::AddressNotPublic]);
        let found = finding(vec![host("mx.example", Level::Verified, false, &[]), beside], &[]);
        assert_eq!(found.weaknesses, [], "nor is one told beside a server that is reached");
    }

    #[test]
    fn a_weakness_names_so_many_servers_and_no_more() {
        let hosts = |count: usize| {
            (0..count)
                .map(|number| {
                    host(&format!("mx{number}.example"), Level::Encrypted, false, &[Code::CertificateExpired])
                })
                .collect()
        };
        let at_most = finding(hosts(HOSTS_NAMED_MAX), &[Code::MxInsecure]);
        assert_eq!(at_most.weaknesses[0], Weakness { code: Code::MxInsecure, hosts: Vec::new(), hosts_beyond: 0 });
        assert_eq!((at_most.weaknesses[1].hosts.len(), at_most.weaknesses[1].hosts_beyond), (HOSTS_NAMED_MAX, 0));
        let beyond = finding(hosts(HOSTS_NAMED_MAX + 2), &[]);
        assert_eq!((beyond.weaknesses[0].hosts.len(), beyond.weaknesses[0].hosts_beyond), (HOSTS_NAMED_MAX, 2));
    }

    #[test]
    fn a_policy_that_cannot_be_had_is_a_weakness_and_keeps_no_mail_away() {
        let mut broken = assessment(vec![host("mx.example", Level::Verified, false, &[])], &[]);
        broken.mta_sts = MtaSts::Failed { fault: Code::StsFetchFailed.into() };
        let found = Finding::of(&broken, Minimum::Encrypted);
        assert_eq!((found.verdict, found.weaknesses[0].code), (Verdict::Verified, Code::StsFetchFailed));
    }
}

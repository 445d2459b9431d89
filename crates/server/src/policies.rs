//! The MTA-STS policies that the portal serves, from configuration to settings, and what is unwise about them.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, ensure};
use resolve::{Lookup, MailServers, Name, Resolver};
use wire::{
    address::Domain,
    mta_sts::{MAX_AGE_MAX, Mode, Pattern, Policy, policy_host},
};

use crate::{
    assemble::portal_host,
    config::{Config, transport::MtaSts},
    transport,
};

/// A policy that is kept for less protects against nobody who can wait.
const MAX_AGE_SOUND: Duration = Duration::from_hours(24);
/// How long `check` waits for the list of a domain's mail servers.
const LOOKUP_MAX: Duration = Duration::from_secs(5);

/// Reads every `[[mta_sts]]`.
pub(crate) fn policies(config: &Config) -> anyhow::Result<BTreeMap<Domain, Policy>> {
    let mut policies = BTreeMap::new();
    for section in &config.mta_sts {
        let what = || format!("mta_sts: {}", section.domain);
        let domain = Domain::parse(&section.domain).with_context(what)?;
        ensure!(
            portal_host(config) != policy_host(&domain),
            "{}: the portal itself is at {}",
            what(),
            policy_host(&domain)
        );
        let policy = policy(section).with_context(what)?;
        ensure!(policies.insert(domain, policy).is_none(), "{}: the domain has two policies", what());
    }
    Ok(policies)
}

fn policy(section: &MtaSts) -> anyhow::Result<Policy> {
    let mode = Mode::from_word(&section.mode).context("mode is enforce, testing or none")?;
    let max_age = Duration::from_secs(section.max_age_seconds);
    let most = MAX_AGE_MAX.as_secs();
    ensure!((1..=most).contains(&section.max_age_seconds), "max_age_seconds can be 1 to {most}");
    let patterns = section.mx.iter().map(|mx| {
        Pattern::parse(mx).with_context(|| format!("mx: {mx} is neither a mail server's name nor *. before a domain"))
    });
    let policy = Policy { mode, max_age, patterns: patterns.collect::<anyhow::Result<_>>()? };
    // What servers read is what counts.
    Policy::parse(policy.to_string().as_bytes()).map_err(Into::into)
}

/// What is unwise, as far as the configuration tells.
pub(crate) fn warnings(config: &Config) -> Vec<String> {
    let Ok(policies) = policies(config) else { return Vec::new() };
    let mut warnings = Vec::new();
    for (domain, policy) in &policies {
        match policy.mode {
            Mode::Enforce => {}
            Mode::Testing => {
                warnings.push(format!("mta_sts: {domain}: mode testing protects nothing yet; raise it to enforce"));
            }
            Mode::None => warnings.push(format!(
                "mta_sts: {domain}: mode none ends the policy; leave it so until the last max_age_seconds is over"
            )),
        }
        if policy.mode != Mode::None && policy.max_age < MAX_AGE_SOUND {
            let seconds = policy.max_age.as_secs();
            warnings.push(format!(
                "mta_sts: {domain}: after {seconds} seconds the policy is forgotten, and an attacker can wait that long"
            ));
        }
    }
    warnings
}

/// Mail servers of the domains that the policies do not cover; or that this could not be looked up.
pub(crate) async fn left_out(config: &Config, folder: &Path) -> Vec<String> {
    let Ok(policies) = policies(config) else { return Vec::new() };
    let policies = policies.iter().filter(|(_, policy)| policy.mode != Mode::None);
    let mut warnings = Vec::new();
    for (domain, policy) in policies {
        let servers = match transport::resolver(&config.dns, folder) {
            Ok(resolver) => tokio::time::timeout(LOOKUP_MAX, servers(&resolver, domain)).await.ok().flatten(),
            Err(_) => None,
        };
        match servers {
            None => warnings.push(format!("mta_sts: the mail servers of {domain} could not be looked up; run doctor")),
            Some(servers) => warnings.extend(servers.iter().filter(|host| !policy.covers(host)).map(|host| {
                let word = policy.mode.word();
                format!("mta_sts: {domain}: its mail server {host} is not covered (mode {word}); add it to mx")
            })),
        }
    }
    warnings
}

/// `None` where nobody can tell.
async fn servers(resolver: &Resolver, domain: &Domain) -> Option<Vec<Domain>> {
    match resolver.mx(&Name::parse(domain.as_str()).ok()?).await {
        Lookup::Found { records: MailServers::Listed(hosts), .. } => {
            Some(hosts.iter().filter_map(|mx| Domain::parse(&mx.host.to_string()).ok()).collect())
        }
        Lookup::Found { records: MailServers::Implicit, .. } => Some(vec![domain.clone()]),
        Lookup::Found { records: MailServers::Null, .. } | Lookup::Nothing { .. } => Some(Vec::new()),
        Lookup::Failed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, reference::REFERENCE};

    fn with(sections: &str) -> Config {
        let (before, after) = REFERENCE.split_once("[[mta_sts]]").unwrap();
        let (_, after) = after.split_once("\n\n").unwrap();
        config::parse(&format!("{before}{sections}\n\n{after}")).unwrap()
    }

    fn section(more: &str) -> String {
        format!("[[mta_sts]]\ndomain = \"a.example\"\n{more}\n")
    }

    #[test]
    fn policies_are_read_and_mistakes_named() {
        let read = policies(&with(&section("mode = \"enforce\"\nmx = [\"mx.a.example\", \"*.b.example\"]"))).unwrap();
        let policy = read.values().next().unwrap();
        assert_eq!((policy.mode, policy.patterns.len(), policy.max_age.as_secs()), (Mode::Enforce, 2, 604_800));
        let mx = "mx = [\"mx.a.example\"]\n";
        for (sections, expected) in [
            (section("mx = []"), "no mail server"),
            (section("mx = [\"a b\"]"), "mx: a b is neither"),
            (section("mx = [\"*\"]"), "mx: * is neither"),
            (section(&format!("{mx}mode = \"strict\"")), "enforce, testing or none"),
            (section(&format!("{mx}max_age_seconds = 0")), "1 to 31557600"),
            (section(&format!("{mx}max_age_seconds = 31557601")), "1 to 31557600"),
            (section(mx).replace("a.example\"\n", "a..example\"\n"), "mta_sts: a..example"),
            (format!("{}{}", section(mx), section(mx)), "two policies"),
        ] {
            let error = format!("{:#}", policies(&with(&sections)).unwrap_err());
            assert!(error.contains(expected), "{expected}: {error}");
        }
        assert!(policies(&with(&section(&format!("{mx}max_age_seconds = 31557600")))).is_ok());
        assert!(policies(&with(&section("mx = []\nmode = \"none\""))).is_ok());
    }

    #[test]
    fn unwise_policies_are_warned_of() {
        let said = |more: &str| warnings(&with(&section(&format!("mx = [\"mx.a.example\"]\n{more}")))).join("\n");
        assert_eq!(said("mode = \"enforce\""), "");
        assert_eq!(said("mode = \"enforce\"\nmax_age_seconds = 86400"), "");
        assert!(said("mode = \"enforce\"\nmax_age_seconds = 86399").contains("forgotten"));
        assert!(said("").contains("mode testing protects nothing yet"));
        assert!(said("mode = \"none\"").contains("mode none ends the policy"));
    }
}

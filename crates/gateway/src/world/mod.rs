//! The world's mail servers: found, met and judged.
//!
//! | step | module | question |
//! | --- | --- | --- |
//! | plan | `plan` | which servers take a domain's mail, and what does signed DNS say of each? |
//! | policy | `policy` | which servers does the domain's MTA-STS policy cover? |
//! | meet | `meet` | who answers there, and with what TLS? |
//! | judge | [`crate::verify`] | what does the certificate prove? |
//!
//! [`World::assess`] goes all the way for every server of a domain, without any mail, and tells what it found. [`World::reach`] tries one server after the
//! other until one is good enough for a mail, and keeps the connection.

mod https;
mod meet;
mod plan;
mod policy;
mod reach;
mod reporter;
mod settings;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use app::App;
use futures_util::future::join_all;
use jiff::Timestamp;
use model::{
    assessment::{Assessment, Code, Connection, Dnssec, Fault, Host, MtaSts, Tlsa, TlsaRecord},
    assurance::{Assurance, Level},
};
use resolve::Resolver;
use rustls::ClientConfig;
use wire::{
    address::Domain,
    mta_sts::{Mode, Policy},
    mx::Exchange,
};

use crate::{
    tls::{self, TlsError},
    verify::{self, Judgement, Trust},
};
use meet::NotMet;
use plan::{Dane, NoPlan, Plan, Target, Unusable};
use policy::{Policies, Published};

pub(crate) use meet::Met;
pub(crate) use reach::{NotReached, Reached};
pub use settings::{Bed, SMTP_PORT, WorldSettings};

/// How long a server may take to say goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

/// The way to the world's mail servers.
pub struct World {
    settings: WorldSettings,
    resolver: Arc<Resolver>,
    trust: Trust,
    /// For mail servers: takes any certificate, to be judged.
    smtp: Arc<ClientConfig>,
    /// For hosts of policies: verifies as browsers do.
    https: Arc<ClientConfig>,
    policies: Policies,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl World {
    /// Takes the authorities that this machine trusts.
    pub fn new(settings: WorldSettings, resolver: Arc<Resolver>) -> Result<Self, TlsError> {
        let native = tls::native_roots();
        let roots = tls::with_extra(native, &settings.bed.extra_roots)?;
        Ok(Self {
            trust: Trust::new(roots),
            smtp: verify::client(settings.profile)?,
            https: tls::client(native, &settings.bed.extra_roots)?,
            settings,
            resolver,
            policies: Policies::default(),
        })
    }

    /// Finds out how mail to a domain would be protected. No mail is sent.
    pub async fn assess(&self, domain: &Domain, now: Timestamp) -> Assessment {
        let mut first = |_among| 0;
        let ((mut assessment, mut looked), published) = tokio::join!(
            self.look_for_servers(domain, now, &mut first),
            self.policies.find(self.way(), None, (domain, now))
        );
        looked.take_policy(&mut assessment, published);
        let visits = looked.exchanges().map(|exchange| async {
            let target = plan::target(&self.resolver, &self.settings, &exchange.host).await;
            let Visit { host, met } = self.visit(&looked, exchange, target, now).await;
            if let Some(met) = met {
                met.quit(GOODBYE_MAX).await;
            }
            host
        });
        assessment.hosts = join_all(visits).await;
        assessment
    }

    /// Looks up who takes the mail of a domain.
    async fn look_for_servers<'a>(
        &self,
        domain: &'a Domain,
        now: Timestamp,
        draw: &mut (dyn FnMut(usize) -> usize + Send),
    ) -> (Assessment, Looked<'a>) {
        let mut assessment = Assessment {
            domain: domain.to_string(),
            at: now,
            mx_dnssec: Dnssec::Insecure,
            hosts: Vec::new(),
            mta_sts: MtaSts::NotAsked,
            faults: Vec::new(),
        };
        let plan = match plan::plan(&self.resolver, &self.settings, domain, draw).await {
            Err(NoPlan { dnssec, fault }) => {
                assessment.mx_dnssec = dnssec;
                assessment.faults.push(fault);
                None
            }
            Ok(plan) => {
                assessment.mx_dnssec = plan.dnssec;
                if plan.dnssec == Dnssec::Insecure {
                    assessment.faults.push(Code::MxInsecure.into());
                }
                Some(plan)
            }
        };
        (assessment, Looked { domain, plan, policy: None })
    }

    fn way(&self) -> policy::Way<'_> {
        policy::Way { resolver: &self.resolver, settings: &self.settings, https: &self.https }
    }

    /// Looks whether the policy of a domain is still the present one, before it ends.
    pub(crate) async fn refresh_policy(&self, app: &App, domain: &Domain) {
        self.policies.find(self.way(), Some(app), (domain, app.now())).await;
    }

    /// Goes to a server, up to TLS, and judges it.
    async fn visit(
        &self,
        looked: &Looked<'_>,
        exchange: &Exchange,
        target: Result<Target, Unusable>,
        now: Timestamp,
    ) -> Visit {
        let is_listed = looked.plan.as_ref().is_some_and(|plan| !plan.is_implicit);
        let mx_secure = looked.are_servers_secure();
        let mut host = Host {
            name: exchange.host.to_string(),
            preference: is_listed.then_some(exchange.preference),
            addresses: Vec::new(),
            dnssec: Dnssec::Insecure,
            tlsa: Tlsa::default(),
            connection: None,
            assurance: Assurance { level: Level::None, name_secure: false },
            faults: Vec::new(),
        };
        let target = match target {
            Ok(target) => target,
            Err(Unusable { dnssec, addresses, fault }) => {
                host.dnssec = dnssec;
                host.addresses = addresses;
                host.faults.push(fault);
                return Visit { host, met: None };
            }
        };
        host.dnssec = target.dnssec;
        host.addresses = target.addresses.iter().map(std::net::SocketAddr::ip).collect();
        let also = if mx_secure { std::slice::from_ref(looked.domain) } else { &[] };
        match meet::meet(&self.settings, (&self.smtp, &self.trust), &target, also, now).await {
            Err(NotMet { connection, fault }) => {
                host.tlsa = tlsa(&target, None);
                host.connection = connection;
                host.faults.push(fault);
                Visit { host, met: None }
            }
            Ok(met) => {
                let policy = looked.policy.as_ref();
                let covered = policy.is_some_and(|policy| policy.covers(&exchange.host));
                host.assurance = met.judgement.assurance(covered, mx_secure, target.dnssec == Dnssec::Secure);
                host.tlsa = tlsa(&target, Some(&met.judgement));
                host.faults = faults(&met.judgement, &target, policy.is_some() && !covered);
                host.connection = Some(Connection { address: met.address, from: met.from, tls: Some(met.tls.clone()) });
                Visit { host, met: Some(met) }
            }
        }
    }
}

/// What was looked up for a domain.
struct Looked<'a> {
    domain: &'a Domain,
    plan: Option<Plan>,
    /// The policy by which servers are judged: one in mode `none` is none.
    policy: Option<Policy>,
}

impl Looked<'_> {
    /// Whether DNSSEC proves who takes the mail.
    fn are_servers_secure(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.dnssec == Dnssec::Secure)
    }

    /// Whether DANE has the say at a server: then no policy has (RFC 8461 section 2).
    fn is_dane(&self, target: &Result<Target, Unusable>) -> bool {
        let dane = target.as_ref().map(|target| &target.dane);
        self.are_servers_secure()
            && matches!(dane, Ok(Dane::Published { associations, .. }) if associations.are_usable())
    }

    /// Takes note of the domain's policy.
    fn take_policy(&mut self, assessment: &mut Assessment, published: Published) {
        assessment.mta_sts = shown(&published);
        self.policy = enforced(published);
    }

    fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.plan.iter().flat_map(|plan| &plan.exchanges)
    }
}

/// A server that was gone to.
struct Visit {
    host: Host,
    /// The connection, if it came to TLS.
    met: Option<Met>,
}

fn enforced(published: Published) -> Option<Policy> {
    match published {
        Published::Policy { policy, .. } if policy.mode != Mode::None => Some(policy),
        _ => None,
    }
}

fn shown(published: &Published) -> MtaSts {
    match published {
        Published::Nothing => MtaSts::None,
        Published::Failed(fault) => MtaSts::Failed { fault: fault.clone() },
        Published::Policy { id, policy } => MtaSts::Policy {
            id: id.clone(),
            mode: policy.mode.word().to_owned(),
            mx: policy.patterns.iter().map(ToString::to_string).collect(),
            max_age: policy.max_age.as_secs(),
        },
    }
}

fn tlsa(target: &Target, judgement: Option<&Judgement>) -> Tlsa {
    let Dane::Published { base, associations } = &target.dane else { return Tlsa::default() };
    let named = judgement.and_then(|judgement| judgement.dane.as_ref()).and_then(|dane| dane.as_ref().ok());
    let usable = associations.usable().iter().map(|one| TlsaRecord {
        record: one.record().to_string(),
        unusable: None,
        matches: named == Some(one.record()),
    });
    let unusable = associations.unusable().iter().map(|(record, why)| TlsaRecord {
        record: record.to_string(),
        unusable: Some(why.to_string()),
        matches: false,
    });
    Tlsa { base: (*base != target.host).then(|| base.to_string()), records: usable.chain(unusable).collect() }
}

/// What is wrong with a server that TLS was agreed with.
fn faults(judgement: &Judgement, target: &Target, is_left_out: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Dane::Published { associations, .. } = &target.dane
        && !associations.are_usable()
    {
        faults.push(Code::TlsaUnusable.into());
    }
    if let Some(Err(fault)) = &judgement.dane {
        faults.push(Fault::new(fault.code(), fault.to_string()));
    }
    // Where DANE has the say, what authorities think of the certificate does not matter.
    if let (None | Some(Err(_)), Err(fault)) = (&judgement.dane, &judgement.pkix) {
        faults.push(Fault::new(fault.code(), fault.to_string()));
    }
    if is_left_out {
        faults.push(Code::StsNotCovered.into());
    }
    faults
}

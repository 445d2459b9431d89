//! The world's mail servers: found, met and judged.
//!
//! | step | module | question |
//! | --- | --- | --- |
//! | plan | `plan` | which servers take a domain's mail, and what does signed DNS say of each? |
//! | policy | `policy` | which servers does the domain's MTA-STS policy cover? |
//! | meet | `meet` | who answers there, and with what TLS? |
//! | judge | [`crate::verify`] | what does the certificate prove? |
//!
//! [`World::assess`] goes all the way for every server of a domain, without any mail, and tells what it found.

mod meet;
mod plan;
mod policy;
mod settings;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use jiff::Timestamp;
use model::{
    assessment::{Assessment, Code, Dnssec, Fault, Host, MtaSts, Tlsa, TlsaRecord},
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
use meet::{Met, NotMet};
use plan::{Dane, NoPlan, Plan, Target, Unusable};
use policy::Published;

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
        })
    }

    /// Finds out how mail to a domain would be protected. No mail is sent.
    pub async fn assess(&self, domain: &Domain, now: Timestamp) -> Assessment {
        let mut in_order = |_among: usize| 0;
        let planned = plan::plan(&self.resolver, &self.settings, domain, &mut in_order);
        let published = policy::find(&self.resolver, &self.settings, &self.https, domain);
        let (planned, published) = tokio::join!(planned, published);
        let mut assessment = Assessment {
            domain: domain.to_string(),
            at: now,
            mx_dnssec: Dnssec::Insecure,
            hosts: Vec::new(),
            mta_sts: shown(&published),
            faults: Vec::new(),
        };
        match planned {
            Err(NoPlan { dnssec, fault }) => {
                assessment.mx_dnssec = dnssec;
                assessment.faults.push(fault);
            }
            Ok(plan) => {
                assessment.mx_dnssec = plan.dnssec;
                if plan.dnssec == Dnssec::Insecure {
                    assessment.faults.push(Code::MxInsecure.into());
                }
                let policy = enforced(&published);
                let hosts = plan.exchanges.iter().map(|exchange| self.host(&plan, exchange, domain, policy, now));
                assessment.hosts = join_all(hosts).await;
            }
        }
        assessment
    }

    async fn host(
        &self,
        plan: &Plan,
        exchange: &Exchange,
        domain: &Domain,
        policy: Option<&Policy>,
        now: Timestamp,
    ) -> Host {
        let mut host = Host {
            name: exchange.host.to_string(),
            preference: (!plan.is_implicit).then_some(exchange.preference),
            addresses: Vec::new(),
            dnssec: Dnssec::Insecure,
            tlsa: Tlsa::default(),
            connection: None,
            assurance: Assurance { level: Level::None, name_secure: false },
            faults: Vec::new(),
        };
        let target = match plan::target(&self.resolver, &self.settings, &exchange.host).await {
            Ok(target) => target,
            Err(Unusable { dnssec, addresses, fault }) => {
                host.dnssec = dnssec;
                host.addresses = addresses;
                host.faults.push(fault);
                return host;
            }
        };
        host.dnssec = target.dnssec;
        host.addresses = target.addresses.iter().map(std::net::SocketAddr::ip).collect();
        let mx_secure = plan.dnssec == Dnssec::Secure;
        let also = if mx_secure { std::slice::from_ref(domain) } else { &[] };
        match meet::meet(&self.settings, (&self.smtp, &self.trust), &target, also, now).await {
            Err(NotMet { connection, fault }) => {
                host.tlsa = tlsa(&target, None);
                host.connection = connection;
                host.faults.push(fault);
            }
            Ok(met) => {
                let covered = policy.is_some_and(|policy| policy.covers(&exchange.host));
                host.assurance = met.judgement.assurance(covered, mx_secure, target.dnssec == Dnssec::Secure);
                host.tlsa = tlsa(&target, Some(&met.judgement));
                host.faults = faults(&met.judgement, &target, policy.is_some() && !covered);
                host.connection = Some(met.connection.clone());
                Met::quit(met, GOODBYE_MAX).await;
            }
        }
        host
    }
}

/// The policy by which servers are judged: one in mode `none` is none.
fn enforced(published: &Published) -> Option<&Policy> {
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

//! Reaching a server that is good enough for a mail.

use app::App;
use model::{
    assessment::{Assessment, Code, MtaSts, Weight},
    assurance::{Assurance, Published, Requirement, Wishes},
};
use wire::{address::Domain, mx::Exchange};

use super::{
    Looked, Met, Visit, World,
    plan::{self, Target, Unusable},
};

/// A server that is good enough.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) met: Met,
    pub(crate) server: String,
    pub(crate) assurance: Assurance,
    /// What the domain asks for at this server.
    pub(crate) published: Published,
    /// What the connection had to have.
    pub(crate) requirement: Requirement,
}

/// Why there is no server that a mail could be given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReached {
    /// There is none, and there will be none: this is why.
    Never(Code),
    /// None answered, or it could not be found out who should.
    Later,
    /// Somebody answered, or was found, who is not protected as the mail needs it.
    Unprotected,
}

impl World {
    /// Tries the servers of a domain until one is good enough. The assessment tells what was found, as far as was looked.
    pub(crate) async fn reach(
        &self,
        app: &App,
        domain: &Domain,
        wishes: &Wishes,
        draw: &mut (dyn FnMut(usize) -> usize + Send),
    ) -> (Assessment, Result<Reached, NotReached>) {
        let now = app.now();
        let (mut assessment, mut looked) = self.look_for_servers(domain, now, draw).await;
        let exchanges: Vec<Exchange> = looked.exchanges().cloned().collect();
        for exchange in &exchanges {
            let target = self.target(app, exchange, &mut looked, &mut assessment).await;
            let Visit { mut host, met } = self.visit(&looked, exchange, target, now).await;
            let published = assessment.published(&host);
            let requirement = Requirement::of(wishes, published, now);
            let is_enough = requirement.is_met_by(host.assurance);
            if met.is_some() && !is_enough {
                host.faults.push(Code::BelowRequirement.into());
            }
            let (assurance, server) = (host.assurance, host.name.clone());
            assessment.hosts.push(host);
            let Some(mut met) = met else { continue };
            if !is_enough {
                met.quit(super::GOODBYE_MAX).await;
                continue;
            }
            match met.hello(&self.settings).await {
                Ok(()) => return (assessment, Ok(Reached { met, server, assurance, published, requirement })),
                Err(fault) => {
                    if let Some(host) = assessment.hosts.last_mut() {
                        host.faults.push(fault);
                    }
                }
            }
        }
        let why = why(&assessment);
        (assessment, Err(why))
    }

    /// Looks up where a server is, and the domain's policy if DANE does not have the say there. With the names of the servers unproved it cannot, so both are
    /// looked up at once.
    async fn target(
        &self,
        app: &App,
        exchange: &Exchange,
        looked: &mut Looked<'_>,
        assessment: &mut Assessment,
    ) -> Result<Target, Unusable> {
        let target = plan::target(&self.resolver, &self.settings, &exchange.host);
        if assessment.mta_sts != MtaSts::NotAsked {
            return target.await;
        }
        let policy = self.policies.find(self.way(), Some(app), (looked.domain, assessment.at));
        let (target, published) = if looked.are_servers_secure() {
            let target = target.await;
            if looked.is_dane(&target) {
                return target;
            }
            (target, policy.await)
        } else {
            tokio::join!(target, policy)
        };
        looked.take_policy(assessment, published);
        target
    }
}

/// What keeps a mail from all servers of a domain: the weightiest of the reasons at each of them, or else the domain's own.
fn why(assessment: &Assessment) -> NotReached {
    // What was found last at a server ended the try there.
    let at_hosts = assessment.hosts.iter().filter_map(|host| host.faults.last());
    let ended = at_hosts.max_by_key(|fault| fault.code.weight()).or(assessment.faults.last());
    let code = ended.map_or(Code::NoAddress, |fault| fault.code);
    match code.weight() {
        Weight::Lasting => NotReached::Unprotected,
        Weight::Passing => NotReached::Later,
        Weight::Nowhere | Weight::Beside => NotReached::Never(code),
    }
}

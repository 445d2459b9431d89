//! Follows a record to its verdict (RFC 7208 section 4).

use std::net::IpAddr;

use super::{
    Answer, Answers, Fault, HOSTS_MAX, LOOKUPS_MAX, Outcome, Question, Subject, VOIDS_MAX, Verdict, find, macros,
    record::{Mechanism, Qualifier, Record},
};

/// Checks whether the address may send for the domain, as far as the answers go. Fails with the question whose answer is needed next.
///
/// It begins anew each time, which costs little beside the question, and it comes to an end: a check asks a bounded number of questions.
pub fn check(subject: &Subject<'_>, answers: &Answers) -> Result<Outcome, Question> {
    let mut walk = Walk { subject, answers, lookups: 0, voids: 0 };
    let (verdict, term) = match walk.domain(subject.domain.as_str()) {
        Ok(found) => found,
        Err(Stop::Ask(question)) => return Err(question),
        Err(Stop::Temporary) => (Verdict::TempError, String::new()),
        Err(Stop::Fault(fault)) => (Verdict::PermError(fault), String::new()),
    };
    Ok(Outcome { verdict, term, lookups: walk.lookups })
}

/// Why a check goes no further.
enum Stop {
    Ask(Question),
    Temporary,
    Fault(Fault),
}

/// A check on its way; what it has cost counts over all records.
struct Walk<'a> {
    subject: &'a Subject<'a>,
    answers: &'a Answers,
    lookups: usize,
    voids: usize,
}

impl<'a> Walk<'a> {
    /// What the record of a domain says, and the term that says it. Records refer to each other no deeper than lookups are counted.
    fn domain(&mut self, name: &str) -> Result<(Verdict, String), Stop> {
        let Some(record) = self.record(name)? else { return Ok((Verdict::None, String::new())) };
        for term in &record.terms {
            if self.matches(&term.mechanism, name)? {
                let verdict = match term.qualifier {
                    Qualifier::Pass => Verdict::Pass,
                    Qualifier::Fail => Verdict::Fail,
                    Qualifier::SoftFail => Verdict::SoftFail,
                    Qualifier::Neutral => Verdict::Neutral,
                };
                return Ok((verdict, term.text.clone()));
            }
        }
        let Some(redirect) = &record.redirect else { return Ok((Verdict::Neutral, String::new())) };
        self.count_lookup()?;
        let target = macros::expand(redirect, self.subject, name);
        match self.domain(&target)? {
            (Verdict::None, _) => Err(Stop::Fault(Fault::NoRecord(target))),
            (verdict, _) => Ok((verdict, format!("redirect={redirect}"))),
        }
    }

    fn record(&self, name: &str) -> Result<Option<Record>, Stop> {
        let texts = match self.answer(Question::Texts(name.to_owned()))? {
            Answer::Texts(texts) => texts.as_slice(),
            _ => &[],
        };
        let text = find(name, texts.iter().map(String::as_str)).map_err(Stop::Fault)?;
        let read = text.map(Record::parse).transpose();
        read.map_err(|error| Stop::Fault(Fault::Syntax { name: name.to_owned(), error }))
    }

    fn matches(&mut self, mechanism: &Mechanism, domain: &str) -> Result<bool, Stop> {
        let subject = self.subject;
        let target = |name: &Option<String>| {
            name.as_ref().map_or_else(|| domain.to_owned(), |name| macros::expand(name, subject, domain))
        };
        Ok(match mechanism {
            Mechanism::All => true,
            Mechanism::Ip4(network, length) => is_within(subject.address, (*network).into(), *length),
            Mechanism::Ip6(network, length) => is_within(subject.address, (*network).into(), *length),
            Mechanism::A(name, v4, v6) => {
                self.count_lookup()?;
                self.has_address(&target(name), *v4, *v6)?
            }
            Mechanism::Mx(name, v4, v6) => {
                self.count_lookup()?;
                self.has_mail_server(&target(name), *v4, *v6)?
            }
            Mechanism::Ptr(name) => {
                self.count_lookup()?;
                self.is_named(&target(name))?
            }
            Mechanism::Exists(name) => {
                self.count_lookup()?;
                let addresses = self.addresses(&macros::expand(name, subject, domain), true)?;
                !addresses.is_empty()
            }
            Mechanism::Include(name) => {
                self.count_lookup()?;
                self.passes(&macros::expand(name, subject, domain))?
            }
        })
    }

    /// The table of section 5.2.
    fn passes(&mut self, target: &str) -> Result<bool, Stop> {
        match self.domain(target)?.0 {
            Verdict::Pass => Ok(true),
            Verdict::None => Err(Stop::Fault(Fault::NoRecord(target.to_owned()))),
            _ => Ok(false),
        }
    }

    fn has_address(&mut self, host: &str, v4: u8, v6: u8) -> Result<bool, Stop> {
        let is_ipv4 = self.subject.address.to_canonical().is_ipv4();
        let length = if is_ipv4 { v4 } else { v6 };
        let addresses = self.addresses(host, is_ipv4)?;
        Ok(addresses.iter().any(|address| is_within(self.subject.address, *address, length)))
    }

    fn has_mail_server(&mut self, domain: &str, v4: u8, v6: u8) -> Result<bool, Stop> {
        let hosts = self.names(Question::MailServers(domain.to_owned()))?;
        if hosts.len() > HOSTS_MAX {
            return Err(Stop::Fault(Fault::Hosts(domain.to_owned())));
        }
        for host in hosts {
            if self.has_address(host, v4, v6)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the address has a name within the domain that leads back to it (section 5.5). What fails here matches nothing.
    fn is_named(&mut self, domain: &str) -> Result<bool, Stop> {
        let is_ipv4 = self.subject.address.to_canonical().is_ipv4();
        let names = match self.names(Question::Names(self.subject.address)) {
            Err(Stop::Temporary) => return Ok(false),
            names => names?,
        };
        for name in names.iter().take(HOSTS_MAX) {
            let is_below = name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            let leads_back = match self.addresses(name, is_ipv4) {
                Err(Stop::Temporary) => false,
                addresses => addresses?.contains(&self.subject.address.to_canonical()),
            };
            if is_below && leads_back {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn names(&mut self, question: Question) -> Result<&'a [String], Stop> {
        match self.answer(question)? {
            Answer::Names(names) if !names.is_empty() => Ok(names),
            _ => {
                self.count_void()?;
                Ok(&[])
            }
        }
    }

    fn addresses(&mut self, host: &str, is_ipv4: bool) -> Result<Vec<IpAddr>, Stop> {
        let found: Vec<IpAddr> = match self.answer(Question::Addresses(host.to_owned()))? {
            Answer::Addresses(addresses) => {
                addresses.iter().map(IpAddr::to_canonical).filter(|address| address.is_ipv4() == is_ipv4).collect()
            }
            _ => Vec::new(),
        };
        if found.is_empty() {
            self.count_void()?;
        }
        Ok(found)
    }

    fn answer(&self, question: Question) -> Result<&'a Answer, Stop> {
        match self.answers.get(&question) {
            None => Err(Stop::Ask(question)),
            Some(Answer::Failed) => Err(Stop::Temporary),
            Some(answer) => Ok(answer),
        }
    }

    fn count_lookup(&mut self) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX { Err(Stop::Fault(Fault::Lookups)) } else { Ok(()) }
    }

    fn count_void(&mut self) -> Result<(), Stop> {
        self.voids += 1;
        if self.voids > VOIDS_MAX { Err(Stop::Fault(Fault::Voids)) } else { Ok(()) }
    }
}

/// Whether an address lies in a network of the same family.
fn is_within(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let length = u32::from(length);
    match (address.to_canonical(), network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (one.to_bits() ^ other.to_bits()).checked_shr(32_u32.saturating_sub(length)).unwrap_or(0) == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            (one.to_bits() ^ other.to_bits()).checked_shr(128_u32.saturating_sub(length)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

//! From a reply to typed records: follows aliases, keeps bounds, finds out how long the answer holds.
//!
//! Only what hangs together is read: the alias chain that begins at the name asked for, and the records at its end. Whatever else a server put into
//! the reply is not looked at.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    base::{
        Message, ParsedName, Rtype, Ttl, UnknownRecordData,
        iana::{Class, OptRcode},
        message::RecordIter,
        name::ToName as _,
    },
    rdata::{A, Aaaa, Cname, Dname, Mx, Ptr, Soa, Txt},
};
use wire::dane::Tlsa;

use crate::{
    limits::{ADDRESSES_MAX, ALIASES_MAX, MX_MAX, NAMES_MAX, TLSA_MAX, TXT_BYTES_MAX},
    lookup::{Absence, Failure, Lookup, Security},
    name::Name,
    records::MxRecord,
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
}

/// The types of record that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Mx,
    Ipv4,
    Ipv6,
    Tlsa,
    Txt,
    Pointer,
    Alias,
    Zone,
}

impl Kind {
    pub(crate) const fn rtype(self) -> Rtype {
        match self {
            Self::Mx => Rtype::MX,
            Self::Ipv4 => Rtype::A,
            Self::Ipv6 => Rtype::AAAA,
            Self::Tlsa => Rtype::TLSA,
            Self::Txt => Rtype::TXT,
            Self::Pointer => Rtype::PTR,
            Self::Alias => Rtype::CNAME,
            Self::Zone => Rtype::SOA,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The name at the end of the aliases.
    pub(crate) canonical: Name,
    pub(crate) records: Records,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Records {
    /// Sorted by preference; empty for a null MX.
    Mx(Vec<MxRecord>),
    Ipv4(Vec<std::net::Ipv4Addr>),
    Ipv6(Vec<std::net::Ipv6Addr>),
    Tlsa(Vec<Tlsa>),
    Txt(Vec<Vec<u8>>),
    Pointer(Vec<Name>),
    /// That there is one.
    Alias,
    /// That one begins here.
    Zone,
}

impl Answer {
    /// Roughly what it takes in memory beyond its own size.
    pub(crate) fn size_bytes(&self) -> usize {
        let records = match &self.records {
            Records::Mx(hosts) => hosts.iter().map(|mx| size_of_val(mx) + mx.host.size_bytes()).sum(),
            Records::Ipv4(addresses) => size_of_val(addresses.as_slice()),
            Records::Ipv6(addresses) => size_of_val(addresses.as_slice()),
            Records::Tlsa(records) => records.iter().map(|tlsa| size_of_val(tlsa) + tlsa.data.len()).sum(),
            Records::Txt(texts) => texts.iter().map(|text| size_of_val(text) + text.len()).sum(),
            Records::Pointer(names) => names.iter().map(|name| size_of_val(name) + name.size_bytes()).sum(),
            Records::Alias | Records::Zone => 0,
        };
        records + self.canonical.size_bytes()
    }
}

/// Reads the reply to `question`, of which the maker found how far it can be believed.
pub(crate) fn read(question: &Question, reply: &Message<Bytes>, security: Security) -> Lookup<Answer> {
    let read = match reply.opt_rcode() {
        OptRcode::NXDOMAIN => nothing(reply, Absence::NoName, security),
        OptRcode::NOERROR => found(question, reply, security),
        code => Err(unhelpful(code)),
    };
    read.unwrap_or_else(Lookup::Failed)
}

fn found(question: &Question, reply: &Message<Bytes>, security: Security) -> Result<Lookup<Answer>, Failure> {
    let (canonical, chain_ttl) = match question.kind {
        Kind::Alias => (question.name.clone(), None),
        _ => follow_aliases(&question.name, reply)?,
    };
    let mut ttl = chain_ttl;
    let Some(records) = records_at(&canonical, question.kind, reply, &mut ttl)? else {
        return nothing(reply, Absence::NoData, security);
    };
    let ttl = ttl.unwrap_or(Duration::ZERO);
    Ok(Lookup::Found { records: Answer { canonical, records }, security, ttl })
}

/// The TTL of a denial is the lesser of the SOA record's own and its last field (RFC 2308 section 5); without SOA it is not kept.
fn nothing(reply: &Message<Bytes>, kind: Absence, security: Security) -> Result<Lookup<Answer>, Failure> {
    let mut ttl: Option<Duration> = None;
    for record in reply.authority().map_err(malformed)?.limit_to_in::<Soa<ParsedName<_>>>() {
        let record = record.map_err(malformed)?;
        lower(&mut ttl, record.ttl());
        lower(&mut ttl, record.data().minimum());
    }
    Ok(Lookup::Nothing { kind, security, ttl: ttl.unwrap_or(Duration::ZERO) })
}

/// The end of the aliases that begin at `name`, and the least TTL on the way.
///
/// This must be the end that the validator comes to, for its word is about that one.
fn follow_aliases(name: &Name, reply: &Message<Bytes>) -> Result<(Name, Option<Duration>), Failure> {
    let (mut canonical, mut ttl) = (name.clone(), None);
    for _ in 0..=ALIASES_MAX {
        match next_alias(&canonical, reply, &mut ttl)? {
            Some(target) => canonical = target,
            None => return Ok((canonical, ttl)),
        }
    }
    Err(Failure::unavailable(format!("more than {ALIASES_MAX} aliases")))
}

/// Where a name leads: by an alias of its own, or by one of the whole tree above it (DNAME, RFC 6672), whose signature covers the aliases that
/// follow from it. Those are not signed themselves, so they may be missing.
fn next_alias(name: &Name, reply: &Message<Bytes>, ttl: &mut Option<Duration>) -> Result<Option<Name>, Failure> {
    let targets =
        at::<Cname<ParsedName<_>>, _>((name, Kind::Alias), reply, ttl, |alias| Name::from_wire(alias.cname()))?;
    let mut targets = targets.unwrap_or_default();
    targets.dedup();
    match targets.as_slice() {
        [] => {}
        [target] => return Ok(Some(target.clone())),
        _ => return Err(Failure::unavailable(format!("{name} has more than one alias"))),
    }
    for tree in answers::<Dname<ParsedName<_>>>(reply)? {
        let tree = tree.map_err(malformed)?;
        let owner = Name::from_wire(tree.owner());
        if *name != owner && name.is_within(&owner) {
            lower(ttl, tree.ttl());
            let target = name.moved(&owner, &Name::from_wire(tree.data().dname()));
            return target.map(Some).ok_or_else(|| Failure::unavailable("an alias is too long for a name"));
        }
    }
    Ok(None)
}

/// The records of one kind at one name; `None` where there are none.
fn records_at(
    name: &Name,
    kind: Kind,
    reply: &Message<Bytes>,
    ttl: &mut Option<Duration>,
) -> Result<Option<Records>, Failure> {
    Ok(match kind {
        Kind::Mx => at::<Mx<ParsedName<_>>, _>((name, kind), reply, ttl, |mx| {
            (mx.preference(), Name::from_wire(mx.exchange()))
        })?
        .map(mail_servers),
        Kind::Ipv4 => at::<A, _>((name, kind), reply, ttl, A::addr)?
            .map(|addresses| Records::Ipv4(first(addresses, ADDRESSES_MAX))),
        Kind::Ipv6 => at::<Aaaa, _>((name, kind), reply, ttl, Aaaa::addr)?
            .map(|addresses| Records::Ipv6(first(addresses, ADDRESSES_MAX))),
        Kind::Tlsa => at::<UnknownRecordData<_>, _>((name, kind), reply, ttl, tlsa)?.map(certificates).transpose()?,
        Kind::Txt => at::<Txt<_>, _>((name, kind), reply, ttl, Txt::text::<Vec<u8>>)?.map(texts).transpose()?,
        Kind::Pointer => {
            at::<Ptr<ParsedName<_>>, _>((name, kind), reply, ttl, |pointer| Name::from_wire(pointer.ptrdname()))?
                .map(|names| Records::Pointer(first(names, NAMES_MAX)))
        }
        Kind::Alias => at::<Cname<ParsedName<_>>, _>((name, kind), reply, ttl, |_| ())?.map(|_| Records::Alias),
        Kind::Zone => at::<Soa<ParsedName<_>>, _>((name, kind), reply, ttl, |_| ())?.map(|_| Records::Zone),
    })
}

fn mail_servers(mut hosts: Vec<(u16, Name)>) -> Records {
    // A null MX stands alone (RFC 7505 section 3); beside others the root is no host, so it is left out.
    hosts.retain(|(_, host)| !host.is_root());
    hosts.sort_by_key(|(preference, _)| *preference);
    hosts.truncate(MX_MAX);
    Records::Mx(hosts.into_iter().map(|(preference, host)| MxRecord { preference, host }).collect())
}

fn first<T>(mut values: Vec<T>, most: usize) -> Vec<T> {
    values.truncate(most);
    values
}

/// (`domain` 0.12 does not find records of this type by itself.)
fn tlsa(record: &UnknownRecordData<Bytes>) -> Option<Tlsa> {
    Tlsa::from_rdata(record.data())
}

fn certificates(records: Vec<Option<Tlsa>>) -> Result<Records, Failure> {
    if records.len() > TLSA_MAX {
        return Err(Failure::unavailable(format!("more than {TLSA_MAX} TLSA records")));
    }
    records.into_iter().collect::<Option<_>>().map(Records::Tlsa).ok_or_else(|| malformed("a TLSA record is cut short"))
}

fn texts(texts: Vec<Vec<u8>>) -> Result<Records, Failure> {
    if texts.iter().map(Vec::len).sum::<usize>() > TXT_BYTES_MAX {
        return Err(Failure::unavailable(format!("more than {TXT_BYTES_MAX} bytes of text")));
    }
    Ok(Records::Txt(texts))
}

/// Reads every record of a kind, as type `D`, at `name`, in the order of the reply; `None` where there is none.
fn at<'a, D, T>(
    (name, kind): (&Name, Kind),
    reply: &'a Message<Bytes>,
    ttl: &mut Option<Duration>,
    read: impl Fn(&D) -> T,
) -> Result<Option<Vec<T>>, Failure>
where
    D: domain::base::rdata::ParseRecordData<'a, Bytes>,
{
    let mut values = Vec::new();
    for record in answers::<D>(reply)? {
        let record = record.map_err(malformed)?;
        if record.rtype() == kind.rtype() && Name::from_wire(record.owner()) == *name {
            lower(ttl, record.ttl());
            values.push(read(record.data()));
        }
    }
    Ok(if values.is_empty() { None } else { Some(values) })
}

/// The records of one type in the answer section.
fn answers<'a, D>(reply: &'a Message<Bytes>) -> Result<RecordIter<'a, Bytes, D>, Failure>
where
    D: domain::base::rdata::ParseRecordData<'a, Bytes>,
{
    Ok(reply.answer().map_err(malformed)?.limit_to_in::<D>())
}

/// The least of the TTLs seen so far. One with the highest bit set counts as zero (RFC 2181 section 8).
fn lower(least: &mut Option<Duration>, ttl: Ttl) {
    let seconds = i32::try_from(ttl.as_secs()).map_or(0, i32::unsigned_abs);
    let ttl = Duration::from_secs(seconds.into());
    *least = Some(least.map_or(ttl, |least| least.min(ttl)));
}

fn malformed(error: impl std::fmt::Display) -> Failure {
    Failure::unavailable(format!("the answer cannot be read: {error}"))
}

/// Whether the answer has a record of the kind at the very name that was asked for.
pub(crate) fn has_at(question: &Question, reply: &Message<Bytes>) -> bool {
    records_at(&question.name, question.kind, reply, &mut None).is_ok_and(|records| records.is_some())
}

/// What every reply must fulfil before it is looked at: it is about the question, and says what it came to.
pub(crate) fn check(question: &Question, reply: &Message<Bytes>) -> Result<(), Failure> {
    if !matches!(reply.opt_rcode(), OptRcode::NOERROR | OptRcode::NXDOMAIN) {
        return Err(unhelpful(reply.opt_rcode()));
    }
    let is_asked = reply.sole_question().is_ok_and(|asked| {
        asked.qtype() == question.kind.rtype()
            && asked.qclass() == Class::IN
            && asked.qname().name_eq(question.name.wire())
    });
    if is_asked { Ok(()) } else { Err(Failure::unavailable("the answer belongs to another question")) }
}

fn unhelpful(code: OptRcode) -> Failure {
    Failure::unavailable(format!("the server answers {code}"))
}

#[cfg(test)]
mod tests;

//! Records and keys that are not those of the zone.

use domain::{
    base::{Rtype, iana::Rcode},
    rdata::{A, AllRecordData},
};
use resolve::testing::Reply;

use super::{
    DELEGATION, HOST, KEYS, MX, Row, TLSA, TREE, Target, fails,
    forge::{alias, forged_address, record, renamed, signature_by},
    hangs, holds,
};

pub(super) const ROWS: &[Row] = &[
    fails("another certificate", TLSA, |seat, _, reply| {
        let others = seat.ask("_25._tcp.t32.signed.test", Rtype::TLSA)?.answer;
        let forged = others.into_iter().filter(|record| record.rtype() == Rtype::TLSA).take(1);
        let kept = reply.answer.iter().filter(|record| record.rtype() == Rtype::RRSIG).cloned();
        Some(Reply {
            answer: forged.map(|record| renamed(&record, "_25._tcp.mx.signed.test")).chain(kept).collect(),
            ..reply
        })
    }),
    fails("an address of his own", HOST, |_, asked, reply| forged_address(asked, reply, None)),
    fails("an address that an unsigned zone signs", HOST, |_, asked, reply| {
        forged_address(asked, reply, Some("unsigned.test"))
    }),
    fails("an address that a name below signs", HOST, |_, asked, reply| {
        forged_address(asked, reply, Some("any.mx.signed.test"))
    }),
    fails("an address that the parent zone signs", HOST, |_, asked, reply| forged_address(asked, reply, Some("test"))),
    fails("mail servers that an unsigned zone signs", MX, |seat, _, reply| {
        let others = seat.ask("unsigned.test", Rtype::MX)?.answer;
        let mut answer: Vec<_> = others.iter().map(|record| renamed(record, "signed.test")).collect();
        answer.push(signature_by("unsigned.test", "signed.test", Rtype::MX));
        Some(Reply { answer, ..reply })
    }),
    fails("the signature is gone", TLSA, |_, _, mut reply| {
        reply.strip(Rtype::RRSIG);
        Some(reply)
    }),
    fails("an alias of his own", HOST, |seat, asked, reply| {
        let alias = alias("mx.signed.test", "mx.unsigned.test");
        let found = seat.ask("mx.unsigned.test", asked.rtype)?.answer;
        Some(Reply { answer: std::iter::once(alias).chain(found).collect(), ..reply })
    }),
    holds("the alias that follows from one of the tree is gone", TREE, |_, _, mut reply| {
        reply.strip(Rtype::CNAME);
        Some(reply)
    }),
    fails("the alias that follows from one of the tree leads elsewhere", TREE, |seat, asked, mut reply| {
        reply.strip(Rtype::CNAME);
        reply.answer.push(alias("empty.tree.signed.test", "mx.signed.test"));
        reply.answer.extend(seat.ask("mx.signed.test", asked.rtype)?.answer);
        Some(reply)
    }),
    fails(
        "the wildcard over a name that exists",
        Target::new("addresses host.wild.signed.test", "host.wild.signed.test", None),
        |seat, asked, reply| {
            let wild = seat.ask("any.wild.signed.test", asked.rtype)?;
            let stray = record("stray.unsigned.test", AllRecordData::A(A::from_octets(192, 0, 2, 66)));
            let answer = wild.answer.iter().map(|record| renamed(record, "host.wild.signed.test")).collect();
            Some(Reply { rcode: wild.rcode, answer, authority: vec![stray], ..reply })
        },
    ),
    fails(
        "the wildcard over a name that exists, hashed",
        Target::new("addresses host.wild.hashed.test", "host.wild.hashed.test", None),
        |seat, asked, reply| {
            let wild = seat.ask("any.wild.hashed.test", asked.rtype)?;
            let answer = wild.answer.iter().map(|record| renamed(record, "host.wild.hashed.test")).collect();
            Some(Reply { rcode: wild.rcode, answer, authority: wild.authority, ..reply })
        },
    ),
    fails("the keys are gone", KEYS, |_, _, reply| Some(Reply { answer: Vec::new(), ..reply })),
    fails("the keys of another zone", KEYS, |seat, _, reply| {
        let others = seat.ask("hashed.test", Rtype::DNSKEY)?.answer;
        Some(Reply { answer: others.iter().map(|record| renamed(record, "signed.test")).collect(), ..reply })
    }),
    fails("the parent's word is gone", DELEGATION, |_, _, reply| Some(Reply { answer: Vec::new(), ..reply })),
    fails("the parent says unsigned, of another zone", DELEGATION, |seat, _, reply| {
        let other = seat.ask("unsigned.test", Rtype::DS)?;
        Some(Reply { answer: Vec::new(), authority: other.authority, ..reply })
    }),
    hangs("a server that refuses keys", KEYS, |_, _, reply| {
        Some(Reply { rcode: Rcode::SERVFAIL, answer: Vec::new(), ..reply })
    }),
];

//! What a man in the middle writes himself.

use bytes::Bytes;
use domain::{
    base::{
        Name, ParsedName, Record, Rtype, Ttl,
        iana::{Class, Rcode, SecurityAlgorithm},
    },
    dep::octseq::Parser,
    rdata::{A, Aaaa, AllRecordData, Cname, Rrsig, dnssec::Timestamp},
};
use resolve::testing::{AnyRecord, Asked, Reply, Seat};

/// The reply with a denial in place of its answer.
#[expect(clippy::unnecessary_wraps, reason = "the end of a trick")]
pub(super) fn denied(reply: Reply, rcode: Rcode, authority: Vec<AnyRecord>) -> Option<Reply> {
    Some(Reply { rcode, answer: Vec::new(), authority, ..reply })
}

/// An address nobody gave, with a signature that names `signer`.
#[expect(clippy::unnecessary_wraps, reason = "the end of a trick")]
pub(super) fn forged_address(asked: &Asked, reply: Reply, signer: Option<&str>) -> Option<Reply> {
    let data = match asked.rtype {
        Rtype::A => AllRecordData::A(A::from_octets(192, 0, 2, 66)),
        _ => AllRecordData::Aaaa(Aaaa::new("2001:db8::66".parse().unwrap())),
    };
    let mut answer = vec![record(&asked.name, data)];
    answer.extend(signer.map(|signer| signature_by(signer, &asked.name, asked.rtype)));
    Some(Reply { answer, authority: Vec::new(), ..reply })
}

/// A zone that begins at the name, with a signature that names `signer`.
pub(super) fn zone_of_his_own(seat: &Seat, asked: &Asked, reply: Reply, signer: Option<&str>) -> Option<Reply> {
    let others = seat.ask("unsigned.test", Rtype::SOA)?.answer;
    let mut answer: Vec<_> = others.iter().map(|record| renamed(record, &asked.name)).collect();
    answer.extend(signer.map(|signer| signature_by(signer, &asked.name, Rtype::SOA)));
    Some(Reply { rcode: Rcode::NOERROR, answer, authority: Vec::new(), ..reply })
}

/// An alias without signature.
pub(super) fn alias(owner: &str, target: &str) -> AnyRecord {
    record(owner, AllRecordData::Cname(Cname::new(parsed(target))))
}

/// A signature that fits nothing, but names whom it pleases.
pub(super) fn signature_by(signer: &str, owner: &str, covered: Rtype) -> AnyRecord {
    let labels = u8::try_from(owner.split('.').count()).unwrap();
    let (from, until) = (Timestamp::from(1_577_836_800), Timestamp::from(2_145_830_400));
    let (algorithm, ttl) = (SecurityAlgorithm::ECDSAP256SHA256, Ttl::from_secs(300));
    let signature = Bytes::from_static(&[7; 64]);
    let data = Rrsig::new(covered, algorithm, labels, ttl, until, from, 7, parsed(signer), signature);
    record(owner, AllRecordData::Rrsig(data.unwrap()))
}

pub(super) fn record(owner: &str, data: AllRecordData<Bytes, ParsedName<Bytes>>) -> AnyRecord {
    Record::new(Name::bytes_from_str(owner).unwrap(), Class::IN, Ttl::from_secs(300), data)
}

/// The same data at another name.
pub(super) fn renamed(old: &AnyRecord, owner: &str) -> AnyRecord {
    record(owner, old.data().clone())
}

fn parsed(name: &str) -> ParsedName<Bytes> {
    let name = Name::bytes_from_str(name).unwrap().into_octets();
    ParsedName::parse(&mut Parser::from_ref(&name)).unwrap()
}

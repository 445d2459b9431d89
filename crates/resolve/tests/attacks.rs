//! A man in the middle before our validator. Whatever he does, no answer of a signed zone comes out as secure that is not its own, and none as "there is
//! none" or as "rightly unsigned": what he breaks is a failure, which means later.

mod support;

use bytes::Bytes;
use domain::{
    base::{Name, Record, Rtype, Ttl, iana::{Class, Rcode}},
    rdata::{A, Aaaa, AllRecordData, Cname, Rrsig, dnssec::Timestamp},
};
use futures_util::future::join_all;
use resolve::testing::{AnyRecord, Asked, Bed, Middle, Reply, Seat};
use support::{ask, clock};

/// What the man in the middle does with the reply to one question.
type Trick = fn(&Seat, &Asked, Reply) -> Option<Reply>;

struct Row {
    what: &'static str,
    /// The question, as `support::ask` reads it.
    question: &'static str,
    /// Whose replies are changed: this name and type, or all types of it.
    target: (&'static str, Option<Rtype>),
    trick: Trick,
    expected: &'static str,
}

const fn row(
    what: &'static str,
    question: &'static str,
    target: (&'static str, Option<Rtype>),
    trick: Trick,
    expected: &'static str,
) -> Row {
    Row { what, question, target, trick, expected }
}

const TLSA: (&str, Option<Rtype>) = ("_25._tcp.mx.signed.test", Some(Rtype::TLSA));
const HASHED: (&str, Option<Rtype>) = ("_25._tcp.mx.hashed.test", Some(Rtype::TLSA));
const MX: (&str, Option<Rtype>) = ("signed.test", Some(Rtype::MX));
const HOST: (&str, Option<Rtype>) = ("mx.signed.test", None);

const ROWS: &[Row] = &[
    row("nothing at all", "tlsa mx.signed.test", TLSA, |_, _, reply| Some(reply), "found secure"),
    // Denials.
    row("no data, by the SOA of an unsigned zone", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NOERROR, seat.ask("mx.unsigned.test", Rtype::TXT)?.authority)
    }, "failed"),
    row("no name, by the SOA of an unsigned zone", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.unsigned.test", Rtype::TXT)?.authority)
    }, "failed"),
    row("no data, by an unsigned SOA of its own zone", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        let mut authority = seat.ask("mx.signed.test", Rtype::TXT)?.authority;
        authority.retain(|record| record.rtype() == Rtype::SOA);
        denied(reply, Rcode::NOERROR, authority)
    }, "failed"),
    row("no data, by an SOA that an unsigned zone signs", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        let mut authority = seat.ask("mx.signed.test", Rtype::TXT)?.authority;
        authority.retain(|record| record.rtype() == Rtype::SOA);
        authority.push(signature_by("unsigned.test", "signed.test", Rtype::SOA));
        denied(reply, Rcode::NOERROR, authority)
    }, "failed"),
    row("no data, without any proof", "tlsa mx.signed.test", TLSA, |_, _, reply| {
        denied(reply, Rcode::NOERROR, Vec::new())
    }, "failed"),
    row("no name, without any proof", "mx signed.test", MX, |_, _, reply| {
        denied(reply, Rcode::NXDOMAIN, Vec::new())
    }, "failed"),
    row("no data, by the NSEC of another name", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NOERROR, seat.ask("implicit.signed.test", Rtype::TXT)?.authority)
    }, "failed"),
    row("no name, by the NSEC around another name", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.signed.test", Rtype::TLSA)?.authority)
    }, "failed"),
    row("no name, by the NSEC3 around another name", "tlsa mx.hashed.test", HASHED, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.hashed.test", Rtype::TLSA)?.authority)
    }, "failed"),
    row("no data, by the parent's NSEC at the delegation", "mx signed.test", MX, |seat, _, reply| {
        let parents = seat.ask("unsigned.test", Rtype::DS)?.authority;
        denied(reply, Rcode::NOERROR, parents)
    }, "failed"),
    row("no name, by the parent's NSEC above the delegation", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.test", Rtype::TLSA)?.authority)
    }, "failed"),
    row("no name, where there is no data", "txt mx.signed.test", ("mx.signed.test", Some(Rtype::TXT)), |_, _, reply| {
        Some(Reply { rcode: Rcode::NXDOMAIN, ..reply })
    }, "failed"),
    // Records.
    row("another certificate", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        let others = seat.ask("_25._tcp.t32.signed.test", Rtype::TLSA)?.answer;
        let forged = others.into_iter().filter(|record| record.rtype() == Rtype::TLSA).take(1);
        let kept = reply.answer.iter().filter(|record| record.rtype() == Rtype::RRSIG).cloned();
        Some(Reply { answer: forged.map(|record| renamed(&record, "_25._tcp.mx.signed.test")).chain(kept).collect(), ..reply })
    }, "failed"),
    row("an address of his own", "addresses mx.signed.test", HOST, |_, asked, reply| forged_address(asked, reply, None), "failed"),
    row("an address that an unsigned zone signs", "addresses mx.signed.test", HOST, |_, asked, reply| {
        forged_address(asked, reply, Some("unsigned.test"))
    }, "failed"),
    row("an address that a name below signs", "addresses mx.signed.test", HOST, |_, asked, reply| {
        forged_address(asked, reply, Some("any.mx.signed.test"))
    }, "failed"),
    row("an address that the parent zone signs", "addresses mx.signed.test", HOST, |_, asked, reply| {
        forged_address(asked, reply, Some("test"))
    }, "failed"),
    row("mail servers that an unsigned zone signs", "mx signed.test", MX, |seat, _, reply| {
        let others = seat.ask("unsigned.test", Rtype::MX)?.answer;
        let mut answer: Vec<_> = others.iter().map(|record| renamed(record, "signed.test")).collect();
        answer.push(signature_by("unsigned.test", "signed.test", Rtype::MX));
        Some(Reply { answer, ..reply })
    }, "failed"),
    row("the signature is gone", "tlsa mx.signed.test", TLSA, |_, _, mut reply| {
        reply.strip(Rtype::RRSIG);
        Some(reply)
    }, "failed"),
    row("an alias of his own", "addresses mx.signed.test", HOST, |seat, asked, reply| {
        let target: Name<Bytes> = name("mx.unsigned.test");
        let alias = record("mx.signed.test", AllRecordData::Cname(Cname::new(parsed(&target))));
        let found = seat.ask("mx.unsigned.test", asked.rtype)?.answer;
        Some(Reply { answer: std::iter::once(alias).chain(found).collect(), ..reply })
    }, "failed"),
    row("the wildcard over a name that exists", "addresses host.wild.signed.test", ("host.wild.signed.test", None), |seat, asked, reply| {
        let wild = seat.ask("any.wild.signed.test", asked.rtype)?;
        let stray = record("stray.unsigned.test", AllRecordData::A(A::from_octets(192, 0, 2, 66)));
        let answer = wild.answer.iter().map(|record| renamed(record, "host.wild.signed.test")).collect();
        Some(Reply { rcode: wild.rcode, answer, authority: vec![stray], ..reply })
    }, "failed"),
    // Keys.
    row("the keys are gone", "tlsa mx.signed.test", ("signed.test", Some(Rtype::DNSKEY)), |_, _, reply| {
        Some(Reply { answer: Vec::new(), ..reply })
    }, "failed"),
    row("the keys of another zone", "tlsa mx.signed.test", ("signed.test", Some(Rtype::DNSKEY)), |seat, _, reply| {
        let others = seat.ask("hashed.test", Rtype::DNSKEY)?.answer;
        Some(Reply { answer: others.iter().map(|record| renamed(record, "signed.test")).collect(), ..reply })
    }, "failed"),
    row("the parent's word is gone", "tlsa mx.signed.test", ("signed.test", Some(Rtype::DS)), |_, _, reply| {
        Some(Reply { answer: Vec::new(), ..reply })
    }, "failed"),
    row("the parent says unsigned, of another zone", "tlsa mx.signed.test", ("signed.test", Some(Rtype::DS)), |seat, _, reply| {
        let other = seat.ask("unsigned.test", Rtype::DS)?;
        Some(Reply { answer: Vec::new(), authority: other.authority, ..reply })
    }, "failed"),
    row("a server that refuses keys", "tlsa mx.signed.test", ("signed.test", Some(Rtype::DNSKEY)), |_, _, reply| {
        Some(Reply { rcode: Rcode::SERVFAIL, answer: Vec::new(), ..reply })
    }, "failed"),
    // The wire.
    row("cut short over UDP", "tlsa mx.signed.test", TLSA, |_, asked, reply| {
        let truncated = !asked.over_tcp;
        let answer = if truncated { Vec::new() } else { reply.answer.clone() };
        Some(Reply { truncated, answer, ..reply })
    }, "found secure"),
    row("cut short for ever", "tlsa mx.signed.test", TLSA, |_, _, reply| {
        Some(Reply { truncated: true, answer: Vec::new(), ..reply })
    }, "failed"),
    row("another number", "tlsa mx.signed.test", TLSA, |_, _, reply| {
        Some(Reply { id: reply.id.wrapping_add(1), ..reply })
    }, "failed"),
    row("another question", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        Some(Reply { id: reply.id, ..seat.ask("_25._tcp.mx.hashed.test", Rtype::TLSA)? })
    }, "failed"),
    row("another number over TCP", "tlsa mx.signed.test", TLSA, |_, asked, reply| {
        let id = if asked.over_tcp { reply.id.wrapping_add(1) } else { reply.id };
        Some(Reply { id, truncated: !asked.over_tcp, ..reply })
    }, "failed"),
    row("more than was asked for over UDP", "tlsa mx.signed.test", TLSA, |seat, _, reply| {
        Some(Reply { authority: seat.ask("x64.signed.test", Rtype::TXT)?.answer, ..reply })
    }, "failed"),
    row("aliases without end", "addresses mx.unsigned.test", ("mx.unsigned.test", None), |_, _, reply| {
        let alias = |number: usize| {
            let target: Name<Bytes> = name(&format!("a{}.unsigned.test", number + 1));
            record(&format!("a{number}.unsigned.test"), AllRecordData::Cname(Cname::new(parsed(&target))))
        };
        let first = renamed(&alias(0), "mx.unsigned.test");
        Some(Reply { answer: std::iter::once(first).chain((1..20).map(alias)).collect(), ..reply })
    }, "failed"),
    row("aliases in a circle", "addresses mx.unsigned.test", ("mx.unsigned.test", None), |_, _, reply| {
        let target: Name<Bytes> = name("mx.unsigned.test");
        let alias = record("mx.unsigned.test", AllRecordData::Cname(Cname::new(parsed(&target))));
        Some(Reply { answer: vec![alias], ..reply })
    }, "failed"),
    row("silence", "tlsa mx.signed.test", TLSA, |_, _, _| None, "failed"),
    row("silence about keys", "tlsa mx.signed.test", ("signed.test", Some(Rtype::DNSKEY)), |_, _, _| None, "failed"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_attack_makes_an_answer_or_a_denial() {
    let bed = Bed::start().unwrap();
    // All at once: those that are silence take their time.
    let ends = join_all(ROWS.iter().map(|row| end(&bed, row))).await;
    let wrong: Vec<_> = ends.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the end of a row, if anything.
async fn end(bed: &Bed, row: &Row) -> Option<String> {
    let (target, trick) = (row.target, row.trick);
    let middle = Middle::start(bed.recursive(), move |seat, asked, reply| {
        let is_target = asked.name.eq_ignore_ascii_case(target.0) && target.1.is_none_or(|rtype| rtype == asked.rtype);
        if is_target { trick(seat, asked, reply) } else { Some(reply) }
    });
    let middle = middle.unwrap();
    let resolver = bed.resolver(middle.address(), clock()).unwrap();
    let (got, whole) = ask(&resolver, row.question).await;
    if got != row.expected {
        return Some(format!("{}: {got} instead of {}: {whole}", row.what, row.expected));
    }
    let tried = middle.attacks() > 0 || row.what == "nothing at all";
    (!tried).then(|| format!("{}: nothing was changed", row.what))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_signature_ran_out_is_not_replayed() {
    let bed = Bed::start().unwrap();
    let clock = clock();
    let resolver = bed.resolver(bed.recursive(), clock.clone()).unwrap();
    assert_eq!(ask(&resolver, "tlsa mx.signed.test").await.0, "found secure");
    clock.advance(jiff::SignedDuration::from_hours(20 * 365 * 24));
    let (got, whole) = ask(&resolver, "tlsa mx.signed.test").await;
    assert_eq!(got, "failed", "{whole}");
}

fn denied(reply: Reply, rcode: Rcode, authority: Vec<AnyRecord>) -> Option<Reply> {
    Some(Reply { rcode, answer: Vec::new(), authority, ..reply })
}

/// An address nobody gave, with a signature that names `signer`.
fn forged_address(asked: &Asked, reply: Reply, signer: Option<&str>) -> Option<Reply> {
    let data = match asked.rtype {
        Rtype::A => AllRecordData::A(A::from_octets(192, 0, 2, 66)),
        _ => AllRecordData::Aaaa(Aaaa::new("2001:db8::66".parse().ok()?)),
    };
    let mut answer = vec![record(&asked.name, data)];
    answer.extend(signer.map(|signer| signature_by(signer, &asked.name, asked.rtype)));
    Some(Reply { answer, authority: Vec::new(), ..reply })
}

fn name(text: &str) -> Name<Bytes> {
    Name::bytes_from_str(text).unwrap()
}

fn parsed(name: &Name<Bytes>) -> domain::base::ParsedName<Bytes> {
    domain::base::ParsedName::parse(&mut domain::dep::octseq::Parser::from_ref(name.as_octets())).unwrap()
}

fn record(owner: &str, data: AllRecordData<Bytes, domain::base::ParsedName<Bytes>>) -> AnyRecord {
    Record::new(name(owner), Class::IN, Ttl::from_secs(300), data)
}

fn renamed(old: &AnyRecord, owner: &str) -> AnyRecord {
    record(owner, old.data().clone())
}

/// A signature that fits nothing, but names whom it pleases.
fn signature_by(signer: &str, owner: &str, covered: Rtype) -> AnyRecord {
    let labels = u8::try_from(owner.split('.').count()).unwrap();
    let (from, until) = (Timestamp::from(1_577_836_800), Timestamp::from(2_145_830_400));
    let algorithm = domain::base::iana::SecurityAlgorithm::ECDSAP256SHA256;
    let signature = Bytes::from_static(&[7; 64]);
    let data =
        Rrsig::new(covered, algorithm, labels, Ttl::from_secs(300), until, from, 7, parsed(&name(signer)), signature);
    record(owner, AllRecordData::Rrsig(data.unwrap()))
}

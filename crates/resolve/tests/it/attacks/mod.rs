//! A man in the middle before our validator. Whatever he does, no answer of a signed zone comes out as secure that is not its own, and none as "there is
//! none" or as "rightly unsigned": what he breaks is a failure, which means later.

mod denials;
mod forge;
mod records;
mod wire;

use domain::base::Rtype;
use futures_util::future::join_all;
use resolve::testing::{Asked, Bed, Middle, Reply, Seat};

use crate::support::{ask, clock};
use forge::zone_of_his_own;

/// What the man in the middle does with the reply to one question; nothing is silence.
type Trick = fn(&Seat, &Asked, Reply) -> Option<Reply>;

struct Row {
    what: &'static str,
    target: Target,
    trick: Trick,
    expected: &'static str,
}

/// Which question is asked, and the replies to which message are changed on the way to its answer.
#[derive(Clone, Copy)]
struct Target {
    /// As `support::ask` reads it.
    question: &'static str,
    name: &'static str,
    /// None: every type at this name.
    rtype: Option<Rtype>,
}

impl Target {
    const fn new(question: &'static str, name: &'static str, rtype: Option<Rtype>) -> Self {
        Self { question, name, rtype }
    }
}

const TLSA: Target = Target::new("tlsa mx.signed.test", "_25._tcp.mx.signed.test", Some(Rtype::TLSA));
const HASHED: Target = Target::new("tlsa mx.hashed.test", "_25._tcp.mx.hashed.test", Some(Rtype::TLSA));
const MX: Target = Target::new("mx signed.test", "signed.test", Some(Rtype::MX));
const HOST: Target = Target::new("addresses mx.signed.test", "mx.signed.test", None);
const TREE: Target = Target::new("addresses empty.tree.signed.test", "empty.tree.signed.test", None);
const KEYS: Target = Target::new("tlsa mx.signed.test", "signed.test", Some(Rtype::DNSKEY));
const DELEGATION: Target = Target::new("tlsa mx.signed.test", "signed.test", Some(Rtype::DS));
const UNSIGNED: Target = Target::new("addresses mx.unsigned.test", "mx.unsigned.test", None);

/// He is found out.
const fn fails(what: &'static str, target: Target, trick: Trick) -> Row {
    Row { what, target, trick, expected: "bogus" }
}

/// There is no answer of use.
const fn hangs(what: &'static str, target: Target, trick: Trick) -> Row {
    Row { what, target, trick, expected: "unavailable" }
}

/// The answer comes all the same.
const fn holds(what: &'static str, target: Target, trick: Trick) -> Row {
    Row { what, target, trick, expected: "found secure" }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_denials_are_refused() {
    try_all(denials::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_records_and_keys_are_refused() {
    try_all(records::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_replies_are_ignored_or_refused() {
    try_all(wire::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_that_names_no_zone_is_taken_where_there_is_nothing_to_prove() {
    let bed = Bed::start().unwrap();
    let silent: Trick = |_, _, reply| Some(reply);
    let forged: Trick = |seat, asked, reply| zone_of_his_own(seat, asked, reply, None);
    let signed: Trick = |seat, asked, reply| zone_of_his_own(seat, asked, reply, Some("unsigned.test"));
    for about_zones in [silent, forged, signed] {
        let middle = Middle::start(bed.recursive(), move |seat, asked, reply| match asked.rtype {
            Rtype::TXT => Some(Reply { answer: Vec::new(), authority: Vec::new(), ..reply }),
            Rtype::SOA if asked.name != "unsigned.test" => about_zones(seat, asked, reply),
            _ => Some(reply),
        });
        let middle = middle.unwrap();
        let resolver = bed.resolver(middle.address(), clock()).unwrap();
        for question in
            ["mx.signed.test", "signed.test", "nobody.signed.test", "out.signed.test", "empty.tree.signed.test"]
        {
            let (_, whole) = ask(&resolver, &format!("txt {question}")).await;
            assert!(whole.contains("Missing SOA"), "{question}: {whole}");
        }
    }
    let middle = Middle::start(bed.recursive(), |_, asked, reply| match asked.rtype {
        Rtype::TXT => Some(Reply { answer: Vec::new(), authority: Vec::new(), ..reply }),
        _ => Some(reply),
    });
    let middle = middle.unwrap();
    let resolver = bed.resolver(middle.address(), clock()).unwrap();
    for (question, expected) in [
        ("txt mx.unsigned.test", "nodata unsigned"),
        ("txt nobody.unsigned.test", "noname unsigned"),
        ("txt mx.ed25519.test", "nodata algorithm"),
        ("txt mx.expired.test", "bogus"),
        ("txt a.b.c.d.e.f.g.unsigned.test", "noname unsigned"),
        ("txt a.b.c.d.e.f.g.h.unsigned.test", "bogus"),
    ] {
        let (got, whole) = ask(&resolver, question).await;
        assert_eq!(got, expected, "{question}: {whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_signature_ran_out_is_not_replayed() {
    let bed = Bed::start().unwrap();
    let clock = clock();
    let resolver = bed.resolver(bed.recursive(), clock.clone()).unwrap();
    assert_eq!(ask(&resolver, "tlsa mx.signed.test").await.0, "found secure");
    clock.advance(jiff::SignedDuration::from_hours(20 * 365 * 24));
    let (got, whole) = ask(&resolver, "tlsa mx.signed.test").await;
    assert_eq!(got, "bogus", "{whole}");
}

/// All at once: those that are silence take their time.
async fn try_all(rows: &[Row]) {
    let bed = Bed::start().unwrap();
    let ends = join_all(rows.iter().map(|row| end(&bed, row))).await;
    let wrong: Vec<_> = ends.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the end of a row, if anything.
async fn end(bed: &Bed, row: &Row) -> Option<String> {
    let Row { target, trick, .. } = *row;
    let middle = Middle::start(bed.recursive(), move |seat, asked, reply| {
        let is_target = asked.name == target.name && target.rtype.is_none_or(|rtype| rtype == asked.rtype);
        if is_target { trick(seat, asked, reply) } else { Some(reply) }
    });
    let middle = middle.unwrap();
    let resolver = bed.resolver(middle.address(), clock()).unwrap();
    let (got, whole) = ask(&resolver, target.question).await;
    if got != row.expected {
        return Some(format!("{}: {got} instead of {}: {whole}", row.what, row.expected));
    }
    (middle.attacks() == 0).then(|| format!("{}: nothing was changed", row.what))
}

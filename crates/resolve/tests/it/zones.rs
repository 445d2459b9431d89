//! Every zone of the bed, asked by our validator and by one that nobody here wrote. Both must come to the same end; where they may not,
//! the row says so.

use std::net::Ipv4Addr;

use crate::support::{ask, clock, name, state};
use domain::base::iana::Rcode;
use resolve::{
    ADDRESSES_MAX, ALIASES_MAX, Addresses, Distrust, Failure, Lookup, MX_MAX, MailServers, NAMES_MAX, Resolver,
    Security, Servers, TLSA_MAX, TXT_BYTES_MAX, prove,
    testing::{Bed, Middle, Reply},
};

/// Question, what our validator says, what the other says (where that is more than our word without the reason).
const ROWS: &[(&str, &str, &str)] = &[
    // Signed, by each way to deny.
    ("mx .", "found secure", ""),
    ("mx signed.test", "found secure", ""),
    ("addresses mx.signed.test", "found secure", ""),
    ("tlsa mx.signed.test", "found secure", ""),
    ("txt signed.test", "found secure", ""),
    ("mx hashed.test", "found secure", ""),
    ("tlsa mx.hashed.test", "found secure", ""),
    ("mx optout.test", "found secure", ""),
    ("tlsa mx.optout.test", "found secure", ""),
    ("tlsa mx2.signed.test", "noname secure", ""),
    ("tlsa mx2.hashed.test", "noname secure", ""),
    ("txt mx.signed.test", "nodata secure", ""),
    ("txt mx.hashed.test", "nodata secure", ""),
    ("addresses nobody.signed.test", "noname secure", ""),
    ("addresses nobody.hashed.test", "noname secure", ""),
    ("addresses between.signed.test", "nodata secure", ""),
    ("addresses between.hashed.test", "nodata secure", ""),
    ("addresses nobody.test", "noname secure", ""),
    // Where opt-out leaves names unproved, a denial proves nothing.
    ("addresses nobody.optout.test", "noname opt-out", "noname insecure"),
    ("addresses mx.child.optout.test", "found unsigned", "found insecure"),
    ("tlsa mx.child.optout.test", "found unsigned", "found insecure"),
    // Nor where the proof would be too much work.
    ("tlsa mx.laborious.test", "found secure", ""),
    ("txt mx.laborious.test", "nodata insecure", ""),
    ("addresses nobody.laborious.test", "noname insecure", ""),
    // Not signed.
    ("mx unsigned.test", "found unsigned", "found insecure"),
    ("addresses mx.unsigned.test", "found unsigned", "found insecure"),
    ("tlsa mx.unsigned.test", "found unsigned", "found insecure"),
    ("txt mx.unsigned.test", "nodata unsigned", "nodata insecure"),
    ("addresses nobody.unsigned.test", "noname unsigned", "noname insecure"),
    // Algorithms; those that our validator does not know make a zone insecure, and the other knows them.
    ("tlsa mx.sha1.test", "found secure", ""),
    ("tlsa mx.sha1-nsec3.test", "found secure", ""),
    ("tlsa mx.rsa.test", "found secure", ""),
    ("tlsa mx.p384.test", "found algorithm", "found secure"),
    ("tlsa mx.ed25519.test", "found algorithm", "found secure"),
    ("tlsa mx.ed448.test", "found algorithm", "found secure"),
    ("txt mx.ed25519.test", "nodata algorithm", "nodata secure"),
    ("addresses nobody.ed448.test", "noname algorithm", "noname secure"),
    // Broken.
    ("mx wrong-ds.test", "bogus", ""),
    ("tlsa mx.wrong-ds.test", "bogus", ""),
    ("addresses nobody.wrong-ds.test", "bogus", ""),
    ("mx expired.test", "bogus", ""),
    ("tlsa mx.expired.test", "bogus", ""),
    ("txt mx.expired.test", "bogus", ""),
    ("addresses nobody.expired.test", "bogus", ""),
    ("addresses mx.tampered.test", "found secure", ""), // the other family was left alone
    ("addresses mx2.tampered.test", "found secure", ""),
    // Aliases.
    ("addresses alias.signed.test", "found secure", ""),
    ("addresses hop.signed.test", "found secure", ""),
    ("addresses out.signed.test", "found unsigned", "found insecure"),
    ("addresses in.unsigned.test", "found unsigned", "found insecure"),
    ("addresses broken.signed.test", "bogus", ""),
    ("addresses loop1.signed.test", "unavailable", ""),
    ("addresses empty.tree.signed.test", "found secure", ""),
    ("addresses empty.tree.hashed.test", "found secure", ""),
    ("addresses other.tree.signed.test", "noname secure", ""),
    ("addresses chain1.signed.test", "found secure", ""),
    // Wildcards, made and not made.
    ("addresses any.wild.signed.test", "found secure", ""),
    ("addresses any.wild.hashed.test", "found secure", ""),
    ("txt any.wild.signed.test", "found secure", ""),
    ("txt host.wild.signed.test", "nodata secure", ""),
    ("txt host.wild.hashed.test", "nodata secure", ""),
    ("mx any.wild.signed.test", "found secure", ""), // implicit: no data by the wildcard's own denial
    ("addresses any.deep.wild.signed.test", "found secure", ""),
    ("addresses any.deep.wild.hashed.test", "found secure", ""),
    ("addresses any.wild.unsigned.test", "found unsigned", "found insecure"),
    // Zones below a name that is none, each after that name is remembered.
    ("mx one.nozone.test", "found secure", ""),
    ("mx two.nozone.test", "found secure", ""),
    ("tlsa mx.two.nozone.test", "found secure", ""),
    ("mx three.nozone.test", "found unsigned", "found insecure"),
    ("addresses nobody.three.nozone.test", "noname unsigned", "noname insecure"),
    // Names of addresses.
    ("names 192.0.2.1", "found secure", ""),
    ("names 192.0.2.2", "found secure", ""), // by an alias
    ("names ::ffff:192.0.2.1", "found secure", ""),
    ("names 192.0.2.99", "noname secure", ""),
    ("names 2001:db8::1", "found secure", ""),
    ("names 2001:db8::2", "noname secure", ""),
    ("names 198.51.100.1", "found unsigned", "found insecure"),
    ("names 198.51.100.9", "noname unsigned", "noname insecure"),
    ("names 203.0.113.1", "bogus", ""),
    ("names 203.0.113.9", "bogus", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_row_ends_as_it_must_and_a_second_opinion_agrees() {
    let bed = Bed::start().unwrap();
    let ours = bed.resolver(bed.recursive(), clock()).unwrap();
    let theirs = Resolver::trusting(bed.validating(), clock());
    let mut wrong = Vec::new();
    for (question, expected, other) in ROWS {
        let other = if other.is_empty() { expected } else { other };
        for (who, resolver, expected) in [("ours", &ours, expected), ("theirs", &theirs, other)] {
            let (got, whole) = ask(resolver, question).await;
            if got != *expected {
                wrong.push(format!("{question}: {who}: {got} instead of {expected}: {whole}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn null_implicit_and_listed_mail_servers_are_told_apart() {
    let bed = Bed::start().unwrap();
    let resolver = bed.resolver(bed.recursive(), clock()).unwrap();
    let servers = async |domain: &str| match resolver.mx(&name(domain)).await {
        Lookup::Found { records, security: Security::Secure, .. } => records,
        other => panic!("{domain}: {other:?}"),
    };
    assert_eq!(servers("null.signed.test").await, MailServers::Null);
    assert_eq!(servers("implicit.signed.test").await, MailServers::Implicit);
    let MailServers::Listed(hosts) = servers("signed.test").await else { panic!() };
    let hosts: Vec<_> = hosts.iter().map(|mx| (mx.preference, mx.host.to_string())).collect();
    assert_eq!(hosts, [(10, "mx.signed.test".to_owned()), (20, "mx2.signed.test".to_owned())]);
    let MailServers::Listed(hosts) = servers("nulls.signed.test").await else { panic!() };
    assert_eq!(hosts.len(), 1, "a null MX beside others is no host");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_bounded_at_their_edges() {
    let bed = Bed::start().unwrap();
    let resolver = bed.resolver(bed.recursive(), clock()).unwrap();
    for count in [MX_MAX, MX_MAX + 1] {
        let Lookup::Found { records: MailServers::Listed(hosts), .. } =
            resolver.mx(&name(&format!("mx{count}.signed.test"))).await
        else {
            panic!()
        };
        assert_eq!(hosts.len(), MX_MAX);
        assert!(hosts.is_sorted_by_key(|mx| mx.preference));
        assert_eq!(hosts[0].preference, 1, "the best are kept");
    }
    for count in [ADDRESSES_MAX, ADDRESSES_MAX + 1] {
        let Lookup::Found { records, .. } = resolver.addresses(&name(&format!("a{count}.signed.test"))).await else {
            panic!()
        };
        assert_eq!((records.ipv4.len(), records.ipv6.len()), (ADDRESSES_MAX, ADDRESSES_MAX));
    }
    let tlsa = async |count| state(&resolver.tlsa(25, &name(&format!("t{count}.signed.test"))).await);
    assert_eq!((tlsa(TLSA_MAX).await, tlsa(TLSA_MAX + 1).await), ("found secure", "unavailable"));
    let txt = async |count| state(&resolver.txt(&name(&format!("x{count}.signed.test"))).await);
    assert_eq!((txt(TXT_BYTES_MAX / 128).await, txt(TXT_BYTES_MAX / 128 + 1).await), ("found secure", "unavailable"));
    // `chain1` is as many aliases away from its address as are followed, `chain0` is one more.
    let chain = async |number| state(&resolver.addresses(&name(&format!("chain{number}.signed.test"))).await);
    assert_eq!((chain(1).await, chain(0).await), ("found secure", "bogus"), "{ALIASES_MAX} aliases");
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_several_strings_are_joined() {
    let bed = Bed::start().unwrap();
    let resolver = bed.resolver(bed.recursive(), clock()).unwrap();
    let Lookup::Found { records, .. } = resolver.txt(&name("parts.signed.test")).await else { panic!() };
    assert_eq!(records, [b"one two".to_vec()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_addresses_are_found_behind_aliases_and_bounded() {
    let bed = Bed::start().unwrap();
    let resolver = bed.resolver(bed.recursive(), clock()).unwrap();
    let names = async |address: &str| match resolver.names(address.parse().unwrap()).await {
        Lookup::Found { mut records, security: Security::Secure, .. } => {
            records.sort_by_key(ToString::to_string);
            records
        }
        other => panic!("{address}: {other:?}"),
    };
    assert_eq!(names("192.0.2.1").await, [name("mx.signed.test")]);
    assert_eq!(names("2001:db8::1").await, [name("mx.signed.test")]);
    assert_eq!(names("192.0.2.2").await, [name("mx2.signed.test"), name("other.signed.test")]);
    assert_eq!(names("192.0.2.10").await.len(), NAMES_MAX);
    assert_eq!(names("192.0.2.11").await.len(), NAMES_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn tlsa_records_are_sought_where_the_aliases_allow_it() {
    let bed = Bed::start().unwrap();
    let ours = bed.resolver(bed.recursive(), clock()).unwrap();
    let theirs = Resolver::trusting(bed.validating(), clock());
    let rows: &[(&str, &str, &[&str])] = &[
        ("mx.signed.test", "mx.signed.test", &["mx.signed.test"]),
        ("alias.signed.test", "mx.signed.test", &["mx.signed.test", "alias.signed.test"]),
        ("hop.signed.test", "mx.hashed.test", &["mx.hashed.test", "hop.signed.test"]),
        (
            "empty.tree.signed.test",
            "empty.between.signed.test",
            &["empty.between.signed.test", "empty.tree.signed.test"],
        ),
        ("out.signed.test", "mx.unsigned.test", &["out.signed.test"]),
        ("in.unsigned.test", "mx.signed.test", &[]),
        ("mx.unsigned.test", "mx.unsigned.test", &[]),
    ];
    for (host, canonical, bases) in rows {
        for resolver in [&ours, &theirs] {
            let Lookup::Found { records, .. } = resolver.addresses(&name(host)).await else { panic!("{host}") };
            let bases = bases.iter().map(|base| name(base)).collect();
            let expected = Addresses { canonical: name(canonical), tlsa_bases: bases, ..records.clone() };
            assert_eq!(records, expected, "{host}");
            assert!([[192, 0, 2, 1].into(), Ipv4Addr::new(192, 0, 2, 7)].contains(&records.ipv4[0]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_believed_when_it_refuses_what_is_broken() {
    let bed = Bed::start().unwrap();
    let (broken, signed) = (name("expired.test"), name("signed.test"));
    assert_eq!(prove(bed.validating(), &broken, &signed).await, Ok(()));
    let credulous = resolve::Loopback::new(bed.recursive()).unwrap();
    assert_eq!(prove(credulous, &broken, &signed).await, Err(Distrust::Credulous { name: broken.clone() }));
    let unsigned = name("unsigned.test");
    assert_eq!(prove(bed.validating(), &broken, &unsigned).await, Err(Distrust::Silent { name: unsigned }));
    let missing = name("nobody.test");
    assert!(matches!(prove(bed.validating(), &missing, &signed).await, Err(Distrust::Untried { .. })));
    assert!(matches!(prove(bed.validating(), &broken, &missing).await, Err(Distrust::Untried { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bogus_and_what_is_unavailable_are_told_apart() {
    let bed = Bed::start().unwrap();
    let nobody = "127.0.0.1:9".parse().unwrap();
    let bogus = name("expired.test");
    for resolver in [bed.resolver(bed.recursive(), clock()).unwrap(), Resolver::trusting(bed.validating(), clock())] {
        let lookup = resolver.mx(&bogus).await;
        assert!(matches!(lookup, Lookup::Failed(Failure::Bogus { .. })), "{lookup:?}");
    }
    let lookup = bed.resolver(nobody, clock()).unwrap().mx(&bogus).await;
    assert!(matches!(lookup, Lookup::Failed(Failure::Unavailable { .. })), "{lookup:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_is_asked_where_one_is_dead_or_refuses() {
    let bed = Bed::start().unwrap();
    let dead = "127.0.0.1:9".parse().unwrap();
    let refusing =
        Middle::start(bed.recursive(), |_, _, reply| Some(Reply { rcode: Rcode::REFUSED, ..reply })).unwrap();
    for first in [dead, refusing.address()] {
        let servers = Servers::new(vec![first, bed.recursive()]).unwrap();
        let resolver = Resolver::validating(&servers, bed.anchor(), clock()).unwrap();
        assert_eq!(state(&resolver.tlsa(25, &name("mx.signed.test")).await), "found secure", "{first}");
    }
}

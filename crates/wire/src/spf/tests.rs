use std::net::IpAddr;

use proptest::prelude::*;

use super::{record::Mechanism::*, *};

/// What a small DNS holds: name, kind, values apart from each other by `|`. Everything else is nothing.
const ZONE: &[(&str, &str, &str)] = &[
    ("plain.test", "txt", "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/64 -all"),
    ("soft.test", "txt", "v=spf1 ~all"),
    ("open.test", "txt", "v=spf1 +all"),
    ("silent.test", "txt", "v=spf1"),
    ("neutral.test", "txt", "v=spf1 ?all"),
    ("mixed.test", "txt", "v=spf10 +all|other|V=SPF1 ip4:192.0.2.1 -all"),
    ("none.test", "txt", "v=spf10 +all|other"),
    ("several.test", "txt", "v=spf1 -all|v=spf1 +all"),
    ("host.test", "a", "192.0.2.1|2001:db8::1"),
    ("next.test", "a", "192.0.2.200"),
    ("a.test", "txt", "v=spf1 a:host.test -all"),
    ("wide.test", "txt", "v=spf1 a:next.test/24//64 -all"),
    ("world4.test", "txt", "v=spf1 ip4:203.0.113.9/0 -all"),
    ("world6.test", "txt", "v=spf1 ip6:::/0 -all"),
    ("both.test", "txt", "v=spf1 a:next.test/0//128 -all"),
    ("own.test", "txt", "v=spf1 a mx -all"),
    ("own.test", "a", "192.0.2.1"),
    ("mx.test", "txt", "v=spf1 mx -all"),
    ("mx.test", "mx", "next.test|host.test"),
    ("include.test", "txt", "v=spf1 include:plain.test -all"),
    ("include-none.test", "txt", "v=spf1 include:none.test -all"),
    ("include-soft.test", "txt", "v=spf1 include:soft.test ?all"),
    ("redirect.test", "txt", "v=spf1 redirect=plain.test"),
    ("redirect-none.test", "txt", "v=spf1 redirect=none.test"),
    ("loop.test", "txt", "v=spf1 include:loop.test -all"),
    ("exists.test", "txt", "v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all"),
    ("1.2.0.192.in-addr._spf.exists.test", "a", "127.0.0.2"),
    ("ptr.test", "txt", "v=spf1 ptr:example.test -all"),
    ("ptr-other.test", "txt", "v=spf1 ptr:ample.test -all"),
    ("192.0.2.1", "ptr", "gone.test|mail.example.test"),
    ("mail.example.test", "a", "192.0.2.1"),
    ("gone.test", "a", "192.0.2.99"),
    ("voids2.test", "txt", "v=spf1 a:v1.test a:v2.test ip4:192.0.2.1 -all"),
    ("voids3.test", "txt", "v=spf1 a:v1.test a:v2.test a:v3.test ip4:192.0.2.1 -all"),
    ("broken.test", "txt", "v=spf1 ip4:192.0.2.1/33 -all"),
    ("late.test", "txt", "v=spf1 ip4:192.0.2.1 include:broken.test -all"),
    ("failed.test", "failed", ""),
    ("include-failed.test", "txt", "v=spf1 include:failed.test ip4:192.0.2.1 -all"),
];

/// The answer of the zone, and of names made for the edges: `lookups<N>`, `hosts<N>`.
fn answer(question: &Question) -> Answer {
    let of = |name: &str, kind: &str| -> Vec<String> {
        let row = ZONE.iter().find(|row| row.0 == name && row.1 == kind);
        row.map(|row| row.2.split('|').map(str::to_owned).collect()).unwrap_or_default()
    };
    let failed = |name: &str| ZONE.iter().any(|row| row.0 == name && row.1 == "failed");
    let count = |name: &str, word: &str| name.strip_prefix(word)?.strip_suffix(".test")?.parse::<usize>().ok();
    match question {
        Question::Texts(name) if failed(name) => Answer::Failed,
        Question::Texts(name) => {
            if let Some(lookups) = count(name, "lookups") {
                return Answer::Texts(vec![format!("v=spf1{} ip4:192.0.2.1 -all", " a:next.test".repeat(lookups))]);
            }
            if count(name, "hosts").is_some() {
                return Answer::Texts(vec!["v=spf1 mx ip4:192.0.2.1 -all".to_owned()]);
            }
            Answer::Texts(of(name, "txt"))
        }
        Question::Addresses(name) => match of(name, "a").iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>() {
            found if found.is_empty() => Answer::Nothing,
            found => Answer::Addresses(found),
        },
        Question::MailServers(name) => match count(name, "hosts") {
            Some(hosts) => Answer::Names(vec!["next.test".to_owned(); hosts]),
            None => Answer::Names(of(name, "mx")),
        },
        Question::Names(address) => Answer::Names(of(&address.to_string(), "ptr")),
    }
}

fn outcome(domain: &str, address: &str) -> Outcome {
    let domain = Domain::parse(domain).unwrap();
    let hello = Domain::parse("mail.example.test").unwrap();
    let subject = Subject { address: address.parse().unwrap(), local_part: "post", domain: &domain, hello: &hello };
    let mut answers = Answers::new();
    loop {
        match check(&subject, &answers) {
            Ok(outcome) => return outcome,
            Err(question) => {
                let answered = answers.insert(question.clone(), answer(&question));
                assert_eq!(answered, None, "no question is asked twice");
            }
        }
    }
}

#[test]
fn records_come_to_their_verdicts() {
    let one = "192.0.2.1";
    for (domain, address, verdict, term) in [
        ("plain.test", one, Verdict::Pass, "ip4:192.0.2.0/28"),
        ("plain.test", "::ffff:192.0.2.1", Verdict::Pass, "ip4:192.0.2.0/28"),
        ("plain.test", "192.0.2.16", Verdict::Fail, "-all"),
        ("plain.test", "2001:db8::77", Verdict::Pass, "ip6:2001:db8::/64"),
        ("plain.test", "2001:db8:0:1::77", Verdict::Fail, "-all"),
        ("soft.test", one, Verdict::SoftFail, "~all"),
        ("open.test", one, Verdict::Pass, "+all"),
        ("silent.test", one, Verdict::Neutral, ""),
        ("neutral.test", one, Verdict::Neutral, "?all"),
        ("mixed.test", one, Verdict::Pass, "ip4:192.0.2.1"),
        ("none.test", one, Verdict::None, ""),
        ("nowhere.test", one, Verdict::None, ""),
        ("several.test", one, Verdict::PermError(Fault::Several("several.test".into())), ""),
        ("a.test", one, Verdict::Pass, "a:host.test"),
        ("a.test", "2001:db8::1", Verdict::Pass, "a:host.test"),
        ("a.test", "192.0.2.2", Verdict::Fail, "-all"),
        ("wide.test", one, Verdict::Pass, "a:next.test/24//64"),
        ("world4.test", one, Verdict::Pass, "ip4:203.0.113.9/0"),
        ("world4.test", "2001:db8::1", Verdict::Fail, "-all"),
        ("world6.test", "2001:db8::1", Verdict::Pass, "ip6:::/0"),
        ("world6.test", "::ffff:192.0.2.1", Verdict::Fail, "-all"),
        ("both.test", "203.0.113.1", Verdict::Pass, "a:next.test/0//128"),
        ("both.test", "2001:db8::1", Verdict::Fail, "-all"),
        ("own.test", one, Verdict::Pass, "a"),
        ("mx.test", one, Verdict::Pass, "mx"),
        ("mx.test", "192.0.2.3", Verdict::Fail, "-all"),
        ("include.test", one, Verdict::Pass, "include:plain.test"),
        ("include.test", "203.0.113.1", Verdict::Fail, "-all"),
        ("include-soft.test", one, Verdict::Neutral, "?all"),
        ("include-none.test", one, Verdict::PermError(Fault::NoRecord("none.test".into())), ""),
        ("redirect.test", one, Verdict::Pass, "redirect=plain.test"),
        ("redirect-none.test", one, Verdict::PermError(Fault::NoRecord("none.test".into())), ""),
        ("loop.test", one, Verdict::PermError(Fault::Lookups), ""),
        ("exists.test", one, Verdict::Pass, "exists:%{ir}.%{v}._spf.%{d2}"),
        ("exists.test", "192.0.2.2", Verdict::Fail, "-all"),
        ("ptr.test", one, Verdict::Pass, "ptr:example.test"),
        ("ptr-other.test", one, Verdict::Fail, "-all"),
        ("voids2.test", one, Verdict::Pass, "ip4:192.0.2.1"),
        ("voids3.test", one, Verdict::PermError(Fault::Voids), ""),
        ("late.test", one, Verdict::Pass, "ip4:192.0.2.1"),
        ("failed.test", one, Verdict::TempError, ""),
        ("include-failed.test", one, Verdict::TempError, ""),
        ("lookups10.test", one, Verdict::Pass, "ip4:192.0.2.1"),
        ("lookups11.test", one, Verdict::PermError(Fault::Lookups), ""),
        ("hosts10.test", one, Verdict::Pass, "ip4:192.0.2.1"),
        ("hosts11.test", one, Verdict::PermError(Fault::Hosts("hosts11.test".into())), ""),
    ] {
        let found = outcome(domain, address);
        assert_eq!((&found.verdict, found.term.as_str()), (&verdict, term), "{domain} {address}");
    }
    let broken = outcome("broken.test", one).verdict;
    assert!(matches!(&broken, Verdict::PermError(Fault::Syntax { name, .. }) if name == "broken.test"), "{broken:?}");
    assert_eq!(outcome("lookups10.test", one).lookups, LOOKUPS_MAX);
}

#[test]
fn terms_are_read_as_the_grammar_says() {
    let some = |name: &str| Some(name.to_owned());
    for (word, mechanism) in [
        ("a", A(None, 32, 128)),
        ("A/24", A(None, 24, 128)),
        ("a//64", A(None, 32, 64)),
        ("a:x.test/0//0", A(some("x.test"), 0, 0)),
        ("a:%{d/}.x.test/24", A(some("%{d/}.x.test"), 24, 128)),
        ("mx:x.test.", Mx(some("x.test."), 32, 128)),
        ("ptr", Ptr(None)),
        ("include:%{i}._spf.%{h}", Include("%{i}._spf.%{h}".into())),
        ("exists:%{l1r+-}.x.test", Exists("%{l1r+-}.x.test".into())),
        ("ip4:192.0.2.0/24", Ip4("192.0.2.0".parse().unwrap(), 24)),
        ("ip6:2001:db8::", Ip6("2001:db8::".parse().unwrap(), 128)),
    ] {
        let record = Record::parse(&format!("v=spf1 {word}")).unwrap();
        assert_eq!(record.terms.iter().map(|term| &term.mechanism).collect::<Vec<_>>(), [&mechanism], "{word}");
    }
    let record = Record::parse("v=spf1  -all exp=why.%{d} future=x:y redirect=r.test ").unwrap();
    assert_eq!((record.terms.len(), record.redirect.as_deref()), (1, Some("r.test")));
}

#[test]
fn what_breaks_the_grammar_is_refused_with_the_term() {
    for word in [
        "all:x",
        "include",
        "include:",
        "a:",
        "a:x.test/33",
        "a:x.test//129",
        "a/024",
        "ax",
        "ip4",
        "ip4:1.2.3",
        "ip4:1.2.3.4/",
        "ip6:192.0.2.1",
        "exists",
        "exists:%{x}.test",
        "include:%x.test",
        "include:%{d0}.test",
        "include:x.1",
        "ptr:",
        "redirect=",
        "redirect=a.test redirect=b.test",
        "exp=a.test exp=b.test",
        "--all",
        "x",
        "a b c",
    ] {
        let error = Record::parse(&format!("v=spf1 {word}")).unwrap_err();
        assert_ne!(error, SyntaxError::Characters, "{word}");
    }
    assert_eq!(Record::parse("v=spf1 a:\u{e4}.test"), Err(SyntaxError::Characters));
}

/// The examples of section 7.4.
#[test]
fn macros_are_expanded_as_the_standard_shows() {
    let domain = Domain::parse("email.example.com").unwrap();
    let subject = |address: &str| Subject {
        address: address.parse().unwrap(),
        local_part: "strong-bad",
        domain: &domain,
        hello: &domain,
    };
    for (text, expanded) in [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%%%_%-%{p}.x", "% %20unknown.x"),
        ("%{S}", "strong-bad%40email.example.com"),
    ] {
        assert_eq!(macros::expand(text, &subject("192.0.2.3"), "email.example.com"), expanded, "{text}");
    }
    let six = macros::expand("%{ir}.%{v}._spf.%{d2}", &subject("2001:db8::cb01"), "email.example.com");
    assert_eq!(six, "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
    let long = macros::expand(&format!("{}.x.test", "abc.".repeat(62)), &subject("192.0.2.3"), "x");
    assert!(long.len() <= 253 && long.ends_with(".x.test"), "{long}");
    for (first, kept) in [("ab", 253), ("abc", 250)] {
        let name = format!("{first}.{}x.test", "abc.".repeat(61));
        let asked = macros::expand(&name, &subject("192.0.2.3"), "x");
        assert!(asked.len() == kept && name.ends_with(&asked), "{} of {}: {asked}", asked.len(), name.len());
    }
    assert_eq!(macros::expand(&"a".repeat(254), &subject("192.0.2.3"), "x"), "", "one label alone cannot be shortened");
}

#[test]
fn our_addresses_are_let_in_before_anything_refuses_them() {
    let addresses: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    for (record, proposed) in [
        (None, "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all"),
        (Some("v=spf1 a:x.test -all"), "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 a:x.test -all"),
        (Some("v=spf1"), "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1"),
    ] {
        let text = with_addresses(record, &addresses, "~all");
        assert_eq!(text, proposed);
        assert!(Record::parse(&text).is_ok());
    }
}

#[test]
fn a_record_gets_another_end() {
    for (record, proposed) in [
        ("v=spf1 mx ?all", Some("v=spf1 mx -all")),
        ("v=spf1  +all  exp=why.test", Some("v=spf1 exp=why.test -all")),
        ("v=spf1", Some("v=spf1 -all")),
        ("v=spf1 redirect=a.test", None),
        ("v=spf1 nonsense", None),
    ] {
        assert_eq!(with_end(record, "-all").as_deref(), proposed, "{record}");
    }
}

proptest! {
    #[test]
    fn reading_never_fails_badly(text in "v=spf1( [-+~?]?(a|mx|ptr|all|include|exists|ip4|ip6|redirect=)?[:/%{}a-z0-9.=-]{0,12}){0,6}") {
        let _any = Record::parse(&text);
    }
}

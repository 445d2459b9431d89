//! What a domain publishes about the mail it sends: SPF, DKIM keys, DMARC, and where reports go.
//!
//! Each line of an input is a TXT record. Every SPF check over them comes to an end, whatever the records refer to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{
    address::Domain,
    dkim::KeyRecord,
    dmarc::{self, Wish},
    spf::{self, Answer, Answers, LOOKUPS_MAX, Question, Subject, Verdict},
    tlsrpt,
};

/// More questions than any check asks: ten terms, each with ten hosts.
const QUESTIONS_MAX: usize = 150;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let records: Vec<&str> = text.lines().collect();
    check(&records);
    let _tlsrpt = tlsrpt::find(records.iter().copied());
    let _dmarc = dmarc::find(records.iter().copied());
    for record in records {
        let _key = KeyRecord::parse(record);
        if let Ok(Some(read)) = dmarc::find([record])
            && read.wish == Wish::None
        {
            let raised = dmarc::find([dmarc::with_wish(record, Wish::Reject).as_str()]);
            assert!(matches!(&raised, Ok(Some(raised)) if raised.wish == Wish::Reject), "{raised:?}");
        }
        if let Ok(Some(text)) = spf::find("x", [record])
            && spf::Record::parse(text).is_ok()
        {
            let opened = spf::with_addresses(Some(text), &["192.0.2.1".parse().expect("an address")], "-all");
            assert!(spf::Record::parse(&opened).is_ok(), "{opened}");
            if let Some(closed) = spf::with_end(text, "-all") {
                assert!(spf::Record::parse(&closed).is_ok(), "{closed}");
            }
        }
    }
});

/// Follows the first record, where every name leads to one of the others.
fn check(records: &[&str]) {
    let domain = Domain::parse("example.org").expect("a domain");
    for address in ["192.0.2.1", "2001:db8::1"] {
        let address = address.parse().expect("an address");
        let subject = Subject { address, local_part: "post", domain: &domain, hello: &domain };
        let mut answers = Answers::new();
        let outcome = loop {
            match spf::check(&subject, &answers) {
                Ok(outcome) => break outcome,
                Err(question) => {
                    let answer = answer(&question, records, answers.len());
                    assert!(answers.insert(question, answer).is_none(), "nothing is asked twice");
                    assert!(answers.len() <= QUESTIONS_MAX);
                }
            }
        };
        assert!(outcome.lookups <= LOOKUPS_MAX || matches!(outcome.verdict, Verdict::PermError(_)));
    }
}

fn answer(question: &Question, records: &[&str], asked: usize) -> Answer {
    match question {
        Question::Texts(_) => match records.get(asked % records.len().max(1)) {
            Some(record) => Answer::Texts(vec![(*record).to_owned()]),
            None => Answer::Nothing,
        },
        Question::Addresses(host) if host.len().is_multiple_of(7) => Answer::Failed,
        Question::Addresses(host) if host.len().is_multiple_of(3) => Answer::Nothing,
        Question::Addresses(_) => Answer::Addresses(vec!["198.51.100.1".parse().expect("an address")]),
        Question::MailServers(_) | Question::Names(_) => {
            Answer::Names((0..asked % 12).map(|number| format!("h{asked}-{number}.example")).collect())
        }
    }
}

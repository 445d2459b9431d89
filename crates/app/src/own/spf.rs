//! Whether our addresses may send for a domain (RFC 7208), and everybody else may not.

use std::net::{IpAddr, Ipv4Addr};

use resolve::{Lookup, MailServers, Name, Resolver};
use wire::{
    address::Domain,
    spf::{self, Answer, Answers, LOOKUPS_MAX, Outcome, Question, Subject, Verdict},
    zone::Record,
};

use super::{Finding, Own, addresses, listed, names, texts};

/// An address that is nobody's (RFC 5737): what becomes of it becomes of every stranger.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 213));

/// A record that costs this many questions breaks with the next change of somebody who is referred to.
const LOOKUPS_MANY: usize = LOOKUPS_MAX - 1;

/// How a new record for a domain ends: the organisation's mail servers stay allowed, and what is not named is suspicious until all are.
const DOMAIN_END: &str = "mx ~all";
/// How a new record for the name in `EHLO` ends: nobody else has that name.
const HOST_END: &str = "-all";

/// Checks the domain of reverse-paths.
pub(super) async fn of_domain(resolver: &Resolver, own: &Own, domain: &Domain, ours: &[IpAddr]) -> Finding {
    let local_part = if own.sender.domain().as_ref() == Some(domain) { own.sender.local_part() } else { "postmaster" };
    let subject = Subject { address: STRANGER, local_part, domain, hello: &own.host_name };
    examine(resolver, subject, ours, DOMAIN_END).await
}

/// Checks the name in `EHLO`, which stands for the domain where the reverse-path is null, as it is in reports (section 2.4).
pub(super) async fn of_host(resolver: &Resolver, own: &Own, ours: &[IpAddr]) -> Finding {
    let host = &own.host_name;
    let subject = Subject { address: STRANGER, local_part: "postmaster", domain: host, hello: host };
    examine(resolver, subject, ours, HOST_END).await
}

/// What is known when all has been asked.
struct Asked {
    /// The record.
    text: Option<String>,
    /// What becomes of each of our addresses.
    ours: Vec<(IpAddr, Outcome)>,
    /// What becomes of a stranger.
    stranger: Outcome,
}

async fn examine(resolver: &Resolver, stranger: Subject<'_>, ours: &[IpAddr], end: &str) -> Finding {
    let domain = stranger.domain;
    let what = format!("{domain}: SPF");
    let mut answers = match texts(resolver, domain.as_str()).await {
        Ok(texts) => Answers::from([(Question::Texts(domain.to_string()), Answer::Texts(texts))]),
        Err(failure) => return Finding::failed(what, domain.as_str(), &failure),
    };
    if ours.is_empty() {
        return Finding::unknown(what, "it is not known from which addresses mail is sent");
    }
    let stranger_outcome = follow(resolver, stranger, &mut answers).await;
    let mut outcomes = Vec::new();
    for address in ours {
        let subject = Subject { address: *address, ..stranger };
        outcomes.push((*address, follow(resolver, subject, &mut answers).await));
    }
    let text = match answers.get(&Question::Texts(domain.to_string())) {
        Some(Answer::Texts(texts)) => spf::find(domain.as_str(), texts.iter().map(String::as_str)).ok().flatten(),
        _ => None,
    };
    let asked = Asked { text: text.map(str::to_owned), ours: outcomes, stranger: stranger_outcome };
    judge(domain, what, &asked, end)
}

/// Asks until there is an outcome.
async fn follow(resolver: &Resolver, subject: Subject<'_>, answers: &mut Answers) -> Outcome {
    loop {
        match spf::check(&subject, answers) {
            Ok(outcome) => return outcome,
            Err(question) => {
                let answer = ask(resolver, &question).await;
                answers.insert(question, answer);
            }
        }
    }
}

async fn ask(resolver: &Resolver, question: &Question) -> Answer {
    let or_nothing = |is_empty: bool, answer: Answer| if is_empty { Answer::Nothing } else { answer };
    match question {
        Question::Texts(name) => {
            texts(resolver, name).await.map_or(Answer::Failed, |all| or_nothing(all.is_empty(), Answer::Texts(all)))
        }
        Question::Addresses(host) => addresses(resolver, host)
            .await
            .map_or(Answer::Failed, |all| or_nothing(all.is_empty(), Answer::Addresses(all))),
        Question::MailServers(domain) => mail_servers(resolver, domain).await,
        Question::Names(address) => {
            names(resolver, *address).await.map_or(Answer::Failed, |all| or_nothing(all.is_empty(), Answer::Names(all)))
        }
    }
}

/// Those that are listed: a domain that stands for itself has none here (RFC 7208 section 5.4).
async fn mail_servers(resolver: &Resolver, domain: &str) -> Answer {
    let Ok(domain) = Name::parse(domain) else { return Answer::Nothing };
    match resolver.mx(&domain).await {
        Lookup::Found { records: MailServers::Listed(hosts), .. } => {
            Answer::Names(hosts.iter().map(|mx| mx.host.to_string()).collect())
        }
        Lookup::Found { .. } | Lookup::Nothing { .. } => Answer::Nothing,
        Lookup::Failed(_) => Answer::Failed,
    }
}

fn judge(domain: &Domain, what: String, asked: &Asked, end: &str) -> Finding {
    let all = asked.ours.iter().map(|(_, outcome)| outcome).chain([&asked.stranger]);
    let outcomes: Vec<&Outcome> = all.collect();
    let record = |text: String| Record::txt(domain.as_str(), text);
    if let Some(Verdict::PermError(fault)) = outcomes.iter().map(|one| &one.verdict).find(|one| is_fault(one)) {
        return Finding::wrong(what, format!("the record cannot be followed, so nobody passes: {fault}"));
    }
    if outcomes.iter().any(|outcome| outcome.verdict == Verdict::TempError) {
        return Finding::unknown(what, "a name that the record refers to could not be looked up");
    }
    let refused: Vec<IpAddr> =
        asked.ours.iter().filter(|(_, one)| one.verdict != Verdict::Pass).map(|(address, _)| *address).collect();
    let Some(text) = &asked.text else {
        let hint = if end == DOMAIN_END { "; name every other server that sends for it too" } else { "" };
        let proposed = record(spf::with_addresses(None, &refused, end));
        return Finding::wrong(what, format!("there is no record{hint}")).publish(proposed);
    };
    if !refused.is_empty() {
        let verdicts = asked.ours.iter().filter(|(_, one)| one.verdict != Verdict::Pass);
        let verdicts =
            listed(verdicts.map(|(address, one)| format!("{address} gets {}{}", one.verdict.word(), by(one))));
        let proposed = record(spf::with_addresses(Some(text), &refused, end));
        return Finding::wrong(what, format!("our mail does not pass: {verdicts}")).publish(proposed);
    }
    // Another end changes nothing where a term before it has the say.
    let new_end = || spf::with_end(text, "-all").filter(|_| is_end(&asked.stranger.term));
    let closed = |finding: Finding| new_end().into_iter().fold(finding, |finding, text| finding.publish(record(text)));
    match asked.stranger.verdict {
        Verdict::Pass => closed(Finding::wrong(what, format!("everybody passes{}", by(&asked.stranger)))),
        Verdict::Neutral => closed(Finding::better(what, "our addresses pass, and of others it says nothing")),
        _ if asked.stranger.lookups >= LOOKUPS_MANY => {
            let lookups = asked.stranger.lookups;
            Finding::better(what, format!("our addresses pass; it takes {lookups} questions of {LOOKUPS_MAX} allowed"))
        }
        _ => Finding::good(what, format!("our addresses pass; strangers get {}", asked.stranger.verdict.word())),
    }
}

const fn is_fault(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::PermError(_))
}

/// Whether a term is what stands at the end of a record, or there is none.
fn is_end(term: &str) -> bool {
    term.is_empty() || term.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all")
}

fn by(outcome: &Outcome) -> String {
    if outcome.term.is_empty() { String::new() } else { format!(" by `{}`", outcome.term) }
}

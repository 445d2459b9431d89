//! The story of a delivery as text, a line for each fact (P6).

use jiff::tz::TimeZone;
use model::{
    Language,
    assessment::{Assessment, Dnssec, Host, MtaSts},
    assurance::{Level, Requirement, Source},
    attempt::{Attempt, Outcome, Protection},
    route::Channel,
    story::{Entry, Happening, MailKind, Story},
};

use crate::{
    dates::Dates,
    words::{Phrase, Words},
};

/// How far what belongs to an entry is moved in.
const INDENT: &str = "    ";

/// Tells the story in `language`, with times in `zone`.
pub fn tell(story: &Story, language: Language, zone: &TimeZone) -> String {
    let mut teller = Teller { language, dates: Dates::new(language, zone), lines: Vec::new() };
    let (id, recipient) = (story.delivery.to_string(), &story.recipient);
    teller.line(0, &teller.say("trace-title").with("id", id).with("recipient", recipient).to_string());
    teller.line(0, &format!("{}  {}", teller.dates.moment(&story.accepted_at), teller.say("trace-accepted")));
    for line in story.decision.explain(language).lines() {
        teller.line(1, line);
    }
    for entry in &story.entries {
        teller.entry(entry);
    }
    teller.lines.join("\n") + "\n"
}

struct Teller<'a> {
    language: Language,
    dates: Dates<'a>,
    lines: Vec<String>,
}

impl Teller<'_> {
    fn say<'a>(&self, key: &'static str) -> Phrase<'a> {
        Words::of(self.language).say(key)
    }

    /// What others wrote must not look like a line of ours.
    fn line(&mut self, depth: usize, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(INDENT.repeat(depth) + text.trim_end());
    }

    fn entry(&mut self, entry: &Entry) {
        let at = self.dates.moment(&entry.at);
        match &entry.what {
            Happening::Noted { event, channel, reason } => {
                let said = self.noted(event, *channel, reason);
                self.line(0, &format!("{at}  {said}"));
                if event == "channel_taken" && reason != "route" {
                    self.line(1, &self.say("trace-reason").with("reason", reason).to_string());
                }
            }
            Happening::Tried { kind, number, attempt, .. } => {
                let mail = self.say(match kind {
                    MailKind::Direct => "trace-mail-direct",
                    MailKind::Notice => "trace-mail-notice",
                    MailKind::Reply => "trace-mail-reply",
                    MailKind::Report => "trace-mail-report",
                });
                let said = self.say("trace-try").with("number", number.to_string()).with("mail", mail.to_string());
                self.line(0, &format!("{at}  {said}"));
                self.attempt(attempt);
            }
        }
    }

    fn noted(&self, event: &str, channel: Option<Channel>, reason: &str) -> String {
        let key = match event {
            "channel_taken" => {
                let way = self.say(match channel {
                    Some(Channel::Direct) => "trace-channel-direct",
                    Some(Channel::Letter) => "trace-channel-letter",
                    Some(Channel::Deposit) | None => "trace-channel-deposit",
                });
                return self.say("trace-channel").with("channel", way.to_string()).to_string();
            }
            "delivery_ended" if reason == "direct" => "trace-ended-direct",
            "delivery_ended" => return self.say("trace-ended").with("outcome", reason).to_string(),
            "unscanned" if reason == "too_large" => "trace-unscanned-too-large",
            "unscanned" => "trace-unscanned",
            "deposited" => "trace-deposited",
            "notice_queued" => "trace-notice-queued",
            "notice_failed" => "trace-notice-failed",
            "mail_returned" => "trace-mail-returned",
            "complained" => "trace-complained",
            "notices_stopped" => "trace-notices-stopped",
            "withdrawn" => "trace-withdrawn",
            "read" => "trace-read",
            "exported" => "trace-exported",
            "deleted" => "trace-deleted",
            other => return self.say("trace-other").with("event", other).to_string(),
        };
        self.say(key).to_string()
    }

    fn attempt(&mut self, attempt: &Attempt) {
        if attempt.is_remembered {
            self.line(1, &self.say("trace-remembered").to_string());
        }
        if let Some(found) = &attempt.found {
            self.found(found);
        }
        let said = match &attempt.outcome {
            Outcome::Sent { reply, protection, .. } => {
                self.protection(protection, attempt.found.is_some());
                self.say("trace-sent").with("reply", reply)
            }
            Outcome::Deferred { reason } => self.say("trace-deferred").with("reason", reason),
            Outcome::Unprotected { reason, .. } => self.say("trace-unprotected").with("reason", reason),
            Outcome::Refused { reason, status } => {
                self.say("trace-refused").with("status", status).with("reason", reason)
            }
        };
        self.line(1, &said.to_string());
    }

    fn found(&mut self, found: &Assessment) {
        let key = match found.mx_dnssec {
            Dnssec::Secure => "trace-domain-secure",
            Dnssec::Insecure => "trace-domain-insecure",
            Dnssec::Bogus => "trace-domain-bogus",
            Dnssec::Unavailable => "trace-domain-unavailable",
        };
        self.line(1, &self.say(key).with("domain", &found.domain).to_string());
        match &found.mta_sts {
            MtaSts::NotAsked => {}
            MtaSts::None => self.line(1, &self.say("trace-sts-none").to_string()),
            MtaSts::Policy { id, mode, .. } => {
                self.line(1, &self.say("trace-sts-policy").with("id", id).with("mode", mode).to_string());
            }
            MtaSts::Failed { fault } => self.fault(1, fault),
        }
        for fault in &found.faults {
            self.fault(1, fault);
        }
        for host in &found.hosts {
            self.host(host);
        }
    }

    fn fault(&mut self, depth: usize, fault: &model::assessment::Fault) {
        let meaning = fault.code.meaning(self.language);
        let detail = if fault.detail.is_empty() { String::new() } else { format!(" ({})", fault.detail) };
        self.line(depth, &format!("{meaning}{detail}"));
    }

    fn host(&mut self, host: &Host) {
        let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
        let addresses = if addresses.is_empty() { String::new() } else { format!("({})", addresses.join(", ")) };
        self.line(1, &self.say("trace-host").with("host", &host.name).with("addresses", addresses).to_string());
        for record in &host.tlsa.records {
            let matches = if record.matches { "yes" } else { "no" };
            self.line(2, &self.say("trace-tlsa").with("record", &record.record).with("match", matches).to_string());
        }
        if let Some(tls) = host.connection.as_ref().and_then(|connection| connection.tls.as_ref()) {
            let said = self.say("trace-tls").with("version", &tls.version).with("suite", &tls.suite);
            let said = said.with("group", &tls.group).with("sha256", &tls.certificate.sha256).to_string();
            self.line(2, &said);
        }
        for fault in &host.faults {
            self.fault(2, fault);
        }
        let level = self.level(host.assurance.level);
        self.line(2, &self.say("trace-level").with("level", level).to_string());
    }

    fn protection(&mut self, protection: &Protection, is_told: bool) {
        match protection {
            Protection::Loopback => self.line(1, &self.say("trace-loopback").to_string()),
            Protection::Verified { server, version, suite, group } => {
                let said = self.say("trace-hop").with("server", server).with("version", version);
                self.line(1, &said.with("suite", suite).with("group", group).to_string());
            }
            Protection::Exchange(had) => {
                if !is_told {
                    self.line(1, &self.say("trace-open").with("server", &had.server).to_string());
                    let level = self.level(had.assurance.level);
                    self.line(2, &self.say("trace-level").with("level", level).to_string());
                }
                self.required(had.requirement);
            }
        }
    }

    fn required(&mut self, requirement: Requirement) {
        let source = self.say(match requirement.source {
            Source::Class => "trace-source-class",
            Source::Configured => "trace-source-configured",
            Source::Memory => "trace-source-memory",
            Source::RequireTls => "trace-source-require-tls",
            Source::MtaSts => "trace-source-mta-sts",
            Source::Dane => "trace-source-dane",
        });
        let level = self.level(requirement.minimum.level());
        let said = self.say("trace-required").with("level", level).with("source", source.to_string());
        self.line(1, &said.to_string());
    }

    fn level(&self, level: Level) -> String {
        self.say(match level {
            Level::None => "trace-level-none",
            Level::Encrypted => "trace-level-encrypted",
            Level::Verified => "trace-level-verified",
            Level::MtaSts => "trace-level-mta-sts",
            Level::Dane => "trace-level-dane",
        })
        .to_string()
    }
}

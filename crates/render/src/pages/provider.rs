//! Can my e-mail provider receive encrypted mail? The question, and the answer for people who know nothing of mail servers.
//!
//! Technical terms stand in the *letter* only: a text to copy for the people who run the servers, which names what is wrong and what to do.

use askama::Template;
use jiff::Timestamp;
use model::{
    assessment::Code,
    route::Channel,
    verdict::{Finding, Verdict, Weakness},
};

use crate::{form::Problems, page::Page, paths, words::Phrase};

/// The question. `POST` to [`paths::PROVIDER`] with `address`.
#[derive(Debug, Template)]
#[template(path = "provider.html")]
pub struct Provider<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// What to fill in: typed before, or the reader's own address. May be empty.
    pub typed: &'a str,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
    /// From when on it is looked at again, where too much was asked.
    pub wait_until: Option<Timestamp>,
}

/// The answer.
#[derive(Debug, Template)]
#[template(path = "provider_answer.html")]
pub struct ProviderAnswer<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The domain that was asked about, as people read it.
    pub domain: &'a str,
    /// What was found.
    pub finding: &'a Finding,
}

/// One line of what was checked, and whether it is as it should be.
type Check<'a> = (bool, Phrase<'a>);

impl<'a> ProviderAnswer<'a> {
    fn title(&self) -> Phrase<'a> {
        self.page.say(match self.finding.verdict {
            Verdict::Proven => "provider-proven",
            Verdict::Verified => "provider-verified",
            Verdict::Encrypted => "provider-encrypted",
            Verdict::Unprotected => "provider-unprotected",
            Verdict::NoMail => "provider-no-mail",
            Verdict::Unknown => "provider-unknown",
            Verdict::Own => "provider-own",
        })
    }

    fn lead(&self) -> Phrase<'a> {
        let page = self.page;
        match self.finding.verdict {
            Verdict::Proven => page.say("provider-proven-lead"),
            Verdict::Verified => page.say("provider-verified-lead"),
            Verdict::Encrypted => page.say("provider-encrypted-lead"),
            Verdict::Unprotected => page.say("provider-unprotected-lead"),
            Verdict::NoMail => page.say("provider-no-mail-lead"),
            Verdict::Unknown => page.say("provider-unknown-lead"),
            Verdict::Own => page.say("provider-own-lead").with("organisation", &page.brand.organisation),
        }
    }

    /// The sign beside the answer. It says nothing that the words do not say.
    const fn icon(&self) -> &'static str {
        match self.finding.verdict {
            Verdict::Proven | Verdict::Verified | Verdict::Encrypted => "check",
            Verdict::Unprotected => "alert",
            Verdict::NoMail | Verdict::Unknown | Verdict::Own => "info",
        }
    }

    /// What was checked, where mail would go directly.
    fn checks(&self) -> Vec<Check<'a>> {
        let (server, way) = match self.finding.verdict {
            Verdict::Proven => (true, true),
            Verdict::Verified => (true, false),
            Verdict::Encrypted => (false, false),
            Verdict::Unprotected | Verdict::NoMail | Verdict::Unknown | Verdict::Own => return Vec::new(),
        };
        let either = |is: bool, yes, no| (is, self.page.say(if is { yes } else { no }));
        vec![
            // Whoever stands between us and a server that proves nothing could read along.
            (true, self.page.say(if server { "provider-check-encrypted" } else { "provider-check-listeners" })),
            either(server, "provider-check-server", "provider-check-server-not"),
            either(way, "provider-check-way", "provider-check-way-not"),
        ]
    }

    /// What would become of messages: which ones, and how they come.
    fn ways(&self) -> Vec<(Phrase<'a>, Phrase<'a>)> {
        self.finding.ways.map_or_else(Vec::new, |ways| {
            vec![
                (self.page.say("provider-ways-ordinary"), self.way(ways.ordinary)),
                (self.page.say("provider-ways-special"), self.way(ways.special)),
            ]
        })
    }

    fn way(&self, channel: Channel) -> Phrase<'a> {
        self.page.say(match channel {
            Channel::Direct => "provider-way-direct",
            Channel::Deposit => "provider-way-deposit",
            Channel::Letter => "provider-way-letter",
        })
    }

    /// How notices fare.
    fn notice(&self) -> Phrase<'a> {
        let arrives = self.finding.verdict != Verdict::Unprotected;
        self.page.say(if arrives { "provider-notice" } else { "provider-notice-not" })
    }

    /// Whom the ball is with.
    fn mend(&self) -> Phrase<'a> {
        let is_fine = matches!(self.finding.verdict, Verdict::Proven | Verdict::Verified);
        self.page.say(if is_fine { "provider-mend-better" } else { "provider-mend" })
    }

    /// The text for the people who run the servers, where there is something to mend.
    fn letter(&self) -> Option<String> {
        let (page, finding) = (self.page, self.finding);
        let what = match finding.verdict {
            Verdict::Proven if finding.weaknesses.is_empty() => return None,
            Verdict::Proven => "provider-letter-proven",
            Verdict::Verified => "provider-letter-verified",
            Verdict::Encrypted => "provider-letter-encrypted",
            Verdict::Unprotected => "provider-letter-unprotected",
            Verdict::NoMail | Verdict::Unknown | Verdict::Own => return None,
        };
        let what = page.say(what).with("date", page.dates().day(&page.now)).with("domain", self.domain);
        let mut parts = vec![page.say("provider-letter-greeting").to_string(), what.to_string()];
        let found: Vec<String> = finding.weaknesses.iter().filter_map(|weakness| self.line(weakness)).collect();
        if !found.is_empty() {
            parts.push(format!("{}\n{}", page.say("provider-letter-found"), found.join("\n")));
        }
        parts.push(page.say("provider-letter-advice").to_string());
        let url = format!("{}{}", page.brand.url, paths::PROVIDER);
        parts.push(page.say("provider-letter-checked").with("url", url).to_string());
        parts.push(page.say("provider-letter-thanks").to_string());
        Some(parts.join("\n\n"))
    }

    /// A weakness in one line, with the servers that it concerns.
    fn line(&self, weakness: &Weakness) -> Option<String> {
        let what = self.page.say(code_key(weakness.code)?);
        if weakness.hosts.is_empty() {
            return Some(format!("- {what}"));
        }
        let hosts = weakness.hosts.join(", ");
        let beyond = match weakness.hosts_beyond {
            0 => String::new(),
            count => format!(" {}", self.page.say("provider-letter-hosts-beyond").with("count", count)),
        };
        Some(format!("- {hosts}{beyond}: {what}"))
    }
}

/// What a code is called towards people who run mail servers; `None` where there is nothing for them to mend.
const fn code_key(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::NullMx
        | Code::NoSuchDomain
        | Code::AddressLiteral
        | Code::LeadsBack
        | Code::MxUnavailable
        | Code::NoAddress
        | Code::AddressNotPublic
        | Code::BelowRequirement => return None,
        Code::MxBogus => "provider-code-mx-bogus",
        Code::MxInsecure => "provider-code-mx-insecure",
        Code::AddressUnavailable => "provider-code-address-unavailable",
        Code::AddressBogus => "provider-code-address-bogus",
        Code::TlsaUnavailable => "provider-code-tlsa-unavailable",
        Code::TlsaBogus => "provider-code-tlsa-bogus",
        Code::TlsaUnusable => "provider-code-tlsa-unusable",
        Code::TlsaMismatch => "provider-code-tlsa-mismatch",
        Code::ConnectFailed => "provider-code-connect-failed",
        Code::Protocol => "provider-code-protocol",
        Code::Refused => "provider-code-refused",
        Code::NoStartTls => "provider-code-no-starttls",
        Code::StartTlsRefused => "provider-code-starttls-refused",
        Code::TlsFailed => "provider-code-tls-failed",
        Code::CertificateHostMismatch => "provider-code-certificate-host",
        Code::CertificateExpired => "provider-code-certificate-expired",
        Code::CertificateNotYetValid => "provider-code-certificate-early",
        Code::CertificateNotTrusted => "provider-code-certificate-untrusted",
        Code::CertificateInvalid => "provider-code-certificate-unverifiable",
        Code::CertificateKeyWeak => "provider-code-certificate-key",
        Code::StsAnnouncementInvalid => "provider-code-sts-announcement",
        Code::StsFetchFailed => "provider-code-sts-fetch",
        Code::StsWebpkiInvalid => "provider-code-sts-webpki",
        Code::StsPolicyInvalid => "provider-code-sts-policy",
        Code::StsNotCovered => "provider-code-sts-left-out",
    })
}

super::pages! { Provider ProviderAnswer }

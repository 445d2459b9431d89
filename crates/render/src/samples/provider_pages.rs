//! The page about e-mail providers, with every answer.

use model::{
    Language,
    assessment::Code,
    route::Channel,
    verdict::{Finding, Verdict, Ways, Weakness},
};

use super::{ADDRESS, PageSample, moment, outside};
use crate::{
    Page, Problem,
    brand::Brand,
    form::Problems,
    pages::provider::{Provider, ProviderAnswer},
    paths,
};

pub(super) fn pages(brand: &Brand, language: Language) -> Vec<PageSample> {
    let page = &Page { path: paths::PROVIDER, ..outside(brand, language) };
    let mut all = questions(page);
    all.extend(answers(page));
    all
}

fn questions(page: &Page<'_>) -> Vec<PageSample> {
    let came = Provider { page, typed: "", problems: Problems::default(), wait_until: None };
    let wrong = |typed, problem: &[Problem]| Provider { typed, problems: Problems(problem), ..came }.html();
    let wait = Provider { typed: ADDRESS, wait_until: Some(moment()), ..came };
    [
        ("provider", came.html()),
        ("provider-missing", wrong("", &[Problem::AddressMissing])),
        ("provider-malformed", wrong("\"><script>alert(1)</script>", &[Problem::AddressMalformed])),
        ("provider-literal", wrong("ada@[192.0.2.1]", &[Problem::AddressLiteral])),
        ("provider-wait", wait.html()),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}

fn answers(page: &Page<'_>) -> Vec<PageSample> {
    let answer = |name, domain: &str, finding: &Finding| PageSample {
        name,
        html: ProviderAnswer { page, domain, finding }.html(),
    };
    let found = |verdict, weaknesses| {
        let ordinary = if verdict == Verdict::Unprotected { Channel::Deposit } else { Channel::Direct };
        Finding { verdict, ways: Some(Ways { ordinary, special: Channel::Deposit }), weaknesses }
    };
    let proven = found(Verdict::Proven, Vec::new());
    let nearly = found(Verdict::Proven, vec![at(Code::CertificateExpired, 1, 0)]);
    let verified = found(Verdict::Verified, vec![at(Code::MxInsecure, 0, 0)]);
    let encrypted = found(Verdict::Encrypted, vec![at(Code::MxInsecure, 0, 0), at(Code::CertificateNotTrusted, 2, 0)]);
    let unprotected = found(Verdict::Unprotected, vec![at(Code::NoStartTls, 1, 0)]);
    let everything = CODES.iter().map(|code| at(*code, 3, 4)).collect();
    let long = "krankenversicherungsverein-auf-gegenseitigkeit-der-donaudampfsch.schwäbisch-hall.beispiel.example";
    vec![
        answer("provider-proven", "beispiel.de", &proven),
        answer("provider-proven-nearly", "beispiel.de", &nearly),
        answer("provider-verified", "beispiel.de", &verified),
        answer("provider-encrypted", "beispiel.de", &encrypted),
        answer("provider-unprotected", "beispiel.de", &unprotected),
        answer("provider-unprotected-long", long, &found(Verdict::Unprotected, everything)),
        answer("provider-no-mail", "beispeil.de", &Finding::bare(Verdict::NoMail)),
        answer("provider-unknown", "beispiel.de", &Finding::bare(Verdict::Unknown)),
        answer("provider-own", "musterkasse.example", &Finding::bare(Verdict::Own)),
    ]
}

fn at(code: Code, hosts: usize, hosts_beyond: usize) -> Weakness {
    Weakness { code, hosts: (1..=hosts).map(|number| format!("mx{number}.beispiel.de")).collect(), hosts_beyond }
}

/// Everything that a letter can name.
const CODES: [Code; 25] = [
    Code::MxBogus,
    Code::MxInsecure,
    Code::AddressUnavailable,
    Code::AddressBogus,
    Code::TlsaUnavailable,
    Code::TlsaBogus,
    Code::TlsaUnusable,
    Code::TlsaMismatch,
    Code::ConnectFailed,
    Code::Protocol,
    Code::Refused,
    Code::NoStartTls,
    Code::StartTlsRefused,
    Code::TlsFailed,
    Code::CertificateHostMismatch,
    Code::CertificateExpired,
    Code::CertificateNotYetValid,
    Code::CertificateNotTrusted,
    Code::CertificateInvalid,
    Code::CertificateKeyWeak,
    Code::StsAnnouncementInvalid,
    Code::StsFetchFailed,
    Code::StsWebpkiInvalid,
    Code::StsPolicyInvalid,
    Code::StsNotCovered,
];

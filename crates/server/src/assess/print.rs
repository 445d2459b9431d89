//! Assessments as text, JSON and CSV.

use std::io::Write;

use model::{
    assessment::{Assessment, Dnssec, Fate, Fault, Host, MtaSts},
    assurance::{Level, Minimum},
    route::{Channel, ProtectionClass},
};
use serde::Serialize;

/// An assessment with what follows from it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    assessment: &'a Assessment,
    /// How well mail would be protected.
    level: Level,
    /// Whether the way to the server's name is proved.
    name_secure: bool,
    /// Whether that is qualified transport encryption.
    qualified: bool,
    /// What would become of an ordinary message.
    ordinary: Fate,
    /// What would become of a special one.
    special: Fate,
}

impl<'a> Told<'a> {
    fn of(assessment: &'a Assessment) -> Self {
        let ordinary = ordinary(assessment);
        let assurance = ordinary.assurance.unwrap_or_else(|| assessment.assurance());
        Self {
            assessment,
            level: assurance.level,
            name_secure: assurance.name_secure,
            qualified: assurance.is_qualified(),
            ordinary,
            special: assessment.fate(ProtectionClass::Special, Minimum::Encrypted),
        }
    }
}

/// What would become of an ordinary message.
pub(super) fn ordinary(assessment: &Assessment) -> Fate {
    assessment.fate(ProtectionClass::Ordinary, Minimum::Encrypted)
}

/// An array, one object a line.
pub(super) fn json(out: &mut impl Write, assessments: &[Assessment]) -> anyhow::Result<()> {
    writeln!(out, "[")?;
    for (number, assessment) in (1..).zip(assessments) {
        serde_json::to_writer(&mut *out, &Told::of(assessment))?;
        writeln!(out, "{}", if number < assessments.len() { "," } else { "" })?;
    }
    Ok(writeln!(out, "]")?)
}

/// A line for each domain, for spreadsheets.
pub(super) fn csv(out: &mut impl Write, assessments: &[Assessment]) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "domain",
        "level",
        "qualified",
        "ordinary",
        "special",
        "host",
        "mx_dnssec",
        "mta_sts",
        "because",
    ])?;
    for assessment in assessments {
        let told = Told::of(assessment);
        let because: Vec<&str> = told.ordinary.because.iter().map(|code| code.word()).collect();
        table.write_record([
            assessment.domain.as_str(),
            told.level.word(),
            if told.qualified { "yes" } else { "no" },
            channel(told.ordinary.channel),
            channel(told.special.channel),
            told.ordinary.host.as_deref().unwrap_or_default(),
            dnssec(assessment.mx_dnssec),
            mta_sts(&assessment.mta_sts),
            &because.join(" "),
        ])?;
    }
    Ok(table.flush()?)
}

/// For people.
pub(super) fn text(out: &mut impl Write, assessments: &[Assessment]) -> anyhow::Result<()> {
    for assessment in assessments {
        let told = Told::of(assessment);
        writeln!(out, "{}", assessment.domain)?;
        let qualified = if told.qualified { ", qualified transport encryption" } else { "" };
        writeln!(out, "  level     {}{qualified}", told.level.word())?;
        writeln!(out, "  ordinary  {}", fate(&told.ordinary))?;
        writeln!(out, "  special   {}", fate(&told.special))?;
        writeln!(out, "  list      {}", dnssec(assessment.mx_dnssec))?;
        writeln!(out, "  mta-sts   {}", sts_words(&assessment.mta_sts))?;
        for fault in &assessment.faults {
            writeln!(out, "  note      {}", fault_words(fault))?;
        }
        assessment.hosts.iter().try_for_each(|one| host(out, one))?;
        writeln!(out)?;
    }
    Ok(())
}

fn host(out: &mut impl Write, host: &Host) -> anyhow::Result<()> {
    let preference = host.preference.map_or_else(String::new, |preference| format!(" ({preference})"));
    let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
    writeln!(out, "  {}{preference}: {}", host.name, host.assurance.level.word())?;
    writeln!(out, "    addresses    {} ({})", addresses.join(", "), dnssec(host.dnssec))?;
    for record in &host.tlsa.records {
        let verdict = match (&record.unusable, record.matches) {
            (Some(why), _) => why.as_str(),
            (None, true) => "names the certificate",
            (None, false) => "names another",
        };
        writeln!(out, "    tlsa         {}: {verdict}", record.record)?;
    }
    if let Some(tls) = host.connection.as_ref().and_then(|connection| connection.tls.as_ref()) {
        let until = tls.certificate.not_after.map_or_else(String::new, |until| format!(" until {until}"));
        writeln!(out, "    tls          {} {} {}", tls.version, tls.suite, tls.group)?;
        writeln!(out, "    certificate  {} for {}{until}", tls.certificate.key, tls.certificate.names.join(", "))?;
    }
    Ok(host.faults.iter().try_for_each(|fault| writeln!(out, "    note         {}", fault_words(fault)))?)
}

fn fate(fate: &Fate) -> String {
    let because: Vec<&str> = fate.because.iter().map(|code| code.word()).collect();
    let why = if because.is_empty() { String::new() } else { format!(", because {}", because.join(", ")) };
    let to = fate.host.as_ref().map_or_else(String::new, |host| format!(" to {host}"));
    let needs = fate.requirement.map_or_else(String::new, |needed| format!(", needs {}", needed.minimum.word()));
    format!("{}{to}{needs}{why}", channel(fate.channel))
}

const fn channel(channel: Option<Channel>) -> &'static str {
    match channel {
        Some(channel) => channel.word(),
        None => "returned",
    }
}

const fn dnssec(dnssec: Dnssec) -> &'static str {
    match dnssec {
        Dnssec::Secure => "secure",
        Dnssec::Insecure => "insecure",
        Dnssec::Bogus => "bogus",
        Dnssec::Unavailable => "unavailable",
    }
}

const fn mta_sts(mta_sts: &MtaSts) -> &str {
    match mta_sts {
        MtaSts::None => "none",
        MtaSts::NotAsked => "not asked",
        MtaSts::Policy { mode, .. } => mode.as_str(),
        MtaSts::Failed { .. } => "failed",
    }
}

fn sts_words(sts: &MtaSts) -> String {
    match sts {
        MtaSts::NotAsked => "not asked for".into(),
        MtaSts::None => "no policy".into(),
        MtaSts::Policy { mode, mx, max_age, .. } => format!("{mode}: {}, kept for {max_age} s", mx.join(", ")),
        MtaSts::Failed { fault } => fault_words(fault),
    }
}

fn fault_words(fault: &Fault) -> String {
    let word = fault.code.word();
    if fault.detail.is_empty() { word.to_owned() } else { format!("{word}: {}", fault.detail) }
}

//! `siegelpost tls-reports`: how TLS between mail servers went (RFC 8460).

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use app::tls_report::{self, Picture, RECEIVED_DAYS_MAX};
use jiff::{Timestamp, tz::TimeZone};

use crate::{assemble::assemble, command::Configured, lifecycle};

/// What to show.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many days to look back.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=RECEIVED_DAYS_MAX))]
    days: u16,
    /// The configuration file.
    #[arg(long, default_value = "siegelpost.toml")]
    config: PathBuf,
}

/// Shows it.
pub(crate) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (config, folder) = Configured { config: options.config }.load()?;
    let app = lifecycle::open(&config, &folder, &assemble(&config, &folder)?).await?;
    show(&mut stdout().lock(), &tls_report::picture(&app, options.days).await?)?;
    Ok(ExitCode::SUCCESS)
}

fn show(out: &mut impl Write, Picture { collected, reports, received }: &Picture) -> std::io::Result<()> {
    writeln!(out, "Sessions with the mail servers of others, by day (UTC):")?;
    for (day, good, failed) in collected {
        writeln!(out, "{}  {good:>8} as protected as the policy wants it, {failed} not", date(*day))?;
    }
    none(out, collected.is_empty())?;
    writeln!(out, "\nReports about them, by the day they are about:")?;
    for (day, outcome, number) in reports {
        let outcome = match outcome.as_deref() {
            None => "to be sent",
            Some("unasked") => "not asked for",
            Some(word) => word,
        };
        writeln!(out, "{}  {number:>8} {outcome}", date(*day))?;
    }
    none(out, reports.is_empty())?;
    writeln!(out, "\nWhat others report of the own domains (nothing proves who they are):")?;
    for total in received {
        let tls_report::ReceivedTotal { day, reporter, domain, policy, result, number } = total;
        writeln!(out, "{}  {number:>8} {result}: {domain}, {policy}, told by {reporter:?}", date(*day))?;
    }
    none(out, received.is_empty())
}

fn none(out: &mut impl Write, is_empty: bool) -> std::io::Result<()> {
    if is_empty { writeln!(out, "            none") } else { Ok(()) }
}

fn date(day: i64) -> String {
    let begins = Timestamp::from_second(day.saturating_mul(24 * 60 * 60)).unwrap_or_default();
    begins.to_zoned(TimeZone::UTC).date().to_string()
}

#[cfg(test)]
mod tests {
    use app::tls_report::ReceivedTotal;

    use super::*;

    #[test]
    fn everything_is_shown_on_a_line_of_its_own() {
        let total = ReceivedTotal {
            day: 20_778,
            reporter: "Provider\u{202e}".into(),
            domain: "insurer.example".into(),
            policy: "sts".into(),
            result: "certificate-expired".into(),
            number: 3,
        };
        let picture = Picture {
            collected: vec![(20_778, 12, 1)],
            reports: vec![(20_777, None, 2), (20_777, Some("unasked".into()), 5)],
            received: vec![total],
        };
        let mut shown = Vec::new();
        show(&mut shown, &picture).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        for line in [
            "2026-11-21        12 as protected as the policy wants it, 1 not",
            "2026-11-20         2 to be sent",
            "2026-11-20         5 not asked for",
            "2026-11-21         3 certificate-expired: insurer.example, sts, told by \"Provider\\u{202e}\"",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
        }
        let mut empty = Vec::new();
        show(&mut empty, &Picture { collected: vec![], reports: vec![], received: vec![] }).unwrap();
        assert_eq!(String::from_utf8(empty).unwrap().matches("none").count(), 3);
    }
}

//! `siegelpost destinations` and `siegelpost exception`: how mail to the world's domains is protected, and what is allowed where.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, ensure};
use app::{App, destination};
use clap::Subcommand;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use model::{
    assurance::{Assurance, Exception, Minimum},
    destination::Known,
};
use wire::address::Domain;

use crate::{assemble::assemble, command::Configured, lifecycle};

/// The longest time that is looked back on.
const DAYS_MAX: u16 = 3650;

/// What to show of the domains that mail goes to.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Domains to tell of one by one; without any, the picture of all.
    domains: Vec<String>,
    /// How many days to look back for changes.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=i64::from(DAYS_MAX)))]
    days: u16,
    /// The configuration file.
    #[arg(long, default_value = "siegelpost.toml")]
    config: PathBuf,
}

/// What to do with exceptions.
#[derive(Debug, clap::Args)]
pub(crate) struct Exceptions {
    #[command(subcommand)]
    what: What,
    /// The configuration file.
    #[arg(long, global = true, default_value = "siegelpost.toml")]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Ask less of a domain's mail servers, for a time. What the domain publishes itself (DANE, MTA-STS) is asked for all the same.
    Add {
        /// The domain.
        domain: String,
        /// What is still asked for: `encrypted`, `verified` or `mta_sts`.
        #[arg(long, value_parser = minimum)]
        minimum: Minimum,
        /// The last day (such as 2026-12-24), or the moment of the end (such as 2026-12-24T12:00:00Z).
        #[arg(long)]
        until: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who decides.
        #[arg(long)]
        author: String,
    },
    /// End the exceptions of a domain now.
    End {
        /// The domain.
        domain: String,
    },
    /// Show all exceptions, also those that have ended.
    List,
}

fn minimum(word: &str) -> Result<Minimum, String> {
    Minimum::from_word(word).ok_or_else(|| format!("{word} is no level; nothing is ever sent in clear"))
}

fn domain(name: &str) -> anyhow::Result<Domain> {
    Domain::parse(name).with_context(|| format!("{name} is no domain"))
}

async fn open(config: PathBuf) -> anyhow::Result<Arc<App>> {
    let (config, folder) = Configured { config }.load()?;
    lifecycle::open(&config, &folder, &assemble(&config, &folder)?).await
}

/// Shows levels and changes.
pub(crate) async fn show(options: Options) -> anyhow::Result<ExitCode> {
    let domains = options.domains.iter().map(|name| domain(name)).collect::<anyhow::Result<Vec<_>>>()?;
    let app = open(options.config).await?;
    let mut out = stdout().lock();
    for domain in &domains {
        let (known, exception) = destination::known(&app, domain).await?;
        one(&mut out, domain, known, exception.as_ref())?;
    }
    if domains.is_empty() {
        let since = app.now() - SignedDuration::from_hours(24 * i64::from(options.days));
        picture(&mut out, &destination::picture(&app, since).await?, options.days)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn one(
    out: &mut impl Write,
    domain: &Domain,
    known: Option<Known>,
    exception: Option<&Exception>,
) -> anyhow::Result<()> {
    match known {
        None => writeln!(out, "{domain}: no mail has gone there yet")?,
        Some(known) => {
            let held = if known.is_held { "; held to a verified connection" } else { "" };
            writeln!(out, "{domain}: {}, seen {}{held}", shown(known.assurance), known.seen_at)?;
        }
    }
    if let Some(exception) = exception {
        writeln!(out, "    {}", told(exception))?;
    }
    Ok(())
}

fn picture(out: &mut impl Write, picture: &destination::Picture, days: u16) -> anyhow::Result<()> {
    let all: u64 = picture.levels.iter().map(|count| count.domains).sum();
    writeln!(out, "{all} domains that mail went to, by what their servers had last:")?;
    for count in &picture.levels {
        writeln!(out, "{:>8}  {}", count.domains, shown(count.assurance))?;
    }
    writeln!(out, "\nChanges in {days} days, newest first:")?;
    for change in &picture.changes {
        let word = if change.change.is_loss() { "LOST" } else { "gained" };
        let (before, after) = (shown(change.change.before), shown(change.change.after));
        writeln!(out, "{}  {word:<6}  {}: {before} -> {after}", change.at, change.domain)?;
    }
    if picture.changes.is_empty() {
        writeln!(out, "          none")?;
    }
    Ok(())
}

fn shown(assurance: Assurance) -> String {
    let names = if assurance.name_secure { "names proved by DNSSEC" } else { "names not proved" };
    format!("{}, {names}", assurance.level.word())
}

fn told(exception: &Exception) -> String {
    let Exception { minimum, reason, author, until, .. } = exception;
    format!("exception until {until}: {} is enough. {reason} ({author})", minimum.word())
}

/// Adds, ends or shows exceptions.
pub(crate) async fn exceptions(options: Exceptions) -> anyhow::Result<ExitCode> {
    let app = open(options.config).await?;
    let mut out = stdout().lock();
    match options.what {
        What::Add { domain: name, minimum, until, reason, author } => {
            let domain = domain(&name)?;
            let until = end(&until, &app.settings.brand.zone)?;
            let exception = Exception { minimum, reason, author, from: app.now(), until };
            destination::except(&app, &domain, exception).await??;
            writeln!(out, "{domain}: {} is enough until {until}", minimum.word())?;
        }
        What::End { domain: name } => {
            let domain = domain(&name)?;
            let ended = destination::end_exceptions(&app, &domain).await?;
            ensure!(ended > 0, "{domain}: there is no exception to end");
            writeln!(out, "{domain}: what was allowed is allowed no more")?;
        }
        What::List => {
            for found in destination::exceptions(&app).await? {
                let state = if found.exception.holds(app.now()) { "holds" } else { "ended" };
                writeln!(out, "{state}  {}: {}", found.domain, told(&found.exception))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A day ends with its last moment.
fn end(text: &str, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let day: Date = text.parse().with_context(|| format!("{text} is neither a day nor a moment"))?;
    Ok(day.tomorrow()?.to_zoned(zone.clone())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_its_end_where_the_house_is() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(end("2026-12-24", &zone).unwrap().to_string(), "2026-12-24T23:00:00Z");
        assert_eq!(end("2026-12-24T12:00:00Z", &zone).unwrap().to_string(), "2026-12-24T12:00:00Z");
        assert!(end("tomorrow", &zone).is_err());
    }

    #[test]
    fn p1_no_exception_permits_clear_text() {
        assert!(minimum("none").is_err() && minimum("").is_err());
        assert_eq!(minimum("encrypted"), Ok(Minimum::Encrypted));
    }
}

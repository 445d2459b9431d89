//! `siegelpost assess`: how well would mail to these domains be protected?

mod print;

use std::{
    collections::BTreeSet,
    fs,
    io::{IsTerminal as _, Read as _, stderr, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, ensure};
use futures_util::{StreamExt as _, stream};
use gateway::world::World;
use indicatif::{ProgressBar, ProgressStyle};
use model::{
    Language,
    assessment::{Assessment, Code},
    chance::Clock as _,
};
use serde::Deserialize;
use wire::address::{Domain, EmailAddress};

use crate::{
    config::transport::{Dns, Transport},
    transport,
    world::SystemClock,
};

/// The most domains in one go.
const DOMAINS_MAX: usize = 1_000_000;
/// Domains that are looked at at the same time.
const PARALLEL_MAX: usize = 256;
/// How often the progress bar moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// What to assess, and how to tell.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Domains or addresses.
    #[arg(required_unless_present = "file")]
    names: Vec<String>,
    /// A file with one domain or address a line; `-` for standard input.
    #[arg(long)]
    file: Option<PathBuf>,
    /// The configuration whose `[dns]` and `[transport]` hold; without it, the defaults.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print JSON: an array with all facts about each domain.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV: a line with the result for each domain.
    #[arg(long)]
    csv: bool,
    /// Domains looked at at the same time.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: u16,
}

/// The sections of a configuration that count here. The rest is not looked at, so that a file with these alone will do.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sections {
    dns: Dns,
    transport: Transport,
    delivery: Delivery,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Delivery {
    hostname: String,
}

/// Assesses and prints. Succeeds if mail can go direct, encrypted, to every domain.
pub(crate) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let domains = domains(&options)?;
    let world = world(options.config.as_deref())?;
    let bar = progress(domains.len());
    let parallel = usize::from(options.parallel).min(PARALLEL_MAX);
    let assessments: Vec<Assessment> = stream::iter(&domains)
        .map(|domain| async {
            let assessment = world.assess(domain, SystemClock.now()).await;
            bar.inc(1);
            assessment
        })
        .buffered(parallel)
        .collect()
        .await;
    bar.finish_and_clear();
    let mut out = stdout().lock();
    if options.json {
        print::json(&mut out, &assessments)?;
    } else if options.csv {
        print::csv(&mut out, &assessments)?;
    } else {
        print::text(&mut out, &assessments)?;
    }
    let all_direct = assessments.iter().all(|assessment| print::ordinary(assessment).host.is_some());
    Ok(if all_direct { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The domains that were named, each once, in the order in which they came.
fn domains(options: &Options) -> anyhow::Result<Vec<Domain>> {
    let mut names = options.names.clone();
    if let Some(file) = &options.file {
        let text = if file.as_os_str() == "-" {
            let mut text = String::new();
            stdin().read_to_string(&mut text).context("standard input")?;
            text
        } else {
            fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
        };
        names.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    ensure!(names.len() <= DOMAINS_MAX, "{} domains are more than {DOMAINS_MAX}", names.len());
    let mut seen = BTreeSet::new();
    let domains = names.iter().map(|name| domain(name)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(domains.into_iter().filter(|domain| seen.insert(domain.clone())).collect())
}

fn domain(name: &str) -> anyhow::Result<Domain> {
    if !name.contains('@') {
        return Domain::parse(name).with_context(|| format!("{name} is neither a domain nor an address"));
    }
    let address = EmailAddress::parse(name).with_context(|| format!("{name} is no address"))?;
    address.domain().with_context(|| format!("{name} names a machine by its number, which no certificate proves"))
}

fn world(config: Option<&Path>) -> anyhow::Result<World> {
    let sections: Sections = match config {
        None => Sections::default(),
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            toml::from_str(&text).with_context(|| path.display().to_string())?
        }
    };
    for warning in transport::warnings(&sections.transport) {
        tell(&warning);
    }
    let host_name = if sections.delivery.hostname.is_empty() {
        let machine = gethostname::gethostname();
        machine.to_str().and_then(|name| Domain::parse(name).ok()).map_or_else(|| Domain::parse("localhost"), Ok)
    } else {
        Domain::parse(&sections.delivery.hostname)
    };
    let folder = config.and_then(Path::parent).unwrap_or(Path::new("."));
    transport::world(&sections.dns, &sections.transport, host_name.context("delivery.hostname")?, folder)
}

#[expect(clippy::print_stderr, reason = "commands speak to the person who called them")]
fn tell(warning: &str) {
    eprintln!("warning: {warning}");
}

/// On a terminal, for more than one domain.
fn progress(count: usize) -> ProgressBar {
    if count < 2 || !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(PROGRESS_EVERY);
    bar
}

/// The reference page of what an assessment says.
pub(crate) fn markdown() -> String {
    let rows = Code::ALL.iter().map(|code| format!("| `{}` | {} |\n", code.word(), code.meaning(Language::En)));
    std::iter::once(include_str!("reference.md").to_owned()).chain(rows).collect()
}

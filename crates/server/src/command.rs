//! The command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use model::{Language, chance::Clock as _};

use crate::{
    assemble::assemble, assess, config, demo, destinations, doctor, init, lifecycle, policies, samples, scanning,
    telemetry, tls_reports, trace, transport, typesetting::worker, world::SystemClock,
};

/// Confidential mail from an organisation to its customers: by the fastest channel that is allowed, never in clear.
#[derive(Debug, Parser)]
#[command(name = "siegelpost", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// Whether this process sets pages for another one.
    pub fn is_worker(&self) -> bool {
        matches!(self.command, Command::DocumentWorker)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole house on this machine, with an outbox in place of the world.
    Demo {
        /// Keep the state in this folder.
        #[arg(long)]
        data: Option<PathBuf>,
        /// Where mail is handed in.
        #[arg(long, default_value = "127.0.0.1:2525")]
        smtp: SocketAddr,
        /// Where the portal is.
        #[arg(long, default_value = "127.0.0.1:8080")]
        http: SocketAddr,
        /// Where the outbox page is.
        #[arg(long, default_value = "127.0.0.1:8025")]
        outbox: SocketAddr,
        /// Start empty, without the sample message.
        #[arg(long)]
        no_sample: bool,
    },
    /// Run the server.
    Serve(Configured),
    /// Write a commented configuration and the keys into a folder.
    Init {
        /// The folder.
        dir: PathBuf,
    },
    /// Check the configuration: say what is wrong, on which line, and the cure.
    Check(Configured),
    /// Look whether keys, clock, store and next hops are there and work, and what the DNS says about the own domains.
    Doctor {
        #[command(flatten)]
        configured: Configured,
        /// Print JSON: an array with all findings.
        #[arg(long)]
        json: bool,
    },
    /// Find out how well mail to these domains would be protected; no mail is sent.
    Assess(assess::Options),
    /// Tell the story of a delivery: what was decided, looked up, tried and answered.
    Trace(trace::Options),
    /// Show how mail to the domains of customers is protected, and what has changed.
    Destinations(destinations::Options),
    /// Ask less of the mail servers of a domain for a time: with a reason, a name and an end.
    Exception(destinations::Exceptions),
    /// Write every page, mail, letter and document with sample data in every language into a folder, to look at.
    RenderSamples(samples::Options),
    /// Show how TLS between mail servers went: what was collected to be reported, and what others report of the own domains.
    TlsReports(tls_reports::Options),
    /// Print the version.
    Version,
    /// Set pages for the server, which starts this and talks to it.
    #[command(hide = true)]
    DocumentWorker,
    /// Print a reference page, as it stands in the documentation.
    #[command(hide = true)]
    Docs {
        /// Which page.
        #[arg(value_enum)]
        page: DocsPage,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum DocsPage {
    Configuration,
    Errors,
    Assessment,
}

/// A language to tell in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Tongue {
    /// German.
    De,
    /// English.
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::De => Self::De,
            Tongue::En => Self::En,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Configured {
    /// The configuration file.
    #[arg(long, default_value = "siegelpost.toml")]
    pub(crate) config: PathBuf,
}

impl Configured {
    /// The configuration, and the folder that relative paths in it begin at.
    pub(crate) fn load(&self) -> anyhow::Result<(config::Config, PathBuf)> {
        let config = config::load(&self.config)?;
        let folder = self.config.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok((config, folder.unwrap_or(Path::new(".")).to_owned()))
    }
}

/// Runs the command that was typed.
#[expect(clippy::print_stdout, reason = "commands speak to the person who called them")]
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Demo { data, smtp, http, outbox, no_sample } => {
            demo::run(demo::Options { data, smtp, http, outbox, sample: !no_sample }).await?;
        }
        Command::Serve(configured) => {
            let (config, folder) = configured.load()?;
            telemetry::start(&config.log);
            let house = lifecycle::House::start(&config, &folder).await?;
            tracing::info!(portal = %house.portal, intake = %house.intake, version = VERSION, "serving");
            let ended = house.until_asked_to_stop().await;
            tracing::info!("stopping");
            house.stop().await;
            ended?;
        }
        Command::Assess(options) => return assess::run(options).await,
        Command::Trace(options) => return trace::run(options).await,
        Command::Destinations(options) => return destinations::show(options).await,
        Command::Exception(options) => return destinations::exceptions(options).await,
        Command::TlsReports(options) => return tls_reports::run(options).await,
        Command::RenderSamples(options) => {
            println!("{} samples in {}", samples::run(&options)?, options.dir.display());
        }
        Command::Init { dir } => init::run(&dir)?,
        Command::Check(configured) => {
            let (config, folder) = configured.load()?;
            let assembly = assemble(&config, &folder)?;
            let warnings = transport::warnings(&config.transport).into_iter().chain(policies::warnings(&config));
            let found = policies::left_out(&config, &folder).await;
            let scanner = scanning::state_warning(assembly.scanning.as_ref(), SystemClock.now()).await;
            for warning in warnings.chain(found).chain(scanning::warnings(&config)).chain(scanner) {
                println!("warning: {warning}");
            }
            println!("{}: nothing is wrong", configured.config.display());
        }
        Command::Doctor { configured, json } => {
            let (config, folder) = configured.load()?;
            return doctor::run(&config, &folder, json).await;
        }
        Command::DocumentWorker => return Ok(worker::run()),
        Command::Version => println!("siegelpost {VERSION}"),
        Command::Docs { page: DocsPage::Errors } => print!("{}", crate::errors::markdown()),
        Command::Docs { page: DocsPage::Assessment } => print!("{}", assess::markdown()),
        Command::Docs { page: DocsPage::Configuration } => print!("{}", config::reference::markdown()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

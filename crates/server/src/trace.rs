//! `siegelpost trace`: the story of a delivery.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::Context;
use app::trace;
use model::Language;

use crate::{
    assemble::assemble,
    command::{Configured, Tongue},
    lifecycle,
};

/// Which delivery, and how to tell.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The id of a delivery, or of a message with all its deliveries, as the log shows it.
    id: String,
    /// The language of the story.
    #[arg(long, value_enum, default_value_t = Tongue::De)]
    language: Tongue,
    /// The configuration file.
    #[arg(long, default_value = "siegelpost.toml")]
    config: PathBuf,
}

/// Tells the story. Fails if there is nothing of that id.
pub(crate) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (config, folder) = Configured { config: options.config }.load()?;
    let app = lifecycle::open(&config, &folder, &assemble(&config, &folder)?).await?;
    let mut stories = Vec::new();
    if let Ok(id) = options.id.parse() {
        stories.extend(trace::delivery(&app, id).await?);
    }
    if stories.is_empty() {
        let id = options.id.parse().with_context(|| format!("{} is no id", options.id))?;
        stories = trace::message(&app, id).await?;
    }
    if stories.is_empty() {
        anyhow::bail!("there is no delivery and no message {}", options.id);
    }
    let language = Language::from(options.language);
    let mut out = std::io::stdout().lock();
    for story in &stories {
        writeln!(out, "{}", render::story::tell(story, language, &app.settings.brand.zone))?;
    }
    Ok(ExitCode::SUCCESS)
}

//! `siegelpost trace`: the story of a delivery.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::{Context, ensure};
use app::{App, trace};
use model::{Id, Language, story::Story};

use crate::{
    assemble::assemble,
    command::{Configured, Tongue},
    lifecycle,
};

/// Which delivery, and how to tell.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The id of a message (with all its deliveries) or of a mail that left, as the log shows it, or of a delivery.
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
    let stories = stories(&app, &options.id).await?;
    ensure!(!stories.is_empty(), "there is no message, mail or delivery {}", options.id);
    let language = Language::from(options.language);
    let mut out = std::io::stdout().lock();
    for story in &stories {
        writeln!(out, "{}", render::story::tell(story, language, &app.settings.brand.zone))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Ids do not tell what they are of.
async fn stories(app: &App, id: &str) -> anyhow::Result<Vec<Story>> {
    let message = id.parse().with_context(|| format!("{id} is no id"))?;
    let mut stories = trace::message(app, message).await?;
    if stories.is_empty() {
        stories.extend(trace::mail(app, Id::from_bytes(*message.as_bytes())).await?);
    }
    if stories.is_empty() {
        stories.extend(trace::delivery(app, Id::from_bytes(*message.as_bytes())).await?);
    }
    Ok(stories)
}

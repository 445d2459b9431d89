//! Pictures of pages and mails, taken by a browser.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};

/// The screens pictures are taken on: a phone and a desk, in pixels.
const SCREENS: [(u16, u16); 2] = [(360, 1600), (1280, 1200)];

/// Takes pictures of the page at `page` below `dir`.
pub(super) fn pictures(browser: &Path, dir: &Path, page: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let dir = dir.canonicalize()?;
    let take = |(width, height): (u16, u16)| {
        let name = page.file_stem().unwrap_or_default().to_string_lossy();
        let picture = page.with_file_name(format!("{name}-{width}.png"));
        // Pages are our own, and are fetched from nowhere.
        let taken = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
            .args(["--hide-scrollbars", "--allow-file-access-from-files"])
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--screenshot={}", dir.join(&picture).display()))
            .arg(format!("file://{}", dir.join(page).display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .with_context(|| format!("cannot start {}", browser.display()))?;
        ensure!(taken.success() && dir.join(&picture).exists(), "the browser takes no picture of {}", page.display());
        Ok(picture)
    };
    SCREENS.into_iter().map(take).collect()
}

//! Where things are: the clone, and the cache folder outside of it.
//!
//! The clone is found from the working folder at run time and never remembered from compile time, so that a binary
//! from a shared target folder works on the clone it is started in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// The folders that every task works in.
pub(crate) struct Place {
    /// The clone: the folder with `Cargo.lock`.
    pub(crate) root: PathBuf,
    /// What is installed or downloaded for tests; safe to delete, filled again by `cargo xtask setup`.
    pub(crate) cache: PathBuf,
}

impl Place {
    /// Finds the clone around the working folder, and the cache folder of the person who runs this.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir().context("the working folder is gone")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file())
            .with_context(|| format!("{} is not inside a clone of this project", here.display()))?
            .to_path_buf();
        let caches = match shell::environment("XDG_CACHE_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => {
                Path::new(&shell::environment("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache")
            }
        };
        Ok(Self { root, cache: caches.join("siegelpost") })
    }

    /// Every file that is, or is about to be, committed: paths relative to the clone, in order.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let listed = shell::output(Command::new("git").current_dir(&self.root).args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let files: BTreeSet<String> =
            listed.lines().filter(|path| self.root.join(path).is_file()).map(str::to_owned).collect();
        Ok(files.into_iter().collect())
    }

    /// The text of a file of the clone, or `None` when it is not text.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>> {
        let bytes = std::fs::read(self.root.join(path)).with_context(|| format!("cannot read {path}"))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// The `bin` folder of the Python programs that tests use.
    pub(crate) fn python_bin(&self) -> PathBuf {
        self.cache.join("python/bin")
    }

    /// The folder of real-world mail that the corpus step reads.
    pub(crate) fn corpus(&self) -> PathBuf {
        self.cache.join("corpus")
    }
}

/// Whether a path of the clone ends in `.extension`.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

//! Secrets: from a file, or from the environment variable that goes before it. Never from the configuration itself.

use std::path::Path;

/// Reads a secret: the environment variable if it is set, else the file if one is named. A line end at its end is dropped.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub(crate) fn read(folder: &Path, file: &Path, variable: &str) -> anyhow::Result<Option<String>> {
    if let Ok(secret) = std::env::var(variable) {
        return Ok(Some(secret));
    }
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = crate::keys::read_private(&folder.join(file))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

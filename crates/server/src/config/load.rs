//! Reads the file and says of every mistake: which line, what is wrong, and the cure.

use std::{fmt, path::Path};

use super::{reference, sections::Config};

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Line in the file, from 1, where one can be named.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}", self.what)?;
        if !self.cure.is_empty() {
            write!(f, " ({})", self.cure)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Reads the configuration at `path`.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
        line: None,
        what: format!("{} cannot be read: {error}", path.display()),
        cure: "give the file that `siegelpost init` wrote".into(),
    })?;
    parse(&text)
}

/// Reads a configuration from its text.
pub fn parse(text: &str) -> Result<Config, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        let what = error.message().to_owned();
        let cure = cure_for(&what);
        ConfigError { line, what: what.lines().next().unwrap_or_default().to_owned(), cure }
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn cure_for(message: &str) -> String {
    let named = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("unknown field") {
        reference::nearest(named).map_or_else(
            || "see the configuration reference for the keys there are".into(),
            |key| format!("did you mean `{key}`?"),
        )
    } else if message.starts_with("missing field") {
        format!("add `{named}`; the configuration reference shows an example")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::reference::REFERENCE;

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
        let text = REFERENCE.replacen("#port = 587", "prot = 587", 1);
        let error = parse(&text).unwrap_err();
        assert_eq!(error.line, text.lines().position(|line| line.starts_with("prot")).map(|n| n + 1));
        assert!(error.to_string().contains("port"), "{error}");
    }

    #[test]
    fn a_missing_key_says_what_to_add() {
        let text = REFERENCE.replace("name = \"Alpenblick Versicherung\"", "");
        let error = parse(&text).unwrap_err();
        assert!(error.cure.contains("add `name`"), "{error}");
    }

    #[test]
    fn broken_toml_names_its_line() {
        assert_eq!(parse("\n\n[organisation").unwrap_err().line, Some(3));
    }
}

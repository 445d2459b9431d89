//! The reference configuration: one commented file that is the documentation, the example and the list of known keys.

/// The commented configuration, as `siegelpost init` writes it and the reference page shows it.
pub const REFERENCE: &str = include_str!("reference.toml");

/// The reference with every default switched on, for tests and for the list of known keys.
pub fn every_key() -> String {
    REFERENCE.lines().map(|line| if is_default(line) { line.trim_start_matches('#') } else { line }).fold(
        String::new(),
        |mut all, line| {
            all.push_str(line);
            all.push('\n');
            all
        },
    )
}

/// A line such as `#port = 587`: a default, in contrast to prose, which has a blank behind its `#`.
fn is_default(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.contains(" = "))
}

/// Every key, as `section.key`.
pub fn known_keys() -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in every_key().lines() {
        if let Some(name) = line.trim_start_matches('[').strip_suffix("]").or_else(|| line.strip_suffix("]]"))
            && line.starts_with('[')
        {
            name.trim_end_matches(']').clone_into(&mut section);
            keys.push(section.clone());
        } else if !line.starts_with('#')
            && let Some((key, _)) = line.split_once(" = ")
        {
            keys.push(format!("{section}.{key}"));
        }
    }
    keys
}

/// The known name nearest to `unknown` among the last parts of all keys, if one is near enough to be meant.
pub fn nearest(unknown: &str) -> Option<String> {
    known_keys()
        .into_iter()
        .filter_map(|key| {
            let last = key.rsplit('.').next().unwrap_or_default();
            let distance = edits(unknown, last);
            (distance <= NEAR_EDITS_MAX.min(unknown.len() / 2)).then_some((distance, key))
        })
        .min()
        .map(|(_, key)| key)
}

/// Edits up to which a key counts as a misspelling of another.
const NEAR_EDITS_MAX: usize = 4;

/// The Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let substitute = row.get(j).copied().unwrap_or(0) + usize::from(x != *y);
            let delete = row.get(j + 1).copied().unwrap_or(0) + 1;
            let insert = next.get(j).copied().unwrap_or(0) + 1;
            next.push(substitute.min(delete).min(insert));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The reference page in Markdown, made from the reference file.
pub fn markdown() -> String {
    let mut page = vec![String::from(
        "# Configuration reference\n\nMade from the reference file that `siegelpost init` writes; `siegelpost docs configuration` prints this page.\n",
    )];
    let mut prose: Vec<&str> = Vec::new();
    for line in REFERENCE.lines() {
        if line.starts_with('[') {
            page.push(format!("\n## `{line}`\n\n{}\n", prose.join("\n")));
            prose.clear();
        } else if let Some(text) = line.strip_prefix("# ").filter(|_| !is_default(line)) {
            prose.push(text);
        } else if line == "#" {
            prose.push("");
        } else if line.is_empty() {
            if !prose.is_empty() {
                page.push(format!("\n{}\n", prose.join("\n")));
                prose.clear();
            }
        } else if let Some((key, value)) = line.trim_start_matches('#').split_once(" = ") {
            let role = if is_default(line) {
                format!("default `{value}`")
            } else {
                format!("must be given, such as `{value}`")
            };
            page.push(format!("\n- `{key}`, {role}.\n  {}\n", prose.join(" ")));
            prose.clear();
        }
    }
    page.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_reference_holds_every_key_with_its_true_default() {
        let all: Config = toml::from_str(&every_key()).unwrap();
        let shown: Config = toml::from_str(REFERENCE).unwrap();
        assert_eq!(all, shown, "a default in reference.toml differs from the one in sections.rs");
    }

    #[test]
    fn a_misspelt_key_finds_its_neighbour() {
        assert_eq!(nearest("lisetn").as_deref(), Some("intake.listen"));
        assert_eq!(nearest("subject_hiden").as_deref(), Some("notices.subject_hidden"));
        assert_eq!(nearest("entirely_different_word"), None);
    }

    #[test]
    fn known_keys_name_their_section() {
        let keys = known_keys();
        for key in
            ["organisation.name", "portal.contacts.address", "delivery.world.tls", "classification.rules.says.de"]
        {
            assert!(keys.iter().any(|k| k == key), "{key} in {keys:?}");
        }
    }
}

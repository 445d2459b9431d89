//! The figures as tables, and the place in the document where they go.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::median;
use crate::shell;

/// What a part measured.
pub(super) struct Table {
    /// The part, by which its place in the document is found.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = &str>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let mut text = format!("### {}\n\n", self.title);
        text.push_str(&line(&mut self.head.iter().copied()));
        text.push_str(&line(&mut self.head.iter().map(|_| "---")));
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(String::as_str)));
        }
        text
    }
}

/// A figure with as many digits as it deserves.
pub(super) fn figure(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The medians of what was measured of ours and of theirs.
pub(super) fn medians<T>(ours: &[T], theirs: &[T], value: fn(&T) -> f64) -> (f64, f64) {
    let of = |runs: &[T]| median(runs.iter().map(value).collect());
    (of(ours), of(theirs))
}

/// Three cells of something of which more is better: ours, theirs, and how many times theirs ours is.
pub(super) fn rates((ours, theirs): (f64, f64)) -> [String; 3] {
    [figure(ours), figure(theirs), format!("**{}**", figure(ours / theirs))]
}

/// Three cells of something of which less is better: ours, theirs, and how many times ours theirs is.
pub(super) fn costs((ours, theirs): (f64, f64)) -> [String; 3] {
    [figure(ours), figure(theirs), format!("**1 : {}**", figure(theirs / ours))]
}

/// Replaces the tables that were measured in the document; others stay.
pub(super) fn write(document: &Path, tables: &[Table], circumstances: &str) -> Result<()> {
    let mut text = fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
    for table in tables {
        text = replaced(&text, table.name, &format!("{}\n{circumstances}\n", table.markdown()))
            .with_context(|| format!("{} has no place for `{}`", document.display(), table.name))?;
    }
    fs::write(document, text).with_context(|| format!("cannot write {}", document.display()))?;
    println!("wrote {}", document.display());
    Ok(())
}

/// The document with another text between the marks of that name.
fn replaced(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{text}{end}{after}"))
}

/// How busy the machine is: the load of the last minute.
pub(super) fn load() -> Result<String> {
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(load.split(' ').next().unwrap_or_default().to_owned())
}

/// When and on what was measured, and how busy the machine was before a part, and is after it.
pub(super) fn circumstances(load_before: &str) -> Result<String> {
    let date = shell::output(Command::new("date").arg("+%Y-%m-%d"))?;
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let model =
        processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, model)| model);
    let processors = processor.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "Measured {}: {processors} virtual processors ({}), Linux {}, load {load_before} at the start, {} at the end.",
        date.trim(),
        model.unwrap_or("unknown"),
        kernel.trim(),
        load()?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_stands_beside_theirs() {
        let both = medians(&[3.0, 1.0, 2.0], &[1.0, 1.0, 8.0], |value| *value);
        assert_eq!(rates(both), ["2.00", "1.00", "**2.00**"]);
        assert_eq!(costs(both), ["2.00", "1.00", "**1 : 0.50**"]);
    }

    #[test]
    fn only_the_measured_part_is_replaced() {
        let document = "# P\n<!-- bench a -->\nold\n<!-- end a -->\n<!-- bench b -->\nkept\n<!-- end b -->\n";
        let new = replaced(document, "a", "new\n").unwrap();
        assert_eq!(new, "# P\n<!-- bench a -->\nnew\n<!-- end a -->\n<!-- bench b -->\nkept\n<!-- end b -->\n");
        assert_eq!(replaced(document, "c", ""), None);
    }

    #[test]
    fn tables_are_markdown() {
        let table = Table { name: "a", title: "A", head: vec!["x", "y"], rows: vec![vec!["1".into(), figure(12.34)]] };
        assert_eq!(table.markdown(), "### A\n\n| x | y |\n| --- | --- |\n| 1 | 12.3 |\n");
    }
}

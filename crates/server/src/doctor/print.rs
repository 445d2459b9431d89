//! Findings as text and JSON.

use std::io::Write;

use app::own::{Finding, Grade};
use serde::Serialize;

/// A finding, for programs.
#[derive(Serialize)]
struct Told<'a> {
    /// What was looked at.
    what: &'a str,
    /// How it is.
    grade: &'static str,
    /// What was found.
    found: &'a str,
    /// Records to publish, as lines of a zone file.
    publish: Vec<String>,
}

impl<'a> Told<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            what: &finding.what,
            grade: finding.grade.word(),
            found: &finding.found,
            publish: finding.publish.iter().map(ToString::to_string).collect(),
        }
    }
}

/// An array of all findings.
pub(super) fn json(out: &mut impl Write, findings: &[Finding]) -> anyhow::Result<()> {
    let told: Vec<Told<'_>> = findings.iter().map(Told::of).collect();
    serde_json::to_writer_pretty(&mut *out, &told)?;
    Ok(writeln!(out)?)
}

/// For people: a line for each, and below it what to publish.
pub(super) fn text(out: &mut impl Write, findings: &[Finding]) -> anyhow::Result<()> {
    for finding in findings {
        let grade = match finding.grade {
            Grade::Good => "ok",
            Grade::Better => "better",
            Grade::Wrong => "WRONG",
            Grade::Unknown => "UNKNOWN",
        };
        writeln!(out, "{grade:<7} {}: {}", finding.what, finding.found)?;
        for record in &finding.publish {
            writeln!(out, "        publish: {record}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::zone::Record;

    #[test]
    fn findings_are_told_to_people_and_programs() {
        let findings = [
            Finding::good("keys", "there"),
            Finding::better("a.example: SPF", "open").publish(Record::txt("a.example", "v=spf1 -all")),
            Finding::wrong("clock", "behind"),
            Finding::unknown("dns", "no answer"),
        ];
        let (mut said, mut told) = (Vec::new(), Vec::new());
        text(&mut said, &findings).unwrap();
        assert_eq!(
            String::from_utf8(said).unwrap(),
            "ok      keys: there\n\
             better  a.example: SPF: open\n        publish: a.example. 3600 IN TXT \"v=spf1 -all\"\n\
             WRONG   clock: behind\n\
             UNKNOWN dns: no answer\n"
        );
        json(&mut told, &findings).unwrap();
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
        let grades: Vec<&str> = told.as_array().unwrap().iter().map(|one| one["grade"].as_str().unwrap()).collect();
        assert_eq!(grades, ["good", "could_be_better", "wrong", "unknown"]);
        assert_eq!(told[1]["publish"][0], "a.example. 3600 IN TXT \"v=spf1 -all\"");
    }
}

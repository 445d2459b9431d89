//! `siegelpost init DIR`: a commented configuration and the keys.

use std::path::Path;

use anyhow::ensure;

use crate::{config::reference::REFERENCE, keys};

/// Writes configuration and keys into `folder`, which has neither yet.
#[expect(clippy::print_stdout, reason = "the command speaks to the person who called it")]
pub(crate) fn run(folder: &Path) -> anyhow::Result<()> {
    let config = folder.join("siegelpost.toml");
    ensure!(!config.exists(), "{} exists already; nothing was changed", config.display());
    let recovery = keys::make(folder)?;
    keys::write_new(&config, starting_point().as_bytes())?;
    println!("Written: {}", config.display());
    println!("Keys:    {}", folder.join("keys").display());
    println!();
    println!("Take the recovery key away from this machine now and keep it safe:");
    println!("  {}", recovery.display());
    println!("Only a reset of a forgotten mailbox needs it. Whoever has it and the data can read every mailbox.");
    println!();
    println!("Next: edit the configuration, then run");
    println!("  siegelpost check --config {}", config.display());
    Ok(())
}

/// The reference without the sections that only some installations need: those are left as comments.
fn starting_point() -> String {
    let optional = [
        "[[intake.users]]",
        "[[classification.rules]]",
        "[delivery.world]",
        "[[delivery.dkim]]",
        "[[mta_sts]]",
        "[store.s3]",
    ];
    let mut within = false;
    let mut text = String::new();
    for line in REFERENCE.lines() {
        if line.starts_with('[') {
            within = optional.contains(&line);
        } else if line.is_empty() {
            within = false;
        }
        if within && !line.starts_with('#') {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn what_init_writes_is_a_valid_configuration() {
        let config = config::parse(&starting_point()).unwrap();
        assert!(config.intake.users.is_empty() && config.store.s3.is_none() && config.delivery.dkim.is_empty());
        assert!(config.delivery.world.is_none(), "mail goes to the servers of its recipients");
        assert!(config.mta_sts.is_empty());
    }

    #[test]
    fn a_second_init_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path()).unwrap();
        assert!(run(folder.path()).is_err());
    }
}

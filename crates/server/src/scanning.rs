//! The scanner: from configuration to its client, and how it is found.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use app::{
    App,
    own::Finding,
    scan::{self, Scanning, Signatures},
};
use gateway::clamd::{Clamd, ClamdSettings};
use jiff::Timestamp;

use crate::{
    assemble::within,
    config::{
        Config,
        sections::{Otherwise, Scan},
    },
};

/// The scanner and what is wished about it; `None` where none is configured.
pub(crate) fn scanning(section: &Scan) -> anyhow::Result<Option<Scanning>> {
    within("scan.bytes_max", section.bytes_max, 1 << 20, 1 << 30)?;
    within("scan.seconds_max", section.seconds_max, 1, 240)?;
    within("scan.scans_max", section.scans_max, 1, 1000)?;
    if section.socket.is_empty() {
        return Ok(None);
    }
    let clamd = Clamd::new(ClamdSettings {
        socket: section.socket.parse().context("scan.socket")?,
        scan_time_max: Duration::from_secs(section.seconds_max.into()),
        scans_max: section.scans_max,
    });
    Ok(Some(Scanning {
        scanner: Arc::new(clamd),
        bytes_max: section.bytes_max,
        larger: wish(section.larger),
        unavailable: wish(section.unavailable),
    }))
}

const fn wish(configured: Otherwise) -> scan::Otherwise {
    match configured {
        Otherwise::Refuse => scan::Otherwise::Refuse,
        Otherwise::Accept => scan::Otherwise::Accept,
    }
}

/// The largest mail that is taken: where what is not scanned is refused, no larger one than is scanned, so that senders know beforehand.
pub(crate) fn message_bytes_max(config: &Config) -> u64 {
    let Scan { socket, bytes_max, larger, .. } = &config.scan;
    if !socket.is_empty() && *larger == Otherwise::Refuse {
        config.intake.message_bytes_max.min(*bytes_max)
    } else {
        config.intake.message_bytes_max
    }
}

/// What is allowed and should be known.
pub(crate) fn warnings(config: &Config) -> Vec<String> {
    let Scan { socket, bytes_max, larger, unavailable, .. } = &config.scan;
    let mut warnings = Vec::new();
    if socket.is_empty() {
        return warnings;
    }
    let largest = config.intake.message_bytes_max;
    if *bytes_max < largest {
        let become_of = match larger {
            Otherwise::Refuse => "refused",
            Otherwise::Accept => "taken unscanned, with a mark",
        };
        warnings.push(format!(
            "scan.bytes_max is less than intake.message_bytes_max: mails of more than {bytes_max} bytes are {become_of}"
        ));
    }
    if *unavailable == Otherwise::Accept {
        warnings.push("scan.unavailable is accept: whoever keeps clamd busy gets malware past it".to_owned());
    }
    warnings
}

/// What `check` says of the scanner as it is now.
pub(crate) async fn state_warning(scanning: Option<&Scanning>, now: Timestamp) -> Option<String> {
    let state = scanning?.scanner.state().await;
    judge(state, now).err().map(|wrong| format!("scan: {wrong}"))
}

/// What `doctor` says of it.
pub(crate) async fn finding(app: &App) -> Option<Finding> {
    let state = scan::state(app).await?;
    Some(match judge(state, app.now()) {
        Ok(found) => Finding::good("scanner", found),
        Err(wrong) => Finding::wrong("scanner", wrong),
    })
}

fn judge(state: Result<Signatures, String>, now: Timestamp) -> Result<String, String> {
    let signatures = state.map_err(|why| format!("clamd does not answer: {why}"))?;
    match signatures.days_too_old(now) {
        Some(days) => {
            Err(format!("{}: its signatures are {days} days old; look whether freshclam runs", signatures.version))
        }
        None => Ok(format!("answers: {}", signatures.version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{parse, reference::REFERENCE};

    fn config(lines: &str) -> Config {
        parse(&REFERENCE.replace("[scan]\n", &format!("[scan]\n{lines}\n"))).unwrap()
    }

    #[test]
    fn without_a_socket_nothing_is_scanned() {
        let config = config("");
        assert!(scanning(&config.scan).unwrap().is_none());
        assert!(warnings(&config).is_empty());
        assert_eq!(message_bytes_max(&config), config.intake.message_bytes_max);
    }

    #[test]
    fn a_scanner_is_on_this_machine_and_its_limits_have_edges() {
        assert!(scanning(&config("socket = \"/run/clamav/clamd.ctl\"").scan).unwrap().is_some());
        for wrong in [
            "socket = \"192.0.2.1:3310\"",
            "bytes_max = 1048575",
            "bytes_max = 1073741825",
            "seconds_max = 0",
            "seconds_max = 241",
            "scans_max = 0",
            "scans_max = 1001",
        ] {
            assert!(scanning(&config(wrong).scan).is_err(), "{wrong}");
        }
    }

    #[test]
    fn senders_are_told_beforehand_what_is_too_large_to_be_scanned() {
        let small = "socket = \"/run/clamav/clamd.ctl\"\nbytes_max = 2000000";
        assert_eq!(message_bytes_max(&config(small)), 2_000_000);
        assert!(warnings(&config(small)).concat().contains("more than 2000000 bytes are refused"));
        let marked = format!("{small}\nlarger = \"accept\"\nunavailable = \"accept\"");
        assert_eq!(message_bytes_max(&config(&marked)), 50 << 20);
        assert_eq!(warnings(&config(&marked)).len(), 2);
    }

    #[test]
    fn old_signatures_are_wrong() {
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        let made = |at: &str| Ok(Signatures { version: "ClamAV 1/2".into(), made_at: Some(at.parse().unwrap()) });
        assert!(judge(made("2026-11-20T00:00:00Z"), now).is_ok());
        assert!(judge(made("2026-11-12T00:00:00Z"), now).unwrap_err().contains("11 days old"));
        assert!(judge(Err("nobody there".into()), now).unwrap_err().contains("does not answer: nobody there"));
    }
}

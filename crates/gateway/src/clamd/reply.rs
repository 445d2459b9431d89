//! What clamd answers, understood.

use app::scan::{NoVerdict, Signature, Signatures, Verdict};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// How much of an answer that nobody understands is told, in characters.
const TOLD_CHARS_MAX: usize = 200;

/// The verdict on a content: `stream: OK`, `stream: NAME FOUND`, or what ends in `ERROR`.
pub(super) fn verdict(reply: &str) -> Result<Verdict, NoVerdict> {
    match reply.strip_prefix("stream: ") {
        Some("OK") => Ok(Verdict::Clean),
        Some(found) if found.ends_with(" FOUND") => {
            Ok(Verdict::Malware(Signature::new(found.trim_end_matches(" FOUND"))))
        }
        _ if reply.starts_with("INSTREAM size limit exceeded") => Err(NoVerdict::TooLarge),
        _ => Err(NoVerdict::Unavailable(not_understood(reply))),
    }
}

/// What clamd says of itself: `ClamAV 1.4.6/27800/Sun Nov 22 08:25:03 2026`; without signatures of the project itself, the program alone.
pub(super) fn signatures(reply: &str) -> Result<Signatures, String> {
    if !reply.starts_with("ClamAV ") {
        return Err(not_understood(reply));
    }
    let version = printable(reply);
    Ok(Signatures { version, made_at: reply.splitn(3, '/').nth(2).and_then(moment) })
}

/// The moment, in the time of this machine, which is taken for UTC: what matters is the day.
fn moment(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%a %b %e %H:%M:%S %Y", text.trim()).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn not_understood(reply: &str) -> String {
    format!("it answers {:?}", printable(reply))
}

fn printable(reply: &str) -> String {
    reply.chars().take(TOLD_CHARS_MAX).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_understood_and_nothing_else_is_one() {
        assert_eq!(verdict("stream: OK"), Ok(Verdict::Clean));
        let malware = |name| Ok(Verdict::Malware(Signature::new(name)));
        assert_eq!(verdict("stream: Win.Test.EICAR_HDB-1 FOUND"), malware("Win.Test.EICAR_HDB-1"));
        assert_eq!(verdict("stream: Own.Test.UNOFFICIAL FOUND"), malware("Own.Test.UNOFFICIAL"));
        assert_eq!(verdict("INSTREAM size limit exceeded. ERROR"), Err(NoVerdict::TooLarge));
        for unclear in [
            "",
            "OK",
            "stream:",
            "stream: ",
            "stream: OKAY",
            "stream: ok",
            " stream: OK",
            "stream: OK FOUN",
            "stream: x ERROR",
            "COMMAND READ TIMED OUT",
            "UNKNOWN COMMAND",
            "220 mail.example ESMTP",
        ] {
            assert!(matches!(verdict(unclear), Err(NoVerdict::Unavailable(_))), "{unclear}");
        }
    }

    #[test]
    fn signatures_have_their_day() {
        let read = signatures("ClamAV 1.4.6/27800/Sun Nov 22 08:25:03 2026").unwrap();
        assert_eq!(read.made_at, Some("2026-11-22T08:25:03Z".parse().unwrap()));
        assert_eq!(
            signatures("ClamAV 1.4.6/27800/Sun Nov  1 08:25:03 2026").unwrap().made_at.map(Timestamp::as_second),
            Some(1_793_521_503)
        );
        assert_eq!(signatures("ClamAV 1.4.6").unwrap(), Signatures { version: "ClamAV 1.4.6".into(), made_at: None });
        assert_eq!(signatures("ClamAV 1.4.6/27800/yesterday").unwrap().made_at, None);
        assert!(signatures("\u{7}220 hello").unwrap_err().contains("?220 hello"));
    }
}

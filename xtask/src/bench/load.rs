//! The load: `flood` for SMTP, `wrk` for HTTP; both run as programs of their own, and what they print is read.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Bench;

/// What SMTP load to make.
#[derive(Clone, Copy)]
pub(super) struct Mails<'a> {
    pub(super) count: u32,
    pub(super) bytes: u32,
    /// `none` or `starttls`.
    pub(super) tls: &'a str,
    /// Protection class: `special` or `ordinary`.
    pub(super) class: &'a str,
    /// Reverse-path.
    pub(super) from: &'a str,
    /// Recipient; `{}` in it becomes a number.
    pub(super) to: &'a str,
}

/// Sessions at the same time.
pub(super) const SESSIONS: u32 = 20;

/// How long `wrk` waits for an answer: long enough for the slowest server with all requests in flight.
const TIMEOUT: &str = "60s";

/// How a load went: how much a second, and the times of the half and of 99 in a hundred, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    pub(super) per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// How many in all.
    pub(super) count: f64,
}

/// Hands mail in, each on a connection of its own.
pub(super) fn flood(bench: &Bench, server: SocketAddr, mails: Mails<'_>) -> Result<Outcome> {
    let output = bench
        .example("flood")
        .arg(server.to_string())
        .args(["--sessions", &SESSIONS.to_string(), "--messages", &mails.count.to_string()])
        .args([
            "--bytes",
            &mails.bytes.to_string(),
            "--tls",
            mails.tls,
            "--class",
            mails.class,
            "--from",
            mails.from,
            "--to",
            mails.to,
        ])
        .output()
        .context("cannot start flood")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("flood: {said} {}", String::from_utf8_lossy(&output.stderr));
    }
    of_flood(&said).with_context(|| format!("flood said: {said}"))
}

fn of_flood(said: &str) -> Option<Outcome> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1)?.parse::<f64>().ok()
    };
    Some(Outcome {
        per_second: after("rate")?,
        p50_ms: after("p50")?,
        p99_ms: after("p99")?,
        count: after("messages")?,
    })
}

/// What HTTP load to make.
pub(super) struct Visits<'a> {
    pub(super) url: &'a str,
    /// One for each session; every request is of the next one.
    pub(super) cookies: &'a [String],
    pub(super) in_flight: u32,
    pub(super) seconds: u32,
}

/// Asks for one page over and over; any refusal is an error.
pub(super) fn wrk(visits: &Visits<'_>) -> Result<Outcome> {
    let script = tempfile::NamedTempFile::new()?;
    fs::write(&script, in_turn(visits.cookies))?;
    let output = Command::new("wrk")
        .args(["--latency", "-t1", &format!("-c{}", visits.in_flight), &format!("-d{}s", visits.seconds)])
        .args(["--timeout", TIMEOUT, "-H", "Accept-Encoding: gzip", "-s"])
        .arg(script.path())
        .arg(visits.url)
        .output()
        .context("cannot start wrk")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || said.contains("Non-2xx") || said.contains("Socket errors") {
        bail!("wrk {}: {said} {}", visits.url, String::from_utf8_lossy(&output.stderr));
    }
    of_wrk(&said).with_context(|| format!("wrk said: {said}"))
}

/// The script (Lua) by which `wrk` makes all requests before it begins, one for each session, and sends them in turn.
fn in_turn(cookies: &[String]) -> String {
    let cookies: Vec<String> = cookies.iter().map(|cookie| format!("{cookie:?}")).collect();
    format!(
        "local cookies = {{ {} }}\nlocal requests, at = {{}}, 0\n\
         function init()\n  for i, cookie in ipairs(cookies) do\n    wrk.headers.Cookie = cookie\n    \
         requests[i] = wrk.format()\n  end\nend\n\
         function request()\n  at = at % #requests + 1\n  return requests[at]\nend\n",
        cookies.join(", ")
    )
}

fn of_wrk(said: &str) -> Option<Outcome> {
    let after = |name: &str| said.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    let count = said.lines().find_map(|line| line.split_once(" requests in "))?.0;
    Some(Outcome {
        per_second: after("Requests/sec:")?.parse().ok()?,
        p50_ms: milliseconds(after("50%")?)?,
        p99_ms: milliseconds(after("99%")?)?,
        count: count.trim().parse().ok()?,
    })
}

fn milliseconds(text: &str) -> Option<f64> {
    let (number, factor) = match text {
        _ if text.ends_with("us") => (text.trim_end_matches("us"), 0.001),
        _ if text.ends_with("ms") => (text.trim_end_matches("ms"), 1.0),
        _ => (text.trim_end_matches('s'), 1000.0),
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_flood_prints_is_read() {
        let said = "messages 20 failures 0 seconds 0.10 rate 200 msg/s p50 1.5 p95 2.0 p99 3.5 max 4.0 ms\n";
        assert_eq!(of_flood(said), Some(Outcome { per_second: 200.0, p50_ms: 1.5, p99_ms: 3.5, count: 20.0 }));
        assert_eq!(of_flood("what?"), None);
    }

    #[test]
    fn requests_are_of_one_session_after_the_other() {
        let script = in_turn(&["a=1; b=2".to_owned(), "a=3".to_owned()]);
        assert!(script.starts_with("local cookies = { \"a=1; b=2\", \"a=3\" }\n"), "{script}");
    }

    #[test]
    fn what_wrk_prints_is_read() {
        let said = "  Latency Distribution\n     50%  250.00us\n     99%    1.20s \n  12345 requests in 10.00s, 7.77MB read\nRequests/sec:    808.22\n";
        assert_eq!(of_wrk(said), Some(Outcome { per_second: 808.22, p50_ms: 0.25, p99_ms: 1200.0, count: 12345.0 }));
    }
}

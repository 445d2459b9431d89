//! The portal, signed in: the list of messages and the view of one, with as many requests in flight as a busy hour brings.
//!
//! The house is the demo, because its outbox holds the notices, and one is needed to activate a mailbox. The message is an
//! HTML mail of 10 KB.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::browser::Browser;
use super::house::House;
use super::load::{Mails, flood, wrk};
use super::report::{Table, figure};
use super::{Bench, usage};
use crate::shell;

/// Requests in flight.
const IN_FLIGHT: u32 = 50;
/// How long each page is asked for.
const SECONDS: u32 = 10;
/// The mailboxes whose lists are compared: name and messages in it.
const FEW: (&str, u32) = ("few@kundin.example", 10);
const MANY: (&str, u32) = ("many@kundin.example", 10_000);
/// How long 10,000 messages may take to be deposited and announced.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(30);

const SENDER: &str = "leistung@alpenblick.example";
const PASSWORD: &str = "four gulls knit at night";
const LINK: &str = "/activate/";

/// Measures list and view, and lists of a few and of many messages.
pub(super) fn measure(bench: &Bench) -> Result<Table> {
    let house = House::demo(bench)?;
    for (address, count) in [FEW, MANY] {
        let mails = Mails { count, bytes: 2048, tls: "none", from: SENDER, to: address };
        flood(&bench.flood, house.smtp, mails)?;
    }
    hand_in(bench, &house, "html@kundin.example")?;
    usage::wait_until_quiet(house.id(), QUIET_WAIT_MAX)?;

    let mut reader = activate(&house, "html@kundin.example")?;
    let message = newest(&mut reader)?;
    let (mut few, mut many) = (activate(&house, FEW.0)?, activate(&house, MANY.0)?);
    let rows = vec![
        page(&house, "list of 1 message", &mut reader, "/")?,
        page(&house, "view of a message", &mut reader, &message)?,
        page(&house, "its HTML, in the frame", &mut reader, &format!("{message}/frame"))?,
        page(&house, "list, 10 messages in the mailbox", &mut few, "/")?,
        page(&house, "list, 10,000 messages in the mailbox", &mut many, "/")?,
    ];
    Ok(Table {
        name: "portal",
        title: "Portal, signed in, 50 requests in flight",
        head: vec!["page", "requests/s", "CPU ms/request", "p50 / p99 ms", "first time, ms"],
        rows,
    })
}

fn page(house: &House, name: &str, visitor: &mut Browser, path: &str) -> Result<Vec<String>> {
    // The first time some things are opened that later are kept in a cheaper form.
    let begun = Instant::now();
    let first = visitor.get(path)?;
    let first_ms = begun.elapsed().as_secs_f64() * 1000.0;
    ensure!(first.status == 200, "{path} answers {}", first.status);
    let url = format!("http://{}{path}", house.http);
    let before = usage::cpu_ms(house.id())?;
    let outcome = wrk(&url, &visitor.cookie(), IN_FLIGHT, SECONDS)?;
    let cpu_ms = (usage::cpu_ms(house.id())? - before) / outcome.count;
    Ok(vec![
        name.to_owned(),
        figure(outcome.per_second),
        figure(cpu_ms),
        format!("{} / {}", figure(outcome.p50_ms), figure(outcome.p99_ms)),
        figure(first_ms),
    ])
}

/// Hands in one HTML mail.
fn hand_in(bench: &Bench, house: &House, to: &str) -> Result<()> {
    let file = bench.folder.path().join("html.eml");
    fs::write(&file, html_mail(to))?;
    shell::run(
        Command::new("swaks")
            .args(["--silent", "2", "--server", &house.smtp.to_string(), "--from", SENDER, "--to", to, "--data"])
            .arg(format!("@{}", file.display())),
    )
}

/// A letter of 10 KB as mail programs write it, with headings, a table, styles and links.
fn html_mail(to: &str) -> String {
    let row = "<tr><td style=\"padding:4px;border:1px solid #999\">Physiotherapy, 6 sessions</td>\
               <td style=\"padding:4px;border:1px solid #999;text-align:right\"><b>123.45 EUR</b></td></tr>\r\n";
    let mut html = String::from(
        "<html><head><style>p.letter{margin:0 0 8pt;font-family:Calibri,sans-serif}</style></head><body>\r\n\
         <h1>Your statement</h1><p class=letter>Please find below what we have paid.</p>\r\n<table>\r\n",
    );
    while html.len() < 10 * 1024 - 200 {
        html.push_str(row);
    }
    html.push_str(
        "</table><p class=letter>Questions? <a href=\"https://alpenblick.example/\">Ask us.</a></p></body></html>\r\n",
    );
    format!(
        "From: {SENDER}\r\nTo: {to}\r\nSubject: Your statement\r\nX-Siegelpost-Class: special\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n{html}"
    )
}

/// Sets a mailbox up by the link in its first notice, as a person would.
fn activate(house: &House, address: &str) -> Result<Browser> {
    let mut visitor = Browser::new(house.http);
    visitor.get(&link(&house.folder.join("outbox"), address)?)?;
    visitor.fill("/activation/password", &[("password", PASSWORD), ("again", PASSWORD)])?;
    visitor.fill("/activation/question", &[("question", "pet"), ("answer", "Bello vom Berg")])?;
    visitor.fill("/activation/finish", &[("language", "en")])?;
    Ok(visitor)
}

/// The path of the activation link in a mail to `address`, waited for.
fn link(outbox: &Path, address: &str) -> Result<String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(1) {
        for file in fs::read_dir(outbox)?.filter_map(|entry| Some(entry.ok()?.path())) {
            let is_to = file.extension().is_some_and(|extension| extension == "json")
                && fs::read_to_string(&file)?.contains(address);
            if is_to && let Some(link) = link_in(&fs::read_to_string(file.with_extension("eml"))?) {
                return Ok(link);
            }
        }
        sleep(Duration::from_millis(100));
    }
    anyhow::bail!("no notice to {address} came")
}

/// The first activation link in a mail whose text is quoted-printable.
fn link_in(mail: &str) -> Option<String> {
    let text = mail.replace("=\r\n", "").replace("=\n", "");
    let at = text.find(LINK)?;
    let rest = text.get(at..)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "/-_".contains(c)))?;
    rest.get(..end).map(str::to_owned)
}

/// The path of the newest message in the list.
fn newest(visitor: &mut Browser) -> Result<String> {
    let list = visitor.get("/")?;
    let (_, rest) = list.text.split_once("\"/messages/").with_context(|| format!("no message: {}", list.text))?;
    let id = rest.split(['"', '?', '#']).next().unwrap_or_default();
    Ok(format!("/messages/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_across_soft_line_breaks() {
        let mail = "Please open\r\nhttp://127.0.0.1:8080/activate/abc=\r\nDEF-_1\r\nSoon.\r\n";
        assert_eq!(link_in(mail).as_deref(), Some("/activate/abcDEF-_1"));
        assert_eq!(link_in("nothing"), None);
    }

    #[test]
    fn the_mail_is_of_the_size_promised() {
        assert!((10_000..11_000).contains(&html_mail("a@b.example").len()));
    }
}

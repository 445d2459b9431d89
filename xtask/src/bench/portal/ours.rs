//! Our side: the house with its mailboxes, and people in them.
//!
//! The house is the demo, because its outbox holds the notices, and one is needed to activate a mailbox.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::crowd::{Crowd, Request, Server};
use super::letter::{self, LETTERS};
use crate::bench::browser::Browser;
use crate::bench::house::House;
use crate::bench::load::{Mails, flood};
use crate::bench::{Bench, usage};
use crate::shell;

/// The mailbox with very many messages, and how many: text of 2 KB each.
const MANY: &str = "many@kundin.example";
const MANY_COUNT: u32 = 10_000;
/// How many messages of a mailbox one page of the list shows.
const LIST_ROWS: usize = 25;
/// How long all these messages may take to be deposited and announced.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(30);

const PASSWORD: &str = "four gulls knit at night";
const LINK: &str = "/activate/";

/// A running house with both mailboxes filled and nothing left to do.
pub(super) fn house(bench: &Bench) -> Result<House> {
    let house = House::demo(bench)?;
    let mails = Mails { count: MANY_COUNT, bytes: 2048, tls: "none", class: "special", from: letter::SENDER, to: MANY };
    flood(bench, house.smtp, mails)?;
    for _ in 0..LETTERS {
        hand_in(bench, &house)?;
    }
    usage::wait_until_quiet(&[house.id()], QUIET_WAIT_MAX)?;
    Ok(house)
}

/// People in the mailbox with the letters: they ask for the list, for a message, and for its HTML in the frame of that page.
pub(super) fn few(house: &House) -> Result<Crowd<3>> {
    let mut first = activate(house, letter::RECIPIENT)?;
    let list = Request::first(&mut first, "list", "/", (letter::SUBJECT, LETTERS))?;
    let path = message_in(&list.first).with_context(|| format!("no message: {}", list.first))?;
    let message = Request::first(&mut first, "message", &path, (letter::SUBJECT, 1))?;
    let frame = format!("{path}/frame");
    let html = Request::first(&mut first, "its HTML, in a frame", &frame, (letter::CELL, letter::rows()))?;
    Crowd::gather(server(house), first, || sign_in(house, letter::RECIPIENT), [list, message, html])
}

/// People in the mailbox with very many messages.
pub(super) fn many(house: &House) -> Result<Crowd<1>> {
    let mut first = activate(house, MANY)?;
    let name = "list, 10,000 messages in the mailbox";
    let list = Request::first(&mut first, name, "/", ("\"/messages/", LIST_ROWS))?;
    Crowd::gather(server(house), first, || sign_in(house, MANY), [list])
}

fn server(house: &House) -> Server {
    Server { name: "Siegelpost", http: house.http, processes: vec![house.id()] }
}

/// Hands in one letter.
pub(in crate::bench) fn hand_in(bench: &Bench, house: &House) -> Result<()> {
    let file = bench.folder.path().join("letter.eml");
    fs::write(&file, letter::mail())?;
    shell::run(Command::new("swaks").args(["--silent", "2", "--server", &house.smtp.to_string()]).args([
        "--from",
        letter::SENDER,
        "--to",
        letter::RECIPIENT,
        "--data",
        &format!("@{}", file.display()),
    ]))
}

/// Sets a mailbox up by the link in its first notice, as a person would.
pub(in crate::bench) fn activate(house: &House, address: &str) -> Result<Browser> {
    let mut browser = Browser::new(house.http);
    browser.get(&link(&house.folder.join("outbox"), address)?)?;
    browser.fill("/activation/password", &[("password", PASSWORD), ("again", PASSWORD)])?;
    browser.fill("/activation/question", &[("question", "pet"), ("answer", "Bello vom Berg")])?;
    browser.fill("/activation/finish", &[("language", "en")])?;
    Ok(browser)
}

fn sign_in(house: &House, address: &str) -> Result<Browser> {
    let mut browser = Browser::new(house.http);
    browser.fill("/sign-in", &[("address", address), ("password", PASSWORD), ("next", "")])?;
    Ok(browser)
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

/// The path of the first message in a list.
fn message_in(list: &str) -> Option<String> {
    let (_, rest) = list.split_once("\"/messages/")?;
    Some(format!("/messages/{}", rest.split(['"', '?', '#']).next()?))
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
    fn the_first_message_is_found() {
        assert_eq!(message_in("<a href=\"/messages/12ab\">").as_deref(), Some("/messages/12ab"));
        assert_eq!(message_in("<p>Nothing here</p>"), None);
    }
}

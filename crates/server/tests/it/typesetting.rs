//! Processes that set pages: bounded, confined, replaced when they die (J12).

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use app::export::{SetError, Typesetting as _};
use document::{Form, Mail, Words, work::Job};
use server::typesetting::Pool;

const PROGRAM: &str = env!("CARGO_BIN_EXE_siegelpost");
const PATIENCE: Duration = Duration::from_secs(30);

fn mail(html: Option<String>, text: &str) -> Mail {
    let word = |word: &str| word.to_owned();
    Mail {
        id: "1@beispiel.example".into(),
        language: "de".into(),
        title: "Hallo".into(),
        html,
        text: text.into(),
        words: Words {
            files: word("Anhänge"),
            foot: word("{page}/{pages}"),
            plain: word("vereinfacht"),
            text: word("nur Text"),
            images: word("Bilder fehlen"),
            cut: word("gekürzt"),
        },
        ..Mail::default()
    }
}

/// A mail with the HTML as a mail has it, made harmless as the portal does.
fn formatted(html: &str) -> Mail {
    let cleaned = mime::html::clean(html, &mime::html::CleanOptions::default());
    let text = mime::html::to_text(&cleaned.html);
    mail(Some(cleaned.html), &text)
}

#[tokio::test]
async fn j12_pages_come_from_a_process_that_is_used_again() {
    let pool = Pool::of(PROGRAM.into(), PATIENCE);
    pool.warm();
    let first = pool.set(formatted("<p>Guten <b>Tag</b></p>")).await.unwrap();
    assert_eq!((first.form, first.count), (Form::LaidOut, 1));
    assert!(first.pdf.starts_with(b"%PDF-1.7"));
    assert_eq!(pool.set(formatted("<p>Guten <b>Tag</b></p>")).await.unwrap(), first);
}

#[tokio::test]
async fn j12_who_takes_too_long_is_given_up() {
    let pool = Pool::of(PROGRAM.into(), Duration::ZERO);
    assert!(matches!(pool.set(mail(None, "Hallo")).await, Err(SetError::Refused(_))));
}

#[tokio::test]
async fn j12_without_a_program_nothing_is_set() {
    let pool = Pool::of(PathBuf::from("/nowhere"), PATIENCE);
    assert!(matches!(pool.set(mail(None, "Hallo")).await, Err(SetError::Unavailable(_))));
}

#[tokio::test]
async fn j12_hostile_mails_become_readable_pages() {
    let pool = Pool::of(PROGRAM.into(), PATIENCE);
    let repeated =
        |count: usize, open: &str, close: &str| format!("{}Boden{}", open.repeat(count), close.repeat(count));
    let mut selectors = String::from("<style>");
    for number in 0..5_000 {
        let _ = write!(selectors, ".a{number} .b td p b {{ color: #{number:06x} }}");
    }
    let hostile = [
        repeated(100_000, "<table><tr><td>", "</td></tr></table>"),
        repeated(100_000, "<div style=\"border:1px solid\">", "</div>"),
        repeated(100_000, "<ul><li>", ""),
        "<b>a</b> <i>b</i> ".repeat(25_000),
        "<table border=1><tr><td>a<td>b<td>c<td>d</table>".repeat(12_000),
        format!("<table>{}</table>", "<tr><td>a</td><td>b</td></tr>".repeat(20_000)),
        "x".repeat(2_000_000),
        "\u{301}".repeat(100_000),
        "\u{202e}אב".repeat(50_000),
        format!("{selectors}</style>{}", "<table><tr><td class=b><p><b>x</b></p></td></tr></table>".repeat(3_000)),
        format!("<img alt=Bild src=\"data:image/png;base64,{}\">", "A".repeat(50_000_000)),
        format!("<img alt=Bild src=\"data:image/png;base64,{}\">", data_encoding::BASE64.encode(&huge_png(30_000))),
        "<p style=\"font-family:Keine;font-size:9999px;margin:9999px;padding:9999px;line-height:9999\">groß</p>"
            .repeat(50),
        "<img src=file:///etc/passwd><img src=http://127.0.0.1/x><p style='background:url(file:///etc/passwd)'>a"
            .into(),
    ];
    for html in hostile {
        let set = pool.set(formatted(&html)).await;
        let beginning: String = html.chars().take(60).collect();
        assert!(set.is_ok(), "{beginning}: {set:?}");
    }
}

/// The header of a picture of so many pixels each way, and nothing else.
fn huge_png(side: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(side.to_be_bytes());
    bytes.extend(side.to_be_bytes());
    bytes.extend(b"\x08\x06\0\0\0\0\0\0\0");
    bytes
}

fn worker() -> Child {
    let command =
        Command::new(PROGRAM).arg("document-worker").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = command.unwrap();
    // Once it has answered, it has given up what it does not need.
    let frame = Job { mail: mail(None, "Hallo"), form: Form::Text }.frame().unwrap();
    child.stdin.as_mut().unwrap().write_all(&frame).unwrap();
    let mut head = [0; 4];
    child.stdout.as_mut().unwrap().read_exact(&mut head).unwrap();
    child
}

#[test]
fn j12_a_worker_has_bounds_and_no_rights() {
    let mut child = worker();
    let told = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let limits = told("limits");
    let limit = |name: &str| limits.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(limit("Max address space").contains("1610612736"), "{limits}");
    assert!(limit("Max file size").contains(" 0 "), "{limits}");
    assert!(limit("Max open files").contains(" 16 "), "{limits}");
    assert!(told("status").lines().any(|line| line == "NoNewPrivs:\t1"), "it is confined");
    drop(child.stdin.take());
    let mut rest = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "it ends when there are no more jobs");
}

#[test]
fn j12_what_is_no_job_ends_a_worker() {
    let mut child = worker();
    child.stdin.take().unwrap().write_all(&[0xff; 64]).unwrap();
    assert!(!child.wait().unwrap().success());
}

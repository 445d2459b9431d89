//! Runs head, view, cleaning and text over every file named (folders are searched), and prints counts and the slowest files.
//!
//! `cargo run --release --example view_all -- PATH...`; for corpora of real mail. Ends with 1 if nothing was read.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mime::head;
use mime::view::MessageView;

/// Slowest files named at the end.
const SLOWEST: usize = 5;

#[derive(Default)]
struct Counts {
    files: usize,
    bytes: usize,
    too_complex: usize,
    html: usize,
    without_body: usize,
    attachments: usize,
    blocked: usize,
    slowest: Vec<(Duration, PathBuf)>,
}

fn main() -> ExitCode {
    let mut counts = Counts::default();
    for path in std::env::args_os().skip(1) {
        visit(Path::new(&path), &mut counts);
    }
    counts.slowest.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    println!(
        "{} files, {} bytes, {} too complex, {} with HTML, {} without body, {} attachments, {} remote things blocked",
        counts.files,
        counts.bytes,
        counts.too_complex,
        counts.html,
        counts.without_body,
        counts.attachments,
        counts.blocked
    );
    for (time, path) in counts.slowest.iter().take(SLOWEST) {
        println!("{time:>12.3?} {}", path.display());
    }
    if counts.files == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn visit(path: &Path, counts: &mut Counts) {
    if let Ok(folder) = std::fs::read_dir(path) {
        folder.flatten().for_each(|entry| visit(&entry.path(), counts));
    } else if let Ok(raw) = std::fs::read(path) {
        let started = Instant::now();
        view(&raw, counts, 0);
        counts.files += 1;
        counts.bytes += raw.len();
        counts.slowest.push((started.elapsed(), path.to_owned()));
    }
}

/// Reads a mail and the mails forwarded in it.
fn view(raw: &[u8], counts: &mut Counts, depth: usize) {
    let subject = head::Head::read(raw).subject;
    let declared = head::attachments(raw);
    let Ok(view) = MessageView::read(raw) else {
        assert!(declared.is_err(), "head and view disagree about {subject}");
        counts.too_complex += 1;
        return;
    };
    counts.html += usize::from(view.html.is_some());
    counts.without_body += usize::from(view.readable_text().trim().is_empty());
    counts.blocked += view.fragment().blocked_remote_count;
    for attachment in &view.attachments {
        counts.attachments += 1;
        let size = view.attachment_bytes(attachment.index).map(|bytes| bytes.len());
        assert_eq!(size, Some(attachment.size_bytes), "size of {} in {subject}", attachment.name);
        if let Some(nested) = view.nested(attachment.index).filter(|_| depth < 5) {
            self::view(&nested, counts, depth + 1);
        }
    }
}

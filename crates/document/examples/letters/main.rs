//! Sets sample letters, for readers that nobody here wrote to look at, and measures how long that takes.
//!
//! ```text
//! cargo run --release -p siegelpost-document --example letters -- OUT [--rounds N] [--batch N] [--threads N]
//! ```
//!
//! Each sample becomes `OUT/NAME.pdf` and `OUT/NAME.json`, which has what it was made of. With `--rounds` each is set so often, one
//! after the other, and the median is told. With `--batch` so many letters to different people are set by `--threads` threads (2).

mod samples;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use document::Typesetter;
use document::letter::{Block, Letter, LetterForm};
use samples::{Language, activation, long, longest, strange};
use serde_json::json;

fn main() -> io::Result<()> {
    // The worker does its jobs with as much stack.
    let work = thread::Builder::new().stack_size(document::limits::STACK_BYTES).spawn(run)?;
    work.join().unwrap_or_else(|_| Err(io::Error::other("setting letters ended without a word")))
}

/// What is asked for.
struct Asked {
    out: PathBuf,
    rounds: usize,
    batch: usize,
    threads: usize,
}

fn asked() -> io::Result<Asked> {
    let mut asked = Asked { out: PathBuf::new(), rounds: 1, batch: 0, threads: 2 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--rounds" => &mut asked.rounds,
            "--batch" => &mut asked.batch,
            "--threads" => &mut asked.threads,
            _ => {
                asked.out = word.into();
                continue;
            }
        };
        *place = words
            .next()
            .and_then(|count| count.parse().ok())
            .ok_or_else(|| io::Error::other(format!("{word} wants a number")))?;
    }
    if asked.out.as_os_str().is_empty() {
        return Err(io::Error::other("usage: letters OUT [--rounds N] [--batch N] [--threads N]"));
    }
    Ok(asked)
}

fn run() -> io::Result<()> {
    let asked = asked()?;
    fs::create_dir_all(&asked.out)?;
    let begun = Instant::now();
    let typesetter = Typesetter::new();
    println!("{:9.2} ms to load the fonts", milliseconds(begun.elapsed()));
    for letter in all() {
        let mut times = Vec::new();
        let mut set = None;
        for _ in 0..asked.rounds.max(1) {
            let begun = Instant::now();
            let pages = typesetter.letter(&letter, None).map_err(io::Error::other)?;
            times.push(begun.elapsed());
            set = Some(pages);
        }
        let Some(pages) = set else { continue };
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        println!("{:9.2} ms {} pages {} bytes {}", milliseconds(median), pages.count, pages.pdf.len(), letter.id);
        write(&asked.out, &letter, &pages.pdf, pages.count)?;
    }
    if asked.batch > 0 { batch(&typesetter, asked.batch, asked.threads) } else { Ok(()) }
}

fn all() -> impl Iterator<Item = Letter> {
    let forms = [LetterForm::A, LetterForm::B];
    let both = forms.into_iter().flat_map(|form| [Language::De, Language::En].map(|language| (form, language)));
    let ordinary = both.flat_map(|(form, language)| [activation(form, language), long(form, language)]);
    ordinary.chain(forms.into_iter().flat_map(|form| [strange(form), longest(form)]))
}

fn write(out: &Path, letter: &Letter, pdf: &[u8], pages: usize) -> io::Result<()> {
    fs::write(out.join(format!("{}.pdf", letter.id)), pdf)?;
    let said = json!({ "letter": letter, "pages": pages, "field_top": letter.form.field_top() });
    fs::write(out.join(format!("{}.json", letter.id)), serde_json::to_vec(&said)?)
}

/// Sets letters to different people, as many at once as there are threads.
fn batch(typesetter: &Typesetter, count: usize, threads: usize) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let work = || -> io::Result<usize> {
        let mut bytes = 0;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(bytes);
            }
            bytes += typesetter.letter(&one_of_many(number), None).map_err(io::Error::other)?.pdf.len();
        }
    };
    let bytes = thread::scope(|scope| -> io::Result<usize> {
        let start = || thread::Builder::new().stack_size(document::limits::STACK_BYTES).spawn_scoped(scope, work);
        let started = (0..threads.max(1)).map(|_| start()).collect::<io::Result<Vec<_>>>()?;
        let ended = started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended without a word"))));
        ended.sum()
    })?;
    let took = begun.elapsed();
    let second = count_as_number(count) / took.as_secs_f64();
    println!(
        "{count} letters of one page, {bytes} bytes, in {:.1} s by {threads} threads: {second:.0} a second",
        took.as_secs_f64()
    );
    Ok(())
}

fn count_as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A letter of its own: other name, street, number and code.
fn one_of_many(number: usize) -> Letter {
    let mut letter = activation(LetterForm::B, Language::De);
    let letters: Vec<char> = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().collect();
    let code: String =
        (0..12).map(|place| letters[number.rotate_left(place * 7).wrapping_mul(0x9e37_79b9) % letters.len()]).collect();
    letter.id = format!("batch-{number}");
    letter.address = vec![
        "Frau".into(),
        format!("Erika Beispiel {number}"),
        format!("Lange Straße {number}"),
        format!("{:05} Musterstadt", number % 100_000),
    ];
    letter.salutation = format!("Sehr geehrte Frau Beispiel {number},");
    for block in &mut letter.body {
        match block {
            Block::Code(block) => block.code.clone_from(&code),
            Block::Qr(qr) => qr.text = format!("https://postfach.musterkasse.example/code#{code}"),
            _ => {}
        }
    }
    letter
}

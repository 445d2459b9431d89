//! Sets sample letters, for readers that nobody here wrote to look at, and measures how long that takes.
//!
//! ```text
//! cargo run --release -p siegelpost-document --example letters -- OUT [--rounds N] [--batch N] [--threads N] [--given FILE]...
//! ```
//!
//! Each sample becomes `OUT/NAME.pdf` and `OUT/NAME.json`, which has what it was made of. With `--rounds` each is set so often, each time to
//! somebody else, and the median is told. With `--batch` so many letters to different people are set by `--threads` threads (2).
//! A PDF that is `--given` becomes `OUT/NAME-covered.pdf`, behind a cover page, and `OUT/NAME-addressed.pdf`, or the reason is told.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

mod samples;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use document::Typesetter;
use document::given::Given;
use document::letter::{AddressBlock, Block, Letter, LetterForm};
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
    given: Vec<PathBuf>,
}

fn asked() -> io::Result<Asked> {
    let mut asked = Asked { out: PathBuf::new(), rounds: 1, batch: 0, threads: 2, given: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--rounds" => &mut asked.rounds,
            "--batch" => &mut asked.batch,
            "--threads" => &mut asked.threads,
            "--given" => {
                asked.given.extend(words.next().map(PathBuf::from));
                continue;
            }
            _ => {
                asked.out = word.into();
                continue;
            }
        };
        let number = words.next().and_then(|count| count.parse().ok());
        *place = number.ok_or_else(|| io::Error::other(format!("{word} wants a number")))?;
    }
    if asked.out.as_os_str().is_empty() {
        return Err(io::Error::other("usage: letters OUT [--rounds N] [--batch N] [--threads N] [--given FILE]..."));
    }
    Ok(asked)
}

fn run() -> io::Result<()> {
    let asked = asked()?;
    fs::create_dir_all(&asked.out)?;
    let begun = Instant::now();
    let typesetter = Typesetter::new();
    println!("{:9.2} ms to load the fonts", milliseconds(begun.elapsed()));
    for file in &asked.given {
        given(&typesetter, &asked.out, file)?;
    }
    if asked.given.is_empty() {
        for letter in all() {
            sample(&typesetter, &asked, &letter)?;
        }
    }
    if asked.batch > 0 { batch(&typesetter, asked.batch, asked.threads) } else { Ok(()) }
}

/// Sets one of the samples, and as often as asked for to somebody else.
fn sample(typesetter: &Typesetter, asked: &Asked, letter: &Letter) -> io::Result<()> {
    let pages = typesetter.letter(letter, None).map_err(io::Error::other)?;
    let mut times = Vec::new();
    for round in 0..asked.rounds {
        let mut other = letter.clone();
        other.id = format!("{}-{round}", letter.id);
        if let Some(line) = other.address.last_mut() {
            *line = format!("{:05} Musterstadt", round % 100_000);
        }
        let begun = Instant::now();
        typesetter.letter(&other, None).map_err(io::Error::other)?;
        times.push(begun.elapsed());
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("{:9.2} ms {} pages {} bytes {}", milliseconds(median), pages.count, pages.pdf.len(), letter.id);
    fs::write(asked.out.join(format!("{}.pdf", letter.id)), &pages.pdf)?;
    let said = json!({ "letter": letter, "pages": pages.count, "field_top": letter.form.field_top() });
    fs::write(asked.out.join(format!("{}.json", letter.id)), serde_json::to_vec(&said)?)
}

/// Sends a PDF as a letter in both ways.
fn given(typesetter: &Typesetter, out: &Path, file: &Path) -> io::Result<()> {
    let bytes = fs::read(file)?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let given = match Given::read(&bytes) {
        Ok(given) => given,
        Err(error) => {
            println!("{name}: {error}");
            return Ok(());
        }
    };
    let letter = activation(LetterForm::B, Language::De);
    let cover = typesetter.letter(&letter, None).map_err(io::Error::other)?;
    let block = AddressBlock {
        form: letter.form,
        address: letter.address,
        return_line: letter.return_line,
        additions: letter.additions,
    };
    let address = typesetter.address(&block).map_err(io::Error::other)?;
    for (way, made) in [("covered", given.behind(&cover)), ("addressed", given.addressed(&address))] {
        match made {
            Ok(made) => {
                println!("{name}-{way}: {} pages, {} bytes, of {:?}", made.count, made.pdf.len(), given.claim());
                fs::write(out.join(format!("{name}-{way}.pdf")), made.pdf)?;
            }
            Err(error) => println!("{name}-{way}: {error}"),
        }
    }
    Ok(())
}

fn all() -> impl Iterator<Item = Letter> {
    let forms = [LetterForm::A, LetterForm::B];
    let both = forms.into_iter().flat_map(|form| [Language::De, Language::En].map(|language| (form, language)));
    let ordinary = both.flat_map(|(form, language)| [activation(form, language), long(form, language)]);
    ordinary.chain(forms.into_iter().flat_map(|form| [strange(form), longest(form)]))
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
    let letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit =
        |place: u32| letters.chars().nth(number.rotate_left(place * 7).wrapping_mul(0x9e37_79b9) % letters.len());
    let code: String = (0..12).filter_map(digit).collect();
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

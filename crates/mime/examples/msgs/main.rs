//! Writes mails as Outlook keeps them, each beside what we say of it ourselves, for readers that nobody here wrote to compare.
//!
//! ```text
//! cargo run -p siegelpost-mime --example msgs -- OUT [--made] MAIL-OR-FOLDER...
//! ```
//!
//! `NAME` becomes `OUT/NAME.msg` and `OUT/NAME.json`; with `--made`, mails that no corpus has come into `OUT/made`. Mails that are too complex
//! are skipped; if these are many, that is an error.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

mod made;
mod said;
#[allow(clippy::unwrap_used, reason = "shared with tests; a failing builder is a failing test")]
#[path = "../../tests/made/winmail.rs"]
mod winmail;

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mime::export::{self, Received};
use mime::view::MessageView;

/// The most mails of a thousand that may be too complex to be read.
const TOO_COMPLEX_PER_MILLE_MAX: usize = 2;

#[derive(Default)]
struct Counts {
    written: usize,
    bytes: u64,
    too_complex: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("usage: msgs OUT [--made] MAIL-OR-FOLDER...")?);
    let mut counts = Counts::default();
    for argument in arguments {
        if argument == "--made" {
            for (name, raw) in made::all() {
                write(&raw, &out.join("made").join(name), &mut counts)?;
            }
        } else {
            let path = Path::new(&argument);
            visit(path, &out.join(path.file_name().unwrap_or_default()), &mut counts)?;
        }
    }
    let Counts { written, bytes, too_complex } = counts;
    println!("{written} mails written, {bytes} bytes, {too_complex} too complex");
    let too_many = too_complex * 1000 > (written + too_complex) * TOO_COMPLEX_PER_MILLE_MAX;
    if written == 0 || too_many { Err("too few mails were written".into()) } else { Ok(()) }
}

fn visit(path: &Path, out: &Path, counts: &mut Counts) -> Result<(), Box<dyn Error>> {
    let Ok(folder) = fs::read_dir(path) else { return write(&fs::read(path)?, out, counts) };
    for entry in folder {
        let entry = entry?;
        visit(&entry.path(), &out.join(entry.file_name()), counts)?;
    }
    Ok(())
}

fn write(raw: &[u8], out: &Path, counts: &mut Counts) -> Result<(), Box<dyn Error>> {
    let Ok(view) = MessageView::read(raw) else {
        counts.too_complex += 1;
        return Ok(());
    };
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder)?;
    }
    let with = |extension: &str| {
        let mut name = out.as_os_str().to_owned();
        name.push(extension);
        fs::File::create(PathBuf::from(name)).map(BufWriter::new)
    };
    serde_json::to_writer(with(".json")?, &said::of(raw, &view))?;
    let received = Received { original_name: said::ORIGINAL.into(), ..Received::default() };
    let plan = export::msg(raw, &view, &received).plan()?;
    let mut file = with(".msg")?;
    plan.write_to(&mut file)?;
    file.flush()?;
    counts.written += 1;
    counts.bytes += plan.size();
    Ok(())
}

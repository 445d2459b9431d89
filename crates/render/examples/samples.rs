//! Writes every page and mail sample into a folder: `cargo run -p siegelpost-render --example samples -- FOLDER`.

use std::{fs, io, path::PathBuf};

use model::Language;
use render::samples;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "samples".into()));
    let brand = samples::brand();
    for asset in brand.assets() {
        let path = folder.join(asset.path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, &asset.content)?;
    }
    for language in Language::ALL {
        let folder = folder.join(language.tag());
        fs::create_dir_all(&folder)?;
        for sample in samples::pages(&brand, language) {
            // Opened from a folder, a page finds its style sheet next to it.
            fs::write(
                folder.join(format!("{}.html", sample.name)),
                sample.html.replace("=\"/assets/", "=\"../assets/"),
            )?;
        }
        for sample in samples::mails(&brand, language) {
            fs::write(folder.join(format!("mail-{}.html", sample.name)), &sample.mail.html)?;
            let text = format!("Subject: {}\n\n{}", sample.mail.subject, sample.mail.text);
            fs::write(folder.join(format!("mail-{}.txt", sample.name)), text)?;
        }
    }
    Ok(())
}

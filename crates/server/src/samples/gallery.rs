//! The page that leads to all samples.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// What was written, in order.
pub(super) struct Gallery {
    title: String,
    samples: Vec<Sample>,
}

struct Sample {
    path: PathBuf,
    pictures: Vec<PathBuf>,
}

/// How wide pictures are shown, in pixels.
const SHOWN_WIDTH: u16 = 240;

const HEAD: &str = "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n\
    body { margin: 2rem; font: 1rem/1.5 system-ui, sans-serif; color: #1a1f24; background: #f2f4f6; }\n\
    ul { display: flex; flex-wrap: wrap; gap: 1.5rem; padding: 0; list-style: none; }\n\
    li { max-width: 100%; } img { display: inline-block; max-width: 100%; margin: 0 .5rem .5rem 0; vertical-align: top; \
    background: #fff; border: 1px solid #c5cdd8; }\n a { color: #0b4f9e; }\n</style>\n";

impl Gallery {
    pub(super) fn new(organisation: &str) -> Self {
        Self { title: organisation.to_owned(), samples: Vec::new() }
    }

    /// A sample at `path` below the folder, with pictures of it.
    pub(super) fn add(&mut self, path: &Path, pictures: Vec<PathBuf>) {
        self.samples.push(Sample { path: path.to_owned(), pictures });
    }

    pub(super) const fn count(&self) -> usize {
        self.samples.len()
    }

    /// Takes pictures of the samples that have none.
    pub(super) fn pictures(&mut self, take: impl Fn(&Path) -> anyhow::Result<Vec<PathBuf>>) -> anyhow::Result<()> {
        for sample in self.samples.iter_mut().filter(|sample| sample.pictures.is_empty()) {
            sample.pictures = take(&sample.path)?;
        }
        Ok(())
    }

    pub(super) fn html(&self) -> String {
        let title = mime::text::escape(&self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n{HEAD}</head>\n<body>\n<h1>{title}</h1>\n"
        );
        let mut folder = None;
        for sample in &self.samples {
            if folder != sample.path.parent() {
                if folder.is_some() {
                    html.push_str("</ul>\n");
                }
                folder = sample.path.parent();
                let _ = writeln!(html, "<h2>{}</h2>\n<ul>", folder.unwrap_or(Path::new("")).display());
            }
            let name = sample.path.file_stem().unwrap_or_default().to_string_lossy();
            let _ = writeln!(html, "<li><p><a href=\"{}\">{name}</a></p>", sample.path.display());
            for picture in &sample.pictures {
                let picture = picture.display();
                let _ = writeln!(
                    html,
                    "<a href=\"{picture}\"><img src=\"{picture}\" width=\"{SHOWN_WIDTH}\" alt=\"{name}\" loading=\"lazy\"></a>"
                );
            }
            html.push_str("</li>\n");
        }
        html.push_str(if folder.is_some() { "</ul>\n</body>\n</html>\n" } else { "</body>\n</html>\n" });
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_under_its_folder() {
        let mut gallery = Gallery::new("A & B");
        gallery.add(Path::new("de/letters/lock.pdf"), vec!["de/letters/lock-1.png".into()]);
        gallery.add(Path::new("de/letters/deletion.pdf"), Vec::new());
        gallery.add(Path::new("en/mails/notice.html"), Vec::new());
        gallery.pictures(|path| Ok(vec![path.with_extension("png")])).unwrap();
        let html = gallery.html();
        assert!(html.contains("<h1>A &amp; B</h1>"), "{html}");
        assert_eq!(
            (html.matches("<h2>").count(), html.matches("<li>").count(), html.matches("<img").count()),
            (2, 3, 3)
        );
        assert!(html.contains("<img src=\"de/letters/lock-1.png\""), "what has a picture keeps it: {html}");
        assert!(html.contains("<img src=\"en/mails/notice.png\""), "{html}");
    }
}

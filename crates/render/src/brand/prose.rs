//! Texts that the organisation writes itself: imprint, privacy notice, own answers on the help page.
//!
//! The notation is that of a plain letter: paragraphs with an empty line between them, a heading begins with `# `, an item of a
//! list with `- `. Everything else is shown as it stands; there is no markup that could carry script.

use model::Language;

/// A text in every language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose {
    de: Vec<Block>,
    en: Vec<Block>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph; its lines are kept.
    Paragraph(Vec<String>),
    /// A list.
    List(Vec<String>),
}

impl Prose {
    /// Reads the German and the English text. Where one of them is empty the other is shown to everybody.
    pub fn parse(de: &str, en: &str) -> Self {
        Self { de: blocks(de), en: blocks(en) }
    }

    /// The text in `language`, and the language it is really in.
    pub fn of(&self, language: Language) -> (&[Block], Language) {
        match language {
            Language::De if self.de.is_empty() => (&self.en, Language::En),
            Language::En if self.en.is_empty() => (&self.de, Language::De),
            Language::De => (&self.de, Language::De),
            Language::En => (&self.en, Language::En),
        }
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            open = false;
        } else if let Some(heading) = line.strip_prefix("# ") {
            blocks.push(Block::Heading(heading.trim().to_owned()));
            open = false;
        } else if let Some(item) = line.strip_prefix("- ") {
            match blocks.last_mut() {
                Some(Block::List(items)) if open => items.push(item.trim().to_owned()),
                _ => blocks.push(Block::List(vec![item.trim().to_owned()])),
            }
            open = true;
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(lines)) if open => lines.push(line.to_owned()),
                _ => blocks.push(Block::Paragraph(vec![line.to_owned()])),
            }
            open = true;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_becomes_blocks() {
        let prose = Prose::parse("# Anbieter\nMuster AG\nAllee 1\n\n- eins\n- zwei\n\nSchluss", "");
        let (blocks, language) = prose.of(Language::En);
        assert_eq!(language, Language::De);
        assert_eq!(
            blocks,
            [
                Block::Heading("Anbieter".into()),
                Block::Paragraph(vec!["Muster AG".into(), "Allee 1".into()]),
                Block::List(vec!["eins".into(), "zwei".into()]),
                Block::Paragraph(vec!["Schluss".into()]),
            ]
        );
    }
}

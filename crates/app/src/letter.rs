//! Letters as they are set: what `render` says, on the paper of the organisation.

use document::{
    Field,
    letter::{Block, Code, Letter, LetterForm, LetterWords, Letterhead, Qr},
};
use jiff::Timestamp;
use render::letters::{LetterText, Line, Part};

use crate::export::stamp;

/// The paper of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stationery {
    /// Where everything stands (DIN 5008).
    pub form: LetterForm,
    /// Where letters go back to that cannot be delivered, in one line.
    pub return_line: String,
    /// What is printed on it.
    pub letterhead: Letterhead,
}

/// To whom a letter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Lines from the name to the town.
    pub lines: Vec<String>,
    /// Lines for the post, like `Persönlich`.
    pub additions: Vec<String>,
}

impl Stationery {
    /// The letter with this id, as it is set.
    pub fn letter(&self, id: String, to: Addressee, text: LetterText, at: Timestamp) -> Letter {
        Letter {
            id,
            language: text.language.tag().to_owned(),
            form: self.form,
            address: to.lines,
            return_line: self.return_line.clone(),
            additions: to.additions,
            information: text.information.into_iter().map(field).collect(),
            date: field(text.date),
            stamp: stamp(at),
            subject: text.subject,
            salutation: text.salutation,
            body: text.body.into_iter().map(block).collect(),
            closing: text.closing,
            signature: text.signature,
            enclosures: Vec::new(),
            words: LetterWords { page: text.page, enclosures: text.enclosures },
            letterhead: self.letterhead.clone(),
        }
    }
}

fn field(line: Line) -> Field {
    Field { label: line.label, value: line.value }
}

fn block(part: Part) -> Block {
    match part {
        Part::Paragraph(text) => Block::Paragraph(text),
        Part::Heading(text) => Block::Heading(text),
        Part::List(items) => Block::List(items),
        Part::Steps(items) => Block::Steps(items),
        Part::Table(lines) => Block::Table(lines.into_iter().map(field).collect()),
        Part::Code { label, code } => Block::Code(Code { label, code }),
        Part::Qr { text, alt } => Block::Qr(Qr { text, alt }),
    }
}

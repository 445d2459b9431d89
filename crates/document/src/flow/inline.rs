//! Text while it becomes paragraphs.

use std::borrow::Cow;
use std::sync::Arc;

use unicode_normalization::char::is_combining_mark;

use super::{Block, Inline, Paragraph, Picture, Placed, Role, Run};
use crate::html::{Align, Case, Color, Style};
use crate::limits::{MARKS_MAX, PARAGRAPH_BYTES_MAX, PARAGRAPH_RUNS_MAX, WORD_POINTS_MAX};

/// How a paragraph stands; taken from the block in which it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    pub role: Role,
    pub align: Align,
    pub indent: f64,
    pub rtl: Option<bool>,
}

/// Blocks of one container while they are gathered.
#[derive(Debug)]
pub(super) struct Sink {
    pub blocks: Vec<Placed>,
    pub stand: Stand,
    inlines: Vec<Inline>,
    /// The distance to the next block.
    gap: f64,
    /// Padding before the first block, and behind the last one.
    pub top: f64,
    pub bottom: f64,
    /// Whether white space would be the second one, or stand at the beginning of a line.
    spaced: bool,
    bytes: usize,
    /// Length of the word so far.
    word: f64,
    line: f64,
    size: f64,
}

impl Sink {
    pub(super) fn new(stand: Stand) -> Self {
        Self {
            blocks: Vec::new(),
            stand,
            inlines: Vec::new(),
            gap: 0.0,
            top: 0.0,
            bottom: 0.0,
            spaced: true,
            bytes: 0,
            word: 0.0,
            line: 1.25,
            size: 0.0,
        }
    }

    /// Asks for a distance to the next block; of several, the largest one counts.
    pub(super) fn gap(&mut self, points: f64) {
        self.gap = self.gap.max(points);
    }

    /// Asks for padding: like a distance, but kept at the edges of the container.
    pub(super) fn pad(&mut self, points: f64) {
        if self.blocks.is_empty() && self.inlines.is_empty() {
            self.top += points;
        } else {
            self.bottom += points;
            self.gap(points);
        }
    }

    /// The distance asked for, which is then given.
    pub(super) fn take_gap(&mut self) -> f64 {
        self.bottom = 0.0;
        std::mem::take(&mut self.gap)
    }

    /// Adds a block behind the paragraph that is open, which ends.
    pub(super) fn push(&mut self, block: Block) {
        self.flush();
        self.place(block);
    }

    fn place(&mut self, block: Block) {
        let Stand { align, indent, .. } = self.stand;
        let above = self.take_gap();
        self.blocks.push(Placed { block, above, indent, align });
    }

    /// Ends the paragraph that is open.
    pub(super) fn flush(&mut self) {
        let mut inlines = std::mem::take(&mut self.inlines);
        let only_break = matches!(inlines.as_slice(), [Inline::Break]);
        while let Some(last) = inlines.last_mut() {
            match last {
                Inline::Break if only_break => break,
                Inline::Break => {}
                Inline::Run(run) => {
                    run.text.truncate(run.text.trim_end_matches(' ').len());
                    if !run.text.is_empty() {
                        break;
                    }
                }
                Inline::Image(_) => break,
            }
            inlines.pop();
        }
        self.spaced = true;
        self.bytes = 0;
        self.word = 0.0;
        if inlines.is_empty() {
            return;
        }
        if let [Inline::Image(_)] = inlines.as_slice() {
            if let Some(Inline::Image(picture)) = inlines.pop() {
                self.place(Block::Image(picture));
            }
            return;
        }
        let rtl = self.stand.rtl.unwrap_or_else(|| is_rtl(&inlines));
        let role = self.stand.role;
        let size = if self.size > 0.0 { self.size } else { Style::ROOT.size };
        self.size = 0.0;
        self.place(Block::Paragraph(Paragraph { role, inlines, line: self.line, size, rtl }));
    }

    pub(super) fn line_break(&mut self, style: &Style) {
        if self.inlines.is_empty() {
            self.begin(style);
        }
        self.inlines.push(Inline::Break);
        self.spaced = true;
        self.word = 0.0;
        if self.is_long() {
            self.go_on();
        }
    }

    pub(super) fn picture(&mut self, picture: Picture) {
        self.inlines.push(Inline::Image(picture));
        self.spaced = false;
    }

    /// Adds text; white space is one space, unless the style keeps it. Returns how many runs that made.
    pub(super) fn text(&mut self, text: &str, style: &Style, link: Option<&Arc<str>>) -> usize {
        if !style.pre {
            return self.words(text, style, link);
        }
        let mut runs = 0;
        for (number, row) in text.split('\n').enumerate() {
            if number > 0 {
                self.line_break(style);
            }
            let row = row.trim_end_matches('\r').replace('\t', "    ");
            runs += self.run(&kept_spaces(&row), style, link);
        }
        runs
    }

    fn words(&mut self, text: &str, style: &Style, link: Option<&Arc<str>>) -> usize {
        let mut runs = 0;
        let mut collapsed = String::with_capacity(text.len().min(PARAGRAPH_BYTES_MAX * 2));
        for letter in text.chars() {
            if matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                if !self.spaced {
                    collapsed.push(' ');
                    self.spaced = true;
                    if self.bytes + collapsed.len() > PARAGRAPH_BYTES_MAX {
                        runs += self.run(&collapsed, style, link);
                        collapsed.clear();
                        self.go_on();
                    }
                }
            } else {
                collapsed.push(letter);
                self.spaced = false;
            }
        }
        runs + self.run(&collapsed, style, link)
    }

    /// Adds text as it is to the run before, or as a new one.
    fn run(&mut self, text: &str, style: &Style, link: Option<&Arc<str>>) -> usize {
        if text.is_empty() {
            return 0;
        }
        if self.inlines.is_empty() {
            self.begin(style);
        }
        self.size = self.size.max(style.size);
        self.bytes += text.len();
        let text = breakable(text, style.size, &mut self.word);
        if let Some(Inline::Run(last)) = self.inlines.last_mut()
            && last.style == *style
            && last.link.as_ref() == link
        {
            last.text.push_str(&text);
            return 0;
        }
        self.inlines.push(Inline::Run(Run { text: text.into_owned(), style: *style, link: link.cloned() }));
        if self.is_long() && self.spaced {
            self.go_on();
        }
        1
    }

    fn begin(&mut self, style: &Style) {
        self.line = style.line;
        self.size = style.size;
    }

    fn is_long(&self) -> bool {
        self.inlines.len() > PARAGRAPH_RUNS_MAX || self.bytes > PARAGRAPH_BYTES_MAX
    }

    /// Goes on in a new paragraph on the next line.
    fn go_on(&mut self) {
        let line = self.line;
        self.flush();
        self.line = line;
    }
}

/// What is put on a page for letters of a text: those that no page may hold, and those that mean something only in one font, become others.
pub(super) fn printable(text: &str, case: Case) -> Cow<'_, str> {
    let plain = |letter: char| {
        !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fff8}' | '\u{fffe}' | '\u{ffff}')
            && (letter as u32) < 0xf_0000
    };
    let text = if text.chars().all(plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(
            text.chars().filter_map(|letter| if plain(letter) { Some(letter) } else { instead(letter) }).collect(),
        )
    };
    match case {
        Case::Asis => text,
        Case::Upper => Cow::Owned(text.to_uppercase()),
        Case::Lower => Cow::Owned(text.to_lowercase()),
    }
}

/// Private letters of the fonts Symbol and Wingdings, as Outlook writes signs of lists.
const SYMBOLS: [(char, char); 8] = [
    ('\u{f0b7}', '•'),
    ('\u{f0a7}', '▪'),
    ('\u{f0d8}', '➢'),
    ('\u{f076}', '❖'),
    ('\u{f0fc}', '✓'),
    ('\u{f0e0}', '→'),
    ('\u{f04a}', '☺'),
    ('\u{f0a8}', '◻'),
];

fn instead(letter: char) -> Option<char> {
    if letter.is_control() || letter == '\u{feff}' {
        return None;
    }
    let known = SYMBOLS.iter().find(|(private, _)| *private == letter);
    Some(known.map_or('\u{fffd}', |(_, sign)| *sign))
}

/// Keeps spaces apart where they are kept, and lets lines break at the first of several.
fn kept_spaces(line: &str) -> String {
    let mut kept = String::with_capacity(line.len() + 8);
    let mut after_space = true;
    for letter in line.chars() {
        kept.push(if letter == ' ' && after_space { '\u{a0}' } else { letter });
        after_space = letter == ' ';
    }
    kept
}

/// A text of its own, in letters of this size in points, whose very long words may break.
pub(crate) fn unbound(text: &str, size: f64) -> String {
    breakable(&printable(text, Case::Asis), size, &mut 0.0).into_owned()
}

/// Lets the line break within very long words of letters of this size. `length` is that of the word so far, each letter as wide as high, in
/// points. Marks that go on and on over one letter get a dotted circle to stand on, as the typesetter needs more than linear time for them (UAX 15,
/// section 13, allows 30).
fn breakable<'x>(text: &'x str, size: f64, length: &mut f64) -> Cow<'x, str> {
    let mut broken: Option<String> = None;
    let mut marks = 0;
    for (at, letter) in text.char_indices() {
        *length = if matches!(letter, ' ' | '\u{200b}') { 0.0 } else { *length + size };
        marks = if letter > '\u{2ff}' && is_combining_mark(letter) { marks + 1 } else { 0 };
        let between = if marks > MARKS_MAX {
            Some('\u{25cc}')
        } else {
            (*length > WORD_POINTS_MAX && marks == 0).then_some('\u{200b}')
        };
        if let Some(between) = between {
            broken.get_or_insert_with(|| text.get(..at).unwrap_or_default().to_owned()).push(between);
            *length = size;
            marks = 0;
        }
        if let Some(broken) = &mut broken {
            broken.push(letter);
        }
    }
    broken.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether the first letter with a direction goes from right to left.
fn is_rtl(inlines: &[Inline]) -> bool {
    let letters = inlines.iter().filter_map(|inline| match inline {
        Inline::Run(run) => Some(run.text.chars()),
        _ => None,
    });
    let strong = |letter: &char| letter.is_alphabetic();
    letters.flatten().take(500).find(strong).is_some_and(
        |letter| matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'),
    )
}

/// Least contrast of text with what it stands on; below it, the text is set in black or white.
const CONTRAST_LEAST: f64 = 1.3;

/// The style with a colour that can be seen. (Pages lose background images, on which white text may have stood.)
pub(super) fn seen(style: &Style) -> Style {
    let backdrop = style.mark.unwrap_or(style.backdrop);
    if style.color.contrast(backdrop) >= CONTRAST_LEAST {
        return *style;
    }
    let black_is_better = Color::BLACK.contrast(backdrop) >= Color::WHITE.contrast(backdrop);
    Style { color: if black_is_better { Color::BLACK } else { Color::WHITE }, ..*style }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_may_break() {
        let word = "x".repeat(100);
        let broken = breakable(&word, 11.0, &mut 0.0);
        assert_eq!(broken.matches('\u{200b}').count(), 2);
        assert_eq!(broken.replace('\u{200b}', ""), word);
        assert_eq!(breakable("kurz und gut", 72.0, &mut 0.0), "kurz und gut");
    }

    #[test]
    fn private_letters_become_signs() {
        assert_eq!(printable("\u{f0b7} a\u{feff}\u{1}b \u{e123}", Case::Asis), "• ab \u{fffd}");
        assert_eq!(printable("straße", Case::Upper), "STRASSE");
    }

    #[test]
    fn colours_that_hide_text_are_not_followed() {
        let dark = Color { red: 0x1b, green: 0x4f, blue: 0x72 };
        let color = |color, backdrop| seen(&Style { color, backdrop, ..Style::ROOT }).color;
        assert_eq!(color(Color::WHITE, Color::WHITE), Color::BLACK);
        assert_eq!(color(Color::BLACK, Color::BLACK), Color::WHITE);
        assert_eq!(color(dark, dark), Color::WHITE);
        assert_eq!(color(Color::WHITE, dark), Color::WHITE);
        assert_eq!(color(dark, Color::WHITE), dark);
    }

    #[test]
    fn spaces_are_kept_where_they_count() {
        assert_eq!(kept_spaces("  a   b"), "\u{a0}\u{a0}a \u{a0}\u{a0}b");
    }
}

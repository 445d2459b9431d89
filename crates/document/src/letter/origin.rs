//! Where what is drawn comes from.
//!
//! Texts of a letter are given to a template as content with a mark of its own: it says it stands at a certain place in a file that
//! does not exist. The typesetter keeps such places for each glyph (to say where errors are), so the mark is found again on the
//! finished page. A template can place what is marked, and cannot mark anything itself.

use std::num::NonZeroU64;
use std::sync::LazyLock;

use typst::syntax::{FileId, Span};

use crate::world;

/// A file that does not exist; what comes from a letter says it comes from there.
static FILE: LazyLock<Option<FileId>> = LazyLock::new(|| world::id("/letter"));

/// Where a glyph or a shape comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The return line.
    ReturnLine,
    /// A line of the additions, from 0.
    Addition(usize),
    /// A line of the address, from 0.
    Address(usize),
    /// Another text, by its number.
    Text(usize),
}

/// Bits of a span that tell where in a file something is.
const PLACE_BITS: u32 = 48;
/// The first place in a file.
const FIRST_PLACE: u64 = 2;
/// Kinds of origins.
const KINDS: u64 = 4;

impl Origin {
    pub(super) fn span(self) -> Span {
        let (kind, number) = match self {
            Self::ReturnLine => (0, 0),
            Self::Addition(line) => (1, line),
            Self::Address(line) => (2, line),
            Self::Text(number) => (3, number),
        };
        let number = number as u64 * KINDS + kind;
        let file = FILE.map_or(0, |file| u64::from(file.into_raw().get()));
        NonZeroU64::new(file << PLACE_BITS | (FIRST_PLACE + number)).map_or_else(Span::detached, Span::from_raw)
    }

    /// The origin that a span tells of.
    pub(super) fn of(span: Span) -> Option<Self> {
        if span.id().is_none() || span.id() != *FILE {
            return None;
        }
        let number = (span.into_raw().get() & ((1 << PLACE_BITS) - 1)).checked_sub(FIRST_PLACE)?;
        let count = usize::try_from(number / KINDS).ok()?;
        Some(match number % KINDS {
            0 => Self::ReturnLine,
            1 => Self::Addition(count),
            2 => Self::Address(count),
            _ => Self::Text(count),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_survive_as_spans() {
        for origin in
            [Origin::ReturnLine, Origin::Addition(3), Origin::Address(0), Origin::Address(5), Origin::Text(40_000)]
        {
            assert_eq!(Origin::of(origin.span()), Some(origin));
        }
        assert_eq!(Origin::of(Span::detached()), None);
    }
}

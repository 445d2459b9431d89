//! MAPI property lists inside TNEF (MS-OXTNEF section 2.1.3.4): a count, then type, id and value of each.

use std::ops::Range;

use super::{Reader, ansi};

/// Properties read from one list.
const PROPERTIES_MAX: usize = 2_000;
/// Values of one multi-value property.
const VALUES_MAX: usize = 1_000;

/// A value that this crate uses; numbers are skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Property {
    /// A decoded string.
    Text(String),
    /// Where the bytes are in the stream.
    Binary(Range<usize>),
}

/// The text and binary properties of a list.
#[derive(Debug, Default)]
pub(super) struct Properties {
    list: Vec<(u16, Property)>,
}

impl Properties {
    pub(super) fn get(&self, id: u16) -> Option<&Property> {
        self.list.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
    }
}

/// Reads the list at `range` of `bytes` as far as it is whole.
pub(super) fn read(bytes: &[u8], range: Range<usize>, code_page: u32) -> Properties {
    let mut reader = Reader { bytes: bytes.get(..range.end).unwrap_or_default(), position: range.start };
    let mut properties = Properties::default();
    let count = reader.size().unwrap_or(0).min(PROPERTIES_MAX);
    for _ in 0..count {
        if read_one(&mut reader, code_page, &mut properties).is_none() {
            break;
        }
    }
    properties
}

fn read_one(reader: &mut Reader<'_>, code_page: u32, properties: &mut Properties) -> Option<()> {
    let kind = reader.u16()?;
    let id = reader.u16()?;
    if id >= 0x8000 {
        skip_name(reader)?;
    }
    let is_variable = matches!(kind & 0x0fff, 0x000d | 0x001e | 0x001f | 0x0102);
    let is_multiple = kind & 0x1000 != 0;
    let count = if is_multiple || is_variable { reader.size()?.min(VALUES_MAX) } else { 1 };
    for _ in 0..count {
        if !is_variable {
            reader.take(fixed_size(kind & 0x0fff)?)?;
            continue;
        }
        let length = reader.size()?;
        let start = reader.position;
        let value = reader.take(length)?;
        reader.take(length.wrapping_neg() % 4)?;
        let property = match kind {
            0x001e => Property::Text(ansi(value, code_page)),
            0x001f => Property::Text(utf16(value)),
            // Objects begin with the 16 bytes of an interface id.
            0x000d => Property::Binary(start + length.min(16)..start + length),
            0x0102 => Property::Binary(start..start + length),
            _ => continue,
        };
        properties.list.push((id, property));
    }
    Some(())
}

/// Named properties carry a set id and a number or a name (MS-OXTNEF section 2.1.3.4.1).
fn skip_name(reader: &mut Reader<'_>) -> Option<()> {
    reader.take(16)?;
    if reader.u32()? == 0 {
        reader.take(4)?;
    } else {
        let length = reader.size()?;
        reader.take(length)?;
        reader.take(length.wrapping_neg() % 4)?;
    }
    Some(())
}

/// Bytes of a fixed-size value, padding included (MS-OXCDATA section 2.11.1).
fn fixed_size(kind: u16) -> Option<usize> {
    match kind {
        0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        _ => None,
    }
}

fn utf16(bytes: &[u8]) -> String {
    let text = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0;
    text.trim_end_matches('\0').to_owned()
}

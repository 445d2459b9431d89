//! File names of attachments, made safe for every file system and every reader.
//!
//! A sender chooses the name, so it may climb folders (`../../etc`), hide its end behind a direction override (`exe.` U+202E `fdp`),
//! or be a device on Windows (`CON.txt`). [`clean`] gives a name that is only a name; [`Names`] gives each attachment of
//! a mail its own.

use std::collections::HashSet;

use crate::field::{self, Fields};
use crate::limits::FILE_NAME_BYTES_MAX;

/// Names that are devices on Windows, with any extension.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Bytes kept of an extension, dot included.
const EXTENSION_BYTES_MAX: usize = 16;

/// The file name that a part declares: `filename` of the disposition, else `name` of the type.
pub(crate) fn declared(fields: &Fields<'_>) -> Option<String> {
    let parameter = |field: &str, name: &str| {
        let found = fields.first(field).and_then(field::content_type)?;
        found.parameter(name).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let name = parameter("content-disposition", "filename").or_else(|| parameter("content-type", "name"))?;
    // Encoded words are forbidden in parameters (RFC 2047 section 5) and common there all the same.
    if name.contains("=?") { Some(field::text(name.as_bytes())) } else { Some(name) }
}

/// Makes `name` a plain file name of at most [`FILE_NAME_BYTES_MAX`] bytes that keeps its extension; may be empty.
pub fn clean(name: &str) -> String {
    let last =
        name.rsplit(['/', '\\']).find(|segment| !segment.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let mut cleaned = String::with_capacity(last.len());
    for character in last.chars() {
        if field::is_bidi_control(character) || is_invisible(character) {
            continue;
        }
        let forbidden = character.is_control() || "<>:\"|?*\u{2028}\u{2029}\u{fffd}".contains(character);
        cleaned.push(if forbidden { '_' } else { character });
    }
    let cleaned = cleaned.trim_start().trim_end_matches(['.', ' ']).trim();
    let cleaned = shorten(cleaned, FILE_NAME_BYTES_MAX);
    if is_reserved(&cleaned) { shorten(&format!("_{cleaned}"), FILE_NAME_BYTES_MAX) } else { cleaned }
}

/// Characters without width, which make two names look alike.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{00ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    RESERVED.contains(&stem.as_str())
        || port.is_some_and(|port| {
            let mut digits = port.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
}

/// Stem and extension (with its dot); a name that begins with its only dot has no extension.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= EXTENSION_BYTES_MAX => {
            name.split_at_checked(dot).unwrap_or((name, ""))
        }
        _ => (name, ""),
    }
}

fn shorten(name: &str, bytes_max: usize) -> String {
    if name.len() <= bytes_max {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let stem = crate::charset::cut(stem, bytes_max.saturating_sub(extension.len())).trim_end_matches(['.', ' ']);
    format!("{stem}{extension}")
}

/// Gives out names that differ, also where case does not count.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// `name` (already clean), with ` (2)`, ` (3)` ... before its extension if it was given out before.
    pub fn unique(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut count = 1_usize;
        while !self.taken.insert(candidate.to_lowercase()) {
            count += 1;
            let (stem, extension) = split(name);
            let mark = format!(" ({count})");
            let room = FILE_NAME_BYTES_MAX.saturating_sub(mark.len() + extension.len());
            candidate = format!("{}{mark}{extension}", crate::charset::cut(stem, room));
        }
        candidate
    }
}

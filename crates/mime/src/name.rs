//! File names of attachments, made safe for every file system and every reader.
//!
//! A sender chooses the name, so it may climb folders (`../../etc`), hide its end behind a direction override (`exe.` U+202E `fdp`) or
//! behind so many blanks that no window shows it, be a device on Windows (`CON.txt`), or have letters that some systems take for separators when they
//! translate the name. [`clean`] gives a name that is only a name; [`Names`] gives each attachment of a mail its own.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

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
///
/// It is in the composed form (NFC): some file systems take composed and decomposed letters for the same, so that equal names have to be equal here.
pub fn clean(name: &str) -> String {
    let last =
        name.rsplit(['/', '\\']).find(|segment| !segment.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let mut cleaned = String::with_capacity(last.len());
    for character in last.chars().filter(|character| !is_unseen(*character)).nfc() {
        if character.is_whitespace() && !character.is_control() && !is_line_end(character) {
            // Blanks of any kind are one: many would push the end of the name out of sight.
            if !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else {
            cleaned.push(if is_forbidden(character) { '_' } else { character });
        }
    }
    let cleaned = shorten(cleaned.trim_start().trim_end_matches(['.', ' ']), FILE_NAME_BYTES_MAX);
    // A dot in front hides a file from its owner.
    if is_reserved(&cleaned) || cleaned.starts_with('.') {
        shorten(&format!("_{cleaned}"), FILE_NAME_BYTES_MAX)
    } else {
        cleaned
    }
}

fn is_forbidden(character: char) -> bool {
    character.is_control()
        || is_line_end(character)
        || is_look_alike(character)
        || "<>:\"|?*/\\\u{fffd}".contains(character)
}

const fn is_line_end(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// Characters that look like separators, colons or dots, and that become such where a name is translated to an older character set.
const fn is_look_alike(character: char) -> bool {
    matches!(
        character,
        // Slashes.
        '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}'
        // Backslashes.
        | '\u{2216}' | '\u{29f5}' | '\u{29f9}' | '\u{fe68}' | '\u{ff3c}' | '\u{20e5}'
        // Colons and dots.
        | '\u{2236}' | '\u{a789}' | '\u{fe55}' | '\u{ff1a}' | '\u{2024}' | '\u{fe52}' | '\u{ff0e}'
    )
}

/// Characters that nobody sees, which make two names look alike or turn one round.
fn is_unseen(character: char) -> bool {
    field::is_bidi_control(character)
        || matches!(
            character,
            '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
        )
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

/// What stands behind the last dot, in lower case; empty where there is none. It decides what opens the file.
pub fn ending(name: &str) -> String {
    let name = name.trim_end_matches(['.', ' ']);
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
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

//! Compressed RTF (MS-OXRTFCP) and the HTML or text inside it (MS-OXRTFEX).
//!
//! Outlook keeps the original HTML of a mail inside RTF: tags in `{\*\htmltag ...}` groups, text between them, and what only
//! RTF readers should see between `\htmlrtf` and `\htmlrtf0`. Undoing that is a walk over groups and control words.

use crate::limits::{RTF_BYTES_MAX, RTF_DEPTH_MAX};

/// What the dictionary of the compression begins with (MS-OXRTFCP section 2.2.2.1).
const DICTIONARY: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const DICTIONARY_BYTES: usize = 4096;
const COMPRESSED: &[u8] = b"LZFu";
const UNCOMPRESSED: &[u8] = b"MELA";

/// Undoes the compression; `None` if `bytes` is not of this format. At most [`RTF_BYTES_MAX`] bytes.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let kind = bytes.get(8..12)?;
    let content = bytes.get(16..)?;
    let size = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let size = usize::try_from(size).ok()?.min(RTF_BYTES_MAX);
    if kind == UNCOMPRESSED {
        return Some(content.get(..size).unwrap_or(content).to_vec());
    }
    (kind == COMPRESSED).then(|| inflate(content, size))
}

/// A ring of 4096 bytes; tokens are literals or (offset, length) into it (MS-OXRTFCP section 3.1.1).
fn inflate(mut content: &[u8], size: usize) -> Vec<u8> {
    let mut ring = [b' '; DICTIONARY_BYTES];
    for (slot, byte) in ring.iter_mut().zip(DICTIONARY) {
        *slot = *byte;
    }
    let mut write = DICTIONARY.len();
    let mut output = Vec::with_capacity(size.min(64 * 1024));
    let mut put = |byte: u8, write: &mut usize, ring: &mut [u8; DICTIONARY_BYTES]| {
        output.push(byte);
        if let Some(slot) = ring.get_mut(*write) {
            *slot = byte;
        }
        *write = (*write + 1) % DICTIONARY_BYTES;
        output.len() >= size
    };
    while let Some((&control, rest)) = content.split_first() {
        content = rest;
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some((&byte, rest)) = content.split_first() else { return output };
                content = rest;
                if put(byte, &mut write, &mut ring) {
                    return output;
                }
                continue;
            }
            let [high, low, rest @ ..] = content else { return output };
            content = rest;
            let token = usize::from(*high) << 8 | usize::from(*low);
            let (offset, length) = (token >> 4, (token & 0x0f) + 2);
            if offset == write {
                return output;
            }
            for step in 0..length {
                let byte = ring.get((offset + step) % DICTIONARY_BYTES).copied().unwrap_or_default();
                if put(byte, &mut write, &mut ring) {
                    return output;
                }
            }
        }
    }
    output
}

/// What an RTF document holds for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// The HTML it was made from.
    Html(String),
    /// Its text.
    Text(String),
}

/// Groups whose content is never shown.
const HIDDEN: [&str; 8] = ["fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "listtable", "generator"];

/// What holds inside a group.
#[derive(Clone, Copy, Default)]
struct Group {
    hidden: bool,
    /// Inside `\htmlrtf`: meant for RTF readers only.
    rtf_only: bool,
    /// Inside `{\*\htmltag ...}`.
    tag: bool,
}

struct Walk {
    from_html: bool,
    code_page: String,
    output: String,
    /// Bytes of the code page that wait to be decoded together.
    pending: Vec<u8>,
    /// Characters to skip after `\u`.
    skip: usize,
    groups: Vec<Group>,
    group: Group,
    starred: bool,
}

/// Reads decompressed RTF.
pub(super) fn read(rtf: &[u8]) -> Body {
    let beginning = rtf.get(..512).unwrap_or(rtf);
    let mut walk = Walk {
        from_html: memchr::memmem::find(beginning, b"\\fromhtml").is_some(),
        code_page: "windows-1252".to_owned(),
        output: String::new(),
        pending: Vec::new(),
        skip: 0,
        groups: Vec::new(),
        group: Group::default(),
        starred: false,
    };
    let mut rest = rtf;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'{' if walk.groups.len() < RTF_DEPTH_MAX => walk.groups.push(walk.group),
            b'{' => break,
            b'}' => {
                walk.flush();
                walk.group = walk.groups.pop().unwrap_or_default();
            }
            b'\\' => rest = walk.control(rest),
            b'\r' | b'\n' | 0 => {}
            text => walk.byte(text),
        }
        if byte != b'\\' {
            walk.starred = false;
        }
    }
    walk.flush();
    if walk.from_html { Body::Html(walk.output) } else { Body::Text(walk.output.trim().to_owned()) }
}

impl Walk {
    fn is_shown(&self) -> bool {
        if self.from_html { (self.group.tag || !self.group.hidden) && !self.group.rtf_only } else { !self.group.hidden }
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.is_shown() {
            self.pending.push(byte);
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.output.push_str(&crate::charset::decode(&self.pending, Some(&self.code_page)));
            self.pending.clear();
        }
    }

    fn write(&mut self, text: &str) {
        self.flush();
        if self.is_shown() {
            self.output.push_str(text);
        }
    }

    /// Reads a control word or symbol; `rest` begins behind the backslash.
    fn control<'x>(&mut self, rest: &'x [u8]) -> &'x [u8] {
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, behind) = rest.split_at_checked(letters).unwrap_or((rest, b""));
        if word.is_empty() {
            return self.symbol(rest);
        }
        let sign = usize::from(behind.first() == Some(&b'-'));
        let digits = behind.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, behind) =
            behind.split_at_checked(if digits == 0 { 0 } else { sign + digits }).unwrap_or((b"", behind));
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i32>().ok());
        let behind = behind.strip_prefix(b" ").unwrap_or(behind);
        self.word(std::str::from_utf8(word).unwrap_or_default(), number);
        self.starred = false;
        behind
    }

    fn symbol<'x>(&mut self, rest: &'x [u8]) -> &'x [u8] {
        let Some((&symbol, behind)) = rest.split_first() else { return rest };
        match symbol {
            b'\'' => {
                let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    self.byte(byte);
                    return behind.get(2..).unwrap_or_default();
                }
            }
            b'*' => self.starred = true,
            b'~' => self.write(if self.from_html { "&nbsp;" } else { "\u{a0}" }),
            b'_' => self.write("-"),
            b'\\' | b'{' | b'}' => self.byte(symbol),
            b'\r' | b'\n' => self.write("\r\n"),
            _ => {}
        }
        behind
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        match word {
            "htmltag" if self.starred => {
                self.flush();
                self.group.tag = true;
            }
            "htmlrtf" => {
                self.flush();
                self.group.rtf_only = number != Some(0);
            }
            "ansicpg" => {
                if let Some(page) = number.and_then(|page| u32::try_from(page).ok()) {
                    self.code_page = super::charset(page);
                }
            }
            "u" => {
                let unit = number.unwrap_or(0).rem_euclid(0x1_0000);
                let character = u32::try_from(unit).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                self.write(character.encode_utf8(&mut [0; 4]));
                self.skip = 1;
            }
            "par" | "line" | "sect" => self.write("\r\n"),
            "tab" | "cell" => self.write("\t"),
            "lquote" => self.write("\u{2018}"),
            "rquote" => self.write("\u{2019}"),
            "ldblquote" => self.write("\u{201c}"),
            "rdblquote" => self.write("\u{201d}"),
            "bullet" => self.write("\u{2022}"),
            "endash" => self.write("\u{2013}"),
            "emdash" => self.write("\u{2014}"),
            known if HIDDEN.contains(&known) || self.starred => {
                self.flush();
                self.group.hidden = true;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every token refers to 17 bytes, so two bytes become seventeen for as long as there are tokens; the size that is claimed is larger still.
    #[test]
    fn a_body_that_unpacks_to_more_than_the_limit_is_cut_at_it() {
        let mut bomb = [&[0; 4], &u32::MAX.to_le_bytes(), COMPRESSED, &[0; 4]].concat();
        let mut write = DICTIONARY.len();
        while bomb.len() < RTF_BYTES_MAX / 4 {
            bomb.push(0xff);
            for _ in 0..8 {
                // A reference to where writing goes on would be the end.
                let offset = u16::try_from(write ^ 1).unwrap();
                bomb.extend_from_slice(&(offset << 4 | 0x0f).to_be_bytes());
                write = (write + 17) % DICTIONARY_BYTES;
            }
        }
        assert_eq!(decompress(&bomb).unwrap().len(), RTF_BYTES_MAX);
        bomb.truncate(RTF_BYTES_MAX / 16);
        assert!(decompress(&bomb).unwrap().len() < RTF_BYTES_MAX);
    }
}

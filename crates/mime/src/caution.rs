//! What a person should know before opening a file that somebody sent.
//!
//! The name decides what opens a file, so a name that starts a program is warned of whatever is inside. The content decides what happens then: a program
//! under a harmless name is warned of too, since the next step of such a mail is to ask that it be renamed. These are warnings for people and no search
//! for malware: who asks a scanner is `app::scan`.

use serde::{Deserialize, Serialize};

use crate::archive::{self, Budget, Listing};
use crate::limits::ARCHIVE_BYTES_MAX;
use crate::{name, sniff};

/// Why to be careful with a file, the most serious one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    /// Its name is a harmless file's, and its content is a program.
    Disguised,
    /// By its name it is a program, a script, or a page that can act.
    Program,
    /// An archive that becomes very large, is nested very deeply, or contradicts itself.
    Unusual,
    /// An archive with programs in it.
    ProgramsInside,
    /// A document with macros.
    Macros,
    /// An archive that only a password opens, so that nothing could look into it.
    Locked,
}

/// What was found out about a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Why to be careful with it, if there is a reason.
    pub caution: Option<Caution>,
    /// For ZIP archives: how many files it holds.
    pub files: Option<usize>,
}

/// Endings of names that start something on one of the usual systems: programs, scripts, shortcuts, installers, disk images, and pages that can run scripts.
const PROGRAMS: &[&str] = &[
    "ade",
    "apk",
    "app",
    "appimage",
    "application",
    "appref-ms",
    "appx",
    "bash",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "deb",
    "desktop",
    "diagcab",
    "dll",
    "dmg",
    "exe",
    "gadget",
    "hlp",
    "hta",
    "htm",
    "html",
    "img",
    "inf",
    "iqy",
    "iso",
    "jar",
    "jnlp",
    "js",
    "jse",
    "lnk",
    "library-ms",
    "mht",
    "mhtml",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "ocx",
    "pif",
    "pkg",
    "ps1",
    "psm1",
    "py",
    "reg",
    "rpm",
    "run",
    "scf",
    "scr",
    "sct",
    "search-ms",
    "settingcontent-ms",
    "sh",
    "shb",
    "shs",
    "shtml",
    "svg",
    "svgz",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "webloc",
    "wsc",
    "wsf",
    "wsh",
    "xbap",
    "xhtml",
    "xll",
];

/// Endings of documents and templates that may hold macros.
const MACROS: &[&str] = &["docm", "dotm", "pptm", "potm", "ppam", "ppsm", "sldm", "xlam", "xlsb", "xlsm", "xltm"];

/// Why to be careful with a file of this name, whatever is in it.
pub fn by_name(name: &str) -> Option<Caution> {
    let ending = name::ending(name);
    if PROGRAMS.contains(&ending.as_str()) {
        Some(Caution::Program)
    } else {
        MACROS.contains(&ending.as_str()).then_some(Caution::Macros)
    }
}

/// Looks at a file: its name, what its content was recognised as, and if it is an archive, into it. `content` is asked for only then.
pub(crate) fn look<'c>(
    name: &str,
    sniffed: Option<&str>,
    size_bytes: usize,
    budget: &mut Budget,
    content: impl FnOnce() -> Option<std::borrow::Cow<'c, [u8]>>,
) -> Look {
    let named = by_name(name);
    if named == Some(Caution::Program) {
        return Look { caution: named, files: None };
    }
    if sniffed.is_some_and(sniff::is_program) {
        return Look { caution: Some(Caution::Disguised), files: None };
    }
    let listing = if is_zip(name, sniffed) && size_bytes <= ARCHIVE_BYTES_MAX {
        content().and_then(|bytes| archive::list(&bytes, budget))
    } else {
        None
    };
    let Some(Listing { files, caution }) = listing else { return Look { caution: named, files: None } };
    Look { caution: named.into_iter().chain(caution).min(), files: Some(files) }
}

/// Whether a file is, or is opened as, a ZIP archive: documents of today's office programs are such too.
fn is_zip(name: &str, sniffed: Option<&str>) -> bool {
    name::ending(name) == "zip"
        || sniffed.is_some_and(|sniffed| {
            sniffed == "application/zip"
                || sniffed.starts_with("application/vnd.openxmlformats")
                || sniffed.starts_with("application/vnd.oasis.opendocument")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ending_counts_however_it_is_written() {
        for name in
            ["a.exe", "Rechnung.pdf.EXE", "a.exe.", "a.exe. .", "a.Js", "Seite.html", "Bild.svg", "x.library-ms"]
        {
            assert_eq!(by_name(name), Some(Caution::Program), "{name}");
        }
        for name in ["a.pdf", "exe", "exe.pdf", "", ".", "a.", "a.exe.pdf"] {
            assert_eq!(by_name(name), None, "{name}");
        }
        assert_eq!(by_name("Tabelle.xlsm"), Some(Caution::Macros));
    }

    #[test]
    fn the_endings_are_told_in_order_and_once() {
        for list in [PROGRAMS, MACROS] {
            let unique: std::collections::BTreeSet<_> = list.iter().collect();
            assert_eq!(unique.len(), list.len());
            assert!(list.iter().all(|ending| *ending == ending.to_ascii_lowercase()));
        }
    }

    #[test]
    fn content_that_is_a_program_is_told_whatever_the_name() {
        let look = |name: &str, content: &[u8]| {
            look(name, sniff::media_type(content), content.len(), &mut Budget::default(), || Some(content.into()))
                .caution
        };
        let mut windows = b"MZ\x90\0\x03\0\0\0".to_vec();
        windows.resize(64, 0);
        let contents: [&[u8]; 6] = [
            &windows,
            b"\x7fELF\x02\x01\x01",
            b"\xcf\xfa\xed\xfe\x07\0\0\x01",
            b"\xca\xfe\xba\xbe\0\0\0\x34",
            b"#!/bin/sh\nrm -rf ~\n",
            b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0",
        ];
        for content in contents {
            assert_eq!(look("Rechnung.pdf", content), Some(Caution::Disguised), "{content:?}");
            assert_eq!(look("attachment", content), Some(Caution::Disguised));
            assert_eq!(look("Rechnung.exe", content), Some(Caution::Program));
        }
        let text = "MZ ist ein Kürzel, das in der Liste der Abteilungen steht. Mehr ist dazu nicht zu sagen.";
        assert_eq!(look("Abteilungen.txt", text.as_bytes()), None, "a text that begins like a program");
        assert_eq!(look("Rechnung.pdf", b"%PDF-1.7"), None);
    }
}

//! Recognising common file types by their first bytes, because the declared type is only a claim.

/// How programs for macOS begin, in 32 and 64 bits and both orders of bytes.
const MACH_O: [&[u8]; 4] = [b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"];

/// A type recognised by its content, as a media type; `None` if the bytes are not known.
///
/// Office files of today are ZIP archives and are told apart by what their first entries are called.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let found = match bytes {
        _ if starts(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if starts(b"\xff\xd8\xff") => "image/jpeg",
        _ if starts(b"GIF87a") || starts(b"GIF89a") => "image/gif",
        _ if starts(b"RIFF") && at(8, b"WEBP") => "image/webp",
        _ if starts(b"BM") && at(6, b"\0\0\0\0") => "image/bmp",
        _ if starts(b"II*\0") || starts(b"MM\0*") => "image/tiff",
        _ if at(4, b"ftypheic") || at(4, b"ftypheix") || at(4, b"ftypmif1") => "image/heic",
        _ if starts(b"%PDF-") => "application/pdf",
        _ if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") => zip(bytes),
        _ if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => "application/x-ole-storage",
        _ if starts(b"{\\rtf") => "application/rtf",
        _ if starts(b"\x1f\x8b") => "application/gzip",
        _ if starts(b"7z\xbc\xaf\x27\x1c") => "application/x-7z-compressed",
        _ if starts(b"Rar!\x1a\x07") => "application/vnd.rar",
        _ if starts(b"MSCF\0\0\0\0") => "application/vnd.ms-cab-compressed",
        // Its header has zeros where a text that begins with these letters has none.
        _ if starts(b"MZ") && bytes.get(..64).is_some_and(|head| head.contains(&0)) => "application/x-msdownload",
        _ if starts(b"\x7fELF") => "application/x-executable",
        _ if MACH_O.iter().any(|magic| starts(magic)) => "application/x-mach-binary",
        _ if starts(b"\xca\xfe\xba\xbe") => "application/java-vm",
        _ if starts(b"#!/") || starts(b"#! /") => "text/x-shellscript",
        _ if starts(b"L\0\0\0\x01\x14\x02\0") => "application/x-ms-shortcut",
        _ if starts(b"ITSF") => "application/vnd.ms-htmlhelp",
        _ if starts(b"ID3") || starts(b"\xff\xfb") => "audio/mpeg",
        _ if starts(b"OggS") => "application/ogg",
        _ if at(4, b"ftyp") => "video/mp4",
        _ if starts(b"<?xml") => "application/xml",
        _ if starts(b"BEGIN:VCALENDAR") => "text/calendar",
        _ if starts(b"BEGIN:VCARD") => "text/vcard",
        _ => return None,
    };
    Some(found)
}

fn zip(bytes: &[u8]) -> &'static str {
    let has = |name: &[u8]| memchr::memmem::find(bytes, name).is_some();
    if has(b"mimetypeapplication/vnd.oasis.opendocument.text") {
        "application/vnd.oasis.opendocument.text"
    } else if has(b"word/") {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    } else if has(b"xl/") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else if has(b"ppt/") {
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    } else if has(b"META-INF/MANIFEST.MF") {
        "application/java-archive"
    } else if has(b"AndroidManifest.xml") {
        "application/vnd.android.package-archive"
    } else {
        "application/zip"
    }
}

/// Whether what [`media_type`] recognised is a program: machine code, a script, or what starts one.
pub fn is_program(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/x-msdownload"
            | "application/x-executable"
            | "application/x-mach-binary"
            | "application/java-vm"
            | "application/java-archive"
            | "application/vnd.android.package-archive"
            | "application/x-ms-shortcut"
            | "application/vnd.ms-htmlhelp"
            | "text/x-shellscript"
    )
}

/// The image types that a page may show; recognised by content alone.
pub fn shown_image(bytes: &[u8]) -> Option<&'static str> {
    media_type(bytes).filter(|found| matches!(*found, "image/png" | "image/jpeg" | "image/gif" | "image/webp"))
}

//! A mail in other forms: all attachments together, or as Outlook keeps it. (A mail as EML is its raw bytes; there is nothing to do.)

mod outlook;

use std::io::{self, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::view::MessageView;

pub use outlook::{NESTED_MAX, Received, msg};

/// Media types that are compressed already; compressing them again costs time and gains nothing.
const COMPRESSED: [&str; 8] = [
    "application/gzip",
    "application/zip",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
];

/// Writes all attachments of `view` into one ZIP archive, one after the other, and returns the writer.
///
/// Names are the attachments' (UTF-8, unique); every entry carries `modified`, the mail's date, or 1980-01-01 without one, so
/// that the same mail gives the same archive.
pub fn zip<W: Write>(view: &MessageView<'_>, writer: W) -> io::Result<W> {
    let modified = view.date.and_then(|date| zip_time(date.local)).unwrap_or_default();
    let mut archive = ZipWriter::new_stream(writer);
    for attachment in &view.attachments {
        let bytes = view.attachment_bytes(attachment.index).unwrap_or_default();
        let packed = attachment
            .sniffed_type
            .is_some_and(|found| COMPRESSED.contains(&found) || found.starts_with("application/vnd.openxmlformats"));
        let method = if packed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(modified)
            .unix_permissions(0o644)
            .large_file(u32::try_from(bytes.len()).is_err());
        archive.start_file(attachment.name.as_str(), options).map_err(io::Error::from)?;
        archive.write_all(&bytes)?;
    }
    Ok(archive.finish().map_err(io::Error::from)?.into_inner())
}

/// The time of a file in a ZIP archive, which has two-second steps and begins in 1980.
pub fn zip_time(local: jiff::civil::DateTime) -> Option<DateTime> {
    let small = |number: i8| u8::try_from(number).ok();
    let (date, time) = (local.date(), local.time());
    DateTime::from_date_and_time(
        u16::try_from(date.year()).ok()?,
        small(date.month())?,
        small(date.day())?,
        small(time.hour())?,
        small(time.minute())?,
        small(time.second())?,
    )
    .ok()
}

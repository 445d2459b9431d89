//! The limits of what is unpacked and decoded, each at its edge.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{Cursor, Write as _};

use mime::html::{self, CleanOptions};
use mime::limits::*;
use mime::view::MessageView;
use mime::{calendar, tnef};
use zip::write::SimpleFileOptions;

const TNEF_SIGNATURE: [u8; 6] = [0x78, 0x9f, 0x3e, 0x22, 1, 0];

#[test]
fn a_winmail_dat_has_so_many_files_and_no_more() {
    // Level, id (`attAttachRendData`), no data, checksum.
    let file = [&[2][..], &0x0006_9002_u32.to_le_bytes(), &[0; 4], &[0; 2]].concat();
    let files = |count: usize| tnef::unpack(&[&TNEF_SIGNATURE[..], &file.repeat(count)].concat()).unwrap().files.len();
    assert_eq!(files(TNEF_ATTACHMENTS_MAX), TNEF_ATTACHMENTS_MAX);
    assert_eq!(files(TNEF_ATTACHMENTS_MAX + 1), TNEF_ATTACHMENTS_MAX);
}

#[test]
fn a_winmail_dat_is_unpacked_up_to_its_size() {
    let mut stream = TNEF_SIGNATURE.to_vec();
    stream.resize(TNEF_BYTES_MAX, 0);
    assert!(tnef::unpack(&stream).is_some());
    stream.push(0);
    assert!(tnef::unpack(&stream).is_none());
}

#[test]
fn a_calendar_is_read_up_to_its_size() {
    let of = |summary_end: usize| {
        let mut text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nLOCATION:x\nX-FILL:".to_owned();
        let end = "\nSUMMARY:abc";
        text.extend(std::iter::repeat_n('x', summary_end - text.len() - end.len()));
        text.push_str(end);
        calendar::read(&format!("{text}\nEND:VEVENT\n")).unwrap().summary
    };
    assert_eq!(of(CALENDAR_BYTES_MAX), "abc");
    assert_eq!(of(CALENDAR_BYTES_MAX + 1), "ab");
}

#[test]
fn so_many_invitations_are_shown_and_all_are_attached() {
    let part = "--x\r\nContent-Type: text/calendar; method=REQUEST\r\nContent-Disposition: attachment; filename=a.ics\r\n\r\n\
                BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let mail = |count: usize| {
        format!("Content-Type: multipart/mixed; boundary=x\r\n\r\n{}--x--\r\n", part.repeat(count)).into_bytes()
    };
    for (count, shown) in [(INVITATIONS_MAX, INVITATIONS_MAX), (INVITATIONS_MAX + 1, INVITATIONS_MAX)] {
        let raw = mail(count);
        let view = MessageView::read(&raw).unwrap();
        assert_eq!((view.invitations.len(), view.attachments.len()), (shown, count));
    }
}

#[test]
fn an_archive_is_looked_into_up_to_its_size() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.exe", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"x").unwrap();
    let archive = writer.finish().unwrap().into_inner();
    for (bytes, files) in [(ARCHIVE_BYTES_MAX, Some(1)), (ARCHIVE_BYTES_MAX + 1, None)] {
        let head = b"From: a@b.test\r\nContent-Disposition: attachment; filename=a.zip\r\nContent-Transfer-Encoding: binary\r\n\r\n";
        let mut raw = head.to_vec();
        raw.resize(head.len() + bytes - archive.len(), 0);
        raw.extend_from_slice(&archive);
        let view = MessageView::read(&raw).unwrap();
        assert_eq!(view.attachments[0].size_bytes, bytes);
        assert_eq!(view.look()[0].files, files);
    }
}

/// Fifty thousand tags that name one large part would cost as much as fifty thousand such parts.
#[test]
fn a_large_part_is_not_decoded_for_every_tag_that_names_it() {
    let large = vec![0; INLINE_IMAGE_BYTES_MAX + 1];
    let decoded = Cell::new(0);
    let image = |_: &str| {
        decoded.set(decoded.get() + 1);
        Some(Cow::Borrowed(large.as_slice()))
    };
    let markup = "<img src=cid:a>".repeat(2_000);
    html::clean(&markup, &CleanOptions { inline_image: &image });
    assert_eq!(decoded.get(), INLINE_DECODED_BYTES_MAX / large.len() + 1);
}

#[test]
fn images_of_one_body_have_a_size_together() {
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    image.resize(INLINE_IMAGE_BYTES_MAX, 0);
    let shown = |_: &str| Some(Cow::Borrowed(image.as_slice()));
    let cleaned = html::clean(&"<img src=cid:a>".repeat(10), &CleanOptions { inline_image: &shown });
    assert_eq!(cleaned.html.matches(" src=").count(), INLINE_IMAGES_BYTES_MAX / INLINE_IMAGE_BYTES_MAX);
}

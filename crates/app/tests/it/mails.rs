//! Mails of the organisation, as they come in.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use app::receive::{Envelope, Recipient};
use wire::address::ReversePath;

use crate::house::{ADA, CLAIMS};

/// An envelope of the usual sender.
pub(crate) fn envelope(recipients: Vec<Recipient>) -> Envelope {
    Envelope {
        reverse_path: ReversePath::parse(CLAIMS).unwrap(),
        envelope_id: Some("E-4711".into()),
        authenticated: Some("office".into()),
        client_address: None,
        require_tls: false,
        recipients,
    }
}

/// A mail that is confidential by its header.
pub(crate) fn special(subject: &str, body: &str) -> Vec<u8> {
    mail(subject, body, "X-Siegelpost-Class: special\r\n")
}

/// A mail with additional header fields.
pub(crate) fn mail(subject: &str, body: &str, fields: &str) -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    format!(
        "From: Leistungsabteilung <{CLAIMS}>\r\nTo: <{ADA}>\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\
         Message-ID: <m{number}@musterkasse.example>\r\n{fields}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// A mail with attachments: name, media type, bytes.
pub(crate) fn with_files(subject: &str, body: &str, files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut mail = format!(
        "From: Leistungsabteilung <{CLAIMS}>\r\nTo: <{ADA}>\r\nSubject: {subject}\r\nX-Siegelpost-Class: special\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=grenze\r\n\r\n\
         --grenze\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    );
    for (name, media_type, bytes) in files {
        let content = data_encoding::BASE64.encode(bytes);
        write!(
            mail,
            "--grenze\r\nContent-Type: {media_type}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        )
        .unwrap();
        for line in content.as_bytes().chunks(76) {
            mail.push_str(std::str::from_utf8(line).unwrap());
            mail.push_str("\r\n");
        }
    }
    mail.push_str("--grenze--\r\n");
    mail.into_bytes()
}

/// A `winmail.dat` (MS-OXTNEF) with one attached file.
pub(crate) fn winmail(name: &str, bytes: &[u8]) -> Vec<u8> {
    let attribute = |id: u32, data: &[u8]| {
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        let length = u32::try_from(data.len()).unwrap();
        [&[2][..], &id.to_le_bytes(), &length.to_le_bytes(), data, &sum.to_le_bytes()].concat()
    };
    let name = [name.as_bytes(), &[0]].concat();
    let begin = [&0x223e_9f78_u32.to_le_bytes()[..], &[1, 0]].concat();
    [begin, attribute(0x0006_9002, &[0; 14]), attribute(0x0001_8010, &name), attribute(0x0006_800f, bytes)].concat()
}

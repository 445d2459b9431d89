//! Archives as people send them, and as attackers build them; every hostile one is made here, while the test runs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing builder is a failing test")]

use std::io::{Cursor, Write as _};

use mime::archive::{Budget, Listing, list};
use mime::caution::{Caution, Look};
use mime::limits::*;
use mime::view::MessageView;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive as programs write it.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, files)
}

fn zip_by(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An entry of a directory, as an attacker likes it.
#[derive(Clone)]
struct Claim {
    name: String,
    flags: u16,
    method: u16,
    packed_bytes: u32,
    unpacked_bytes: u32,
    offset: u32,
}

impl Default for Claim {
    fn default() -> Self {
        Self { name: "a.txt".into(), flags: 0, method: 8, packed_bytes: 10, unpacked_bytes: 10, offset: 0 }
    }
}

/// Bytes, a directory with these entries, and its end.
fn claims(content: &[u8], claims: &[Claim]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    let start = bytes.len();
    for claim in claims {
        bytes.extend(b"PK\x01\x02\x14\0\x14\0");
        bytes.extend(claim.flags.to_le_bytes());
        bytes.extend(claim.method.to_le_bytes());
        bytes.extend([0; 8]);
        for number in [claim.packed_bytes, claim.unpacked_bytes] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(u16::try_from(claim.name.len()).unwrap().to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend(claim.offset.to_le_bytes());
        bytes.extend(claim.name.as_bytes());
    }
    let size = u32::try_from(bytes.len() - start).unwrap();
    let count = u16::try_from(claims.len()).unwrap_or(u16::MAX).to_le_bytes();
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend(size.to_le_bytes());
    bytes.extend(u32::try_from(start).unwrap().to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// Entries one behind the other, as they lie in honest archives.
fn row(count: usize, unpacked_bytes: u32) -> Vec<Claim> {
    let place = |index: usize| u32::try_from(index * 40).unwrap();
    (0..count).map(|index| Claim { unpacked_bytes, offset: place(index), ..Claim::default() }).collect()
}

fn listed(bytes: &[u8]) -> Listing {
    list(bytes, &mut Budget::default()).expect("an archive")
}

fn caution(bytes: &[u8]) -> Option<Caution> {
    listed(bytes).caution
}

#[test]
fn honest_archives_are_counted() {
    let archive = zip(&[("a.pdf", b"%PDF"), ("b/", b""), ("b/c.txt", b"text"), ("Bilder/d.jpg", b"\xff\xd8\xff")]);
    assert_eq!(listed(&archive), Listing { files: 3, caution: None });
    assert_eq!(listed(&zip(&[])), Listing { files: 0, caution: None });
    let behind_a_prefix = [b"something in front".as_slice(), &archive].concat();
    assert_eq!(listed(&behind_a_prefix).files, 3);
    for none in [b"".as_slice(), b"PK\x03\x04", b"no archive", &archive[..archive.len() - 30]] {
        assert_eq!(list(none, &mut Budget::default()), None);
    }
}

#[test]
fn programs_are_found_also_in_archives_within() {
    assert_eq!(caution(&zip(&[("a.pdf", b""), ("Rechnung.pdf.exe", b"MZ")])), Some(Caution::ProgramsInside));
    let inner = zip(&[("x/Rechnung.js", b"alert")]);
    for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
        let outer = zip_by(method, &[("a.txt", b"text"), ("b.ZIP", &inner)]);
        assert_eq!(listed(&outer), Listing { files: 2, caution: Some(Caution::ProgramsInside) });
        let packaged = [b"in front of it".as_slice(), &outer].concat();
        assert_eq!(caution(&packaged), Some(Caution::ProgramsInside));
    }
    let document = zip(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b""), ("word/vbaProject.bin", b"")]);
    assert_eq!(caution(&document), Some(Caution::Macros));
    assert_eq!(caution(&zip(&[("xl/macrosheets/sheet1.xml", b"")])), Some(Caution::Macros));
}

#[test]
fn what_only_a_password_opens_is_locked() {
    let locked = Claim { flags: 1, ..Claim::default() };
    assert_eq!(caution(&claims(&[0; 100], std::slice::from_ref(&locked))), Some(Caution::Locked));
    let named = Claim { name: "a.exe".into(), offset: 40, ..locked.clone() };
    assert_eq!(caution(&claims(&[0; 100], &[locked.clone(), named])), Some(Caution::ProgramsInside));
    let inner = Claim { name: "a.zip".into(), ..locked };
    assert_eq!(caution(&claims(&[0; 100], &[inner])), Some(Caution::Locked), "there is no looking into it");
}

#[test]
fn sizes_have_an_edge() {
    let content = vec![0; 100_000];
    let total = |bytes: u64| claims(&vec![0; 20_000_000], &row(1, u32::try_from(bytes).unwrap()));
    assert_eq!(caution(&total(ARCHIVE_UNPACKED_BYTES_MAX)), None);
    assert_eq!(caution(&total(ARCHIVE_UNPACKED_BYTES_MAX + 1)), Some(Caution::Unusual));
    let half = u32::try_from(ARCHIVE_UNPACKED_BYTES_MAX / 2 + 1).unwrap();
    assert_eq!(caution(&claims(&vec![0; 20_000_000], &row(2, half))), Some(Caution::Unusual), "together");
    let ratio = |bytes: u64| caution(&claims(&content, &row(1, u32::try_from(bytes).unwrap())));
    assert_eq!(ratio(ARCHIVE_RATIO_FROM_BYTES), None);
    assert_eq!(ratio(ARCHIVE_RATIO_FROM_BYTES + 2 * ARCHIVE_RATIO_MAX), Some(Caution::Unusual));
}

#[test]
fn entries_have_an_edge() {
    let of = |count| listed(&claims(&vec![0; 500_000], &row(count, 10)));
    assert_eq!(of(ARCHIVE_ENTRIES_MAX), Listing { files: ARCHIVE_ENTRIES_MAX, caution: None });
    assert_eq!(of(ARCHIVE_ENTRIES_MAX + 1).files, ARCHIVE_ENTRIES_MAX);
    assert_eq!(of(ARCHIVE_ENTRIES_MAX + 1).caution, Some(Caution::Unusual));
}

#[test]
fn a_directory_that_contradicts_itself_is_unusual() {
    let mut archive = zip(&[("a.txt", b"a"), ("b.exe", b"b")]);
    let end = archive.len() - 22;
    archive[end + 10] = 1;
    assert_eq!(caution(&archive), Some(Caution::Unusual), "one entry more than it says");
    // A second end within the comment of the first hides all entries from those who look for the last one.
    let mut two = zip(&[("b.exe", b"b")]);
    let end = two.len() - 2;
    two[end..].copy_from_slice(&30_u16.to_le_bytes());
    two.extend([b"PK\x05\x06".as_slice(), &[0; 26]].concat());
    assert_eq!(caution(&two), Some(Caution::ProgramsInside));
}

#[test]
fn entries_that_share_their_bytes_are_unusual() {
    let twice = [Claim { packed_bytes: 50, ..Claim::default() }, Claim { offset: 70, ..Claim::default() }];
    assert_eq!(caution(&claims(&[0; 200], &twice)), Some(Caution::Unusual), "the second begins within the first");
    let next = [Claim { packed_bytes: 40, ..Claim::default() }, Claim { offset: 70, ..Claim::default() }];
    assert_eq!(caution(&claims(&[0; 200], &next)), None);
    let all_the_same: Vec<_> =
        (0..200).map(|_| Claim { packed_bytes: 1000, unpacked_bytes: 1_000_000, ..Claim::default() }).collect();
    assert_eq!(caution(&claims(&[0; 2000], &all_the_same)), Some(Caution::Unusual));
}

#[test]
fn archives_in_archives_have_an_edge() {
    let mut archive = zip(&[("a.txt", b"text")]);
    for depth in 1..=ARCHIVE_DEPTH_MAX + 1 {
        let unusual = (depth > ARCHIVE_DEPTH_MAX).then_some(Caution::Unusual);
        assert_eq!(caution(&archive), unusual, "depth {depth}");
        archive = zip(&[("next.zip", &archive)]);
    }
}

/// Like the well-known one: five layers of sixteen, and zeros at the bottom.
#[test]
fn a_bomb_of_many_layers_does_not_go_off() {
    let mut layer = zip(&[("0.dll", &vec![0; 4_000_000])]);
    for _ in 0..5 {
        let names: Vec<String> = (0..16).map(|number| format!("{number}.zip")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), layer.as_slice())).collect();
        layer = zip(&files);
    }
    assert_eq!(listed(&layer), Listing { files: 16, caution: Some(Caution::Unusual) });
}

/// An archive that holds itself looks like this from within: there is always one more.
#[test]
fn archives_without_end_are_looked_at_to_a_depth() {
    let mut archive = zip(&[("a.exe", b"text")]);
    for _ in 0..64 {
        archive = zip(&[("r/r.zip", &archive)]);
    }
    assert_eq!(listed(&archive), Listing { files: 1, caution: Some(Caution::Unusual) });
}

#[test]
fn what_is_unpacked_is_bounded_for_a_whole_mail() {
    // Honest archives of that size are not called unusual: the third is just not looked into.
    let noise: Vec<u8> = (0..ARCHIVE_INFLATED_BYTES_MAX / 2 - 1000)
        .scan(1_u32, |state, _| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes().first().copied()
        })
        .collect();
    let inner = zip_by(CompressionMethod::Stored, &[("a.exe", &noise)]);
    let outer = zip(&[("inner.zip", &inner)]);
    let mut budget = Budget::default();
    let cautions: Vec<_> = (0..3).map(|_| list(&outer, &mut budget).unwrap().caution).collect();
    assert_eq!(cautions, [Some(Caution::ProgramsInside), Some(Caution::ProgramsInside), None]);
}

#[test]
fn an_archive_within_that_lies_about_its_size_is_unusual() {
    let inner = zip(&[("a.txt", &vec![b'x'; 10_000])]);
    let mut outer = zip(&[("inner.zip", &inner)]);
    let at = outer.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    outer[at + 24..at + 28].copy_from_slice(&50_u32.to_le_bytes());
    assert_eq!(caution(&outer), Some(Caution::Unusual));
}

/// A mail with these files.
fn mail(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut mail = b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nText\r\n".to_vec();
    for (name, content) in files {
        let head = format!(
            "--x\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        mail.extend(head.as_bytes());
        for line in data_encoding::BASE64.encode(content).as_bytes().chunks(76) {
            mail.extend([line, b"\r\n"].concat());
        }
    }
    mail.extend(b"--x--\r\n");
    mail
}

#[test]
fn a_mail_tells_what_to_be_careful_with() {
    let mut program = b"MZ\x90\0".to_vec();
    program.resize(200, 0);
    let archive = zip(&[("a.txt", b"a"), ("b.txt", b"b")]);
    let raw = mail(&[
        ("Rechnung.pdf", b"%PDF-1.7"),
        ("Bescheid.pdf", &program),
        ("Rechnung.pdf.exe", &program),
        ("Unterlagen.zip", &archive),
        ("Bericht.docm", &archive),
        ("kaputt.zip", b"PK\x03\x04"),
        ("getarnt.zip", &[b"no archive from here".as_slice(), &zip(&[("a.scr", b"x")])].concat()),
    ]);
    let look = |caution, files| Look { caution, files };
    assert_eq!(
        MessageView::read(&raw).unwrap().look(),
        [
            look(None, None),
            look(Some(Caution::Disguised), None),
            look(Some(Caution::Program), None),
            look(None, Some(2)),
            look(Some(Caution::Macros), Some(2)),
            look(None, None),
            look(Some(Caution::ProgramsInside), Some(1)),
        ]
    );
}

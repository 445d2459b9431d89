//! Reading mail: header, structure, body, attachments, charsets, hostile shapes.
#![allow(clippy::expect_used, reason = "a mail that cannot be read is a failing test")]

use mime::head::{self, Head};
use mime::limits::{FILE_NAME_BYTES_MAX, HEADER_FIELDS_MAX, PART_DEPTH_MAX, PARTS_MAX};
use mime::view::{Disposition, MessageView};
use mime::{Structure, TooComplex, charset, name, sample};

fn view(raw: &[u8]) -> MessageView<'_> {
    MessageView::read(raw).expect("not too complex")
}

fn mixed(parts: usize) -> Vec<u8> {
    let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for _ in 0..parts {
        raw.extend_from_slice(b"--b\r\n\r\nx\r\n");
    }
    raw
}

fn nested_multiparts(levels: usize) -> Vec<u8> {
    let mut raw = Vec::new();
    for level in 0..levels {
        raw.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n").as_bytes(),
        );
    }
    raw
}

#[test]
fn header_is_read_for_the_intake() {
    let raw = "From: =?utf-8?Q?J=C3=B6rg?= M <j@a.test>\r\nSender: s@a.test\r\nTo: A <a@b.test>, \"B, C\" <c@b.test>\r\nto: d@b.test\r\n\
               Cc: Gruppe: e@b.test, f@b.test;\r\nSubject: =?iso-8859-1?Q?=5Bvertraulich=5D_f=FCr?=\r\n =?utf-8?B?IFNpZQ==?=\r\n\
               Date: Sun, 22 Nov 2026 06:00:00 +0100\r\nMessage-ID: <1@a.test>\r\nIn-Reply-To: <0@b.test>\r\n\
               References: <x@b.test>\r\n <0@b.test>\r\nAuto-Submitted: Auto-Generated\r\nSensitivity: Company-Confidential\r\n\
               X-Siegelpost-Class: special\r\nX-Siegelpost-Class: zwei\r\n\r\nFrom: nicht@mehr.test\r\n";
    let head = Head::read(raw.as_bytes());
    let author = head.author().expect("one author");
    assert_eq!((author.name.as_deref(), author.address.as_str()), (Some("Jörg M"), "j@a.test"));
    assert_eq!(head.sender.as_ref().map(|sender| sender.address.as_str()), Some("s@a.test"));
    let to: Vec<_> = head.to.iter().map(|to| to.address.as_str()).collect();
    assert_eq!(to, ["a@b.test", "c@b.test", "d@b.test"]);
    assert_eq!(head.cc.len(), 2);
    assert_eq!(head.subject, "[vertraulich] für Sie");
    let date = head.date.expect("a date");
    assert_eq!(date.offset, jiff::tz::offset(1));
    assert_eq!(date.timestamp().expect("in range").to_string(), "2026-11-22T05:00:00Z");
    assert_eq!(head.message_id.as_deref(), Some("1@a.test"));
    assert_eq!(
        (head.in_reply_to, head.references),
        (vec!["0@b.test".to_owned()], vec!["x@b.test".to_owned(), "0@b.test".to_owned()])
    );
    assert_eq!(head.auto_submitted.as_deref(), Some("auto-generated"));
    assert_eq!(head.sensitivity.as_deref(), Some("company-confidential"));
    let head = Head::read(raw.as_bytes());
    assert_eq!(head.texts("x-siegelpost-class", 5), ["special", "zwei"]);
    assert_eq!(head.texts("x-siegelpost-class", 1), ["special"]);
}

/// RFC 5322 section 4.3; programs that counted from 1900 wrote 102 for 2002.
#[test]
fn years_of_two_and_three_digits_are_understood() {
    for (year, meant) in
        [("102", 2002), ("99", 1999), ("50", 1950), ("49", 2049), ("02", 2002), ("2002", 2002), ("1500", 1500)]
    {
        let raw = format!("Date: Thu, 22 Aug {year} 04:07:35 +0000\r\n\r\n");
        let date = Head::read(raw.as_bytes()).date.expect("a date");
        assert_eq!(date.local.year(), meant, "{year}");
    }
}

#[test]
fn an_unclear_author_is_seen() {
    for raw in [
        "From: a@x.test\r\nFrom: b@x.test\r\n\r\n",
        "From: a@x.test, b@x.test\r\n\r\n",
        "To: a@x.test\r\n\r\n",
        "From: \r\n\r\n",
    ] {
        assert_eq!(Head::read(raw.as_bytes()).author(), None, "{raw:?}");
        assert!(!view(raw.as_bytes()).from_is_clear, "{raw:?}");
    }
}

#[test]
fn header_text_stays_on_its_line() {
    let raw = "Subject: =?utf-8?Q?a=0D=0ABcc:_x=E2=80=AEb?=\r\n\r\n";
    assert_eq!(Head::read(raw.as_bytes()).subject, "a Bcc: xb");
    assert_eq!(Head::read(b"Subject: f\xfcr\r\n\r\n").subject, "für");
    assert_eq!(Head::read("Subject: für".as_bytes()).subject, "für");
}

#[test]
fn the_demo_mail_is_whole_j9() {
    let zone = jiff::civil::date(2026, 11, 20)
        .at(9, 41, 0, 0)
        .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(1)))
        .unwrap();
    let correspondent =
        |name: &str, address: &str| mime::Correspondent { name: Some(name.into()), address: address.into() };
    let raw = sample::outlook(
        &correspondent("Erika Beispiel", "erika@beispiel.example"),
        &correspondent("Jörg Müller (Alpenblick Versicherung)", "joerg.mueller@alpenblick.example"),
        &zone,
    );
    assert!(raw.is_ascii() && raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 999));
    let mail = view(&raw);
    assert_eq!(mail.subject, "Ihre Kostenerstattung für die Physiotherapie – gute Nachrichten");
    assert_eq!(mail.from[0].name.as_deref(), Some("Jörg Müller (Alpenblick Versicherung)"));
    let text = mail.text.as_deref().unwrap();
    assert!(
        text.starts_with("Guten Tag Erika Beispiel,\n") && text.contains("Wir erstatten Ihnen 445,50 €."),
        "{text}"
    );
    assert_eq!(mail.attachments.len(), 1, "the logo is in the body");
    let document = &mail.attachments[0];
    assert_eq!(document.name, "Leistungsabrechnung Physiotherapie München.pdf");
    assert_eq!((document.declared_type.as_str(), document.sniffed_type), ("application/pdf", Some("application/pdf")));
    assert_eq!(mail.attachment_bytes(0).unwrap().len(), document.size_bytes);
    let cleaned = mail.fragment();
    assert_eq!(cleaned.blocked_remote_count, 0, "nothing in it is remote");
    assert!(cleaned.html.contains("src=\"data:image/png;base64,") && cleaned.html.contains("ausführliche Abrechnung"));
    assert!(!cleaned.html.contains("o:p") && !cleaned.html.contains("v:shape") && !cleaned.html.contains("url("));
    assert!(
        cleaned.html.contains("<style>p.MsoNormal, li.MsoNormal, div.MsoNormal{margin:0cm;font-size:11.0pt;"),
        "{}",
        cleaned.html
    );
    let declared = head::attachments(&raw).unwrap();
    assert_eq!(
        declared.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        ["image001.png", document.name.as_str()]
    );
}

#[test]
fn the_newsletter_shows_without_its_tracking() {
    let mail = view(sample::NEWSLETTER);
    let cleaned = mail.fragment();
    assert!(cleaned.blocked_remote_count >= 6, "{}", cleaned.blocked_remote_count);
    for gone in ["zaehler", "bg.png", "paper.png", "kopf.jpg", "newsletter.css", "fixed", "z-index"] {
        assert!(!cleaned.html.contains(gone), "{gone}");
    }
    for kept in ["Weiterlesen", "bgcolor=\"#1b4f72\"", ".wide{width:100% !important}", "viel Licht"] {
        assert!(cleaned.html.contains(kept), "{kept} in {}", cleaned.html);
    }
    assert!(mail.readable_text().contains("fünf Tipps"));
}

#[test]
fn an_invitation_is_text_and_file() {
    let mail = view(sample::INVITATION);
    let invitation = &mail.invitations[0];
    assert_eq!(invitation.method, "REQUEST");
    assert_eq!(invitation.summary, "Telefontermin: Rückfrage zur Abrechnung, Physiotherapie");
    assert_eq!(
        (invitation.location.as_str(), invitation.organizer.as_str()),
        ("Telefon, wir rufen Sie an", "Jörg Müller")
    );
    let starts = invitation.starts.as_ref().unwrap();
    assert_eq!((starts.local.to_string().as_str(), starts.zone.as_str()), ("2026-11-19T14:00:00", "Europe/Berlin"));
    assert!(mail.text.as_deref().unwrap().contains("gern rufe ich Sie"));
    assert_eq!((mail.attachments.len(), mail.attachments[0].name.as_str()), (1, "attachment.ics"));
    for hostile in
        ["BEGIN:VEVENT", "BEGIN:VEVENT\nDTSTART:99999999T999999\nDTEND:ä\nSUMMARY:\\", &"BEGIN:X\n".repeat(100_000)]
    {
        mime::calendar::read(hostile);
    }
}

#[test]
fn charsets_of_forty_years_decode() {
    for (label, bytes, wanted) in [
        ("iso-8859-1", &b"f\xfcr"[..], "für"),
        ("iso-8859-15", b"\xa4", "€"),
        ("iso-8859-2", b"\xb1", "ą"),
        ("windows-1252", b"\x80 \x96", "€ –"),
        ("windows-1251", b"\xcf\xf0", "Пр"),
        ("windows-1255", b"\xf9", "ש"),
        ("cp1250", b"\x9a", "š"),
        ("koi8-r", b"\xf0\xd2", "Пр"),
        ("iso-2022-jp", b"\x1b$B$\"\x1b(B", "あ"),
        ("shift_jis", b"\x82\xa0", "あ"),
        ("euc-jp", b"\xa4\xa2", "あ"),
        ("euc-kr", b"\xb0\xa1", "가"),
        ("gb2312", b"\xc4\xe3", "你"),
        ("gb18030", b"\xc4\xe3", "你"),
        ("big5", b"\xa7\x41", "你"),
        ("utf-16le", b"f\0\xfc\0", "fü"),
        ("utf-16be", b"\0f\0\xfc", "fü"),
        ("utf-16", b"\xfe\xff\0f\0\xfc", "fü"),
        ("utf-7", b"f+APw-r", "für"),
        ("macintosh", b"f\x9fr", "für"),
        ("cp850", b"f\x81r", "für"),
        ("us-ascii", "für".as_bytes(), "für"),
        ("", b"f\xfcr", "für"),
        ("x-unknown", b"f\xfcr", "für"),
        ("utf-8", b"f\xffr", "f\u{fffd}r"),
    ] {
        assert_eq!(charset::decode(bytes, Some(label)), wanted, "{label}");
    }
    let html = view(b"Content-Type: text/html\r\n\r\n<meta charset=\"iso-8859-2\">\xb1").html.unwrap();
    assert!(html.ends_with('ą'), "{html}");
    let utf7 = view(b"Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-script+AD4-alert(1)+ADw-/script+AD4-+APw-")
        .fragment();
    assert_eq!(utf7.html, "ü");
}

#[test]
fn structure_is_limited_at_its_edges() {
    assert_eq!(Structure::scan(&mixed(PARTS_MAX - 1)).map(|found| found.parts.len()), Ok(PARTS_MAX));
    assert_eq!(Structure::scan(&mixed(PARTS_MAX)), Err(TooComplex::Parts));
    assert!(Structure::scan(&nested_multiparts(PART_DEPTH_MAX)).is_ok());
    assert_eq!(Structure::scan(&nested_multiparts(PART_DEPTH_MAX + 1)), Err(TooComplex::Depth));
    assert!(Structure::scan("A: b\r\n".repeat(HEADER_FIELDS_MAX).as_bytes()).is_ok());
    assert_eq!(Structure::scan("A: b\r\n".repeat(HEADER_FIELDS_MAX + 1).as_bytes()), Err(TooComplex::Header));
}

#[test]
fn hostile_shapes_are_answered_j9() {
    let message = b"Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let digest = b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(100_000);
    for (raw, wanted) in [
        (message, TooComplex::Depth),
        (nested_multiparts(100), TooComplex::Depth),
        (digest, TooComplex::Depth),
        (mixed(10_000), TooComplex::Parts),
        (b"Subject: x\r\n".repeat(200_000), TooComplex::Header),
        ([&b"Subject: "[..], &b"x".repeat(300_000)].concat(), TooComplex::Header),
    ] {
        assert_eq!(MessageView::read(&raw).err(), Some(wanted));
        assert_eq!(head::attachments(&raw), Err(wanted));
        let head = Head::read(&raw);
        assert!(head.subject.len() < 300_000);
    }
    for raw in [
        b"--b\r\n".repeat(500_000),
        [&b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"[..], &b"--c\r\n".repeat(500_000)].concat(),
        [&b"To: "[..], &b"<a@b>,(".repeat(30_000)].concat(),
        [&b"Subject: "[..], &b"=?utf-8?Q?a?= ".repeat(15_000)].concat(),
        [&b"Content-Type: text/plain; "[..], &b"a*0=b;".repeat(20_000)].concat(),
        b"\0".repeat(1_000_000),
        b"\r".repeat(1_000_000),
        Vec::new(),
    ] {
        if let Ok(mail) = MessageView::read(&raw) {
            mail.fragment();
        }
        Head::read(&raw);
    }
}

#[test]
fn broken_mail_shows_what_it_can() {
    let unterminated = view(b"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n\r\nText\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO!!Rw0K\r\nGgo=trailing").text;
    assert_eq!(unterminated.as_deref(), Some("Text\n"));
    let no_boundary = view(b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nText\r\n").text.unwrap();
    assert!(no_boundary.contains("Text"));
    let header_only = view(b"Subject: x");
    assert_eq!((header_only.subject.as_str(), header_only.readable_text().trim()), ("x", ""));
    let body_only = view(b"Kein Kopf hier\r\nText\r\n");
    assert!(body_only.readable_text().contains("Kein Kopf"));
    let from_line = view(b"From a@b.test Sun Nov 22\r\nSubject: x\n\nText\0ende\n");
    assert_eq!((from_line.subject.as_str(), from_line.text.as_deref()), ("x", Some("Textende\n")));
    let outer_wins = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\neins\r\n--a\r\n\r\nzwei\r\n--a--\r\n";
    assert_eq!(view(outer_wins).text.as_deref(), Some("eins\n\nzwei\n"));
    let quoted = view(b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc =\r\nd=ZZ=e4 \r\n").text;
    assert_eq!(quoted.as_deref(), Some("a=bc d=ZZä\n"));
}

#[test]
fn a_type_ends_at_a_blank() {
    for declared in
        ["TEXT/PLAIN charset=US-ASCII", "text/plain\tcharset=us-ascii; format=flowed", "text/plain ; charset=utf-8"]
    {
        let raw = format!("Content-Type: {declared}\r\n\r\nText");
        let mail = view(raw.as_bytes());
        assert_eq!((mail.text.as_deref(), mail.attachments.len()), (Some("Text\n"), 0), "{declared}");
    }
}

#[test]
fn alternatives_related_and_mixed_are_told_apart() {
    let raw = b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\nText\r\n\
        --a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n<p>HTML <img src=\"cid:i@x\"></p>\r\n\
        --r\r\nContent-Type: image/gif\r\nContent-ID: <i@x>\r\n\r\nGIF89a\r\n--r\r\nContent-Type: image/gif\r\nContent-ID: <unused@x>\r\n\r\nGIF89a\r\n--r--\r\n--a--\r\n\
        --m\r\nContent-Type: text/plain; name=notiz.txt\r\n\r\nNotiz\r\n--m\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n--m\r\n\r\nFusszeile\r\n--m--\r\n";
    let mail = view(raw);
    assert_eq!(mail.text.as_deref(), Some("Text\n\nFusszeile\n"));
    assert!(mail.html.as_deref().unwrap().contains("Fusszeile"));
    let names: Vec<_> = mail.attachments.iter().map(|file| (file.name.as_str(), file.disposition)).collect();
    let file = Disposition::Attachment;
    assert_eq!(names, [("attachment.gif", file), ("notiz.txt", file), ("attachment.txt", file)]);
    assert!(mail.fragment().html.contains("data:image/gif"));
    assert_eq!(mail.attachment_bytes(1).as_deref(), Some(&b"Notiz"[..]));
    assert_eq!(mail.attachment_bytes(3), None);
}

#[test]
fn a_forwarded_mail_is_file_and_readable() {
    let raw = b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSiehe unten\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n\
        From: a@x.test\r\nSubject: Innen/drin\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nInnerer Text\r\n--i\r\n\
        Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4\r\n--i--\r\n\r\n--m--\r\n";
    let mail = view(raw);
    assert_eq!(mail.text.as_deref(), Some("Siehe unten\n"));
    assert_eq!((mail.attachments.len(), mail.attachments[0].name.as_str()), (1, "Innen-drin.eml"));
    let inner_raw = mail.nested(0).unwrap();
    let inner = view(&inner_raw);
    assert_eq!((inner.subject.as_str(), inner.text.as_deref()), ("Innen/drin", Some("Innerer Text\n")));
    assert_eq!(inner.attachments[0].name, "a.pdf");
    assert_eq!(head::attachments(raw).unwrap()[0].name, "a.pdf");
    let encoded = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp5";
    let mail = view(encoded);
    assert_eq!(view(&mail.nested(0).unwrap()).subject, "x");
}

#[test]
fn file_names_are_only_names() {
    for (name, wanted) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\b.txt", "b.txt"),
        ("exe.\u{202e}fdp", "exe.fdp"),
        ("a\r\nb\0c.pdf", "a__b_c.pdf"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Com1.log", "_Com1.log"),
        ("com10.log", "com10.log"),
        ("a<b>:\"|?*.txt", "a_b______.txt"),
        ("..", ""),
        ("  . ", ""),
        ("name. . ", "name"),
        ("Überweisung März.pdf", "Überweisung März.pdf"),
        ("a\u{200b}b.pdf", "ab.pdf"),
        (".htaccess", "_.htaccess"),
        ("Rechnung.pdf          \u{a0}\u{3000} .exe", "Rechnung.pdf .exe"),
        ("Rechnung.pdf\u{3164}\u{2800}.exe", "Rechnung.pdf.exe"),
        ("Rechnung.exe. \u{a0}.", "Rechnung.exe"),
        ("a\u{2215}b\u{ff0f}c\u{ff3c}..\u{ff0f}d.txt", "a_b_c_.._d.txt"),
        ("Rechnung.pdf\u{ff0e}exe", "Rechnung.pdf_exe"),
        ("offen.txt:verborgen.exe", "offen.txt_verborgen.exe"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("C\u{200b}ON", "_CON"),
        ("aux .txt", "_aux .txt"),
        ("Mu\u{308}ller.pdf", "Müller.pdf"),
        ("\u{202e}fdp.exe", "fdp.exe"),
    ] {
        assert_eq!(name::clean(name), wanted, "{name:?}");
    }
    let long = name::clean(&format!("{}.pdf", "ü".repeat(500)));
    assert!(long.len() <= FILE_NAME_BYTES_MAX && long.len() > FILE_NAME_BYTES_MAX - 2 && long.ends_with("ü.pdf"));
    let mut names = name::Names::default();
    let given: Vec<_> = ["a.pdf", "A.PDF", "a.pdf", "b"].into_iter().map(|name| names.unique(name)).collect();
    assert_eq!(given, ["a.pdf", "A (2).PDF", "a (3).pdf", "b"]);
    let spellings = ["Gru\u{308}n.pdf", "Gr\u{fc}n.pdf"].map(|name| names.unique(&name::clean(name)));
    assert_eq!(spellings, ["Grün.pdf", "Grün (2).pdf"], "one name, where composed and decomposed letters are the same");
    assert_eq!(names.unique(&long).len(), long.len());
    assert!(names.unique(&long).len() <= FILE_NAME_BYTES_MAX);
}

#[test]
fn file_names_are_found_in_every_spelling() {
    for header in [
        "Content-Disposition: attachment; filename*=utf-8''%C3%BCber.pdf",
        "Content-Disposition: attachment; filename*0*=utf-8''%C3%BC; filename*1=ber.pdf",
        "Content-Disposition: attachment; filename=\"=?utf-8?Q?=C3=BCber.pdf?=\"",
        "Content-Disposition: attachment;\r\n filename=\"über.pdf\"",
        "Content-Type: application/pdf; name=\"=?iso-8859-1?Q?=FCber.pdf?=\"",
    ] {
        let raw = format!("{header}\r\n\r\n%PDF-");
        assert_eq!(
            view(raw.as_bytes()).attachments.first().map(|file| file.name.as_str()),
            Some("über.pdf"),
            "{header}"
        );
    }
}

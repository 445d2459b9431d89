//! Mails that no corpus has: every script, every edge of the file format, and what nobody sane would send.

use data_encoding::{BASE64_MIME, HEXUPPER};
use jiff::Zoned;
use mime::field::Correspondent;
use mime::limits::BODY_BYTES_MAX;
use mime::sample;

use crate::winmail;

/// A head that any mail may have.
const HEAD: &str = "From: =?utf-8?q?M=C3=BCsterkasse?= <post@insurer.example>\r\nTo: Ada Lovelace <ada@customer.example>\r\n\
    Date: Mon, 2 Nov 2026 09:00:00 +0100\r\nMessage-ID: <1.2@insurer.example>\r\nSubject: Ihre Nachricht\r\nMIME-Version: 1.0\r\n";
const PNG: &[u8] = include_bytes!("../../samples/logo.png");

/// Names and mails.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, raw: Vec<u8>| all.push((name.to_owned(), raw));
    add("nothing", Vec::new());
    add("head only", HEAD.into());
    add("empty body", format!("{HEAD}\r\n").into());
    add("text only", format!("{HEAD}{}", text("Grüße 🙂\r\n\r\n-- \r\n\u{feff}Ihre שלום مرحبا\u{200f}\r\n")).into());
    add("html only", format!("{HEAD}{}", html(HTML)).into());
    add("text too long", format!("{HEAD}{}", text(&"Zeile ä\r\n".repeat(BODY_BYTES_MAX / 9))).into());
    add("scripts", scripts());
    add("people", people());
    add(
        "bcc",
        format!("{HEAD}Bcc: Geheim <bcc@x.test>, two@x.test\r\nCc: \"Müller; Söhne\" <cc@x.test>\r\n\r\nText").into(),
    );
    add("facts", facts());
    add("hostile head", hostile_head());
    add("hostile body", hostile_body());
    add("shown image", shown_image());
    for count in [1, 2, 7, 8, 300] {
        add(&format!("{count} files"), files((0..count).map(|number| (format!("{number}.txt"), vec![b'x'; number]))));
    }
    let sizes = [0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 5_000_000];
    add("sizes", files(sizes.into_iter().map(|size| (format!("{size}.bin"), pattern(size)))));
    add("file names", file_names());
    add("nested", nested(1, &shown_image()));
    add("nested deep", nested(8, &scripts()));
    add("nested strange", nested_strange());
    let rtf = winmail::compressed(winmail::RTF_HTML);
    add("winmail html", winmail::mail(&winmail::stream(&[winmail::property(0x0102, 0x1009, &rtf)])));
    let body = winmail::utf16("Grüße 🙂");
    add("winmail text", winmail::mail(&winmail::stream(&[winmail::property(0x001f, 0x1000, &body)])));
    add("newsletter", sample::NEWSLETTER.to_vec());
    add("invitation", sample::INVITATION.to_vec());
    add("outlook", outlook());
    for (name, date) in [
        ("date 1500", "Mon, 1 Jan 1500 00:00:00 +0000"),
        ("date 1969", "Wed, 31 Dec 1969 23:59:59 -0800"),
        ("date 1970", "Thu, 1 Jan 1970 00:00:00 +0000"),
        ("date 102", "Thu, 22 Aug 102 04:07:35 +0000"),
        ("date 2100", "Fri, 31 Dec 2100 23:59:60 +1400"),
    ] {
        add(name, format!("Date: {date}\r\nFrom: a@x.test\r\n\r\nText").into());
    }
    all
}

const HTML: &str = "<html><head><meta charset=windows-1252><style>p::before{content:\"→ ü\"} .größe{color:#123}</style></head>\r\n\
    <body><!-- ä --><p class=größe title='\"Ö\" & &#228;'>Grüße&nbsp;€ 🙂 שלום</p><a href=\"https://x.test/ä?q=ü\">für</a></body></html>";

fn text(body: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}")
}

fn html(body: &str) -> String {
    format!("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}")
}

fn multipart(kind: &str, boundary: &str, parts: &[String]) -> String {
    let parts = parts.join(&format!("\r\n--{boundary}\r\n"));
    format!(
        "Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{parts}\r\n--{boundary}--\r\n"
    )
}

fn file(name: &str, media_type: &str, more: &str, bytes: &[u8]) -> String {
    let hexadecimal = HEXUPPER.encode(name.as_bytes());
    let name = hexadecimal.as_bytes().chunks(2).flat_map(|byte| [b"%", byte].concat()).collect::<Vec<u8>>();
    let name = String::from_utf8_lossy(&name);
    format!(
        "Content-Type: {media_type}\r\nContent-Disposition: attachment; filename*=utf-8''{name}\r\n{more}\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        BASE64_MIME.encode(bytes)
    )
}

/// Bytes that differ wherever sectors might be mixed up.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at * 31 % 251).unwrap_or_default()).collect()
}

fn files(files: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let first = text("Anbei.");
    let files = files.map(|(name, bytes)| file(&name, "application/octet-stream", "", &bytes));
    format!("{HEAD}{}", multipart("mixed", "b", &std::iter::once(first).chain(files).collect::<Vec<_>>())).into()
}

fn scripts() -> Vec<u8> {
    let alternative = multipart("alternative", "inner", &[text("Grüße 🙂 文字 Ωμέγα Привет"), html(HTML)]);
    let name = "Größe 🙂 文字.pdf";
    let file = file(name, "application/pdf", "", b"%PDF-1.4");
    format!(
        "From: \"Ärztin 👩‍⚕️\" <ärztin@müller.example>\r\nTo: =?utf-8?b?5paH5a2X?= <a@x.test>, Привет <b@x.test>\r\n\
         Subject: Re: Grüße 🙂 =?utf-8?q?=E6=96=87=E5=AD=97?= שלום\r\nDate: Mon, 2 Nov 2026 09:00:00 +0100\r\n{}",
        multipart("mixed", "outer", &[alternative, file])
    )
    .into()
}

fn people() -> Vec<u8> {
    let many: Vec<String> = (0..200).map(|number| format!("Nummer {number} <{number}@x.test>")).collect();
    format!(
        "From: Chef <chef@x.test>, Stellvertreterin <zwei@x.test>\r\nSender: Büro <buero@x.test>\r\n\
         To: gleich <a@x.test>, gleich <b@x.test>, nur@x.test, \"Nur Name\" <>, \"A; B, C\" <c@x.test>, Gruppe: g@x.test;\r\n\
         Cc: {}\r\nSubject: FW: AW: viele\r\n\r\nText",
        many.join(",\r\n ")
    )
    .into()
}

fn facts() -> Vec<u8> {
    format!(
        "{HEAD}Importance: High\r\nSensitivity: Company-Confidential\r\nIn-Reply-To: <0@x.test>\r\n\
         References: <a@x.test>\r\n <b@x.test>\r\nX-Folded: eins\r\n\tzwei\r\n\r\nText\r\n\r\n\r\nmit Leerzeilen"
    )
    .into()
}

fn hostile_head() -> Vec<u8> {
    let long = "ä".repeat(40_000);
    format!(
        "From: A\0B\rC <a\0@x.test>\r\nTo: \0\r\nTo: <>, ,;, \"unclosed\r\nCc: \u{202e}moc.x@a <a@x.test>\r\n\
         Subject: NUL\0 CR\r LF =?utf-8?q?=0A=0D=00?= {long}\r\nDate: gestern\r\nMessage-ID: <>\r\n\
         X-Latin: caf\u{e9}\r\nno field\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nText\n\nvor\r\n\r\nnach"
    )
    .into()
}

fn hostile_body() -> Vec<u8> {
    let strange = "\u{feff}a\0b\rc\u{c}d\u{1b}[31me\u{85}\u{2028}\u{fffe}\u{10ffff}\0";
    let parts = [text(strange), html(&format!("<p>{strange}<style>ü<p>ä</style <!-- </p><STYLE>\0ö"))];
    format!("Subject: \r\n{}", multipart("alternative", "b", &parts)).into()
}

fn shown_image() -> Vec<u8> {
    let body = html("<p>Grüße <img src=\"cid:logo@x.test\"> <img src='cid:two'></p>");
    let shown = file("logo ü.png", "image/png", "Content-ID: <logo@x.test>\r\n", PNG);
    let second = format!(
        "Content-Type: image/png\r\nContent-ID: <two>\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        BASE64_MIME.encode(PNG)
    );
    let not_shown = file("other.png", "image/png", "Content-ID: <other@x.test>\r\n", PNG);
    let related = multipart("related", "inner", &[body, shown, second, not_shown]);
    let listed = file("Bericht.pdf", "application/pdf", "", b"%PDF-1.4");
    format!("{HEAD}{}", multipart("mixed", "outer", &[related, listed])).into()
}

fn file_names() -> Vec<u8> {
    let names = [
        "",
        ".",
        "..",
        "a",
        "a.",
        ".htaccess",
        "a.b.c",
        "../../etc/passwd",
        "C:\\x\\y.txt",
        "CON.txt",
        "same.txt",
        "same.txt",
        "SAME.TXT",
        "exe.\u{202e}fdp",
        "Größe 🙂.pdf",
        "ohne Endung",
        "x.langeendung",
        "😀.😀",
    ];
    let long = "ü".repeat(400);
    let names = names.into_iter().chain([long.as_str()]);
    files(names.map(|name| (name.to_owned(), name.as_bytes().to_vec())))
}

/// A mail within a mail, so many times.
fn nested(depth: usize, innermost: &[u8]) -> Vec<u8> {
    (0..depth).fold(innermost.to_vec(), |inner, level| {
        let boundary = format!("level{level}");
        let head = format!(
            "{HEAD}Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n--{boundary}\r\n\r\nAußen {level}\r\n"
        );
        let message = format!("--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n");
        let file = format!(
            "\r\n--{boundary}\r\n{}\r\n--{boundary}--\r\n",
            file("außen.txt", "text/plain", "", b"au\xc3\x9fen")
        );
        [head.as_bytes(), message.as_bytes(), &inner, file.as_bytes()].concat()
    })
}

/// A mail that is all of the mail, one that is encoded, one that is empty, and one that is none.
fn nested_strange() -> Vec<u8> {
    let inner = String::from_utf8_lossy(&facts()).into_owned();
    let parts = [
        text("Anbei."),
        format!("Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n{inner}"),
        file("encoded.eml", "message/rfc822", "", inner.as_bytes()),
        "Content-Type: message/rfc822\r\n\r\n".into(),
        "Content-Type: message/rfc822\r\n\r\nkein Kopf\r\n".into(),
        format!("Content-Type: message/rfc822; name=\"Anlage ü.eml\"\r\n\r\n{}", inner.replace('\r', "")),
    ];
    format!("{HEAD}{}", multipart("mixed", "strange", &parts)).into()
}

fn outlook() -> Vec<u8> {
    let who = |name: &str, address: &str| Correspondent { name: Some(name.into()), address: address.into() };
    let date: Zoned = "2026-11-02T09:00:00+01:00[+01:00]".parse().unwrap_or_default();
    sample::outlook(&who("Erika Beispiel", "erika@customer.example"), &who("Post", "post@insurer.example"), &date)
}

//! Mails to show: what the demo sends and what tests read.
//!
//! The organisation (Alpenblick Versicherung) and the customer (Erika Beispiel) do not exist.

use jiff::Zoned;

use crate::compose::encode;
use crate::field::Correspondent;

const LOGO: &[u8] = include_bytes!("../samples/logo.png");
const DOCUMENT: &[u8] = include_bytes!("../samples/leistungsabrechnung.pdf");
const TEXT: &str = include_str!("../samples/outlook.txt");
const HTML: &str = include_str!("../samples/outlook.html");

/// A newsletter: tables in tables, styles, remote images, a tracking pixel.
pub const NEWSLETTER: &[u8] = include_bytes!("../samples/newsletter.eml");
/// An invitation to a telephone appointment.
pub const INVITATION: &[u8] = include_bytes!("../samples/invitation.eml");

/// A mail as Outlook writes it: an insurer tells a customer that the cost of a treatment is reimbursed.
///
/// Windows-1252, Word's HTML with an inline logo, a PDF with umlauts in its name.
pub fn outlook(to: &Correspondent, from: &Correspondent, date: &Zoned) -> Vec<u8> {
    let outer = "_005_AM9PR04MB8765ALPENBLICKAM9PR04MB8765_";
    let related = "_004_AM9PR04MB8765ALPENBLICKAM9PR04MB8765_";
    let alternative = "_000_AM9PR04MB8765ALPENBLICKAM9PR04MB8765_";
    let name = to.name.as_deref().unwrap_or("Erika Beispiel");
    let text = windows(&TEXT.replace("{name}", name));
    let html = windows(&HTML.replace("{name}", &crate::text::escape(name)));
    let logo = lines(LOGO);
    let document = lines(DOCUMENT);
    let head = head(to, from, date);
    format!(
        "{head}\
         Content-Language: de-DE\r\nX-MS-Has-Attach: yes\r\n\
         Content-Type: multipart/mixed;\r\n\tboundary=\"{outer}\"\r\nMIME-Version: 1.0\r\n\r\n\
         --{outer}\r\nContent-Type: multipart/related;\r\n\tboundary=\"{related}\";\r\n\ttype=\"multipart/alternative\"\r\n\r\n\
         --{related}\r\nContent-Type: multipart/alternative;\r\n\tboundary=\"{alternative}\"\r\n\r\n\
         --{alternative}\r\nContent-Type: text/plain; charset=\"Windows-1252\"\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n{text}\r\n\
         --{alternative}\r\nContent-Type: text/html; charset=\"Windows-1252\"\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n{html}\r\n\
         --{alternative}--\r\n\r\n\
         --{related}\r\nContent-Type: image/png; name=\"image001.png\"\r\nContent-Description: image001.png\r\n\
         Content-Disposition: inline; filename=\"image001.png\"; size={}\r\n\
         Content-ID: <image001.png@01DD5B2E.7A4C1F90>\r\nContent-Transfer-Encoding: base64\r\n\r\n{logo}\r\n\
         --{related}--\r\n\r\n\
         --{outer}\r\nContent-Type: application/pdf;\r\n\tname=\"=?Windows-1252?Q?Leistungsabrechnung_Physiotherapie_M=FCnchen.pdf?=\"\r\n\
         Content-Description:\r\n =?Windows-1252?Q?Leistungsabrechnung_Physiotherapie_M=FCnchen.pdf?=\r\n\
         Content-Disposition: attachment;\r\n\tfilename=\"=?Windows-1252?Q?Leistungsabrechnung_Physiotherapie_M=FCnchen.pdf?=\";\r\n\tsize={}\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{document}\r\n\
         --{outer}--\r\n",
        LOGO.len(),
        DOCUMENT.len(),
    )
    .into_bytes()
}

/// Header of the mail; names and addresses as given, encoded where needed.
fn head(to: &Correspondent, from: &Correspondent, date: &Zoned) -> String {
    let written = jiff::fmt::rfc2822::to_string(date).unwrap_or_default();
    let seconds = date.timestamp().as_second();
    format!(
        "From: {}\r\nTo: {}\r\n\
         Subject: =?Windows-1252?Q?Ihre_Kostenerstattung_f=FCr_die_Physiotherapie_=96_gute_?=\r\n =?Windows-1252?Q?Nachrichten?=\r\n\
         Thread-Topic: =?Windows-1252?Q?Ihre_Kostenerstattung_f=FCr_die_Physiotherapie_=96_gute_?=\r\n =?Windows-1252?Q?Nachrichten?=\r\n\
         Thread-Index: AdtbLnpMH5C8q1ZbTkWq0n5mYw3VqA==\r\n\
         Date: {written}\r\nMessage-ID: <AM9PR04MB8765{seconds:X}@AM9PR04MB8765.alpenblick.example>\r\n\
         Accept-Language: de-DE, en-US\r\n",
        mailbox(from),
        mailbox(to),
    )
}

fn mailbox(correspondent: &Correspondent) -> String {
    let address = crate::field::one_line(&correspondent.address);
    match &correspondent.name {
        Some(name) => {
            let name = data_encoding::BASE64.encode(crate::field::one_line(name).as_bytes());
            format!("=?utf-8?B?{name}?= <{address}>")
        }
        None => format!("<{address}>"),
    }
}

fn windows(text: &str) -> String {
    encode::quoted_printable(&encoding_rs::WINDOWS_1252.encode(text).0)
}

fn lines(bytes: &[u8]) -> String {
    bytes.chunks(57).map(|line| data_encoding::BASE64.encode(line) + "\r\n").collect()
}

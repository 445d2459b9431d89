//! The message that both sides hold, byte for byte, and show.

/// How many of it are in the mailbox.
pub(super) const LETTERS: usize = 10;

pub(in crate::bench) const SENDER: &str = "leistung@alpenblick.example";
pub(in crate::bench) const RECIPIENT: &str = "few@kundin.example";
pub(super) const SUBJECT: &str = "Your statement";
/// What each row of its table holds.
pub(super) const CELL: &str = "Physiotherapy, 6 sessions";

const ROW: &str = "<tr><td style=\"padding:4px;border:1px solid #999\">Physiotherapy, 6 sessions</td>\
                   <td style=\"padding:4px;border:1px solid #999;text-align:right\"><b>123.45 EUR</b></td></tr>\r\n";
const HEAD: &str = "<html><head><style>p.letter{margin:0 0 8pt;font-family:Calibri,sans-serif}</style></head><body>\r\n\
                    <h1>Your statement</h1><p class=letter>Please find below what we have paid.</p>\r\n<table>\r\n";
const END: &str =
    "</table><p class=letter>Questions? <a href=\"https://alpenblick.example/\">Ask us.</a></p></body></html>\r\n";
/// Size of the HTML.
const HTML_BYTES: usize = 10 * 1024;

/// How many rows its table has.
pub(super) fn rows() -> usize {
    (HTML_BYTES - HEAD.len() - END.len()) / ROW.len()
}

/// A letter of 10 KB as mail programs write it, with headings, a table, styles and links.
pub(super) fn mail() -> String {
    format!(
        "From: {SENDER}\r\nTo: {RECIPIENT}\r\nSubject: {SUBJECT}\r\nDate: Mon, 02 Nov 2026 09:00:00 +0100\r\n\
         X-Siegelpost-Class: special\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         {HEAD}{}{END}",
        ROW.repeat(rows())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_is_of_the_size_promised() {
        let mail = mail();
        assert!((10_000..11_000).contains(&mail.len()), "{}", mail.len());
        assert_eq!(mail.matches(CELL).count(), rows());
    }
}

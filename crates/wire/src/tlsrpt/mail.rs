//! The mail that carries a report (sections 5.1 and 5.3).

use std::fmt::Write as _;

use data_encoding::BASE64_MIME;
use jiff::Timestamp;

use super::{Report, report::MEDIA_TYPE_GZIP};
use crate::{
    address::{Domain, EmailAddress},
    written::{Head, HeadError, field, text_part},
};

/// A mail with a report, to be written and then signed: section 3 wants DKIM.
#[derive(Debug)]
pub struct ReportMail<'a> {
    /// The name beside the author address.
    pub from_name: &'a str,
    /// The author address.
    pub from: &'a EmailAddress,
    /// Who asked for the report.
    pub to: &'a EmailAddress,
    /// Who reports: the domain that signs.
    pub submitter: &'a Domain,
    /// The domain that asked.
    pub domain: &'a Domain,
    /// The report.
    pub report: &'a Report,
    /// The report, compressed.
    pub compressed: &'a [u8],
    /// The text for people; lines end by LF.
    pub text: &'a str,
    /// Now.
    pub date: Timestamp,
    /// Letters and digits that no other mail has; for `Message-ID` and the boundary.
    pub token: &'a str,
}

/// The name of the file with a report (section 5.1): `submitter!domain!first second!last second!id.json.gz`.
pub fn file_name(submitter: &Domain, domain: &Domain, report: &Report) -> String {
    let (start, end) = (report.date_range.start_datetime.as_second(), report.date_range.end_datetime.as_second());
    let id: String = report.report_id.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{submitter}!{domain}!{start}!{end}!{id}.json.gz")
}

impl ReportMail<'_> {
    /// Writes the whole mail. Lines end by CRLF, all bytes are ASCII.
    pub fn compose(&self) -> Result<Vec<u8>, HeadError> {
        let (mut out, boundary) = self.head()?;
        text_part(&mut out, &boundary, "text/plain; charset=utf-8", self.text.as_bytes());
        let _ = write!(out, "--{boundary}\r\nContent-Type: {MEDIA_TYPE_GZIP}\r\n");
        let name = file_name(self.submitter, self.domain, self.report);
        let _ = write!(out, "Content-Disposition: attachment;\r\n\tfilename=\"{name}\"\r\n");
        out.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
        out.push_str(&BASE64_MIME.encode(self.compressed));
        let _ = write!(out, "\r\n--{boundary}--\r\n");
        Ok(out.into_bytes())
    }

    fn head(&self) -> Result<(String, String), HeadError> {
        let Self { submitter, domain, .. } = self;
        let id = &self.report.report_id;
        let mut fields = String::new();
        // Section 5.3: machines read the subject too, so it is folded and never encoded.
        field(&mut fields, "Subject", &format!("Report Domain: {domain} Submitter: {submitter} Report-ID: <{id}>"));
        field(&mut fields, "TLS-Report-Domain", domain.as_str());
        field(&mut fields, "TLS-Report-Submitter", submitter.as_str());
        let head = Head {
            date: self.date,
            from_name: self.from_name,
            from: self.from,
            to: self.to,
            fields: &fields,
            token: self.token,
            host: submitter,
            auto_submitted: "auto-generated",
            report_type: "\"tlsrpt\"",
        };
        head.write()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::DateRange, *};

    fn report() -> Report {
        Report {
            organization_name: "Insurer".into(),
            date_range: DateRange {
                start_datetime: "2026-11-21T00:00:00Z".parse().unwrap(),
                end_datetime: "2026-11-21T23:59:59Z".parse().unwrap(),
            },
            contact_info: "post@insurer.example".into(),
            report_id: "abc!/\"1@insurer.example".into(),
            policies: Vec::new(),
        }
    }

    fn mail() -> String {
        let domain = |name| Domain::parse(name).unwrap();
        let (report, compressed) = (report(), report().to_gzip().unwrap());
        let mail = ReportMail {
            from_name: "Insurer",
            from: &EmailAddress::parse("post@insurer.example").unwrap(),
            to: &EmailAddress::parse("tls@kunde.example").unwrap(),
            submitter: &domain("insurer.example"),
            domain: &domain("kunde.example"),
            report: &report,
            compressed: &compressed,
            text: "A report.\n",
            date: Timestamp::UNIX_EPOCH,
            token: "t0ken",
        };
        String::from_utf8(mail.compose().unwrap()).unwrap()
    }

    #[test]
    fn the_container_is_as_the_standard_wants_it() {
        let mail = mail();
        let unfolded = mail.replace("\r\n\t", " ");
        for line in [
            "Subject: Report Domain: kunde.example Submitter: insurer.example Report-ID: <abc!/\"1@insurer.example>",
            "TLS-Report-Domain: kunde.example",
            "TLS-Report-Submitter: insurer.example",
            "Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=\"=_t0ken\"",
            "Content-Type: application/tlsrpt+gzip",
            "filename=\"insurer.example!kunde.example!1795219200!1795305599!abc1insurerexample.json.gz\"",
        ] {
            assert!(unfolded.contains(&format!("{line}\r\n")), "{line}\n{unfolded}");
        }
        assert!(mail.is_ascii() && mail.split("\r\n").all(|line| line.len() <= 120 && !line.contains('\n')));
        let (_, attached) = mail.split_once("base64\r\n\r\n").unwrap();
        let (body, _) = attached.split_once("\r\n--=_").unwrap();
        let compressed = BASE64_MIME.decode(body.trim_end().as_bytes()).or(BASE64_MIME.decode(body.as_bytes()));
        assert_eq!(Report::read_gzip(&compressed.unwrap()), Ok(report()));
    }
}

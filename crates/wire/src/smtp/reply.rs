//! Replies: a three-digit code, perhaps an enhanced status code, and text (RFC 5321 section 4.2, RFC 2034, RFC 3463).
//!
//! The first digit decides: 2 is done, 3 is go on, 4 is try again later, 5 is never. The enhanced code says why, for
//! machines; the text says it for people. [`Reply`] is both what the server machine writes and what the client machine
//! read; its text is made harmless when it is created, so it can be written, stored and shown as it is.

use std::borrow::Cow;
use std::fmt;

/// The longest reply line, `CRLF` included (RFC 5321 section 4.5.3.1.5).
pub const REPLY_LINE_BYTES_MAX: usize = 512;

/// The most text one line of a reply carries; leaves room for the codes.
const REPLY_TEXT_BYTES_MAX: usize = REPLY_LINE_BYTES_MAX - "550-5.999.999 \r\n".len();

/// The most lines a reply has, written or read.
pub const REPLY_LINES_MAX: usize = 128;

/// An enhanced status code such as `5.1.1` (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2 success, 4 temporary, 5 permanent.
    pub class: u8,
    /// What it is about, 0 to 999: 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 security.
    pub subject: u16,
    /// The precise condition, 0 to 999.
    pub detail: u16,
}

impl EnhancedCode {
    /// Puts a code together; `5, 1, 1` is `5.1.1`.
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }

    /// Reads `class "." subject "." detail` (RFC 3463 section 2), nothing before or behind it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        if numbers.next().is_some() || !matches!(class, "2" | "4" | "5") {
            return None;
        }
        Some(Self { class: class.parse().ok()?, subject: number(subject)?, detail: number(detail)? })
    }
}

/// One to three digits.
fn number(digits: &str) -> Option<u16> {
    let valid = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// One reply of one or more lines. `Debug` shows only the codes, because servers like to repeat addresses in the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedCode>,
    text: Cow<'static, str>,
}

impl Reply {
    /// A reply whose text is part of the program: one line of printable ASCII.
    pub const fn fixed(code: u16, enhanced: (u8, u16, u16), text: &'static str) -> Self {
        let (class, subject, detail) = enhanced;
        Self { code, enhanced: Some(EnhancedCode { class, subject, detail }), text: Cow::Borrowed(text) }
    }

    /// A reply without an enhanced status code, as RFC 2034 section 4 asks for the greeting, `EHLO` and 3xx.
    pub const fn bare(code: u16, text: &'static str) -> Self {
        Self { code, enhanced: None, text: Cow::Borrowed(text) }
    }

    /// A reply with a text made at run time, whose lines are parted by `\n`.
    ///
    /// The text is made harmless: what is not printable ASCII becomes `?`, long lines and many lines are cut. A code
    /// outside of 200 to 599 is no SMTP and becomes 451, which loses nothing.
    pub fn new(code: u16, enhanced: Option<EnhancedCode>, text: &str) -> Self {
        let code = if (200..=599).contains(&code) { code } else { 451 };
        let mut harmless = String::with_capacity(text.len());
        for (index, line) in text.lines().take(REPLY_LINES_MAX).enumerate() {
            if index > 0 {
                harmless.push('\n');
            }
            let printable = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
            harmless.extend(line.chars().take(REPLY_TEXT_BYTES_MAX).map(printable));
        }
        Self { code, enhanced, text: Cow::Owned(harmless) }
    }

    /// The three-digit code, 200 to 599.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status code, if one was given.
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }

    /// The text in printable ASCII, its lines parted by `\n`, without codes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// 2xx: done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// 2xx or 3xx: done, or go on.
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// 5xx: trying again will not help.
    pub fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    /// Appends the reply as it goes over the wire, every line with its codes and within [`REPLY_LINE_BYTES_MAX`].
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let code = self.code.min(999);
            for place in [100, 10, 1] {
                out.push(b'0' + u8::try_from(code / place % 10).unwrap_or(0));
            }
            out.push(if lines.peek().is_some() { b'-' } else { b' ' });
            if let Some(enhanced) = self.enhanced {
                out.extend_from_slice(enhanced.to_string().as_bytes());
                out.push(b' ');
            }
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        f.write_str(", redacted)")
    }
}

impl fmt::Display for Reply {
    /// One line for records and notifications: `550 5.1.1 No such user`, further lines joined by blanks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        for line in self.text.lines() {
            write!(f, " {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wire(reply: &Reply) -> String {
        let mut out = Vec::new();
        reply.write_to(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_codes_on_every_line() {
        assert_eq!(wire(&Reply::fixed(250, (2, 1, 5), "Recipient OK")), "250 2.1.5 Recipient OK\r\n");
        assert_eq!(wire(&Reply::bare(354, "Go on")), "354 Go on\r\n");
        let two = Reply::new(550, Some(EnhancedCode::new(5, 7, 1)), "No.\nAsk your help desk.");
        assert_eq!(wire(&two), "550-5.7.1 No.\r\n550 5.7.1 Ask your help desk.\r\n");
        assert_eq!(two.to_string(), "550 5.7.1 No. Ask your help desk.");
        assert_eq!(format!("{two:?}"), "Reply(550 5.7.1, redacted)");
    }

    #[test]
    fn text_from_outside_can_add_no_line_and_no_code() {
        let reply = Reply::new(550, None, "no\r\n250 yes\rno\u{0}ü");
        assert_eq!(wire(&reply), "550-no\r\n550 250 yes?no??\r\n");
        assert_eq!(Reply::new(99, None, "").code(), 451);
        assert_eq!(Reply::new(600, None, "").code(), 451);
    }

    #[test]
    fn reads_enhanced_codes_strictly() {
        assert_eq!(EnhancedCode::parse("5.1.1"), Some(EnhancedCode::new(5, 1, 1)));
        for wrong in ["", "5.1", "5.1.1.1", "3.0.0", "5.1.1000", "5..1", "5.+1.1", " 5.1.1"] {
            assert_eq!(EnhancedCode::parse(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn every_line_keeps_its_limit(code in 0_u16..1000, text in any::<String>()) {
            let reply = Reply::new(code, Some(EnhancedCode::new(5, 999, 999)), &text.repeat(20));
            let out = wire(&reply);
            prop_assert!(out.ends_with("\r\n"));
            prop_assert!(out.split_inclusive("\r\n").all(|line| line.len() <= REPLY_LINE_BYTES_MAX));
            prop_assert!(out.is_ascii());
        }
    }
}

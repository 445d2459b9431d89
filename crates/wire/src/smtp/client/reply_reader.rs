//! Reads replies strictly (RFC 5321 section 4.2.1): every line one code, the same code on every line, bounded.

use memchr::memchr;

use crate::smtp::reply::{EnhancedCode, REPLY_LINES_MAX, Reply};

/// The longest line of a reply that is read, in bytes. RFC 5321 says 512; some servers write more.
pub const REPLY_LINE_BYTES_READ_MAX: usize = 4096;

/// The most bytes of one reply.
pub const REPLY_BYTES_READ_MAX: usize = 64 * 1024;

/// Why what the server sent is not a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// A line does not begin with a code from 200 to 599 followed by a blank, a hyphen or its end.
    #[error("the server sent a line that is no reply")]
    Malformed,
    /// The lines of one reply have different codes, so that nobody can say which one counts.
    #[error("the server sent a reply with mixed codes")]
    MixedCodes,
    /// A line, or the whole reply, exceeds its limit.
    #[error("the server sent a reply that is too long")]
    TooLong,
}

/// Reads one reply from the start of `input`; `None` if it is not complete yet.
///
/// Lines may end by LF alone: unlike in content, nothing can be smuggled by that, and some servers do it.
pub fn read_reply(input: &[u8]) -> Result<Option<(Reply, usize)>, ReplyError> {
    let (mut code, mut enhanced, mut text) = (None, None, String::new());
    let mut at = 0;
    for index in 0..REPLY_LINES_MAX {
        let rest = input.get(at..).unwrap_or_default();
        let end = memchr(b'\n', rest.get(..REPLY_LINE_BYTES_READ_MAX).unwrap_or(rest));
        let Some(end) = end else {
            let too_long = rest.len() >= REPLY_LINE_BYTES_READ_MAX || input.len() > REPLY_BYTES_READ_MAX;
            return if too_long { Err(ReplyError::TooLong) } else { Ok(None) };
        };
        at += end + 1;
        if at > REPLY_BYTES_READ_MAX {
            return Err(ReplyError::TooLong);
        }
        let line = split_line(rest.get(..end).unwrap_or_default())?;
        if *code.get_or_insert(line.code) != line.code {
            return Err(ReplyError::MixedCodes);
        }
        let (line_enhanced, line_text) = split_enhanced(line.code, line.text);
        if index == 0 {
            enhanced = line_enhanced;
        } else {
            text.push('\n');
        }
        text.push_str(if line_enhanced == enhanced { line_text } else { line.text });
        if line.last {
            return Ok(Some((Reply::new(line.code, enhanced, &text), at)));
        }
    }
    Err(ReplyError::TooLong)
}

struct SplitLine<'a> {
    code: u16,
    last: bool,
    text: &'a str,
}

/// `Reply-code ( "-" / SP ) [ textstring ]`; the text is cut at the first byte that is not UTF-8.
fn split_line(line: &[u8]) -> Result<SplitLine<'_>, ReplyError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, rest) = line.split_first_chunk::<3>().ok_or(ReplyError::Malformed)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(ReplyError::Malformed);
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let (last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return Err(ReplyError::Malformed),
    };
    if !(200..=599).contains(&code) {
        return Err(ReplyError::Malformed);
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => text.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or(""),
    };
    Ok(SplitLine { code, last, text })
}

/// Takes an enhanced code off the text, if its class agrees with the reply code (RFC 2034 section 4).
fn split_enhanced(code: u16, text: &str) -> (Option<EnhancedCode>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match EnhancedCode::parse(word) {
        Some(enhanced) if u16::from(enhanced.class) == code / 100 => (Some(enhanced), rest),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(input: &str) -> Reply {
        let (reply, consumed) = read_reply(input.as_bytes()).unwrap().unwrap();
        assert_eq!(consumed, input.len());
        reply
    }

    #[test]
    fn reads_codes_and_text() {
        let reply = whole("550-5.1.1 No such\r\n550 5.1.1 user\r\n");
        assert_eq!(
            (reply.code(), reply.enhanced(), reply.text()),
            (550, Some(EnhancedCode::new(5, 1, 1)), "No such\nuser")
        );
        assert_eq!(whole("250\r\n").text(), "");
        assert_eq!(whole("250 2.1.5\r\n").enhanced(), Some(EnhancedCode::new(2, 1, 5)));
        assert_eq!(whole("250 5.1.1 odd\r\n").enhanced(), None, "a class that contradicts the code is text");
        assert_eq!(whole("220 caf\u{e9}\u{7}\r\n").text(), "caf??");
    }

    #[test]
    fn refuses_what_is_no_reply() {
        for (input, error) in [
            ("250-a\r\n550 b\r\n", ReplyError::MixedCodes),
            ("999 a\r\n", ReplyError::Malformed),
            ("199 a\r\n", ReplyError::Malformed),
            ("600 a\r\n", ReplyError::Malformed),
            ("25 a\r\n", ReplyError::Malformed),
            ("250_a\r\n", ReplyError::Malformed),
            ("hello\r\n", ReplyError::Malformed),
            ("\r\n", ReplyError::Malformed),
        ] {
            assert_eq!(read_reply(input.as_bytes()), Err(error), "{input:?}");
        }
        assert_eq!(read_reply(b"250-a\r\n250 b"), Ok(None));
        assert_eq!(read_reply(b"250 a\r\n250 b\r\n").unwrap().unwrap().1, 7);
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let line = |bytes: usize| format!("250 {}\r\n", "x".repeat(bytes - 6));
        assert!(read_reply(line(REPLY_LINE_BYTES_READ_MAX).as_bytes()).is_ok());
        assert_eq!(read_reply(line(REPLY_LINE_BYTES_READ_MAX + 1).as_bytes()), Err(ReplyError::TooLong));
        let lines = |count: usize| format!("{}250 end\r\n", "250-x\r\n".repeat(count - 1));
        assert!(read_reply(lines(REPLY_LINES_MAX).as_bytes()).unwrap().is_some());
        assert_eq!(read_reply(lines(REPLY_LINES_MAX + 1).as_bytes()), Err(ReplyError::TooLong));
        let long_lines = format!("250-{}\r\n", "x".repeat(4000)).repeat(17);
        assert_eq!(read_reply(long_lines.as_bytes()), Err(ReplyError::TooLong));
    }

    proptest! {
        #[test]
        fn reading_never_panics(input in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_reply(&input);
        }

        #[test]
        fn reading_undoes_writing(code in 200_u16..=599, text in "[ -~]{1,30}(\n[ -~]{1,30}){0,3}") {
            let written = Reply::new(code, None, &text);
            let mut wire = Vec::new();
            written.write_to(&mut wire);
            let (read, consumed) = read_reply(&wire).unwrap().unwrap();
            prop_assert_eq!(consumed, wire.len());
            prop_assert_eq!(read.to_string(), written.to_string());
        }
    }
}

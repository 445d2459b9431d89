//! Content made ready for `DATA`: line endings set right, dots doubled (RFC 5321 section 2.3.8 and 4.5.2).

use std::borrow::Cow;

use memchr::{memchr2, memmem};

use super::data::{DataError, LineEndingCheck};

/// Turns every bare CR and bare LF into CRLF; content that is right already is not copied.
///
/// To be done before signing, because what is signed must be what is sent.
pub fn normalise_line_endings(content: &[u8]) -> Cow<'_, [u8]> {
    let mut normalised: Vec<u8> = Vec::new();
    let (mut taken, mut at) = (0, 0);
    while let Some(found) = memchr2(b'\r', b'\n', content.get(at..).unwrap_or_default()) {
        let here = at + found;
        if content.get(here..).is_some_and(|rest| rest.starts_with(b"\r\n")) {
            at = here + 2;
            continue;
        }
        normalised.extend_from_slice(content.get(taken..here).unwrap_or_default());
        normalised.extend_from_slice(b"\r\n");
        at = here + 1;
        taken = at;
    }
    if taken == 0 {
        return Cow::Borrowed(content);
    }
    normalised.extend_from_slice(content.get(taken..).unwrap_or_default());
    Cow::Owned(normalised)
}

/// Doubles the dots that begin lines, over content that comes in any pieces, and ends it with `CRLF . CRLF`.
#[derive(Debug, Clone)]
pub struct DotStuffer {
    check: LineEndingCheck,
    line_start: bool,
}

impl Default for DotStuffer {
    fn default() -> Self {
        Self { check: LineEndingCheck::default(), line_start: true }
    }
}

impl DotStuffer {
    /// Appends the next piece to `out`; refuses content that was not [normalised](normalise_line_endings).
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), DataError> {
        self.check.check(piece)?;
        let Some(&last) = piece.last() else { return Ok(()) };
        if self.line_start && piece.starts_with(b".") {
            out.push(b'.');
        }
        let mut taken = 0;
        for found in memmem::find_iter(piece, b"\n.") {
            let dot = found + 1;
            out.extend_from_slice(piece.get(taken..dot).unwrap_or_default());
            out.push(b'.');
            taken = dot;
        }
        out.extend_from_slice(piece.get(taken..).unwrap_or_default());
        self.line_start = last == b'\n';
        Ok(())
    }

    /// Appends the end of the content, with a CRLF in front if the last line lacks it.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), DataError> {
        self.check.finish()?;
        out.extend_from_slice(if self.line_start { b".\r\n" } else { b"\r\n.\r\n" });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::smtp::data::DataDecoder;

    fn stuff(content: &[u8], piece: usize) -> Vec<u8> {
        let (mut stuffer, mut out) = (DotStuffer::default(), Vec::new());
        for piece in content.chunks(piece) {
            stuffer.push(piece, &mut out).unwrap();
        }
        stuffer.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn doubles_dots_and_ends_the_content() {
        assert_eq!(stuff(b"", 1), b".\r\n");
        assert_eq!(stuff(b".", 1), b"..\r\n.\r\n");
        assert_eq!(stuff(b".a\r\n..\r\nb.", 100), b"..a\r\n...\r\nb.\r\n.\r\n");
    }

    #[test]
    fn refuses_content_that_was_not_normalised() {
        assert_eq!(DotStuffer::default().push(b"a\nb", &mut Vec::new()), Err(DataError::BareLf));
        let mut stuffer = DotStuffer::default();
        stuffer.push(b"a\r", &mut Vec::new()).unwrap();
        assert_eq!(stuffer.finish(&mut Vec::new()), Err(DataError::BareCr));
    }

    #[test]
    fn normalises_only_what_is_wrong() {
        assert!(matches!(normalise_line_endings(b"a\r\nb\r\n"), Cow::Borrowed(_)));
        assert_eq!(&*normalise_line_endings(b"\na\rb\n\r\n\r\rc\n"), b"\r\na\r\nb\r\n\r\n\r\n\r\nc\r\n");
    }

    proptest! {
        #[test]
        fn decoding_undoes_stuffing(raw in "[.\r\na]{0,40}", piece in 1_usize..9) {
            let content = normalise_line_endings(raw.as_bytes()).into_owned();
            let wire = stuff(&content, piece);
            let (mut decoder, mut decoded, mut at) = (DataDecoder::default(), Vec::new(), 0);
            loop {
                let step = decoder.decode(&wire[at..]).unwrap();
                at += step.consumed;
                decoded.extend_from_slice(step.content);
                if step.ended { break; }
                prop_assert!(step.consumed > 0);
            }
            prop_assert_eq!(at, wire.len());
            let expected = if content.is_empty() || content.ends_with(b"\n") { content } else { [&content[..], b"\r\n"].concat() };
            prop_assert_eq!(decoded, expected);
        }
    }
}

//! Content behind `DATA`, decoded strictly (RFC 5321 section 4.1.1.4 and 4.5.2).
//!
//! The content ends at `CRLF . CRLF` and nowhere else; a dot that begins any other line was put there by the client and
//! is taken off again. Servers that disagree about what ends a line let an attacker hide a second mail inside the first
//! ("SMTP smuggling"): one server takes `LF . CRLF` for text, the next one for the end, and what follows becomes commands
//! in the name of the first. So a CR without LF, a LF without CR and a NUL are not repaired here but refused, and the
//! session must close: RFC 5321 section 2.3.8 forbids them, and nothing behind them can be trusted.
//!
//! [`DataDecoder`] copies nothing: it hands out slices of the input. [`LineEndingCheck`] applies the same rule to `BDAT`.

use memchr::memchr3;

/// What was found in content that mail must not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// A carriage return that is not followed by a line feed.
    #[error("a carriage return without line feed in the content")]
    BareCr,
    /// A line feed that does not follow a carriage return.
    #[error("a line feed without carriage return in the content")]
    BareLf,
    /// A NUL byte.
    #[error("a NUL byte in the content")]
    Nul,
}

/// One step of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// How many bytes of the input are dealt with; the rest must be shown again, with more behind it.
    pub consumed: usize,
    /// Decoded content, a part of the input.
    pub content: &'a [u8],
    /// Whether the content has ended. What follows the consumed bytes is the next command.
    pub ended: bool,
}

/// Decodes the content behind `DATA`; remembers between steps only whether a line begins.
#[derive(Debug, Clone)]
pub struct DataDecoder {
    line_start: bool,
}

impl Default for DataDecoder {
    /// The content begins at the start of a line, so `.CRLF` right behind the 354 reply is an empty content.
    fn default() -> Self {
        Self { line_start: true }
    }
}

impl DataDecoder {
    /// Decodes what is certain in `input`. Nothing consumed and not ended means: more input is needed.
    ///
    /// At most two bytes stay unconsumed when the input ends between the parts of a line ending.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Decoded<'a>, DataError> {
        let nothing = Decoded { consumed: 0, content: &[], ended: false };
        let start = match (self.line_start, input) {
            (true, [b'.', b'\r', b'\n', ..]) => {
                *self = Self::default();
                return Ok(Decoded { consumed: 3, content: &[], ended: true });
            }
            (true, [b'.'] | [b'.', b'\r']) => return Ok(nothing),
            (true, [b'.', b'\r', ..]) => return Err(DataError::BareCr),
            (true, [b'.', ..]) => 1,
            _ => 0,
        };
        let (end, line_start) = Self::run(input, start)?;
        if end == start {
            return Ok(nothing);
        }
        self.line_start = line_start;
        Ok(Decoded { consumed: end, content: input.get(start..end).unwrap_or_default(), ended: false })
    }

    /// Finds how far the input reads as content without another dot to take off: the end, and whether a line begins there.
    fn run(input: &[u8], start: usize) -> Result<(usize, bool), DataError> {
        let mut at = start;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            let Some(found) = memchr3(b'\r', b'\n', 0, rest) else {
                return Ok((input.len(), rest.is_empty()));
            };
            match rest.get(found..).unwrap_or_default() {
                [b'\r', b'\n', b'.', ..] => return Ok((at + found + 2, true)),
                [b'\r', b'\n', ..] => at += found + 2,
                [b'\r'] => return Ok((at + found, found == 0)),
                [b'\r', ..] => return Err(DataError::BareCr),
                [b'\n', ..] => return Err(DataError::BareLf),
                _ => return Err(DataError::Nul),
            }
        }
    }
}

/// Holds content that is framed by length (`BDAT`) to the same line endings; sees it in any pieces.
#[derive(Debug, Clone, Default)]
pub struct LineEndingCheck {
    after_cr: bool,
}

impl LineEndingCheck {
    /// Checks the next piece.
    pub fn check(&mut self, piece: &[u8]) -> Result<(), DataError> {
        let mut rest = piece;
        if self.after_cr && !rest.is_empty() {
            rest = rest.strip_prefix(b"\n").ok_or(DataError::BareCr)?;
            self.after_cr = false;
        }
        while let Some(found) = memchr3(b'\r', b'\n', 0, rest) {
            match rest.get(found..).unwrap_or_default() {
                [b'\r', b'\n', next @ ..] => rest = next,
                [b'\r'] => {
                    self.after_cr = true;
                    return Ok(());
                }
                [b'\r', ..] => return Err(DataError::BareCr),
                [b'\n', ..] => return Err(DataError::BareLf),
                _ => return Err(DataError::Nul),
            }
        }
        Ok(())
    }

    /// Checks that the content does not end inside of a line ending.
    pub fn finish(&self) -> Result<(), DataError> {
        if self.after_cr { Err(DataError::BareCr) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a whole wire stream decodes to when it arrives in pieces of `piece` bytes.
    #[derive(Debug, PartialEq)]
    enum Outcome {
        Ended { content: Vec<u8>, rest: Vec<u8> },
        Waiting { content: Vec<u8> },
        Refused(DataError),
    }

    fn decode_in_pieces(wire: &[u8], piece: usize) -> Outcome {
        let (mut decoder, mut buffer, mut content, mut fed) = (DataDecoder::default(), Vec::new(), Vec::new(), 0);
        loop {
            match decoder.decode(&buffer) {
                Err(error) => return Outcome::Refused(error),
                Ok(Decoded { ended: true, consumed, .. }) => {
                    let rest = [&buffer[consumed..], &wire[fed..]].concat();
                    return Outcome::Ended { content, rest };
                }
                Ok(Decoded { consumed: 0, .. }) if fed == wire.len() => return Outcome::Waiting { content },
                Ok(Decoded { consumed: 0, .. }) => {
                    let next = wire.len().min(fed + piece);
                    buffer.extend_from_slice(&wire[fed..next]);
                    fed = next;
                }
                Ok(step) => {
                    content.extend_from_slice(step.content);
                    let consumed = step.consumed;
                    buffer.drain(..consumed);
                }
            }
        }
    }

    #[test]
    fn decodes_what_the_rfc_describes() {
        for (wire, content, rest) in [
            (&b".\r\n"[..], &b""[..], &b""[..]),
            (b"a\r\n.\r\nQUIT\r\n", b"a\r\n", b"QUIT\r\n"),
            (b"..a\r\n.\r\n", b".a\r\n", b""),
            (b".a\r\n.\r\n", b"a\r\n", b""),
            (b"a.\r\n..\r\n.\r\n", b"a.\r\n.\r\n", b""),
            (b"\r\n\r\n.\r\n", b"\r\n\r\n", b""),
        ] {
            for piece in 1..=wire.len() {
                let expected = Outcome::Ended { content: content.to_vec(), rest: rest.to_vec() };
                assert_eq!(decode_in_pieces(wire, piece), expected, "{wire:?} by {piece}");
            }
        }
    }

    /// Every known way to hide an end of content (CVE-2023-51764 and its relatives) is refused, however it is cut.
    #[test]
    fn smuggling_forms_are_refused() {
        for (form, error) in [
            (&b"\n.\n"[..], DataError::BareLf),
            (b"\n.\r\n", DataError::BareLf),
            (b"\r\n.\n", DataError::BareLf),
            (b"\r.\r", DataError::BareCr),
            (b"\r.\r\n", DataError::BareCr),
            (b"\r\n.\r\r\n", DataError::BareCr),
            (b"\r\r\n.\r\n", DataError::BareCr),
            (b"\r\n\0.\r\n", DataError::Nul),
            (b"\r\n.\0\r\n", DataError::Nul),
            (b"\r\0\n.\r\n", DataError::BareCr),
            (b"\r\n.\r\0\n", DataError::BareCr),
            (b"\n\n.\r\n", DataError::BareLf),
            (b"\r\n\x2e\n\r\n", DataError::BareLf),
        ] {
            let wire = [b"Subject: a\r\n\r\nbody", form, b"MAIL FROM:<admin@example.org>\r\n.\r\n"].concat();
            for piece in 1..=wire.len() {
                assert_eq!(decode_in_pieces(&wire, piece), Outcome::Refused(error), "{form:?} by {piece}");
            }
        }
    }

    fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a'), Just(0), any::<u8>()],
            0..60,
        )
    }

    fn lines() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec("[.a-c]{0,4}", 0..20).prop_map(|lines| lines.join("\r\n").into_bytes())
    }

    proptest! {
        #[test]
        fn chunk_borders_change_nothing(wire in hostile_bytes(), piece in 1_usize..9) {
            let whole = decode_in_pieces(&wire, wire.len().max(1));
            prop_assert_eq!(decode_in_pieces(&wire, piece), whole);
        }

        #[test]
        fn chunk_borders_change_nothing_in_valid_content(content in lines(), piece in 1_usize..9) {
            let wire = [&content[..], b"\r\n.\r\nNOOP\r\n"].concat();
            let whole = decode_in_pieces(&wire, wire.len());
            let ended = matches!(whole, Outcome::Ended { .. });
            prop_assert!(ended);
            prop_assert_eq!(decode_in_pieces(&wire, piece), whole);
        }

        #[test]
        fn what_was_decoded_has_strict_line_endings(wire in hostile_bytes()) {
            if let Outcome::Ended { content, .. } = decode_in_pieces(&wire, 7) {
                let mut check = LineEndingCheck::default();
                prop_assert_eq!(check.check(&content), Ok(()));
                prop_assert_eq!(check.finish(), Ok(()));
            }
        }

        #[test]
        fn the_check_does_not_depend_on_pieces(content in hostile_bytes(), piece in 1_usize..9) {
            let whole = { let mut c = LineEndingCheck::default(); c.check(&content).and_then(|()| c.finish()) };
            let mut c = LineEndingCheck::default();
            let cut = content.chunks(piece).try_for_each(|p| c.check(p)).and_then(|()| c.finish());
            prop_assert_eq!(cut, whole);
        }
    }
}

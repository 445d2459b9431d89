//! The framing of content: what is stuffed is unstuffed, in any pieces, and nothing with broken line endings passes.
//!
//! The first byte of an input is the size of each piece.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::smtp::data::{DataDecoder, DataError, LineEndingCheck};
use wire::smtp::stuffing::{DotStuffer, normalise_line_endings};

fuzz_target!(|input: &[u8]| {
    let Some((piece, bytes)) = input.split_first() else { return };
    let piece = usize::from((*piece).max(1));
    let decoded = decode(bytes, piece);
    assert_eq!(decoded, decode(bytes, bytes.len().max(1)), "pieces change what is decoded");
    if let Ok((content, _)) = &decoded {
        assert!(!content.contains(&0));
    }
    stuffed_is_unstuffed(bytes, piece);
});

/// The content, and how many bytes were left behind its end, if it has one.
fn decode(bytes: &[u8], piece: usize) -> Result<(Vec<u8>, Option<usize>), DataError> {
    let mut decoder = DataDecoder::default();
    let (mut content, mut start, mut end) = (Vec::new(), 0, 0);
    while end < bytes.len() {
        end = bytes.len().min(end + piece);
        loop {
            let step = decoder.decode(&bytes[start..end])?;
            start += step.consumed;
            content.extend_from_slice(step.content);
            if step.ended {
                return Ok((content, Some(bytes.len() - start)));
            }
            if step.consumed == 0 {
                assert!(end - start <= 3, "more is held back than the parts of an end of content");
                break;
            }
        }
    }
    Ok((content, None))
}

fn stuffed_is_unstuffed(bytes: &[u8], piece: usize) {
    let normal = normalise_line_endings(bytes);
    if normal.contains(&0) {
        return;
    }
    let mut check = LineEndingCheck::default();
    normal.chunks(piece).try_for_each(|piece| check.check(piece)).unwrap();
    check.finish().unwrap();

    let (mut stuffer, mut sent) = (DotStuffer::default(), Vec::new());
    normal.chunks(piece).try_for_each(|piece| stuffer.push(piece, &mut sent)).unwrap();
    stuffer.finish(&mut sent).unwrap();
    let (content, left) = decode(&sent, piece).unwrap();
    assert_eq!(left, Some(0));
    assert_eq!(content.strip_prefix(normal.as_ref()).map(|rest| rest == b"" || rest == b"\r\n"), Some(true));
}

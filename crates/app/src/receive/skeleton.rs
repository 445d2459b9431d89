//! The skeleton of a mail: its header and the headers of its parts, without any body.
//!
//! Classification looks at headers and at the names and types of attachments. A mail of 50 MiB is not kept in memory for that:
//! while it streams by, this filter keeps the header block and, behind every line that can be a boundary, the lines up to the next empty one.

use memchr::memchr;

/// The most bytes of skeleton kept; what lies beyond is not looked at by rules.
pub(super) const SKELETON_BYTES_MAX: usize = 256 * 1024;
/// The longest line looked at; a longer one counts as body.
const LINE_BYTES_MAX: usize = 4096;

/// Collects the skeleton of a mail that streams by.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    kept: Vec<u8>,
    line: Vec<u8>,
    place: Place,
    cut: bool,
}

/// What a mail looks like without its bodies.
#[derive(Debug)]
pub(super) struct Shape {
    /// A mail with the same headers and part headers, and empty bodies.
    pub(super) bytes: Vec<u8>,
    /// Whether some of the headers did not fit: what they say is not known.
    pub(super) cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// In a header: every line is kept, until the empty one that ends it.
    #[default]
    Header,
    /// In a body: only a line that can be a boundary is kept, and begins a header.
    Body,
}

impl Skeleton {
    /// Looks at the next bytes of the mail.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end + 1);
            if self.line.is_empty() {
                self.take(line);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.take(&whole);
                whole.clear();
                self.line = whole;
            }
            bytes = rest;
        }
        let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
        self.cut |= self.place == Place::Header && bytes.len() > room;
        self.line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn take(&mut self, line: &[u8]) {
        let empty = line == b"\r\n" || line == b"\n";
        match self.place {
            Place::Header => {
                self.keep(line);
                if empty {
                    self.place = Place::Body;
                }
            }
            Place::Body if line.starts_with(b"--") && line.len() > 4 => {
                self.keep(line);
                self.place = Place::Header;
            }
            Place::Body => {}
        }
    }

    fn keep(&mut self, line: &[u8]) {
        if self.kept.len() + line.len() <= SKELETON_BYTES_MAX {
            self.kept.extend_from_slice(line);
        } else {
            self.cut = true;
        }
    }

    /// The skeleton of what streamed by.
    pub(super) fn finish(mut self) -> Shape {
        let last = std::mem::take(&mut self.line);
        if !last.is_empty() {
            self.take(&last);
        }
        Shape { bytes: self.kept, cut: self.cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"Subject: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nprologue\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
        a body that is not kept\r\n--x\r\nContent-Type: application/pdf; name=\"b.pdf\"\r\n\r\nJVBERi0=\r\n--x--\r\n";

    #[test]
    fn headers_stay_and_bodies_go() {
        let mut skeleton = Skeleton::default();
        skeleton.update(MAIL);
        let kept = String::from_utf8(skeleton.finish().bytes).unwrap();
        assert!(kept.contains("name=\"b.pdf\"") && kept.contains("Subject: a"));
        assert!(!kept.contains("not kept") && !kept.contains("JVBER"));
    }

    #[test]
    fn every_cut_gives_the_same_skeleton() {
        let mut whole = Skeleton::default();
        whole.update(MAIL);
        let whole = whole.finish().bytes;
        for cut in 0..MAIL.len() {
            let mut parts = Skeleton::default();
            parts.update(&MAIL[..cut]);
            parts.update(&MAIL[cut..]);
            assert_eq!(parts.finish().bytes, whole, "cut at {cut}");
        }
    }

    #[test]
    fn only_headers_count_as_cut() {
        let cut = |mail: &[u8]| {
            let mut skeleton = Skeleton::default();
            skeleton.update(mail);
            skeleton.finish().cut
        };
        assert!(!cut(MAIL));
        assert!(!cut(&[b"Subject: a\r\n\r\n".as_slice(), &vec![b'x'; 1_000_000]].concat()));
        assert!(cut(&[b"Subject: ".as_slice(), &vec![b'x'; LINE_BYTES_MAX]].concat()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut skeleton = Skeleton::default();
        for _ in 0..10_000 {
            skeleton.update(b"X-Header: 0123456789012345678901234567890123456789\r\n");
        }
        skeleton.update(&vec![b'x'; 10_000_000]);
        assert!(skeleton.line.len() <= LINE_BYTES_MAX);
        let shape = skeleton.finish();
        assert!(shape.bytes.len() <= SKELETON_BYTES_MAX && shape.cut);
    }
}

//! What is in a ZIP archive, read from its directory without unpacking it.
//!
//! A ZIP archive ends with a directory of its entries (APPNOTE 4.3.12) and a record that says where that begins (4.3.16). A bomb is told by what the
//! directory says: entries that become very large, entries that overlap so that the same bytes unpack again and again, archives in archives in
//! archives. Only archives within archives are unpacked, in memory, and all of them of a mail together up to [`ARCHIVE_INFLATED_BYTES_MAX`]. A directory may lie, to hide a
//! bomb or a program; whoever unpacks that is warned by his own program.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;

use crate::caution::{self, Caution};
use crate::limits::{
    ARCHIVE_DEPTH_MAX, ARCHIVE_ENTRIES_MAX, ARCHIVE_INFLATED_BYTES_MAX, ARCHIVE_RATIO_FROM_BYTES, ARCHIVE_RATIO_MAX,
    ARCHIVE_UNPACKED_BYTES_MAX,
};
use crate::name;

const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const LOCATOR_64_BYTES: usize = 20;
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
/// Methods of compression (APPNOTE 4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Bit 0 of the flags: the entry is encrypted (APPNOTE 4.4.4).
const ENCRYPTED: u16 = 1;
/// What stands in place of a size or number that is told in a wider field (APPNOTE 4.5.3).
const WIDER_16: u64 = 0xffff;
const WIDER_32: u64 = 0xffff_ffff;

/// What may still be spent on the archives of one mail.
#[derive(Debug)]
pub struct Budget {
    entries: usize,
    inflated_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { entries: ARCHIVE_ENTRIES_MAX, inflated_bytes: ARCHIVE_INFLATED_BYTES_MAX }
    }
}

/// What an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Files in it, those of archives within it not counted; as far as was looked.
    pub files: usize,
    /// Why to be careful with it, if there is a reason.
    pub caution: Option<Caution>,
}

/// Lists an archive; `None` where there is no directory in it, so that nothing can unpack it either.
pub fn list(bytes: &[u8], budget: &mut Budget) -> Option<Listing> {
    list_within(bytes, 1, budget)
}

fn list_within(bytes: &[u8], depth: usize, budget: &mut Budget) -> Option<Listing> {
    let directory = Directory::find(bytes)?;
    let mut found = Found::default();
    let mut rest = directory.entries(bytes);
    while let Some((entry, next)) = Entry::read(rest) {
        // Where nothing is left, the count shows that something was not looked at.
        let Some(entries_left) = budget.entries.checked_sub(1) else { break };
        budget.entries = entries_left;
        rest = next;
        found.entries += 1;
        found.take(&entry);
        if name::ending(&entry.name()) == "zip" && !entry.is_encrypted() {
            found.cautions.extend(look_within(bytes, &directory, &entry, depth, budget));
        }
    }
    let is_large = is_large(found.unpacked_bytes, bytes.len() as u64);
    if is_large || found.entries != directory.count || found.places_overlap() {
        found.note(Caution::Unusual);
    }
    Some(Listing { files: found.files, caution: found.cautions.into_iter().min() })
}

/// Why to be careful with an archive within an archive.
fn look_within(
    bytes: &[u8],
    directory: &Directory,
    entry: &Entry<'_>,
    depth: usize,
    budget: &mut Budget,
) -> Option<Caution> {
    if depth >= ARCHIVE_DEPTH_MAX {
        return Some(Caution::Unusual);
    }
    let inner = match directory.content(bytes, entry, budget) {
        Content::Bytes(inner) => inner,
        Content::Unusual => return Some(Caution::Unusual),
        Content::Unknown => return None,
    };
    list_within(&inner, depth + 1, budget)?.caution
}

/// What the entries of one archive come to.
#[derive(Default)]
struct Found {
    entries: u64,
    files: usize,
    cautions: Vec<Caution>,
    unpacked_bytes: u64,
    /// Where the content of each entry lies, as the directory tells it: from its local header on.
    places: Vec<(u64, u64)>,
}

impl Found {
    fn take(&mut self, entry: &Entry<'_>) {
        let name = entry.name();
        if name.ends_with('/') {
            return;
        }
        self.files += 1;
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(entry.unpacked_bytes);
        let end = entry.offset.saturating_add(LOCAL_BYTES as u64).saturating_add(entry.packed_bytes);
        self.places.push((entry.offset, end));
        if entry.is_encrypted() {
            self.note(Caution::Locked);
        }
        if caution::by_name(&name) == Some(Caution::Program) {
            self.note(Caution::ProgramsInside);
        }
        // Macros of Office documents, and of the older kind in tables.
        if name.ends_with("/vbaProject.bin") || name.contains("/macrosheets/") {
            self.note(Caution::Macros);
        }
    }

    fn note(&mut self, caution: Caution) {
        if !self.cautions.contains(&caution) {
            self.cautions.push(caution);
        }
    }

    fn places_overlap(&mut self) -> bool {
        self.places.sort_unstable();
        self.places.windows(2).any(|pair| matches!(pair, [(_, end), (next, _)] if next < end))
    }
}

/// Whether something becomes unusually large.
const fn is_large(unpacked_bytes: u64, packed_bytes: u64) -> bool {
    unpacked_bytes > ARCHIVE_UNPACKED_BYTES_MAX
        || (unpacked_bytes > ARCHIVE_RATIO_FROM_BYTES && unpacked_bytes / ARCHIVE_RATIO_MAX > packed_bytes)
}

/// Where the directory lies.
struct Directory {
    start: usize,
    end: usize,
    /// How many entries it says it has.
    count: u64,
    /// What stands in front of the archive proper, such as a program that unpacks it; places are told without it.
    prefix_bytes: usize,
}

/// The content of an entry.
enum Content<'x> {
    Bytes(Cow<'x, [u8]>),
    /// It becomes more than it said, or very much of very little.
    Unusual,
    /// Not to be had: broken, packed in another way, or more than may be unpacked here.
    Unknown,
}

impl Directory {
    /// By the last record of the end whose comment is as long as it says, or else the last one: a comment may look like such a record.
    fn find(bytes: &[u8]) -> Option<Self> {
        let from = bytes.len().saturating_sub(END_BYTES + usize::from(u16::MAX));
        let tail = bytes.get(from..)?;
        let fits = |at: &usize| {
            u16_in(tail, at + 20).is_some_and(|comment| at + END_BYTES + usize::from(comment) == tail.len())
        };
        let at = memmem::rfind_iter(tail, END).find(fits).or_else(|| memmem::rfind(tail, END))?;
        let end = tail.get(at..)?;
        let narrow = End { at: from + at, count: u16_at(end, 10)?, size: u32_at(end, 12)?, offset: u32_at(end, 16)? };
        let End { at, count, size, offset } = narrow.wide(bytes).unwrap_or(narrow);
        let start = at.checked_sub(usize::try_from(size).ok()?)?;
        let prefix_bytes = start.checked_sub(usize::try_from(offset).ok()?)?;
        Some(Self { start, end: at, count, prefix_bytes })
    }

    fn entries<'x>(&self, bytes: &'x [u8]) -> &'x [u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// The content of an entry, unpacked within the budget.
    fn content<'x>(&self, bytes: &'x [u8], entry: &Entry<'_>, budget: &mut Budget) -> Content<'x> {
        let Some(packed) = self.packed(bytes, entry) else { return Content::Unknown };
        match entry.method {
            STORED => Content::Bytes(Cow::Borrowed(packed)),
            DEFLATED if is_large(entry.unpacked_bytes, entry.packed_bytes) => Content::Unusual,
            DEFLATED => match usize::try_from(entry.unpacked_bytes) {
                Ok(size) if size <= budget.inflated_bytes => {
                    budget.inflated_bytes -= size;
                    inflate(packed, size).map_or(Content::Unusual, |inner| Content::Bytes(Cow::Owned(inner)))
                }
                _ => Content::Unknown,
            },
            _ => Content::Unknown,
        }
    }

    fn packed<'x>(&self, bytes: &'x [u8], entry: &Entry<'_>) -> Option<&'x [u8]> {
        let at = self.prefix_bytes.checked_add(usize::try_from(entry.offset).ok()?)?;
        let local = bytes.get(at..)?.strip_prefix(LOCAL)?;
        // Counted from behind the signature.
        let names = usize::from(u16_in(local, 22)?) + usize::from(u16_in(local, 24)?);
        let content = local.get(LOCAL_BYTES - LOCAL.len() + names..)?;
        content.get(..usize::try_from(entry.packed_bytes).ok()?)
    }
}

/// The record at the end: where it lies, and what it says of the directory.
struct End {
    at: usize,
    count: u64,
    size: u64,
    offset: u64,
}

impl End {
    /// The one in front of it where numbers do not fit (ZIP64, APPNOTE 4.3.14 and 4.3.15).
    fn wide(&self, bytes: &[u8]) -> Option<Self> {
        if self.count != WIDER_16 && self.size != WIDER_32 && self.offset != WIDER_32 {
            return None;
        }
        let locator = bytes.get(self.at.checked_sub(LOCATOR_64_BYTES)?..self.at)?;
        let at = locator.starts_with(LOCATOR_64).then(|| memmem::rfind(bytes.get(..self.at)?, END_64)).flatten()?;
        let fields = bytes.get(at..)?;
        Some(Self { at, count: u64_at(fields, 32)?, size: u64_at(fields, 40)?, offset: u64_at(fields, 48)? })
    }
}

/// Exactly `size` bytes; `None` where it becomes more, or breaks off.
fn inflate(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(size.saturating_add(1));
    let status = Decompress::new(false).decompress_vec(packed, &mut out, FlushDecompress::Finish).ok()?;
    (status == Status::StreamEnd && out.len() == size).then_some(out)
}

/// An entry of the directory.
struct Entry<'x> {
    flags: u16,
    method: u16,
    packed_bytes: u64,
    unpacked_bytes: u64,
    offset: u64,
    name: &'x [u8],
}

impl<'x> Entry<'x> {
    /// The first entry, and what stands behind it.
    fn read(bytes: &'x [u8]) -> Option<(Self, &'x [u8])> {
        let (fixed, rest) = bytes.split_at_checked(ENTRY_BYTES).filter(|(fixed, _)| fixed.starts_with(ENTRY))?;
        let length = |at| u16_in(fixed, at).map(usize::from);
        let (name, rest) = rest.split_at_checked(length(28)?)?;
        let (extra, rest) = rest.split_at_checked(length(30)?)?;
        let (_comment, rest) = rest.split_at_checked(length(32)?)?;
        let mut wide = wide_fields(extra);
        // Only what does not fit stands there, in this order (APPNOTE 4.5.3).
        let mut number = |at| {
            let narrow = u32_at(fixed, at)?;
            let wider = if narrow == WIDER_32 { wide.next() } else { None };
            Some(wider.unwrap_or(narrow))
        };
        let (unpacked_bytes, packed_bytes, offset) = (number(24)?, number(20)?, number(42)?);
        let entry =
            Self { flags: u16_in(fixed, 8)?, method: u16_in(fixed, 10)?, packed_bytes, unpacked_bytes, offset, name };
        Some((entry, rest))
    }

    const fn is_encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0
    }

    /// Its name; what is not UTF-8 in it says nothing about its ending.
    fn name(&self) -> Cow<'x, str> {
        String::from_utf8_lossy(self.name)
    }
}

/// The wider fields of an entry.
struct Wide<'x>(&'x [u8]);

impl Wide<'_> {
    fn next(&mut self) -> Option<u64> {
        let (first, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*first))
    }
}

/// The extra field with wider numbers (id 1).
fn wide_fields(mut extra: &[u8]) -> Wide<'_> {
    while let Some((id, rest)) = extra.split_first_chunk::<2>()
        && let Some((length, rest)) = rest.split_first_chunk::<2>()
        && let Some((data, rest)) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
    {
        if *id == [1, 0] {
            return Wide(data);
        }
        extra = rest;
    }
    Wide(&[])
}

fn u16_in(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u64> {
    u16_in(bytes, at).map(u64::from)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from(u32::from_le_bytes(*chunk)))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

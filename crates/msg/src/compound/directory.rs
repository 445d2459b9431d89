//! The directory: every storage and stream, and for each storage a tree of its entries (MS-CFB 2.6).

use std::io::{self, Write};

use super::{Entry, SECTOR, Source, Storage, sectors::Layout};

/// Bytes of a directory entry.
const ENTRY_BYTES: u64 = 128;
/// No entry on this side (MS-CFB 2.6.1).
const NONE: u32 = 0xffff_ffff;

/// Kinds of entries (MS-CFB 2.6.1).
const STORAGE: u8 = 1;
const STREAM: u8 = 2;
const ROOT: u8 = 5;

/// Colours of the tree (MS-CFB 2.6.1).
const RED: u8 = 0;
const BLACK: u8 = 1;

/// All entries, the root first.
pub(super) struct Directory<'x> {
    rows: Vec<Row<'x>>,
}

struct Row<'x> {
    name: Vec<u16>,
    kind: u8,
    color: u8,
    left: u32,
    right: u32,
    child: u32,
    class: [u8; 16],
    start: u32,
    size: u64,
    source: Option<Box<dyn Source + 'x>>,
}

impl<'x> Directory<'x> {
    pub(super) fn of(root: Storage<'x>) -> Self {
        let mut directory = Self { rows: Vec::new() };
        directory.rows.push(Row::storage("Root Entry", ROOT, root.class));
        directory.adopt(0, root.entries);
        directory
    }

    pub(super) fn sector_count(&self) -> u64 {
        (self.rows.len() as u64 * ENTRY_BYTES).div_ceil(SECTOR)
    }

    /// The streams, with their places among the entries.
    pub(super) fn streams(&self) -> impl Iterator<Item = (usize, &(dyn Source + 'x))> {
        self.rows.iter().enumerate().filter_map(|(index, row)| Some((index, &**row.source.as_ref()?)))
    }

    /// Tells each stream where it lies.
    pub(super) fn place(&mut self, layout: &Layout) {
        let mut starts = layout.stream_starts();
        for row in self.rows.iter_mut().filter(|row| row.source.is_some()) {
            row.start = starts.next().unwrap_or(super::sectors::END_OF_CHAIN);
        }
        drop(starts);
        if let Some(root) = self.rows.first_mut() {
            (root.start, root.size) = (layout.mini_stream_start(), layout.mini_stream_bytes());
        }
    }

    pub(super) fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        for row in &self.rows {
            out.write_all(&row.bytes())?;
        }
        let unused = Row::unused().bytes();
        let rows = self.sector_count() * SECTOR / ENTRY_BYTES;
        (self.rows.len() as u64..rows).try_for_each(|_| out.write_all(&unused))
    }

    /// Puts entries below the storage at `parent`.
    fn adopt(&mut self, parent: usize, entries: Vec<Entry<'x>>) {
        let mut entries: Vec<(Vec<u16>, Entry<'x>)> =
            entries.into_iter().map(|entry| (entry.name().encode_utf16().collect(), entry)).collect();
        // MS-CFB 2.6.4: shorter names first, then by upper-case code units.
        let upper = |name: &[u16]| name.iter().map(|unit| upper(*unit)).collect::<Vec<_>>();
        entries.sort_by_cached_key(|(name, _)| (name.len(), upper(name)));
        let begin = self.rows.len();
        let mut storages = Vec::new();
        for (offset, (name, entry)) in entries.into_iter().enumerate() {
            self.rows.push(match entry {
                Entry::Stream(_, source) => {
                    Row { name, size: source.size(), source: Some(source), ..Row::unused() }.of(STREAM)
                }
                Entry::Storage(storage) => {
                    storages.push((begin + offset, storage.entries));
                    Row { name, class: storage.class, ..Row::unused() }.of(STORAGE)
                }
            });
        }
        let count = self.rows.len() - begin;
        let deepest = usize::BITS - count.leading_zeros();
        let top = self.grow(begin, count, 1, deepest);
        if let Some(row) = self.rows.get_mut(parent) {
            row.child = top;
        }
        for (index, entries) in storages {
            self.adopt(index, entries);
        }
    }

    /// Makes a tree of neighbours: the one in the middle on top, both halves below it. All levels but the deepest are full, so black, and red on the deepest,
    /// is what a red-black tree wants: as many black entries on every way down, and no red one below a red one.
    fn grow(&mut self, begin: usize, count: usize, level: u32, deepest: u32) -> u32 {
        if count == 0 {
            return NONE;
        }
        let middle = begin + count / 2;
        let left = self.grow(begin, middle - begin, level + 1, deepest);
        let right = self.grow(middle + 1, begin + count - middle - 1, level + 1, deepest);
        if let Some(row) = self.rows.get_mut(middle) {
            row.color = if level == deepest && level > 1 { RED } else { BLACK };
            (row.left, row.right) = (left, right);
        }
        u32::try_from(middle).unwrap_or(NONE)
    }
}

/// Upper case for the order of names (MS-CFB 2.6.4); names here are ASCII.
fn upper(unit: u16) -> u16 {
    match u8::try_from(unit) {
        Ok(byte) => u16::from(byte.to_ascii_uppercase()),
        Err(_) => unit,
    }
}

impl Row<'_> {
    fn storage(name: &str, kind: u8, class: [u8; 16]) -> Self {
        Self { name: name.encode_utf16().collect(), class, ..Self::unused() }.of(kind)
    }

    /// An entry of this kind; a storage has no sectors.
    fn of(mut self, kind: u8) -> Self {
        (self.kind, self.color) = (kind, BLACK);
        self
    }

    const fn unused() -> Self {
        Self {
            name: Vec::new(),
            kind: 0,
            color: RED,
            left: NONE,
            right: NONE,
            child: NONE,
            class: [0; 16],
            start: 0,
            size: 0,
            source: None,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.name.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        bytes.resize(64, 0);
        // The length counts the NUL; an unused entry has none.
        let length = if self.name.is_empty() { 0 } else { (self.name.len() + 1) * 2 };
        bytes.extend(u16::try_from(length).unwrap_or_default().to_le_bytes());
        bytes.extend([self.kind, self.color]);
        for id in [self.left, self.right, self.child] {
            bytes.extend(id.to_le_bytes());
        }
        bytes.extend(self.class);
        // State bits and the two times.
        bytes.extend([0; 20]);
        bytes.extend(self.start.to_le_bytes());
        bytes.extend(self.size.to_le_bytes());
        bytes
    }
}

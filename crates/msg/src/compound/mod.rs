//! Compound files (MS-CFB, version 3), written from front to back.
//!
//! Whoever knows the size of every stream beforehand need not seek: [`Plan`] gives each stream its sectors, one behind the other, and so every table can be
//! computed where it is written. Nothing is kept but the plan, however large the streams are. The order in the file:
//!
//! ```text
//! header | DIFAT | FAT | directory | mini FAT | mini stream (streams below 4,096 bytes) | larger streams
//! ```
//!
//! Storages carry no times and streams never do, so the same tree gives the same bytes.

mod directory;
mod sectors;

use std::io::{self, Write};

use directory::Directory;
use sectors::Layout;

/// Bytes of a sector (MS-CFB 2.2, version 3).
const SECTOR: u64 = 512;
const SECTOR_BYTES: usize = 512;
/// Bytes of a sector of the mini stream (MS-CFB 2.2).
const MINI_SECTOR: u64 = 64;
/// Streams of this size and more have sectors of their own (MS-CFB 2.2).
const MINI_CUTOFF: u64 = 4096;
/// The largest file of version 3 (MS-CFB 2.6.4: sizes of streams are kept below 2 GiB there).
pub const FILE_BYTES_MAX: u64 = 0x8000_0000;

/// The bytes of a stream, of known size, to be written when their turn comes.
pub trait Source {
    /// How many bytes there are.
    fn size(&self) -> u64;
    /// Writes exactly so many.
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl Source for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self)
    }
}

/// What leads to a source is one.
macro_rules! lead_to_a_source {
    ($([$($generic:tt)*] $type:ty,)*) => {$(
        impl<$($generic)*> Source for $type {
            fn size(&self) -> u64 {
                (**self).size()
            }

            fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
                (**self).write_to(out)
            }
        }
    )*};
}

lead_to_a_source! {
    [] Vec<u8>,
    ['x] std::borrow::Cow<'x, [u8]>,
    ['x] Box<dyn Source + 'x>,
    ['x] &'x [u8],
}

/// What a storage holds.
pub(crate) enum Entry<'x> {
    /// Further entries.
    Storage(Storage<'x>),
    /// Bytes.
    Stream(String, Box<dyn Source + 'x>),
}

impl Entry<'_> {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Storage(storage) => &storage.name,
            Self::Stream(name, _) => name,
        }
    }
}

/// A folder of the compound file.
#[derive(Default)]
pub(crate) struct Storage<'x> {
    pub(crate) name: String,
    /// What the storage is, for whoever opens it; only the root's matters here.
    pub(crate) class: [u8; 16],
    pub(crate) entries: Vec<Entry<'x>>,
}

impl<'x> Storage<'x> {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub(crate) fn stream(&mut self, name: impl Into<String>, source: impl Source + 'x) {
        self.entries.push(Entry::Stream(name.into(), Box::new(source)));
    }
}

/// Why a compound file cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// It would be larger than readers of this version take.
    #[error("the file would be larger than {FILE_BYTES_MAX} bytes")]
    File,
}

/// A compound file, ready to be written.
pub(crate) struct Plan<'x> {
    directory: Directory<'x>,
    layout: Layout,
}

impl<'x> Plan<'x> {
    pub(crate) fn of(root: Storage<'x>) -> Result<Self, TooLarge> {
        let mut directory = Directory::of(root);
        let sizes: Vec<u64> = directory.streams().map(|(_, source)| source.size()).collect();
        let layout = Layout::of(directory.sector_count(), &sizes)?;
        directory.place(&layout);
        Ok(Self { directory, layout })
    }

    /// The size of the file, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.layout.file_bytes()
    }

    pub(crate) fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.layout.write_header(out)?;
        self.layout.write_tables(out)?;
        self.directory.write_to(out)?;
        self.layout.write_mini_table(out)?;
        let is_mini = |source: &dyn Source| source.size() < MINI_CUTOFF;
        for (_, source) in self.directory.streams().filter(|(_, source)| is_mini(*source)) {
            write_padded(out, source, MINI_SECTOR)?;
        }
        write_zeros(out, padding(self.layout.mini_stream_bytes(), SECTOR))?;
        for (_, source) in self.directory.streams().filter(|(_, source)| !is_mini(*source)) {
            write_padded(out, source, SECTOR)?;
        }
        Ok(())
    }
}

/// Writes a stream and fills its last sector.
fn write_padded(out: &mut dyn Write, source: &dyn Source, sector: u64) -> io::Result<()> {
    write_exactly(source, out)?;
    write_zeros(out, padding(source.size(), sector))
}

/// Writes all of a source. One that gives more or less than it said, which would spoil everything behind it, is an error.
pub fn write_exactly(source: &dyn Source, out: &mut dyn Write) -> io::Result<()> {
    let mut counted = Counted { out, left: source.size() };
    source.write_to(&mut counted)?;
    if counted.left > 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a stream is shorter than it said"));
    }
    Ok(())
}

/// Lets no more through than was announced.
struct Counted<'a> {
    out: &'a mut dyn Write,
    left: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        match self.left.checked_sub(written as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::new(io::ErrorKind::InvalidData, "a stream is longer than it said")),
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Bytes from `size` to the end of its last sector.
const fn padding(size: u64, sector: u64) -> u64 {
    size.next_multiple_of(sector) - size
}

fn write_zeros(out: &mut dyn Write, count: u64) -> io::Result<()> {
    const ZEROS: [u8; SECTOR_BYTES] = [0; SECTOR_BYTES];
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(ZEROS.len());
    out.write_all(ZEROS.get(..count).unwrap_or_default())
}

//! Which sector belongs to what (MS-CFB 2.2 to 2.5).
//!
//! Every chain is a run of neighbours, so its table entries follow from its first sector and its length.

use std::io::{self, Write};

use super::{FILE_BYTES_MAX, MINI_CUTOFF, MINI_SECTOR, SECTOR, SECTOR_BYTES, TooLarge};

/// Special sector numbers (MS-CFB 2.1).
const DIFAT_SECTOR: u32 = 0xffff_fffc;
const FAT_SECTOR: u32 = 0xffff_fffd;
pub(super) const END_OF_CHAIN: u32 = 0xffff_fffe;
pub(super) const FREE: u32 = 0xffff_ffff;

/// Entries of one sector of the FAT.
const FAT_ENTRIES: u64 = SECTOR / 4;
/// FAT sectors that the header names; the others stand in the DIFAT, whose sectors end with the number of the next.
const HEADER_DIFAT: u64 = 109;
const DIFAT_ENTRIES: u64 = FAT_ENTRIES - 1;

/// Sectors one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) first: u64,
    pub(super) count: u64,
}

impl Chain {
    /// The first sector as it is written; a chain without sectors has none.
    pub(super) fn start(self) -> u32 {
        if self.count == 0 { END_OF_CHAIN } else { number(self.first) }
    }
}

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Layout {
    difat: Chain,
    fat: Chain,
    directory: Chain,
    mini_fat: Chain,
    mini_stream: Chain,
    /// In sectors of the mini stream or of the file, in the order of the streams.
    streams: Vec<Place>,
    mini_sectors: u64,
    sectors: u64,
}

/// The sectors of a stream.
#[derive(Debug, Clone, Copy)]
enum Place {
    Mini(Chain),
    Own(Chain),
}

impl Layout {
    pub(super) fn of(directory_sectors: u64, sizes: &[u64]) -> Result<Self, TooLarge> {
        let mut next_mini = 0;
        let mut own = 0;
        for size in sizes {
            if *size < MINI_CUTOFF {
                next_mini += size.div_ceil(MINI_SECTOR);
            } else {
                own += size.div_ceil(SECTOR);
            }
            if own > FILE_BYTES_MAX / SECTOR {
                return Err(TooLarge::File);
            }
        }
        let mini_sectors = next_mini;
        let mini_fat_sectors = mini_sectors.div_ceil(FAT_ENTRIES);
        let mini_stream_sectors = (mini_sectors * MINI_SECTOR).div_ceil(SECTOR);
        let others = directory_sectors + mini_fat_sectors + mini_stream_sectors + own;
        let (fat_sectors, difat_sectors) = tables(others);
        let mut next = 0;
        let mut chain = |count: u64| {
            let first = next;
            next += count;
            Chain { first, count }
        };
        let (difat, fat, directory) = (chain(difat_sectors), chain(fat_sectors), chain(directory_sectors));
        let (mini_fat, mini_stream) = (chain(mini_fat_sectors), chain(mini_stream_sectors));
        let mut next_mini = 0;
        let streams = sizes.iter().map(|size| {
            if *size < MINI_CUTOFF {
                let place = Chain { first: next_mini, count: size.div_ceil(MINI_SECTOR) };
                next_mini += place.count;
                Place::Mini(place)
            } else {
                Place::Own(chain(size.div_ceil(SECTOR)))
            }
        });
        let streams = streams.collect();
        let layout = Self { difat, fat, directory, mini_fat, mini_stream, streams, mini_sectors, sectors: next };
        if layout.file_bytes() > FILE_BYTES_MAX { Err(TooLarge::File) } else { Ok(layout) }
    }

    pub(super) const fn file_bytes(&self) -> u64 {
        (self.sectors + 1) * SECTOR
    }

    pub(super) const fn mini_stream_bytes(&self) -> u64 {
        self.mini_sectors * MINI_SECTOR
    }

    /// The first sector of the mini stream, for the root's directory entry.
    pub(super) fn mini_stream_start(&self) -> u32 {
        self.mini_stream.start()
    }

    /// The first sector of each stream, for its directory entry.
    pub(super) fn stream_starts(&self) -> impl Iterator<Item = u32> {
        self.streams.iter().map(|place| match place {
            Place::Mini(chain) | Place::Own(chain) => chain.start(),
        })
    }

    pub(super) fn write_header(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut header = Vec::with_capacity(SECTOR_BYTES);
        header.extend([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
        header.extend([0; 16]);
        // Minor and major version, byte order, shifts of the two sector sizes.
        for field in [0x003e_u16, 3, 0xfffe, 9, 6] {
            header.extend(field.to_le_bytes());
        }
        header.extend([0; 6]);
        let fields = [
            0, // Version 3 does not count its directory sectors.
            number(self.fat.count),
            self.directory.start(),
            0,
            number(MINI_CUTOFF),
            self.mini_fat.start(),
            number(self.mini_fat.count),
            self.difat.start(),
            number(self.difat.count),
        ];
        for field in fields {
            header.extend(field.to_le_bytes());
        }
        for index in 0..HEADER_DIFAT {
            header.extend(self.fat_sector(index).to_le_bytes());
        }
        out.write_all(&header)
    }

    /// The DIFAT and the FAT.
    pub(super) fn write_tables(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(out);
        for sector in 0..self.difat.count {
            let begin = HEADER_DIFAT + sector * DIFAT_ENTRIES;
            for index in begin..begin + DIFAT_ENTRIES {
                table.entry(self.fat_sector(index))?;
            }
            let next = self.difat.first + sector + 1;
            table.entry(if sector + 1 == self.difat.count { END_OF_CHAIN } else { number(next) })?;
        }
        table.repeat(DIFAT_SECTOR, self.difat.count)?;
        table.repeat(FAT_SECTOR, self.fat.count)?;
        let fixed = [self.directory, self.mini_fat, self.mini_stream];
        let own = self.streams.iter().filter_map(|place| match place {
            Place::Own(chain) => Some(*chain),
            Place::Mini(_) => None,
        });
        for chain in fixed.into_iter().chain(own) {
            table.chain(chain)?;
        }
        table.repeat(FREE, self.fat.count * FAT_ENTRIES - self.sectors)?;
        table.finish()
    }

    pub(super) fn write_mini_table(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(out);
        for place in &self.streams {
            if let Place::Mini(chain) = place {
                table.chain(*chain)?;
            }
        }
        table.repeat(FREE, self.mini_fat.count * FAT_ENTRIES - self.mini_sectors)?;
        table.finish()
    }

    fn fat_sector(&self, index: u64) -> u32 {
        if index < self.fat.count { number(self.fat.first + index) } else { FREE }
    }
}

/// How many sectors the FAT and the DIFAT need, which have to be in the FAT themselves.
fn tables(others: u64) -> (u64, u64) {
    let (mut fat, mut difat) = (0, 0);
    loop {
        let needed = (others + fat + difat).div_ceil(FAT_ENTRIES);
        let needed_difat = needed.saturating_sub(HEADER_DIFAT).div_ceil(DIFAT_ENTRIES);
        if (needed, needed_difat) == (fat, difat) {
            return (fat, difat);
        }
        (fat, difat) = (needed, needed_difat);
    }
}

/// Every number is below the limit of the file by then.
fn number(sector: u64) -> u32 {
    u32::try_from(sector).unwrap_or(FREE)
}

/// Entries on their way out, a sector's worth at a time.
struct Table<'a> {
    out: &'a mut dyn Write,
    bytes: Vec<u8>,
}

impl<'a> Table<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self { out, bytes: Vec::with_capacity(SECTOR_BYTES) }
    }

    fn entry(&mut self, entry: u32) -> io::Result<()> {
        self.bytes.extend(entry.to_le_bytes());
        if self.bytes.len() as u64 >= SECTOR { self.finish_sector() } else { Ok(()) }
    }

    fn repeat(&mut self, entry: u32, count: u64) -> io::Result<()> {
        (0..count).try_for_each(|_| self.entry(entry))
    }

    fn chain(&mut self, chain: Chain) -> io::Result<()> {
        for index in 1..chain.count {
            self.entry(number(chain.first + index))?;
        }
        self.repeat(END_OF_CHAIN, chain.count.min(1))
    }

    fn finish_sector(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.finish_sector()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_find_room_for_themselves() {
        assert_eq!(tables(1), (1, 0));
        assert_eq!(tables(127), (1, 0));
        assert_eq!(tables(128), (2, 0));
        // 109 sectors of the FAT, which stand in the header, have room for this, and not for one more.
        let most = HEADER_DIFAT * FAT_ENTRIES - HEADER_DIFAT;
        assert_eq!(tables(most), (109, 0));
        assert_eq!(tables(most + 1), (110, 1));
        for others in [1, 5, 1000, most - 1, most + 1000, 4_000_000] {
            let (fat, difat) = tables(others);
            assert!(fat * FAT_ENTRIES >= others + fat + difat && (fat - 1) * FAT_ENTRIES < others + fat + difat);
        }
    }
}

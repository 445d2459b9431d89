//! The file behind a PDF: its cross-reference table, and objects found by it (ISO 32000-1, 7.5).
//!
//! It is read strictly: a file whose table does not lead to its objects is broken, and nothing is guessed. All that is done is paid from
//! one budget ([`Work`]), so no file costs more than that, however its objects refer to each other.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::ops::Range;
use std::rc::Rc;

use super::GivenError;
use super::object::{Dict, Object, Reader, Token, is_space};
use crate::limits::{GIVEN_INFLATED_BYTES_MAX, GIVEN_OBJECTS_MAX, GIVEN_PARSED_BYTES_MAX};

/// Bytes at the end in which the place of the table stands.
const END_BYTES: usize = 2048;
/// Updates of a file that are followed back.
const SECTIONS_MAX: usize = 100;
/// Objects that lead to the length of a stream, or to the stream an object is in.
const CHAIN_MAX: usize = 4;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Free,
    /// At a byte of the file.
    At(usize),
    /// In the object stream of this number, as the so many-th.
    In(u32, usize),
}

/// What reading may still cost.
struct Work {
    parsed: Cell<u64>,
    inflated: Cell<u64>,
}

impl Work {
    fn parse(&self, bytes: usize) -> Result<(), GivenError> {
        let left = self.parsed.get().checked_sub(bytes as u64 + 1).ok_or(GivenError::TooMuch)?;
        self.parsed.set(left);
        Ok(())
    }
}

/// An object, and where its stream is, if it has one.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub object: Object,
    pub stream: Option<Range<usize>>,
}

/// A file whose table was read.
pub(super) struct File<'x> {
    pub bytes: &'x [u8],
    pub trailer: Dict,
    /// Where its newest table is.
    pub table_at: usize,
    /// Whether that table is a stream.
    pub is_stream: bool,
    places: BTreeMap<u32, Place>,
    inflated: RefCell<BTreeMap<u32, Rc<Vec<u8>>>>,
    work: Work,
}

impl<'x> File<'x> {
    /// Reads the table.
    pub(super) fn read(bytes: &'x [u8]) -> Result<Self, GivenError> {
        if !bytes.starts_with(b"%PDF-") {
            return Err(GivenError::NoPdf);
        }
        let tail = bytes.len().saturating_sub(END_BYTES);
        let end = bytes.get(tail..).unwrap_or_default();
        let at = memchr::memmem::rfind(end, b"startxref").ok_or(GivenError::Broken("it has no end, as if cut off"))?;
        let mut reader = Reader::new(bytes, tail + at + "startxref".len());
        let table_at = reader.object()?.integer().ok_or(GivenError::Broken("it does not say where its table is"))?;
        let work = Work { parsed: Cell::new(GIVEN_PARSED_BYTES_MAX), inflated: Cell::new(GIVEN_INFLATED_BYTES_MAX) };
        let mut file = Self {
            bytes,
            trailer: Dict::new(),
            table_at,
            is_stream: false,
            places: BTreeMap::new(),
            inflated: RefCell::default(),
            work,
        };
        file.sections(table_at)?;
        if file.trailer.contains_key(b"Encrypt".as_slice()) {
            return Err(GivenError::Encrypted);
        }
        Ok(file)
    }

    /// Reads the newest table and all before it.
    fn sections(&mut self, newest: usize) -> Result<(), GivenError> {
        let mut seen = BTreeSet::new();
        let mut next = Some(newest);
        while let Some(at) = next {
            if !seen.insert(at) || seen.len() > SECTIONS_MAX {
                return Err(GivenError::Broken("its tables lead in circles"));
            }
            let mut reader = Reader::new(self.bytes, at);
            let is_table = reader.takes("xref");
            let trailer = if is_table { self.table(reader)? } else { self.table_stream(at)? };
            if let Some(hybrid) = trailer.get(b"XRefStm".as_slice()).and_then(Object::integer) {
                self.table_stream(hybrid)?;
            }
            next = trailer.get(b"Prev".as_slice()).and_then(Object::integer);
            if at == newest {
                self.is_stream = !is_table;
                self.trailer = trailer;
            }
        }
        Ok(())
    }

    fn place(&mut self, number: u32, place: Place) -> Result<(), GivenError> {
        if self.places.len() >= GIVEN_OBJECTS_MAX {
            return Err(GivenError::TooMuch);
        }
        // Newer tables are read first.
        self.places.entry(number).or_insert(place);
        Ok(())
    }

    /// A table (7.5.4), and the trailer behind it.
    fn table(&mut self, mut reader: Reader<'x>) -> Result<Dict, GivenError> {
        const WRONG: GivenError = GivenError::Broken("its table is wrong");
        let start = reader.at;
        loop {
            if reader.takes("trailer") {
                break;
            }
            let first: u32 = reader.object()?.integer().ok_or(WRONG)?;
            let count: u32 = reader.object()?.integer().ok_or(WRONG)?;
            for number in first..first.checked_add(count).ok_or(WRONG)? {
                let at: usize = reader.object()?.integer().ok_or(WRONG)?;
                reader.object()?;
                let place = match reader.token()? {
                    Token::Word(word) if word == b"n" => Place::At(at),
                    Token::Word(word) if word == b"f" => Place::Free,
                    _ => return Err(WRONG),
                };
                self.place(number, place)?;
            }
        }
        let Object::Dict(trailer) = reader.object()? else { return Err(WRONG) };
        self.work.parse(reader.at.saturating_sub(start))?;
        Ok(trailer)
    }

    /// A table in a stream (7.5.8), whose dictionary is the trailer.
    fn table_stream(&mut self, at: usize) -> Result<Dict, GivenError> {
        const WRONG: GivenError = GivenError::Broken("there is no table where it should be");
        let (_, found) = self.at(at, 0)?;
        let Found { object: Object::Dict(dict), stream: Some(range) } = found else { return Err(WRONG) };
        if !dict.get(b"Type".as_slice()).is_some_and(|kind| kind.is_name("XRef")) {
            return Err(WRONG);
        }
        let data = self.inflate(&dict, range)?;
        let numbers = |name: &[u8]| match dict.get(name) {
            Some(Object::Array(all)) => all.iter().map(Object::integer).collect::<Option<Vec<u32>>>(),
            _ => None,
        };
        let widths: [usize; 3] = numbers(b"W")
            .and_then(|all| {
                let all: Vec<usize> = all.into_iter().filter_map(|width| usize::try_from(width).ok()).collect();
                all.try_into().ok()
            })
            .filter(|widths: &[usize; 3]| widths.iter().all(|width| *width <= 8))
            .ok_or(WRONG)?;
        let size = dict.get(b"Size".as_slice()).and_then(Object::integer).ok_or(WRONG)?;
        let index = numbers(b"Index").unwrap_or_else(|| vec![0, size]);
        let row: usize = widths.iter().sum();
        let mut rows = data.chunks_exact(row.max(1));
        for pair in index.chunks_exact(2) {
            let [first, count] = pair else { return Err(WRONG) };
            for number in *first..first.checked_add(*count).ok_or(WRONG)? {
                let mut fields = rows.next().ok_or(WRONG)?;
                let mut field = |width: usize, missing: u64| {
                    let (field, behind) = fields.split_at_checked(width).unwrap_or((fields, &[]));
                    fields = behind;
                    if width == 0 { missing } else { field.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)) }
                };
                let (kind, second, third) = (field(widths[0], 1), field(widths[1], 0), field(widths[2], 0));
                let place = match kind {
                    1 => Place::At(usize::try_from(second).map_err(|_| WRONG)?),
                    2 => {
                        Place::In(u32::try_from(second).map_err(|_| WRONG)?, usize::try_from(third).map_err(|_| WRONG)?)
                    }
                    _ => Place::Free,
                };
                self.place(number, place)?;
            }
        }
        Ok(dict)
    }

    /// The highest number of an object, and one more.
    pub(super) fn size(&self) -> u32 {
        let declared = self.trailer.get(b"Size".as_slice()).and_then(Object::integer).unwrap_or(0);
        self.places.keys().next_back().map_or(0, |number| number.saturating_add(1)).max(declared)
    }

    /// The object of this number; what does not exist is null (7.3.10).
    pub(super) fn get(&self, number: u32) -> Result<Found, GivenError> {
        self.chained(number, 0)
    }

    fn chained(&self, number: u32, chain: usize) -> Result<Found, GivenError> {
        match self.places.get(&number).copied() {
            None | Some(Place::Free) => Ok(Found { object: Object::Null, stream: None }),
            Some(Place::At(at)) => {
                let (found_number, found) = self.at(at, chain)?;
                if found_number == number {
                    Ok(found)
                } else {
                    Err(GivenError::Broken("its table leads to other objects"))
                }
            }
            Some(Place::In(stream, index)) => {
                if chain >= CHAIN_MAX {
                    return Err(GivenError::Broken("its objects lead in circles"));
                }
                let object = self.packed(stream, index, number, chain + 1)?;
                Ok(Found { object, stream: None })
            }
        }
    }

    /// The object at a byte, and its number.
    fn at(&self, at: usize, chain: usize) -> Result<(u32, Found), GivenError> {
        const WRONG: GivenError = GivenError::Broken("its table leads to no object");
        let mut reader = Reader::new(self.bytes, at);
        let number = match reader.token()? {
            Token::Object(number) => number.integer().ok_or(WRONG)?,
            _ => return Err(WRONG),
        };
        if !matches!(reader.token()?, Token::Object(Object::Integer(_))) || !reader.takes("obj") {
            return Err(WRONG);
        }
        let object = reader.object()?;
        let stream = match &object {
            Object::Dict(dict) if reader.takes("stream") => {
                // One line break stands between the word and the data (7.3.8.1).
                let rest = self.bytes.get(reader.at..).unwrap_or_default();
                let start = reader.at + if rest.starts_with(b"\r\n") { 2 } else { 1 };
                Some(self.stream(dict, start, chain)?)
            }
            _ => None,
        };
        self.work.parse(reader.at.saturating_sub(at))?;
        Ok((number, Found { object, stream }))
    }

    fn stream(&self, dict: &Dict, start: usize, chain: usize) -> Result<Range<usize>, GivenError> {
        const WRONG: GivenError = GivenError::Broken("a stream is not as long as it says");
        let length = match dict.get(b"Length".as_slice()) {
            Some(Object::Reference(number, _)) if chain < CHAIN_MAX => self.chained(*number, chain + 1)?.object,
            Some(length) => length.clone(),
            None => Object::Null,
        };
        let end = length.integer().and_then(|length: usize| start.checked_add(length)).ok_or(WRONG)?;
        let behind = self.bytes.get(end..).ok_or(WRONG)?;
        let spaces = behind.iter().take(2).take_while(|byte| is_space(**byte)).count();
        let is_end = behind.get(spaces..).is_some_and(|rest| rest.starts_with(b"endstream"));
        if is_end { Ok(start..end) } else { Err(WRONG) }
    }

    /// An object in an object stream (7.5.7).
    fn packed(&self, stream: u32, index: usize, number: u32, chain: usize) -> Result<Object, GivenError> {
        const WRONG: GivenError = GivenError::Broken("an object stream is wrong");
        let Some(Place::At(at)) = self.places.get(&stream).copied() else { return Err(WRONG) };
        let (found_number, found) = self.at(at, chain)?;
        let Found { object: Object::Dict(dict), stream: Some(range) } = found else { return Err(WRONG) };
        if found_number != stream || !dict.get(b"Type".as_slice()).is_some_and(|kind| kind.is_name("ObjStm")) {
            return Err(WRONG);
        }
        let cached = self.inflated.borrow().get(&stream).cloned();
        let data = if let Some(data) = cached { data } else { Rc::new(self.inflate(&dict, range)?) };
        self.inflated.borrow_mut().insert(stream, Rc::clone(&data));
        let first: usize = dict.get(b"First".as_slice()).and_then(Object::integer).ok_or(WRONG)?;
        let mut head = Reader::new(data.get(..first).ok_or(WRONG)?, 0);
        let mut entry = (0_u32, 0_usize);
        for _ in 0..=index {
            entry = (head.object()?.integer().ok_or(WRONG)?, head.object()?.integer().ok_or(WRONG)?);
            self.work.parse(0)?;
        }
        let start = first.checked_add(entry.1).ok_or(WRONG)?;
        let mut reader = Reader::new(&data, start);
        let object = reader.object()?;
        self.work.parse(head.at + reader.at.saturating_sub(start))?;
        if entry.0 == number { Ok(object) } else { Err(WRONG) }
    }

    /// The data of a stream that is deflated or plain.
    pub(super) fn inflate(&self, dict: &Dict, range: Range<usize>) -> Result<Vec<u8>, GivenError> {
        const WRONG: GivenError = GivenError::Broken("a stream is packed in another way than others do");
        let raw = self.bytes.get(range).unwrap_or_default();
        let only = |name: &str| match dict.get(name.as_bytes()) {
            Some(Object::Array(all)) if all.len() <= 1 => Ok(all.first().cloned().unwrap_or(Object::Null)),
            Some(Object::Array(_)) => Err(WRONG),
            other => Ok(other.cloned().unwrap_or(Object::Null)),
        };
        let left = self.work.inflated.get();
        let mut data = Vec::new();
        match only("Filter")? {
            Object::Null => drop(raw.take(left + 1).read_to_end(&mut data)),
            filter if filter.is_name("FlateDecode") => {
                let inflated = flate2::read::ZlibDecoder::new(raw).take(left + 1).read_to_end(&mut data);
                inflated.map_err(|_| GivenError::Broken("a packed stream is damaged"))?;
            }
            _ => return Err(WRONG),
        }
        self.work.inflated.set(left.checked_sub(data.len() as u64).ok_or(GivenError::TooMuch)?);
        match only("DecodeParms")? {
            Object::Dict(parameters) => unpredicted(data, &parameters).ok_or(WRONG),
            _ => Ok(data),
        }
    }
}

/// Undoes the prediction of PNG (7.4.4.4), if there is one.
fn unpredicted(data: Vec<u8>, parameters: &Dict) -> Option<Vec<u8>> {
    let number = |name: &str, usual: usize| match parameters.get(name.as_bytes()) {
        Some(it) => it.integer(),
        None => Some(usual),
    };
    let predictor = number("Predictor", 1)?;
    if predictor == 1 {
        return Some(data);
    }
    let (columns, colors, bits) = (number("Columns", 1)?, number("Colors", 1)?, number("BitsPerComponent", 8)?);
    if predictor < 10 || colors != 1 || bits != 8 || columns == 0 || columns > 1024 {
        return None;
    }
    let mut all = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; columns];
    for row in data.chunks(columns + 1) {
        let (kind, row) = row.split_first()?;
        let mut this = vec![0_u8; columns];
        let mut left = 0_u8;
        let mut corner = 0_u8;
        for ((place, byte), up) in this.iter_mut().zip(row).zip(&above) {
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => *up,
                3 => u8::midpoint(left, *up),
                4 => paeth(left, *up, corner),
                _ => return None,
            };
            *place = byte.wrapping_add(predicted);
            left = *place;
            corner = *up;
        }
        all.extend_from_slice(this.get(..row.len().min(columns))?);
        above = this;
    }
    Some(all)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let guess = a + b - c;
    let [to_a, to_b, to_c] = [a, b, c].map(|it| (guess - it).abs());
    if to_a <= to_b && to_a <= to_c {
        left
    } else if to_b <= to_c {
        up
    } else {
        corner
    }
}

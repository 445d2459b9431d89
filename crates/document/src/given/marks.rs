//! What a given page draws, as far as it can be told without drawing it: where the address is to be seen, nothing may stand yet.
//!
//! Content streams (ISO 32000-1, 7.8.2) are read operator by operator. Areas and letters in white are left aside: they are the paper.

use super::GivenError;
use super::file::{File, Found};
use super::inspect::{POINT, Sheet};
use super::object::{Dict, Object, Reader, Token, is_space};
use super::plane::{Area, Matrix, NOWHERE, both, with};
use crate::letter::geometry::{FIELD_HEIGHT, FIELD_LEFT, FIELD_WIDTH, LetterForm, SHIFT};

/// Forms in forms that are followed; what is deeper counts as drawn wherever it may draw.
const FORMS_MAX: usize = 8;
/// States that are kept.
const STATES_MAX: usize = 1_000;
/// Values before an operator.
const VALUES_MAX: usize = 1_000;
/// Width of a letter in sizes of it, rather too wide than too narrow.
const LETTER: f64 = 0.6;

/// Proves that nothing is drawn where the address is to be seen.
pub(super) fn none_in(file: &File<'_>, sheet: &Sheet, form: LetterForm) -> Result<(), GivenError> {
    let [left, _, _, top] = sheet.seen;
    let field_top = form.field_top();
    let window = [
        left + (FIELD_LEFT - SHIFT) / POINT,
        top - (field_top + FIELD_HEIGHT + SHIFT) / POINT,
        left + (FIELD_LEFT + FIELD_WIDTH + SHIFT) / POINT,
        top - (field_top - SHIFT) / POINT,
    ];
    let page = Page { file, window, seen: sheet.seen };
    page.notes(&sheet.dict)?;
    let content = page.content(sheet.dict.get(b"Contents".as_slice()))?;
    let state = State { clip: sheet.seen, ..State::new(Matrix::PLAIN) };
    page.draw(&content, &sheet.resources, state, 0)
}

struct Page<'x> {
    file: &'x File<'x>,
    window: Area,
    seen: Area,
}

/// What drawing depends on (8.4), as far as it says where something is.
#[derive(Clone)]
struct State {
    place: Matrix,
    clip: Area,
    fills_white: bool,
    draws_white: bool,
    size: f64,
    leading: f64,
    is_unseen: bool,
}

impl State {
    fn new(place: Matrix) -> Self {
        let clip = [f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY];
        Self { place, clip, fills_white: false, draws_white: false, size: 0.0, leading: 0.0, is_unseen: false }
    }
}

/// A path or a text that is being made.
struct Making {
    path: Option<Area>,
    clips: bool,
    text: Matrix,
    line: Matrix,
}

impl Page<'_> {
    /// Notes and fields that lie on the page (12.5).
    fn notes(&self, page: &Dict) -> Result<(), GivenError> {
        let Object::Array(notes) = self.file.resolved(page.get(b"Annots".as_slice()))? else { return Ok(()) };
        for note in &notes {
            let Object::Dict(note) = self.file.resolved(Some(note))? else { continue };
            let kind = self.file.resolved(note.get(b"Subtype".as_slice()))?;
            if kind.is_name("Link") || kind.is_name("Popup") {
                continue;
            }
            if let Some(numbers) = self.numbers::<4>(note.get(b"Rect".as_slice()))? {
                self.mark(Matrix::PLAIN.area(numbers), self.seen, "a note or a field")?;
            }
        }
        Ok(())
    }

    fn numbers<const COUNT: usize>(&self, entry: Option<&Object>) -> Result<Option<[f64; COUNT]>, GivenError> {
        let Object::Array(all) = self.file.resolved(entry)? else { return Ok(None) };
        let numbers: Option<Vec<f64>> = all.iter().map(Object::number).collect();
        Ok(numbers.and_then(|numbers| numbers.try_into().ok()))
    }

    /// Content streams in a row.
    fn content(&self, entry: Option<&Object>) -> Result<Vec<u8>, GivenError> {
        let mut streams = entry.cloned().into_iter().collect::<Vec<_>>();
        if let Object::Array(all) = self.file.resolved(entry)? {
            streams = all;
        }
        let mut content = Vec::new();
        for stream in &streams {
            let Object::Reference(number, _) = stream else { continue };
            if let Found { object: Object::Dict(dict), stream: Some(range) } = self.file.get(*number)? {
                content.extend(self.file.inflate(&dict, range)?);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    /// Refuses what is drawn in the window.
    fn mark(&self, area: Area, clip: Area, what: &'static str) -> Result<(), GivenError> {
        let [left, bottom, right, top] = both(area, clip);
        let [w_left, w_bottom, w_right, w_top] = self.window;
        let is_seen = left <= right && bottom <= top;
        if is_seen && left < w_right && w_left < right && bottom < w_top && w_bottom < top {
            let (x, y) = ((left - self.seen[0]) * POINT, (self.seen[3] - top) * POINT);
            return Err(GivenError::Covered { what, x, y });
        }
        Ok(())
    }

    fn draw(&self, content: &[u8], resources: &Object, start: State, depth: usize) -> Result<(), GivenError> {
        let mut reader = Reader::new(content, 0);
        let mut values: Vec<Object> = Vec::new();
        let mut states = Vec::new();
        let mut state = start;
        let mut making = Making { path: None, clips: false, text: Matrix::PLAIN, line: Matrix::PLAIN };
        loop {
            let word = match reader.token()? {
                Token::End => return Ok(()),
                Token::Object(object) => {
                    if values.len() < VALUES_MAX {
                        values.push(object);
                    }
                    continue;
                }
                Token::Word(word) => word,
            };
            match word.as_slice() {
                b"q" if states.len() < STATES_MAX => states.push(state.clone()),
                b"Q" => state = states.pop().unwrap_or(state),
                b"Do" => self.drawing(values.last(), resources, &state, depth)?,
                b"BI" => {
                    skip_data(&mut reader, content);
                    self.mark(state.place.area([0.0, 0.0, 1.0, 1.0]), state.clip, "a picture")?;
                }
                b"sh" => self.mark(state.clip, state.clip, "a shading")?,
                word => {
                    let numbers: Vec<f64> = values.iter().filter_map(Object::number).collect();
                    set(word, &numbers, &mut state);
                    self.path(word, &numbers, &mut state, &mut making)?;
                    self.text(word, &numbers, &values, &mut state, &mut making)?;
                }
            }
            values.clear();
        }
    }

    /// A picture or a form (8.8).
    fn drawing(
        &self,
        name: Option<&Object>,
        resources: &Object,
        state: &State,
        depth: usize,
    ) -> Result<(), GivenError> {
        let (Some(Object::Name(name)), Object::Dict(resources)) = (name, resources) else { return Ok(()) };
        let Object::Dict(drawings) = self.file.resolved(resources.get(b"XObject".as_slice()))? else { return Ok(()) };
        let Some(Object::Reference(number, _)) = drawings.get(name) else { return Ok(()) };
        let Found { object: Object::Dict(dict), stream: Some(range) } = self.file.get(*number)? else { return Ok(()) };
        if !dict.get(b"Subtype".as_slice()).is_some_and(|kind| kind.is_name("Form")) {
            return self.mark(state.place.area([0.0, 0.0, 1.0, 1.0]), state.clip, "a picture");
        }
        let own = self.numbers::<6>(dict.get(b"Matrix".as_slice()))?.and_then(|own| Matrix::of(&own));
        let place = own.unwrap_or(Matrix::PLAIN).then(&state.place);
        let edges = self.numbers::<4>(dict.get(b"BBox".as_slice()))?;
        let clip = edges.map_or(state.clip, |edges| both(state.clip, place.area(edges)));
        if depth >= FORMS_MAX {
            return self.mark(clip, clip, "a drawing");
        }
        let inner = self.file.resolved(dict.get(b"Resources".as_slice()))?;
        let inner = if inner == Object::Null { Object::Dict(resources.clone()) } else { inner };
        let content = self.file.inflate(&dict, range)?;
        self.draw(&content, &inner, State { place, clip, ..state.clone() }, depth + 1)
    }

    /// Making and drawing paths (8.5).
    fn path(&self, word: &[u8], numbers: &[f64], state: &mut State, making: &mut Making) -> Result<(), GivenError> {
        match (word, numbers) {
            (b"re", [x, y, width, height]) => {
                let area = state.place.area([*x, *y, x + width, y + height]);
                let all = making.path.unwrap_or(NOWHERE);
                making.path = Some(with(with(all, [area[0], area[1]]), [area[2], area[3]]));
            }
            (b"m" | b"l" | b"c" | b"v" | b"y", points) => {
                for point in points.chunks_exact(2) {
                    let [x, y] = point else { continue };
                    let point = state.place.point([*x, *y]);
                    making.path = Some(with(making.path.unwrap_or(NOWHERE), point));
                }
            }
            (b"W" | b"W*", _) => making.clips = true,
            (b"f" | b"F" | b"f*" | b"b" | b"b*" | b"B" | b"B*" | b"s" | b"S" | b"n", _) => {
                let path = making.path.take().unwrap_or(NOWHERE);
                let fills = matches!(word, b"f" | b"F" | b"f*" | b"b" | b"b*" | b"B" | b"B*") && !state.fills_white;
                let draws = matches!(word, b"b" | b"b*" | b"B" | b"B*" | b"s" | b"S") && !state.draws_white;
                if fills || draws {
                    self.mark(path, state.clip, "a line or an area")?;
                }
                if std::mem::take(&mut making.clips) {
                    state.clip = both(state.clip, path);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Placing and showing text (9.4).
    fn text(
        &self,
        word: &[u8],
        numbers: &[f64],
        values: &[Object],
        state: &mut State,
        making: &mut Making,
    ) -> Result<(), GivenError> {
        let next_line = |making: &mut Making, x: f64, y: f64| {
            making.line = Matrix::shift(x, y).then(&making.line);
            making.text = making.line;
        };
        match (word, numbers) {
            (b"BT", _) => (making.text, making.line) = (Matrix::PLAIN, Matrix::PLAIN),
            (b"Tm", numbers) => {
                making.line = Matrix::of(numbers).unwrap_or(making.line);
                making.text = making.line;
            }
            (b"Td", [x, y]) => next_line(making, *x, *y),
            (b"TD", [x, y]) => {
                state.leading = -y;
                next_line(making, *x, *y);
            }
            (b"T*", _) => next_line(making, 0.0, -state.leading),
            (b"Tj" | b"TJ" | b"'" | b"\"", _) => {
                if matches!(word, b"'" | b"\"") {
                    next_line(making, 0.0, -state.leading);
                }
                let pieces = match values.last() {
                    Some(Object::Array(pieces)) => pieces.as_slice(),
                    _ => values,
                };
                let bytes: usize =
                    pieces.iter().map(|piece| if let Object::Text(text) = piece { text.len() } else { 0 }).sum();
                let width = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) * state.size.abs() * LETTER;
                if bytes > 0 && !state.is_unseen && !state.fills_white {
                    let place = making.text.then(&state.place);
                    self.mark(place.area([0.0, 0.0, width, state.size]), state.clip, "text")?;
                }
                making.text = Matrix::shift(width, 0.0).then(&making.text);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What changes the state and draws nothing.
fn set(word: &[u8], numbers: &[f64], state: &mut State) {
    let is_white = |wanted: f64| numbers.iter().all(|number| (number - wanted).abs() < 0.01);
    match (word, numbers) {
        (b"cm", numbers) => state.place = Matrix::of(numbers).map_or(state.place, |moved| moved.then(&state.place)),
        (b"g" | b"rg", _) => state.fills_white = is_white(1.0),
        (b"k", _) => state.fills_white = is_white(0.0),
        (b"G" | b"RG", _) => state.draws_white = is_white(1.0),
        (b"K", _) => state.draws_white = is_white(0.0),
        (b"cs" | b"sc" | b"scn", _) => state.fills_white = false,
        (b"CS" | b"SC" | b"SCN", _) => state.draws_white = false,
        (b"Tf", [.., size]) => state.size = *size,
        (b"TL", [leading]) => state.leading = *leading,
        (b"Tr", [mode]) => state.is_unseen = (mode - 3.0).abs() < 0.01 || (mode - 7.0).abs() < 0.01,
        _ => {}
    }
}

/// Goes behind the data of a picture that stands in the content (8.9.7).
fn skip_data(reader: &mut Reader<'_>, content: &[u8]) {
    let mut at = reader.at;
    while let Some(found) = content.get(at..).and_then(|rest| memchr::memmem::find(rest, b"EI")) {
        let end = at + found + 2;
        let before = content.get((at + found).saturating_sub(1)).copied().is_none_or(is_space);
        if before && content.get(end).copied().is_none_or(is_space) {
            reader.at = end;
            return;
        }
        at = end;
    }
    reader.at = content.len();
}

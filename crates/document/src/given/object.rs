//! Objects of a PDF (ISO 32000-1, 7.3): read from bytes nobody trusts, and written.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::GivenError;

/// How deep arrays and dictionaries nest.
const NEST_MAX: usize = 60;
/// Digits of a number.
const DIGITS_MAX: usize = 24;

/// Entries by their names.
pub(super) type Dict = BTreeMap<Vec<u8>, Object>;

/// An object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Null,
    Bool(bool),
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    /// Number and generation of another one.
    Reference(u32, u16),
}

impl Object {
    pub(super) fn name(text: &str) -> Self {
        Self::Name(text.into())
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "lengths on paper are small")]
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn integer<T: TryFrom<i64>>(&self) -> Option<T> {
        match self {
            Self::Integer(number) => T::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(it) if it == name.as_bytes())
    }

    /// Writes the object.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // Writing to memory does not fail.
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(it) => drop(write!(out, "{it}")),
            Self::Integer(it) => drop(write!(out, "{it}")),
            Self::Real(it) => drop(write!(out, "{it}")),
            Self::Text(bytes) => {
                out.push(b'<');
                for byte in bytes {
                    drop(write!(out, "{byte:02x}"));
                }
                out.push(b'>');
            }
            Self::Name(name) => write_name(name, out),
            Self::Array(all) => {
                out.push(b'[');
                for (index, it) in all.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    it.write(out);
                }
                out.push(b']');
            }
            Self::Dict(dict) => write_dict(dict, out),
            Self::Reference(number, generation) => drop(write!(out, "{number} {generation} R")),
        }
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_graphic() && !is_delimiter(*byte) && *byte != b'#' {
            out.push(*byte);
        } else {
            drop(write!(out, "#{byte:02X}"));
        }
    }
}

pub(super) fn write_dict(dict: &Dict, out: &mut Vec<u8>) {
    out.extend(b"<<");
    for (name, value) in dict {
        write_name(name, out);
        out.push(b' ');
        value.write(out);
    }
    out.extend(b">>");
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// What stands at some place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Object(Object),
    /// A word that is no object, like `obj` or an operator.
    Word(Vec<u8>),
    End,
}

/// Objects and words that one reader reads.
const TOKENS_MAX: usize = 2_000_000;

/// Reads objects one after the other.
pub(super) struct Reader<'x> {
    bytes: &'x [u8],
    pub at: usize,
    left: usize,
}

impl<'x> Reader<'x> {
    pub(super) fn new(bytes: &'x [u8], at: usize) -> Self {
        Self { bytes, at, left: TOKENS_MAX }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Goes over spaces and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// The next object, references among them, or word.
    pub(super) fn token(&mut self) -> Result<Token, GivenError> {
        self.nested(NEST_MAX)
    }

    /// The next object.
    pub(super) fn object(&mut self) -> Result<Object, GivenError> {
        match self.token()? {
            Token::Object(object) => Ok(object),
            Token::Word(_) | Token::End => Err(GivenError::Broken("an object is missing")),
        }
    }

    /// Whether `word` comes next; then it is taken.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        self.skip_space();
        let is_next = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn nested(&mut self, depth: usize) -> Result<Token, GivenError> {
        let depth = depth.checked_sub(1).ok_or(GivenError::Broken("it is nested too deep"))?;
        self.left = self.left.checked_sub(1).ok_or(GivenError::TooMuch)?;
        self.skip_space();
        let Some(byte) = self.peek() else { return Ok(Token::End) };
        Ok(Token::Object(match byte {
            b'/' => Object::Name(self.name()),
            b'(' => Object::Text(self.text()?),
            b'<' if self.peek_at(1) == Some(b'<') => self.dict(depth)?,
            b'<' => Object::Text(self.hexadecimal()?),
            b'[' => self.array(depth)?,
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number_or_reference()?,
            byte if is_delimiter(byte) => {
                self.at += 1;
                return Ok(Token::Word(vec![byte]));
            }
            _ => {
                let word = self.word();
                match word.as_slice() {
                    b"null" => Object::Null,
                    b"true" => Object::Bool(true),
                    b"false" => Object::Bool(false),
                    _ => return Ok(Token::Word(word)),
                }
            }
        }))
    }

    fn word(&mut self) -> Vec<u8> {
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
        self.bytes.get(start..self.at).unwrap_or_default().to_vec()
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let word = self.word();
        let mut name = Vec::with_capacity(word.len());
        let mut rest = word.as_slice();
        while let [byte, behind @ ..] = rest {
            let code = behind.first_chunk::<2>().and_then(|digits| Some(digit(digits[0])? * 16 + digit(digits[1])?));
            match code {
                Some(code) if *byte == b'#' => {
                    name.push(code);
                    rest = behind.get(2..).unwrap_or_default();
                }
                _ => {
                    name.push(*byte);
                    rest = behind;
                }
            }
        }
        name
    }

    /// A text in parentheses.
    fn text(&mut self) -> Result<Vec<u8>, GivenError> {
        let mut text = Vec::new();
        let mut open = 0_usize;
        loop {
            let byte = self.peek().ok_or(GivenError::Broken("a text has no end"))?;
            self.at += 1;
            match byte {
                b'(' => {
                    open += 1;
                    if open > 1 {
                        text.push(byte);
                    }
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(text);
                    }
                    text.push(byte);
                }
                b'\\' => self.escaped(&mut text),
                _ => text.push(byte),
            }
        }
    }

    fn escaped(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(next - b'0');
                    self.at += 1;
                }
                text.push(u8::try_from(code & 0xff).unwrap_or_default());
            }
            other => text.push(other),
        }
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, GivenError> {
        self.at += 1;
        let mut digits = Vec::new();
        loop {
            let byte = self.peek().ok_or(GivenError::Broken("a text has no end"))?;
            self.at += 1;
            match digit(byte) {
                Some(digit) => digits.push(digit),
                None if byte == b'>' => break,
                None if is_space(byte) => {}
                None => return Err(GivenError::Broken("a text has strange digits")),
            }
        }
        Ok(digits
            .chunks(2)
            .map(|pair| pair.first().copied().unwrap_or_default() * 16 + pair.get(1).copied().unwrap_or_default())
            .collect())
    }

    fn array(&mut self, depth: usize) -> Result<Object, GivenError> {
        self.at += 1;
        let mut all = Vec::new();
        loop {
            match self.nested(depth)? {
                Token::Object(object) => all.push(object),
                Token::Word(word) if word == b"]" => return Ok(Object::Array(all)),
                Token::Word(_) | Token::End => return Err(GivenError::Broken("an array has no end")),
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Object, GivenError> {
        self.at += 2;
        let mut dict = Dict::new();
        loop {
            match self.nested(depth)? {
                Token::Object(Object::Name(name)) => {
                    let Token::Object(value) = self.nested(depth)? else {
                        return Err(GivenError::Broken("a dictionary has a name without a value"));
                    };
                    dict.insert(name, value);
                }
                Token::Word(word) if word == b">" && self.peek() == Some(b'>') => {
                    self.at += 1;
                    return Ok(Object::Dict(dict));
                }
                _ => return Err(GivenError::Broken("a dictionary has no end")),
            }
        }
    }

    fn number_or_reference(&mut self) -> Result<Object, GivenError> {
        let number = self.number()?;
        let Object::Integer(first) = number else { return Ok(number) };
        let Ok(first) = u32::try_from(first) else { return Ok(number) };
        let before = self.at;
        self.skip_space();
        let is_digit = self.at > before && self.peek().is_some_and(|byte| byte.is_ascii_digit());
        if is_digit && let Object::Integer(generation) = self.number()? {
            self.skip_space();
            let is_end = self.peek_at(1).is_none_or(|byte| is_space(byte) || is_delimiter(byte));
            if let (true, Some(b'R'), Ok(generation)) = (is_end, self.peek(), u16::try_from(generation)) {
                self.at += 1;
                return Ok(Object::Reference(first, generation));
            }
        }
        self.at = before;
        Ok(number)
    }

    fn number(&mut self) -> Result<Object, GivenError> {
        let word = self.word();
        let text = std::str::from_utf8(&word).ok().filter(|text| text.len() <= DIGITS_MAX);
        let text = text.ok_or(GivenError::Broken("a number is none"))?;
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
        let number = text.parse().map(Object::Integer).or_else(|_| text.parse().map(Object::Real));
        // Some writers leave a lone sign or dot where they mean nothing.
        match number {
            Ok(number) if is_number => Ok(number),
            _ if is_number => Ok(Object::Integer(0)),
            _ => Err(GivenError::Broken("a number is none")),
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

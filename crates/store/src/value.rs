//! Values on their way into and out of SQL, the same for both engines.
//!
//! Four storage types are enough: null, 64-bit integers, texts and bytes. Times are integers (microseconds since 1970), flags are
//! 0 or 1, ids are 16 bytes, words (states, kinds) are texts. [`Bind`] turns a Rust value into a [`Param`]; [`Row::take`] reads
//! the columns of a row one after the other, in the order of the `SELECT`, into the types that the receiving fields have.

use jiff::Timestamp;
use model::{Id, Language};

use crate::StoreError;

/// A parameter of a statement. Its `Debug` shows no text and no bytes: the PostgreSQL driver logs parameters at the level `debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl std::fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Int(number) => write!(f, "Int({number})"),
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Bytes(_) => f.write_str("Bytes(..)"),
        }
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row of an answer; its values are taken from left to right.
#[derive(Debug)]
pub(crate) struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self { values: values.into_iter() }
    }

    /// The next value of the row.
    pub(crate) fn take<T: FromValue>(&mut self) -> Result<T, StoreError> {
        T::from_value(self.values.next().ok_or_else(|| StoreError::Corrupt("row is too short".into()))?)
    }
}

/// A type that can be read from a column.
pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Result<Self, StoreError>;
}

/// A type that can be a parameter.
pub(crate) trait Bind {
    fn bind(&self) -> Param<'_>;
}

/// The parameters of a statement: `params![id, now]` for `$1` and `$2`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Bind::bind(&$value)),*] };
}
pub(crate) use params;

fn mismatch<T>(expected: &str) -> Result<T, StoreError> {
    Err(StoreError::Corrupt(format!("column does not hold {expected}")))
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        if let Value::Int(number) = value { Ok(number) } else { mismatch("a number") }
    }
}

impl FromValue for u64 {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        i64::from_value(value)?.try_into().or_else(|_| mismatch("a number from 0"))
    }
}

impl FromValue for u32 {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        i64::from_value(value)?.try_into().or_else(|_| mismatch("a small number"))
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        Ok(i64::from_value(value)? != 0)
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        if let Value::Text(text) = value { Ok(text) } else { mismatch("a text") }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        if let Value::Bytes(bytes) = value { Ok(bytes) } else { mismatch("bytes") }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        Vec::from_value(value)?.try_into().or_else(|_| mismatch("so many bytes"))
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        Self::from_microsecond(i64::from_value(value)?).or_else(|_| mismatch("a time"))
    }
}

impl<K> FromValue for Id<K> {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        Self::try_from(Vec::from_value(value)?.as_slice()).or_else(|_| mismatch("an id"))
    }
}

impl FromValue for Language {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        String::from_value(value)?.parse().or_else(|_| mismatch("a language"))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, StoreError> {
        if value == Value::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl Bind for i64 {
    fn bind(&self) -> Param<'_> {
        Param::Int(*self)
    }
}

/// Numbers above `i64::MAX` do not occur: sizes and counts are limited far below.
impl Bind for u64 {
    fn bind(&self) -> Param<'_> {
        Param::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Bind for u32 {
    fn bind(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}

impl Bind for bool {
    fn bind(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}

impl Bind for str {
    fn bind(&self) -> Param<'_> {
        Param::Text(self)
    }
}

impl Bind for String {
    fn bind(&self) -> Param<'_> {
        Param::Text(self)
    }
}

impl Bind for [u8] {
    fn bind(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn bind(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl Bind for Vec<u8> {
    fn bind(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl Bind for Timestamp {
    fn bind(&self) -> Param<'_> {
        Param::Int(self.as_microsecond())
    }
}

impl<K> Bind for Id<K> {
    fn bind(&self) -> Param<'_> {
        Param::Bytes(self.as_bytes())
    }
}

impl Bind for Language {
    fn bind(&self) -> Param<'_> {
        Param::Text(self.tag())
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, Bind::bind)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Param<'_> {
        (**self).bind()
    }
}

/// Defines an enum whose variants are stored as words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The word that stands for this in the database and in logs.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::value::Bind for $name {
            fn bind(&self) -> $crate::value::Param<'_> {
                $crate::value::Param::Text(self.word())
            }
        }

        impl $crate::value::FromValue for $name {
            fn from_value(value: $crate::value::Value) -> Result<Self, $crate::StoreError> {
                match String::from_value(value)?.as_str() {
                    $($word => Ok(Self::$variant),)*
                    other => Err($crate::StoreError::Corrupt(format!("unknown word {other:?} for {}", stringify!($name)))),
                }
            }
        }
    };
}
pub(crate) use words;

/// Gives a row a `Debug` that shows only the fields named: addresses, sealed values and free texts stay out of logs.
macro_rules! debug_shows {
    ($name:ident: $($field:ident),*) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use debug_shows;

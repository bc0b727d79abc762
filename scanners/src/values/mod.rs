//! A document as a stream of values, however long it is: JSON, and UBJSON as XGBoost writes it.
//!
//! [`crate::json`] holds a document in memory and keeps its texts; models of gigabytes are read here. Grammar that no
//! value depends on, such as a comma too many, is not judged.

mod json;
mod ubjson;

pub(crate) use json::Json;
pub(crate) use ubjson::{Ubjson, starts_object};

use crate::{Input, Stop};

/// Brackets that are open; models have about ten.
const MAX_DEPTH: usize = 192;

/// Bytes of a text that are kept; the rest is stepped over.
const MAX_TEXT: usize = 64 << 10;

/// One value, or the start or the end of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Object,
    EndObject,
    Array,
    EndArray,
    /// The name of the value that follows.
    Key(String),
    Text(String),
    Integer(i64),
    /// Numbers with a fraction, truth values, nothing.
    Other,
    /// A whole array of numbers of one width.
    Packed(Packed),
}

/// Where the numbers of an array stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed {
    at: u64,
    count: u64,
    width: Width,
}

/// What each number is; the highest byte stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    I8,
    U8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

impl Width {
    const fn bytes(self) -> u64 {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }
}

impl Packed {
    /// Shows every integer to `each`; numbers with a fraction are shown as `None`.
    pub(crate) fn integers(self, input: &Input<'_>, mut each: impl FnMut(Option<i64>)) -> Result<(), Stop> {
        let mut cursor = input.cursor(self.at, self.count.saturating_mul(self.width.bytes()));
        for _ in 0..self.count {
            let what = "packed numbers";
            each(match self.width {
                Width::I8 => Some(i8::from_be_bytes(cursor.array(what)?).into()),
                Width::U8 => Some(cursor.u8(what)?.into()),
                Width::I16 => Some(i16::from_be_bytes(cursor.array(what)?).into()),
                Width::I32 => Some(i32::from_be_bytes(cursor.array(what)?).into()),
                Width::I64 => Some(i64::from_be_bytes(cursor.array(what)?)),
                Width::F32 | Width::F64 => None,
            });
            if matches!(self.width, Width::F32 | Width::F64) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What is open, and whether an object waits for a key.
#[derive(Debug, Default)]
struct Open {
    brackets: Vec<Bracket>,
    started: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// An array, and how many items are left of one that states it.
    Array(Option<u64>),
    /// An object that waits for a key, or for the value of one.
    Key,
    Value,
}

impl Open {
    /// A value starts here: it may be an item, a key's value, or the whole document.
    fn value(&mut self, malformed: Stop) -> Result<(), Stop> {
        match self.brackets.last_mut() {
            None if self.started => return Err(malformed),
            None => self.started = true,
            Some(Bracket::Array(Some(left))) => *left = left.saturating_sub(1),
            Some(Bracket::Array(None)) => {}
            Some(bracket @ Bracket::Value) => *bracket = Bracket::Key,
            Some(Bracket::Key) => return Err(malformed),
        }
        Ok(())
    }

    fn push(&mut self, bracket: Bracket) -> Result<(), Stop> {
        if self.brackets.len() >= MAX_DEPTH {
            return Err(Stop::Limit(crate::Limit::Recursion));
        }
        self.brackets.push(bracket);
        Ok(())
    }

    /// Whether the next text is a key.
    fn waits_for_key(&self) -> bool {
        self.brackets.last() == Some(&Bracket::Key)
    }

    fn took_key(&mut self) {
        if let Some(bracket) = self.brackets.last_mut() {
            *bracket = Bracket::Value;
        }
    }

    fn close_object(&mut self, malformed: Stop) -> Result<Value, Stop> {
        match self.brackets.pop() {
            Some(Bracket::Key) => Ok(Value::EndObject),
            Some(Bracket::Value | Bracket::Array(_)) | None => Err(malformed),
        }
    }

    fn close_array(&mut self, malformed: Stop) -> Result<Value, Stop> {
        match self.brackets.pop() {
            Some(Bracket::Array(_)) => Ok(Value::EndArray),
            Some(Bracket::Key | Bracket::Value) | None => Err(malformed),
        }
    }
}

//! UBJSON, as XGBoost reads it.
//!
//! Source: `src/common/json.cc` of XGBoost (`UBJReader`), Universal Binary JSON draft 12. Objects with a stated count or
//! type are refused there and here.

use super::{Bracket, MAX_TEXT, Open, Packed, Value, Width};
use crate::{Cursor, Input, Limit, Stop};

/// Steps through UBJSON of any length.
pub(crate) struct Ubjson<'i, 'a> {
    cursor: Cursor<'i, 'a>,
    open: Open,
}

/// The first key of an object that begins with `head`.
pub(crate) fn starts_object(head: &[u8]) -> Option<&[u8]> {
    let (marker, rest) = head.strip_prefix(b"{")?.split_first()?;
    let (length, rest) = match marker {
        b'i' | b'U' => (u64::from(*rest.first()?), rest.get(1..)?),
        b'I' => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), rest.get(2..)?),
        b'l' => (u64::from(u32::from_be_bytes(*rest.first_chunk()?)), rest.get(4..)?),
        b'L' => (u64::from_be_bytes(*rest.first_chunk()?), rest.get(8..)?),
        _ => return None,
    };
    rest.get(..usize::try_from(length).ok()?)
}

impl<'i, 'a> Ubjson<'i, 'a> {
    /// Starts at the first byte.
    pub(crate) fn new(input: &'i Input<'a>) -> Self {
        Self { cursor: input.cursor(0, u64::MAX), open: Open::default() }
    }

    /// Where the next value starts.
    pub(crate) const fn position(&self) -> u64 {
        self.cursor.position()
    }

    /// The next value and where it starts; `None` behind the document.
    ///
    /// # Errors
    /// [`Stop::Malformed`] where no value can start; [`Stop`] of limits and input.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value)>, Stop> {
        if self.open.brackets.is_empty() && self.open.started {
            return Ok(None);
        }
        let offset = self.cursor.position();
        let malformed = || Stop::Malformed { what: "UBJSON", offset };
        if self.open.brackets.last() == Some(&Bracket::Array(Some(0))) {
            return Ok(Some((offset, self.open.close_array(malformed())?)));
        }
        let marker = self.cursor.u8("UBJSON")?;
        if self.open.waits_for_key() {
            let value = if marker == b'}' {
                self.open.close_object(malformed())?
            } else {
                let length = self.integer(marker, offset)?;
                let key = self.text(length, offset)?;
                self.open.took_key();
                Value::Key(key)
            };
            return Ok(Some((offset, value)));
        }
        if marker == b']' {
            return Ok(Some((offset, self.open.close_array(malformed())?)));
        }
        self.open.value(malformed())?;
        self.value(marker, offset).map(|value| Some((offset, value)))
    }

    fn value(&mut self, marker: u8, offset: u64) -> Result<Value, Stop> {
        let what = "UBJSON";
        Ok(match marker {
            b'{' => {
                self.open.push(Bracket::Key)?;
                Value::Object
            }
            b'[' => self.array(offset)?,
            b'S' => {
                let marker = self.cursor.u8(what)?;
                let length = self.integer(marker, offset)?;
                Value::Text(self.text(length, offset)?)
            }
            b'i' | b'U' | b'I' | b'l' | b'L' => Value::Integer(self.integer(marker, offset)?),
            b'd' => self.over(4)?,
            b'D' => self.over(8)?,
            b'C' => self.over(1)?,
            b'Z' | b'N' | b'T' | b'F' => Value::Other,
            b'H' => {
                let marker = self.cursor.u8(what)?;
                let length = self.integer(marker, offset)?;
                self.over(u64::try_from(length).map_err(|_| Stop::Malformed { what, offset })?)?
            }
            _ => return Err(Stop::Malformed { what, offset }),
        })
    }

    fn over(&mut self, bytes: u64) -> Result<Value, Stop> {
        self.cursor.skip(bytes, "UBJSON")?;
        Ok(Value::Other)
    }

    /// An array behind its bracket: with a type and a count, with a count, or with neither.
    fn array(&mut self, offset: u64) -> Result<Value, Stop> {
        let next = self.cursor.buffered()?.first().copied();
        let width = if next == Some(b'$') {
            self.cursor.skip(1, "UBJSON")?;
            Some(match self.cursor.u8("UBJSON")? {
                b'i' => Width::I8,
                b'U' | b'C' => Width::U8,
                b'I' => Width::I16,
                b'l' => Width::I32,
                b'L' => Width::I64,
                b'd' => Width::F32,
                b'D' => Width::F64,
                _ => return Err(Stop::Unsupported("UBJSON array")),
            })
        } else {
            None
        };
        let next = self.cursor.buffered()?.first().copied();
        if next != Some(b'#') {
            // A type without a count is no array.
            return match width {
                Some(_) => Err(Stop::Malformed { what: "UBJSON array", offset }),
                None => self.open.push(Bracket::Array(None)).map(|()| Value::Array),
            };
        }
        self.cursor.skip(1, "UBJSON")?;
        let marker = self.cursor.u8("UBJSON")?;
        let count = self.integer(marker, offset)?;
        let malformed = Stop::Malformed { what: "UBJSON count", offset };
        // Each item takes a byte at least.
        let count =
            u64::try_from(count).ok().filter(|count| *count <= self.cursor.left()).ok_or(malformed)?;
        let Some(width) = width else {
            return self.open.push(Bracket::Array(Some(count))).map(|()| Value::Array);
        };
        let at = self.cursor.position();
        self.cursor.skip(count.saturating_mul(width.bytes()), "UBJSON array")?;
        Ok(Value::Packed(Packed { at, count, width }))
    }

    fn integer(&mut self, marker: u8, offset: u64) -> Result<i64, Stop> {
        let what = "UBJSON number";
        Ok(match marker {
            b'i' => i8::from_be_bytes(self.cursor.array(what)?).into(),
            b'U' => self.cursor.u8(what)?.into(),
            b'I' => i16::from_be_bytes(self.cursor.array(what)?).into(),
            b'l' => i32::from_be_bytes(self.cursor.array(what)?).into(),
            b'L' => i64::from_be_bytes(self.cursor.array(what)?),
            _ => return Err(Stop::Malformed { what, offset }),
        })
    }

    fn text(&mut self, length: i64, offset: u64) -> Result<String, Stop> {
        let what = "UBJSON text";
        let length = u64::try_from(length).map_err(|_| Stop::Malformed { what, offset })?;
        if length > self.cursor.left() {
            return Err(Stop::Malformed { what, offset });
        }
        let kept = length.min(MAX_TEXT as u64);
        let text = self.cursor.bytes(kept, MAX_TEXT, what).map_err(|stop| match stop {
            Stop::Limit(_) => Stop::Limit(Limit::Length(what)),
            other @ (Stop::Malformed { .. }
            | Stop::Deadline
            | Stop::Encrypted(_)
            | Stop::Unsupported(_)
            | Stop::Io(_)) => other,
        })?;
        self.cursor.skip(length.saturating_sub(kept), what)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::{Budget, MemorySpool};

    fn values(bytes: &[u8]) -> (Vec<Value>, bool) {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let input = Input::file("x.ubj", &bytes, &budget, &spool);
        let mut ubjson = Ubjson::new(&input);
        let mut values = Vec::new();
        loop {
            match ubjson.next() {
                Ok(Some((_, Value::Packed(packed)))) => {
                    packed.integers(&input, |integer| values.extend(integer.map(Value::Integer))).unwrap();
                }
                Ok(Some((_, value))) => values.push(value),
                ended => return (values, ended.is_ok()),
            }
        }
    }

    #[test]
    fn every_way_to_write_an_array_is_read() {
        for array in [
            b"[i\x01i\xff]".as_slice(),
            b"[#i\x02i\x01U\xff",
            b"[$i#U\x02\x01\xff",
            b"[$l#L\0\0\0\0\0\0\0\x02\0\0\0\x01\xff\xff\xff\xff",
        ] {
            let bytes = [b"{U\x01a".as_slice(), array, b"}"].concat();
            let (values, whole) = values(&bytes);
            let integers: Vec<_> = values.iter().filter(|value| matches!(value, Value::Integer(_))).collect();
            assert!(whole && integers.len() == 2, "{array:?}: {values:?}");
        }
    }

    #[test]
    fn what_is_declared_and_not_there_is_malformed() {
        for bad in [
            b"".as_slice(),
            b"{",
            b"{U\x05a",
            b"[$d#L\x40\0\0\0\0\0\0\0",
            b"[#L\x7f\xff\xff\xff\xff\xff\xff\xff",
            b"[#i\xff",
            b"SL\x7f\xff\xff\xff\xff\xff\xff\xffx",
            b"[$i]",
            b"{]",
            b"?",
        ] {
            assert!(!values(bad).1, "{bad:?}");
        }
        assert!(!values(&b"[".repeat(1000)).1, "too deep");
    }

    #[test]
    fn an_object_is_told_by_its_first_key() {
        assert_eq!(starts_object(b"{L\0\0\0\0\0\0\0\x01ab"), Some(b"a".as_slice()));
        assert_eq!(starts_object(b"{U\x02ab"), Some(b"ab".as_slice()));
        assert!(
            starts_object(b"{\"a\": 1}").is_none()
                && starts_object(b"{L\xff\xff\xff\xff\xff\xff\xff\xffa").is_none()
        );
    }
}

//! The protocol-buffer wire format: fields in order, each at most once read, payloads skipped without reading them.
//!
//! Source: "Encoding" of the Protocol Buffers documentation. There is no schema here: a scanner asks for the fields of a
//! message one by one and descends where it wants to. Groups are refused, as the formats we read have none. What stands
//! in a packed field is not taken apart.

use crate::{Cursor, Input, Limit, Stop};

/// Messages inside messages; protobuf's own parsers refuse more than 100.
const MAX_DEPTH: u32 = 100;

/// A length-delimited value, and while it is read as a message, where its next field starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    next: u64,
    end: u64,
    depth: u32,
}

impl Span {
    /// Bytes left in it.
    pub(crate) const fn size(self) -> u64 {
        self.end.saturating_sub(self.next)
    }

    /// Where it starts inside the input.
    pub(crate) const fn start(self) -> u64 {
        self.next
    }
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its number in the schema.
    pub(crate) number: u32,
    /// Where its tag stands.
    pub(crate) at: u64,
    /// What it holds.
    pub(crate) value: Value,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number, boolean or enumeration.
    Varint(u64),
    /// Four or eight bytes.
    Fixed,
    /// A text, bytes, message or packed list.
    Bytes(Span),
}

/// Reads fields in the order of the file.
pub(crate) struct Wire<'i, 'a> {
    cursor: Cursor<'i, 'a>,
}

impl<'i, 'a> Wire<'i, 'a> {
    /// A reader of the whole input, and the message that the input is.
    pub(crate) fn new(input: &'i Input<'a>) -> (Self, Span) {
        let root = Span { next: 0, end: input.size(), depth: 0 };
        (Self { cursor: input.cursor(0, u64::MAX) }, root)
    }

    /// The next field of `message`, or `None` at its end. What was not read of the field before is skipped.
    pub(crate) fn field(&mut self, message: &mut Span) -> Result<Option<Field>, Stop> {
        if message.depth > MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        self.go_to(message.next)?;
        let at = message.next;
        if at >= message.end {
            return Ok(None);
        }
        let tag = self.varint(message.end, "field tag")?;
        let number = u32::try_from(tag >> 3).unwrap_or_default();
        if number == 0 || u32::try_from(tag).is_err() {
            return Err(Stop::Malformed { what: "field tag", offset: at });
        }
        let (value, size) = match tag & 7 {
            0 => (Value::Varint(self.varint(message.end, "number")?), 0),
            1 => (Value::Fixed, 8),
            2 => {
                let size = self.varint(message.end, "length")?;
                let next = self.cursor.position();
                let depth = message.depth.saturating_add(1);
                (Value::Bytes(Span { next, end: next.saturating_add(size), depth }), size)
            }
            5 => (Value::Fixed, 4),
            _ => return Err(Stop::Malformed { what: "wire type", offset: at }),
        };
        let end = self.cursor.position().checked_add(size).filter(|end| *end <= message.end);
        message.next = end.ok_or(Stop::Malformed { what: "field length", offset: at })?;
        Ok(Some(Field { number, at, value }))
    }

    /// The first bytes of a value that was just given, at most `max`.
    pub(crate) fn bytes(&mut self, value: Span, max: usize) -> Result<Vec<u8>, Stop> {
        self.go_to(value.next)?;
        self.cursor.bytes(value.size().min(max as u64), max, "bytes")
    }

    /// The first characters of a text that was just given, at most `max` bytes of it.
    pub(crate) fn text(&mut self, value: Span, max: usize) -> Result<String, Stop> {
        Ok(String::from_utf8_lossy(&self.bytes(value, max)?).into_owned())
    }

    /// Forwards only: what was read once cannot be read again, and going on elsewhere would misread the rest.
    fn go_to(&mut self, offset: u64) -> Result<(), Stop> {
        let ahead = offset.checked_sub(self.cursor.position());
        self.cursor.skip(ahead.ok_or(Stop::Malformed { what: "field", offset })?, "field")
    }

    fn varint(&mut self, end: u64, what: &'static str) -> Result<u64, Stop> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let at = self.cursor.position();
            if at >= end {
                return Err(Stop::Malformed { what, offset: at });
            }
            let byte = self.cursor.u8(what)?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.cursor.malformed(what))
    }
}

/// A field of the first bytes of an input, for recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peeked<'p> {
    /// Its number in the schema.
    pub(crate) number: u32,
    /// What it holds, as far as the bytes reach.
    pub(crate) value: PeekedValue<'p>,
}

/// What a peeked field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeekedValue<'p> {
    /// A number.
    Varint(u64),
    /// Four or eight bytes.
    Fixed,
    /// The content or its beginning, and the size of all of it.
    Bytes(&'p [u8], u64),
}

/// The fields of a message of which only the beginning may be there.
pub(crate) struct Peek<'p> {
    rest: &'p [u8],
    /// Bytes of the message from `rest` on, those that are not there included.
    left: u64,
    broken: bool,
}

impl<'p> Peek<'p> {
    /// The message that starts with `head` and has `size` bytes.
    pub(crate) const fn new(head: &'p [u8], size: u64) -> Self {
        Self { rest: head, left: size, broken: false }
    }

    /// Whether what was given until now is followed by something that is no field.
    pub(crate) const fn broken(&self) -> bool {
        self.broken
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            (self.rest, self.left) = (rest, self.left.saturating_sub(1));
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        self.broken = true;
        None
    }

    fn take(&mut self, size: u64) -> Option<&'p [u8]> {
        if size > self.left {
            self.broken = true;
            return None;
        }
        let there = usize::try_from(size).unwrap_or(usize::MAX).min(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(there)?;
        (self.rest, self.left) = (rest, self.left.saturating_sub(size));
        Some(taken)
    }

    fn field(&mut self) -> Option<Peeked<'p>> {
        let tag = self.varint()?;
        let number = u32::try_from(tag).ok().map(|tag| tag >> 3).filter(|number| *number > 0);
        let value = match (number, tag & 7) {
            (Some(_), 0) => PeekedValue::Varint(self.varint()?),
            (Some(_), 1) => self.take(8).map(|_| PeekedValue::Fixed)?,
            (Some(_), 2) => {
                let size = self.varint()?;
                PeekedValue::Bytes(self.take(size)?, size)
            }
            (Some(_), 5) => self.take(4).map(|_| PeekedValue::Fixed)?,
            _ => {
                self.broken = true;
                return None;
            }
        };
        Some(Peeked { number: number?, value })
    }
}

impl<'p> Iterator for Peek<'p> {
    type Item = Peeked<'p>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken || self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        // A field that ends inside of what is there, but not at a field's end, is no field.
        self.broken |= field.is_none() && self.left == 0;
        field
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::{Budget, MemorySpool};

    fn with_wire<T>(bytes: &[u8], look: impl FnOnce(&mut Wire<'_, '_>, &mut Span) -> T) -> T {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let input = Input::file("x", &bytes, &budget, &spool);
        let (mut wire, mut root) = Wire::new(&input);
        look(&mut wire, &mut root)
    }

    #[test]
    fn unread_values_are_skipped_and_read_ones_are_not_lost() {
        with_wire(b"\x0a\x04\x12\x02hi\x18\x96\x01\x25\0\0\0\0", |wire, root| {
            let Some(Field { number: 1, at: 0, value: Value::Bytes(mut inner) }) = wire.field(root).unwrap()
            else {
                panic!("a message")
            };
            let Some(Field { number: 2, at: 2, value: Value::Bytes(text) }) = wire.field(&mut inner).unwrap()
            else {
                panic!("a text")
            };
            assert_eq!((wire.text(text, 1).unwrap(), text.size(), text.next), ("h".to_owned(), 2, 4));
            assert!(wire.field(&mut inner).unwrap().is_none());
            let number = wire.field(root).unwrap().unwrap();
            assert_eq!((number.number, number.value), (3, Value::Varint(150)));
            assert_eq!(wire.field(root).unwrap().unwrap().value, Value::Fixed);
            assert!(wire.field(root).unwrap().is_none());
        });
    }

    #[test]
    fn what_is_no_field_is_malformed_where_it_stands() {
        let cases: [&[u8]; 9] = [
            b"\x00",
            b"\x07",
            b"\x0b\x0c",
            b"\x08",
            b"\x08\xff",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0a\x05abcd",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\xf8\xff\xff\xff\xff\x01\x00",
        ];
        for bytes in cases {
            let stop = with_wire(bytes, |wire, root| wire.field(root).unwrap_err());
            assert!(matches!(stop, Stop::Malformed { .. }), "{bytes:?}");
            let mut peek = Peek::new(bytes, bytes.len() as u64);
            assert!(peek.next().is_none() && peek.broken(), "{bytes:?}");
        }
    }

    #[test]
    fn an_inner_field_cannot_reach_outside_its_message() {
        with_wire(b"\x0a\x03\x12\x02hi", |wire, root| {
            let Some(Field { value: Value::Bytes(mut inner), .. }) = wire.field(root).unwrap() else {
                panic!("a message")
            };
            assert!(matches!(wire.field(&mut inner), Err(Stop::Malformed { offset: 2, .. })));
        });
    }

    #[test]
    fn depth_has_an_end() {
        let mut bytes = Vec::new();
        for _ in 0..60 {
            bytes = [&[0x0a, u8::try_from(bytes.len()).unwrap()][..], &bytes].concat();
        }
        with_wire(&bytes, |wire, root| {
            root.depth = 60;
            let mut message = *root;
            let stop = loop {
                match wire.field(&mut message) {
                    Ok(Some(Field { value: Value::Bytes(inner), .. })) => message = inner,
                    Ok(_) => panic!("no end"),
                    Err(stop) => break stop,
                }
            };
            assert!(matches!(stop, Stop::Limit(Limit::Recursion)));
        });
    }

    #[test]
    fn a_peek_ends_where_the_bytes_end_without_being_broken() {
        let mut peek = Peek::new(b"\x08\x01\x12\xff\x01abc", 1000);
        assert_eq!(peek.next(), Some(Peeked { number: 1, value: PeekedValue::Varint(1) }));
        assert_eq!(peek.next(), Some(Peeked { number: 2, value: PeekedValue::Bytes(b"abc", 255) }));
        assert!(peek.next().is_none() && !peek.broken());
        let mut cut = Peek::new(b"\x08", 2);
        assert!(cut.next().is_none() && !cut.broken());
    }
}

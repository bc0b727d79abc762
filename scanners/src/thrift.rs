//! Thrift's compact protocol: structs of numbered fields, without a schema.
//!
//! Source: `doc/specs/thrift-compact-protocol.md` of Apache Thrift. A scanner asks for the fields of a struct one by one
//! and has the others skipped. Skipping keeps its own stack, and every element takes at least one byte, so that no count
//! costs more than the file has.

use crate::{Cursor, Limit, Stop};

/// Structs and lists inside each other that are skipped; Parquet has about ten.
const MAX_DEPTH: usize = 64;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A truth value, which a field has in its header and a list has in bytes.
    Bool,
    Byte,
    /// A zigzag number of any width.
    Integer,
    Double,
    Binary,
    /// A list or a set.
    List,
    Map,
    Struct,
}

/// Reads fields in the order of the file.
pub(crate) struct Compact<'c, 'i, 'a>(pub(crate) &'c mut Cursor<'i, 'a>);

/// What is left to skip of something that is open.
enum Open {
    Struct(i16),
    Elements(Kind, u64),
    Pairs(Kind, Kind, u64),
}

impl Compact<'_, '_, '_> {
    /// The number and kind of the next field, or `None` at the end of the struct. `last` is the number before.
    pub(crate) fn field(&mut self, last: &mut i16) -> Result<Option<(i16, Kind)>, Stop> {
        let header = self.0.u8("thrift field")?;
        if header == 0 {
            return Ok(None);
        }
        let number = match header >> 4 {
            0 => i16::try_from(self.integer()?).map_err(|_| self.0.malformed("thrift field"))?,
            delta => last.checked_add(i16::from(delta)).ok_or_else(|| self.0.malformed("thrift field"))?,
        };
        *last = number;
        Ok(Some((number, self.kind(header & 15)?)))
    }

    /// The kind of the elements of a list and how many there are.
    pub(crate) fn list(&mut self) -> Result<(Kind, u64), Stop> {
        let header = self.0.u8("thrift list")?;
        let count = match header >> 4 {
            15 => self.0.varint("thrift number")?,
            count => u64::from(count),
        };
        if count > self.0.left() {
            return Err(self.0.malformed("thrift list"));
        }
        // Some writers give no kind to a list of nothing.
        let kind = if count == 0 { Kind::Byte } else { self.kind(header & 15)? };
        Ok((kind, count))
    }

    /// Where a text or bytes stand and how long they are; they are stepped over.
    pub(crate) fn binary(&mut self) -> Result<(u64, u64), Stop> {
        let size = self.0.varint("thrift number")?;
        let at = self.0.position();
        self.0.skip(size, "thrift binary")?;
        Ok((at, size))
    }

    /// Steps over the value of a field.
    pub(crate) fn skip(&mut self, kind: Kind) -> Result<(), Stop> {
        let mut open = Vec::new();
        self.scalar_or_open(kind, true, &mut open)?;
        while let Some(top) = open.pop() {
            if open.len() >= MAX_DEPTH {
                return Err(Stop::Limit(Limit::Recursion));
            }
            match top {
                Open::Struct(mut last) => {
                    if let Some((_, kind)) = self.field(&mut last)? {
                        open.push(Open::Struct(last));
                        self.scalar_or_open(kind, true, &mut open)?;
                    }
                }
                Open::Elements(_, 0) | Open::Pairs(_, _, 0) => {}
                Open::Elements(kind, count) => {
                    open.push(Open::Elements(kind, count.saturating_sub(1)));
                    self.scalar_or_open(kind, false, &mut open)?;
                }
                Open::Pairs(key, value, count) => {
                    open.push(Open::Pairs(key, value, count.saturating_sub(1)));
                    open.push(Open::Elements(value, 1));
                    self.scalar_or_open(key, false, &mut open)?;
                }
            }
        }
        Ok(())
    }

    fn scalar_or_open(&mut self, kind: Kind, is_field: bool, open: &mut Vec<Open>) -> Result<(), Stop> {
        match kind {
            Kind::Bool if is_field => {}
            Kind::Bool | Kind::Byte => self.0.skip(1, "thrift byte")?,
            Kind::Integer => self.0.varint("thrift number").map(|_| ())?,
            Kind::Double => self.0.skip(8, "thrift double")?,
            Kind::Binary => self.binary().map(|_| ())?,
            Kind::List => {
                let (kind, count) = self.list()?;
                open.push(Open::Elements(kind, count));
            }
            Kind::Struct => open.push(Open::Struct(0)),
            Kind::Map => {
                let count = self.0.varint("thrift number")?;
                if count > self.0.left() {
                    return Err(self.0.malformed("thrift map"));
                }
                if count > 0 {
                    let kinds = self.0.u8("thrift map")?;
                    open.push(Open::Pairs(self.kind(kinds >> 4)?, self.kind(kinds & 15)?, count));
                }
            }
        }
        Ok(())
    }

    fn kind(&self, number: u8) -> Result<Kind, Stop> {
        Ok(match number {
            1 | 2 => Kind::Bool,
            3 => Kind::Byte,
            4..=6 => Kind::Integer,
            7 => Kind::Double,
            8 => Kind::Binary,
            9 | 10 => Kind::List,
            11 => Kind::Map,
            12 => Kind::Struct,
            _ => return Err(self.0.malformed("thrift type")),
        })
    }

    fn integer(&mut self) -> Result<i64, Stop> {
        let number = self.0.varint("thrift number")?;
        Ok((number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg())
    }
}

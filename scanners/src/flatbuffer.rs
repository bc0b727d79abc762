//! FlatBuffers: tables of optional fields that lead to each other by offsets, read without a schema compiler.
//!
//! Source: "Internals" of the FlatBuffers documentation. Every offset is checked when it is followed, nothing is
//! reserved from a count, and the tables that are followed are counted: offsets may lead to the same place as often as
//! an attacker likes.

use std::cell::Cell;

use crate::{Input, Limit, Stop};

/// Bytes of a table's list of fields that are kept: 126 fields, where the schemas that are read here have under 20.
const MAX_FIELDS: usize = 256;

/// A window of an input that holds one flatbuffer.
pub(crate) struct Buffer<'i, 'a> {
    input: &'i Input<'a>,
    end: u64,
    steps: &'i Cell<u32>,
}

/// A table: where it stands, and the offsets of its fields in it.
pub(crate) struct Table {
    pub(crate) at: u64,
    fields: Vec<u8>,
}

/// A vector: where its first element stands, and how many there are.
#[derive(Clone, Copy)]
pub(crate) struct Vector {
    pub(crate) first: u64,
    pub(crate) count: u32,
}

impl Vector {
    /// Where element `number` stands, of elements that are `size` bytes each.
    ///
    /// # Errors
    /// [`Stop::Malformed`] where no file reaches.
    pub(crate) fn item(self, number: u32, size: u64) -> Result<u64, Stop> {
        let offset = u64::from(number).checked_mul(size).and_then(|offset| self.first.checked_add(offset));
        offset.ok_or(Stop::Malformed { what: "vector", offset: self.first })
    }
}

impl Table {
    /// Where a field stands, if it is there.
    pub(crate) fn field(&self, number: usize) -> Option<u64> {
        let at = number.checked_mul(2)?.checked_add(4)?;
        let offset = self.fields.get(at..)?.first_chunk().map(|offset| u16::from_le_bytes(*offset))?;
        (offset > 0).then(|| self.at.saturating_add(u64::from(offset)))
    }
}

impl<'i, 'a> Buffer<'i, 'a> {
    /// A flatbuffer that ends at `end` of the input. `steps` tables may be followed in it and in others that share them.
    pub(crate) fn new(input: &'i Input<'a>, end: u64, steps: &'i Cell<u32>) -> Self {
        Self { input, end: end.min(input.size()), steps }
    }

    fn bytes<const N: usize>(&self, at: u64) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        let inside = at.checked_add(N as u64).is_some_and(|end| end <= self.end);
        if inside && self.input.read_at(at, &mut bytes)? == N {
            return Ok(bytes);
        }
        Err(Stop::Malformed { what: "flatbuffer", offset: at })
    }

    /// An unsigned byte.
    pub(crate) fn u8(&self, at: u64) -> Result<u8, Stop> {
        Ok(u8::from_le_bytes(self.bytes(at)?))
    }

    /// An unsigned 32-bit number.
    pub(crate) fn u32(&self, at: u64) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.bytes(at)?))
    }

    /// An unsigned 64-bit number; a signed one that is negative is larger than any file.
    pub(crate) fn u64(&self, at: u64) -> Result<u64, Stop> {
        Ok(u64::from_le_bytes(self.bytes(at)?))
    }

    /// Where the offset at `at` leads.
    pub(crate) fn follow(&self, at: u64) -> Result<u64, Stop> {
        Ok(at.saturating_add(u64::from(self.u32(at)?)))
    }

    /// The table at `at`.
    pub(crate) fn table(&self, at: u64) -> Result<Table, Stop> {
        self.step()?;
        let back = i64::from(i32::from_le_bytes(self.bytes(at)?));
        let broken = Stop::Malformed { what: "table", offset: at };
        let Some(fields) = at.checked_add_signed(back.saturating_neg()) else { return Err(broken) };
        let size = usize::from(u16::from_le_bytes(self.bytes(fields)?));
        let fields = self.content(fields, size.min(MAX_FIELDS))?;
        if size >= 4 { Ok(Table { at, fields }) } else { Err(broken) }
    }

    /// The table that a field leads to.
    pub(crate) fn inner(&self, table: &Table, number: usize) -> Result<Option<Table>, Stop> {
        let Some(field) = table.field(number) else { return Ok(None) };
        self.table(self.follow(field)?).map(Some)
    }

    /// The vector that a field leads to.
    pub(crate) fn vector(&self, table: &Table, number: usize) -> Result<Option<Vector>, Stop> {
        let Some(field) = table.field(number) else { return Ok(None) };
        let at = self.follow(field)?;
        let count = self.u32(at)?;
        if u64::from(count) > self.end {
            return Err(Stop::Malformed { what: "vector", offset: at });
        }
        Ok(Some(Vector { first: at.saturating_add(4), count }))
    }

    /// The tables of a vector of them, one after the other; none when it is not there.
    pub(crate) fn tables<'b>(
        &'b self,
        table: &Table,
        number: usize,
    ) -> Result<impl Iterator<Item = Result<Table, Stop>> + use<'b, 'i, 'a>, Stop> {
        let vector = self.vector(table, number)?.unwrap_or(Vector { first: 0, count: 0 });
        Ok((0..vector.count).map(move |number| self.table(self.follow(vector.item(number, 4)?)?)))
    }

    /// The first characters of a text, at most `max` bytes of it; empty when it is not there.
    pub(crate) fn text(&self, table: &Table, number: usize, max: usize) -> Result<String, Stop> {
        let Some(text) = self.vector(table, number)? else { return Ok(String::new()) };
        let size = usize::try_from(text.count).unwrap_or(usize::MAX).min(max);
        Ok(String::from_utf8_lossy(&self.content(text.first, size)?).into_owned())
    }

    /// Exactly `size` bytes, which the caller has bounded.
    pub(crate) fn content(&self, at: u64, size: usize) -> Result<Vec<u8>, Stop> {
        let left = self.end.saturating_sub(at);
        if size as u64 > left {
            return Err(Stop::Malformed { what: "flatbuffer", offset: at });
        }
        let content = self.input.window(at, size)?;
        if content.len() == size {
            Ok(content)
        } else {
            Err(Stop::Malformed { what: "flatbuffer", offset: at })
        }
    }

    fn step(&self) -> Result<(), Stop> {
        let left = self.steps.get().checked_sub(1).ok_or(Stop::Limit(Limit::Count("tables")))?;
        self.steps.set(left);
        Ok(())
    }
}

//! Fractal heaps: where links and attributes lie when a group or object has many.
//!
//! Source: HDF5 File Format Specification 3.0, III.G; `H5HFdtable.c` for the rows. Heaps whose blocks are filtered are
//! not read: the library makes none for links or attributes unless a program asks for it.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::btree::{records, width};
use super::file::{File, Span};
use super::superblock::number;
use crate::{Cursor, Stop};

const WHAT: &str = "HDF5 fractal heap";

/// Bytes of a tiny object's id beyond which its length takes two bytes.
const LONG_TINY_ID: u64 = 18;

/// One heap.
pub(super) struct FractalHeap {
    id_size: u64,
    /// Bytes of an offset and of a length inside the heap.
    offset_width: u8,
    length_width: u8,
    /// The doubling table.
    width: u64,
    start: u64,
    largest: u64,
    root: Option<u64>,
    root_rows: u16,
    /// The index of objects that have their own space.
    huge: Option<u64>,
    huge_objects: OnceCell<BTreeMap<u64, Span>>,
}

impl FractalHeap {
    /// Reads the header at an address.
    ///
    /// # Errors
    /// [`Stop`] where it cannot be followed.
    pub(super) fn read(file: &File<'_>, address: u64) -> Result<Self, Stop> {
        let mut cursor = file.from(address, 256);
        if cursor.array(WHAT)? != *b"FRHP\0" {
            return Err(Stop::Malformed { what: WHAT, offset: address });
        }
        let id_size = u64::from(cursor.u16_le(WHAT)?);
        let filters = cursor.u16_le(WHAT)?;
        cursor.skip(1, WHAT)?;
        let most = u64::from(cursor.u32_le(WHAT)?);
        file.length(&mut cursor)?;
        let huge = file.address(&mut cursor)?;
        file.length(&mut cursor)?;
        file.address(&mut cursor)?;
        // Managed space, allocated, iterator, and counts and sizes of each kind of object.
        for _ in 0..8 {
            file.length(&mut cursor)?;
        }
        let width_of_rows = u64::from(cursor.u16_le(WHAT)?);
        let start = file.length(&mut cursor)?;
        let largest = file.length(&mut cursor)?;
        let bits = cursor.u16_le(WHAT)?;
        cursor.skip(2, WHAT)?;
        let root = file.address(&mut cursor)?;
        let root_rows = cursor.u16_le(WHAT)?;
        if filters != 0 {
            return Err(Stop::Unsupported("filtered HDF5 heap"));
        }
        let size = cursor.position().saturating_sub(address);
        file.check(Span { at: address, size }, cursor.u32_le(WHAT)?, WHAT)?;
        let sound = start.is_power_of_two() && largest.is_power_of_two() && largest >= start;
        if !sound || width_of_rows == 0 || bits > 64 {
            return Err(Stop::Malformed { what: WHAT, offset: address });
        }
        Ok(Self {
            id_size,
            offset_width: u8::try_from(bits.div_ceil(8)).unwrap_or(8),
            length_width: width(largest).min(width(most)),
            width: width_of_rows,
            start,
            largest,
            root,
            root_rows,
            huge,
            huge_objects: OnceCell::new(),
        })
    }

    /// The bytes of the object whose id stands at this span.
    ///
    /// # Errors
    /// [`Stop`] where it cannot be found.
    pub(super) fn object(&self, file: &File<'_>, id: Span) -> Result<Span, Stop> {
        let id = Span { size: id.size.min(self.id_size), ..id };
        let mut cursor = file.span(id, WHAT)?;
        let flags = cursor.u8(WHAT)?;
        match (flags & 0xc0, flags & 0x30) {
            (0, 0x00) => {
                let offset = number(&mut cursor, self.offset_width)?;
                let size = number(&mut cursor, self.length_width)?;
                Ok(Span { at: self.managed(file, offset, size)?, size })
            }
            (0, 0x10) => self.huge(file, &mut cursor),
            (0, 0x20) => {
                let high = u64::from(flags & 0x0f);
                let long = self.id_size > LONG_TINY_ID;
                let length = if long { high << 8 | u64::from(cursor.u8(WHAT)?) } else { high };
                Ok(Span { at: cursor.position(), size: length.saturating_add(1) })
            }
            _ => Err(Stop::Unsupported("HDF5 heap id")),
        }
    }

    fn huge(&self, file: &File<'_>, cursor: &mut Cursor<'_, '_>) -> Result<Span, Stop> {
        let direct = u64::from(file.offset_size).saturating_add(file.length_size.into());
        if direct < self.id_size {
            return Ok(Span { at: file.known(cursor, WHAT)?, size: file.length(cursor)? });
        }
        let offset = cursor.position();
        let width = u8::try_from(self.id_size.saturating_sub(1)).unwrap_or(8).min(file.length_size);
        let key = number(cursor, width)?;
        let objects = match self.huge_objects.get() {
            Some(objects) => objects,
            None => {
                let objects = self.read_huge(file)?;
                self.huge_objects.get_or_init(|| objects)
            }
        };
        objects.get(&key).copied().ok_or(Stop::Malformed { what: WHAT, offset })
    }

    fn read_huge(&self, file: &File<'_>) -> Result<BTreeMap<u64, Span>, Stop> {
        let mut objects = BTreeMap::new();
        let Some(index) = self.huge else { return Ok(objects) };
        for record in records(file, index, 1)? {
            let mut cursor = file.span(record, WHAT)?;
            let span = Span { at: file.known(&mut cursor, WHAT)?, size: file.length(&mut cursor)? };
            objects.insert(file.length(&mut cursor)?, span);
        }
        Ok(objects)
    }

    /// The address of `size` bytes at an offset of the heap's own space.
    fn managed(&self, file: &File<'_>, offset: u64, size: u64) -> Result<u64, Stop> {
        let malformed = || Stop::Malformed { what: WHAT, offset };
        let mut block = self.root.ok_or_else(malformed)?;
        if self.root_rows == 0 {
            return inside(block, offset, size, self.start).ok_or_else(malformed);
        }
        let mut left = offset;
        // Every step down at least halves what is left.
        for _ in 0..u64::BITS {
            file.step()?;
            let row = self.row(left).ok_or_else(malformed)?;
            let frame =
                u64::from(file.offset_size).saturating_add(5).saturating_add(self.offset_width.into());
            let entry = row.index.saturating_mul(file.offset_size.into()).saturating_add(frame);
            let mut cursor = file.at(block.saturating_add(entry), file.offset_size.into(), WHAT)?;
            if file.at(block, 4, WHAT)?.array(WHAT)? != *b"FHIB" {
                return Err(Stop::Malformed { what: WHAT, offset: block });
            }
            block = file.known(&mut cursor, WHAT)?;
            left = row.rest;
            if row.size <= self.largest {
                return inside(block, left, size, row.size).ok_or_else(malformed);
            }
        }
        Err(malformed())
    }

    /// Which entry of an indirect block holds an offset. The first two rows have blocks of the starting size; from then
    /// on each row's are twice as large.
    fn row(&self, offset: u64) -> Option<Row> {
        let first = self.width.checked_mul(self.start)?;
        let (row, size, start) = match offset.checked_div(first)? {
            0 => (0, self.start, 0),
            times => {
                let shift = times.checked_ilog2()?;
                let start = first.checked_mul(1_u64.checked_shl(shift)?)?;
                (u64::from(shift).checked_add(1)?, self.start.checked_mul(1_u64.checked_shl(shift)?)?, start)
            }
        };
        let inside = offset.checked_sub(start)?;
        let column = inside.checked_div(size)?;
        let rest = inside.checked_rem(size)?;
        Some(Row { index: row.checked_mul(self.width)?.checked_add(column)?, size, rest })
    }
}

/// An entry of an indirect block.
struct Row {
    index: u64,
    /// Bytes of the block it leads to.
    size: u64,
    /// The offset inside that block.
    rest: u64,
}

fn inside(block: u64, offset: u64, size: u64, block_size: u64) -> Option<u64> {
    offset.checked_add(size).filter(|end| *end <= block_size)?;
    block.checked_add(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap() -> FractalHeap {
        FractalHeap {
            id_size: 7,
            offset_width: 4,
            length_width: 2,
            width: 4,
            start: 512,
            largest: 65_536,
            root: Some(0),
            root_rows: 8,
            huge: None,
            huge_objects: OnceCell::new(),
        }
    }

    #[test]
    fn rows_double_from_the_third_on() {
        let row = |offset| heap().row(offset).map(|row| (row.index, row.size, row.rest));
        assert_eq!(row(0), Some((0, 512, 0)));
        assert_eq!(row(2047), Some((3, 512, 511)));
        assert_eq!(row(2048), Some((4, 512, 0)));
        assert_eq!(row(4096), Some((8, 1024, 0)));
        assert_eq!(row(4096 + 1024 + 7), Some((9, 1024, 7)));
        assert_eq!(row(8192), Some((12, 2048, 0)));
        assert_eq!(FractalHeap { width: u64::MAX, ..heap() }.row(1).map(|row| row.index), None);
    }

    #[test]
    fn an_object_lies_inside_its_block() {
        assert_eq!(inside(1000, 500, 12, 512), Some(1500));
        assert_eq!(inside(1000, 500, 13, 512), None);
        assert_eq!(inside(1000, u64::MAX, 1, 512), None);
    }
}

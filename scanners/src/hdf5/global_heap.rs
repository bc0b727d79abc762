//! The global heap: where elements of a variable length lie, uncompressed and whole.
//!
//! Source: HDF5 File Format Specification 3.0, III.E.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::datatype::variable;
use super::file::{File, Span};
use crate::{Cursor, Limit, Stop};

const WHAT: &str = "HDF5 global heap";
const SIGNATURE: &[u8] = b"GCOL";

/// Bytes searched at a time for collections.
const BLOCK: usize = 1 << 20;

/// Bytes of the smallest object: its frame, where lengths have two bytes.
const LEAST_OBJECT: u64 = 10;

/// The elements of a variable length in some bytes, one behind the other.
pub(crate) struct Slots<'f, 'a> {
    file: &'f File<'a>,
    cursor: Cursor<'f, 'a>,
    /// The objects of the collection that was used last, which is mostly used again.
    last: Option<(u64, BTreeMap<u32, Span>)>,
}

impl<'f, 'a> Slots<'f, 'a> {
    /// The elements in a span.
    ///
    /// # Errors
    /// [`Stop::Malformed`] when it does not lie inside the file.
    pub(crate) fn new(file: &'f File<'a>, span: Span) -> Result<Self, Stop> {
        Ok(Self { file, cursor: file.span(span, WHAT)?, last: None })
    }

    /// The bytes of the next element that is not empty.
    ///
    /// # Errors
    /// [`Stop`] where it cannot be found.
    pub(crate) fn next(&mut self) -> Result<Option<Span>, Stop> {
        let slot = u64::from(self.file.offset_size).saturating_add(8);
        while self.cursor.left() >= slot {
            self.file.step()?;
            match variable(self.file, &mut self.cursor)? {
                (0, _, _) | (_, None | Some(0), _) => {}
                (_, Some(collection), index) => return self.element(collection, index).map(Some),
            }
        }
        Ok(None)
    }

    fn element(&mut self, collection: u64, index: u32) -> Result<Span, Stop> {
        let objects = match self.last.take() {
            Some((last, objects)) if last == collection => objects,
            Some(_) | None => objects(self.file, collection)?,
        };
        let found = objects.get(&index).copied();
        self.last = Some((collection, objects));
        found.ok_or(Stop::Malformed { what: WHAT, offset: collection })
    }
}

/// The bytes of an object of a collection.
///
/// # Errors
/// [`Stop`] where it cannot be found.
pub(super) fn element(file: &File<'_>, collection: u64, index: u32) -> Result<Span, Stop> {
    let found = objects(file, collection)?.get(&index).copied();
    found.ok_or(Stop::Malformed { what: WHAT, offset: collection })
}

/// The objects of a collection by their numbers, which have two bytes.
fn objects(file: &File<'_>, collection: u64) -> Result<BTreeMap<u32, Span>, Stop> {
    let mut objects = Objects::new(file, collection)?;
    let mut found = BTreeMap::new();
    while let Some((index, span)) = objects.next()? {
        file.step()?;
        found.entry(u32::from(index)).or_insert(span);
    }
    Ok(found)
}

/// The objects of one collection.
struct Objects<'f, 'a> {
    file: &'f File<'a>,
    cursor: Cursor<'f, 'a>,
}

impl<'f, 'a> Objects<'f, 'a> {
    fn new(file: &'f File<'a>, address: u64) -> Result<Self, Stop> {
        let mut cursor = file.from(address, 16);
        if cursor.array(WHAT)? != *b"GCOL\x01" {
            return Err(Stop::Malformed { what: WHAT, offset: address });
        }
        cursor.skip(3, WHAT)?;
        let size = file.length(&mut cursor)?;
        let frame = u64::from(file.length_size).saturating_add(8);
        let mut cursor = file.at(address, size, WHAT)?;
        cursor.skip(frame, WHAT)?;
        Ok(Self { file, cursor })
    }

    fn next(&mut self) -> Result<Option<(u16, Span)>, Stop> {
        let frame = u64::from(self.file.length_size).saturating_add(8);
        if self.cursor.left() < frame {
            return Ok(None);
        }
        let index = self.cursor.u16_le(WHAT)?;
        self.cursor.skip(6, WHAT)?;
        let size = self.file.length(&mut self.cursor)?;
        // Object 0 is the free space behind the others.
        if index == 0 {
            return Ok(None);
        }
        let span = Span { at: self.cursor.position(), size };
        let padded = size.checked_next_multiple_of(8).unwrap_or(u64::MAX);
        self.cursor.skip(size, WHAT)?;
        self.cursor.skip(padded.saturating_sub(size).min(self.cursor.left()), WHAT)?;
        Ok(Some((index, span)))
    }
}

/// Shows every object of every collection in the file, whoever refers to it: chunks that refer to them may be
/// compressed, the collections never are. Bytes that only look like a collection are passed over.
///
/// # Errors
/// [`Stop`] of reading, of the limits, or of `look`.
pub(crate) fn sweep(file: &File<'_>, look: &mut dyn FnMut(Span) -> Result<(), Stop>) -> Result<(), Stop> {
    let finder = Finder::new(SIGNATURE);
    // An honest file has no more objects than fit; collections that overlap are made to be counted again and again.
    let mut left = file.input.size() / LEAST_OBJECT;
    let mut offset = 0;
    while offset < file.input.size() {
        let block = file.input.window(offset, BLOCK)?;
        for found in finder.find_iter(&block) {
            collection(file, offset.saturating_add(found as u64), &mut left, look)?;
        }
        // A signature may lie across two blocks.
        let step = block.len().saturating_sub(SIGNATURE.len().saturating_sub(1)).max(1);
        offset = offset.saturating_add(step as u64);
    }
    Ok(())
}

fn collection(
    file: &File<'_>,
    address: u64,
    left: &mut u64,
    look: &mut dyn FnMut(Span) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut objects = match Objects::new(file, address) {
        Ok(objects) => objects,
        Err(Stop::Malformed { .. }) => return Ok(()),
        Err(stop) => return Err(stop),
    };
    loop {
        match objects.next() {
            Ok(Some((_, span))) => {
                *left = left.checked_sub(1).ok_or(Stop::Limit(Limit::Count("HDF5 heap objects")))?;
                look(span)?;
            }
            Ok(None) | Err(Stop::Malformed { .. }) => return Ok(()),
            Err(stop) => return Err(stop),
        }
    }
}

//! Attributes: in an object's header or in its heap.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.m, IV.A.2.v.

use super::btree::records;
use super::datatype::{Datatype, datatype, shared};
use super::file::{File, Span};
use super::fractal_heap::FractalHeap;
use super::object::{Object, kind};
use crate::{Cursor, Stop};

const WHAT: &str = "HDF5 attribute";

/// Bytes of a heap id in the index of attributes by name.
const HEAP_ID: u64 = 8;

/// One attribute.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) datatype: Datatype,
    /// The elements, one behind the other.
    pub(crate) elements: Span,
}

/// Every attribute of an object, or why one cannot be read.
///
/// # Errors
/// [`Stop`] where the index of a heap cannot be followed.
pub(crate) fn attributes(file: &File<'_>, object: &Object) -> Result<Vec<Result<Attribute, Stop>>, Stop> {
    let mut attributes: Vec<_> = object.own(kind::ATTRIBUTE).map(|span| attribute(file, span?)).collect();
    for span in object.own(kind::ATTRIBUTE_INFO) {
        dense(file, span?, &mut attributes)?;
    }
    Ok(attributes)
}

fn dense(file: &File<'_>, span: Span, found: &mut Vec<Result<Attribute, Stop>>) -> Result<(), Stop> {
    let mut cursor = file.span(span, WHAT)?;
    if cursor.u8(WHAT)? != 0 {
        return Err(Stop::Unsupported("HDF5 attribute info version"));
    }
    let flags = cursor.u8(WHAT)?;
    cursor.skip(if flags & 1 == 0 { 0 } else { 2 }, WHAT)?;
    let (heap, index) = (file.address(&mut cursor)?, file.address(&mut cursor)?);
    let Some(heap) = heap else { return Ok(()) };
    let index = index.ok_or(Stop::Malformed { what: WHAT, offset: span.at })?;
    let heap = FractalHeap::read(file, heap)?;
    for record in records(file, index, 8)? {
        let flags = file.at(record.at.saturating_add(HEAP_ID), 1, WHAT)?.u8(WHAT)?;
        if flags & 2 != 0 {
            return Err(Stop::Unsupported("shared HDF5 message"));
        }
        let object = heap.object(file, Span { size: HEAP_ID, ..record });
        found.push(object.and_then(|object| attribute(file, object)));
    }
    Ok(())
}

fn attribute(file: &File<'_>, span: Span) -> Result<Attribute, Stop> {
    let mut cursor = file.span(span, WHAT)?;
    let [version, flags] = cursor.array(WHAT)?;
    if !(1..=3).contains(&version) {
        return Err(Stop::Unsupported("HDF5 attribute version"));
    }
    let lengths: [u8; 6] = cursor.array(WHAT)?;
    let [name_low, name_high, type_low, type_high, space_low, space_high] = lengths;
    let name_size = u16::from_le_bytes([name_low, name_high]);
    let type_size = u16::from_le_bytes([type_low, type_high]);
    let space_size = u16::from_le_bytes([space_low, space_high]);
    cursor.skip(if version == 3 { 1 } else { 0 }, WHAT)?;
    let padded = |size: u16| match version {
        1 => u64::from(size).next_multiple_of(8),
        _ => u64::from(size),
    };
    let name = name(&mut cursor, padded(name_size))?;
    let at = cursor.position();
    let mut described = file.at(at, type_size.into(), WHAT)?;
    let elsewhere = version > 1 && flags & 1 != 0;
    let datatype = if elsewhere { shared(file, &mut described)? } else { datatype(&mut described, file, 0)? };
    cursor.skip(padded(type_size), WHAT)?;
    let count = extent(file, &mut file.at(cursor.position(), space_size.into(), WHAT)?)?;
    cursor.skip(padded(space_size), WHAT)?;
    // Old headers pad messages, and padding is no element.
    let size = datatype.whole.saturating_mul(count).min(cursor.left());
    let elements = Span { at: cursor.position(), size };
    Ok(Attribute { name, datatype, elements })
}

/// The number of elements that a dataspace states.
fn extent(file: &File<'_>, cursor: &mut Cursor<'_, '_>) -> Result<u64, Stop> {
    let [version, rank, _flags] = cursor.array("HDF5 dataspace")?;
    let empty = match version {
        1 => {
            cursor.skip(5, "HDF5 dataspace")?;
            false
        }
        2 => cursor.u8("HDF5 dataspace")? == 2,
        _ => return Err(Stop::Unsupported("HDF5 dataspace version")),
    };
    let mut count = if empty { 0 } else { 1_u64 };
    for _ in 0..rank {
        count = count.saturating_mul(file.length(cursor)?);
    }
    Ok(count)
}

fn name(cursor: &mut Cursor<'_, '_>, size: u64) -> Result<String, Stop> {
    let bytes = cursor.bytes(size, usize::from(u16::MAX).saturating_add(8), WHAT)?;
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(String::from_utf8_lossy(text).into_owned())
}

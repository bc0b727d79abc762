//! Datatypes, as far as they tell where text and bytes of any kind may stand.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.d.

use super::file::File;
use super::object::{Message, Object, kind};
use super::superblock::number;
use crate::{Cursor, Stop};

const WHAT: &str = "HDF5 datatype";

/// Types inside types; real files have three or four.
const MAX_DEPTH: u32 = 32;

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text of a fixed length.
    Text,
    /// Bytes: opaque, or numbers of one byte.
    Bytes,
    /// A length and a place in the global heap.
    Variable,
    /// Fields of which one lies in the global heap.
    HoldsVariable,
    /// Numbers and the like.
    Plain,
}

/// A datatype.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Datatype {
    pub(crate) kind: Kind,
    /// Bytes of one text, or of the whole element.
    pub(crate) size: u64,
    /// Bytes of the whole element, which may be an array.
    pub(crate) whole: u64,
}

/// The datatype in a message, which may only say where it stands.
///
/// # Errors
/// [`Stop`] where it cannot be followed.
pub(super) fn of_message(file: &File<'_>, message: &Message) -> Result<Datatype, Stop> {
    let mut cursor = file.span(message.span, WHAT)?;
    if message.shared { shared(file, &mut cursor) } else { datatype(&mut cursor, file, 0) }
}

/// A datatype that is a named one of the same file.
pub(super) fn shared(file: &File<'_>, cursor: &mut Cursor<'_, '_>) -> Result<Datatype, Stop> {
    let offset = cursor.position();
    let [version, class] = cursor.array(WHAT)?;
    match (version, class) {
        (1, _) => cursor.skip(6, WHAT)?,
        (2, _) | (3, 2) => {}
        _ => return Err(Stop::Unsupported("shared HDF5 message")),
    }
    let address = file.known(cursor, WHAT)?;
    file.step()?;
    let object = Object::read(file, address)?;
    let mut named = object.own(kind::DATATYPE);
    let span = named.next().ok_or(Stop::Malformed { what: WHAT, offset })??;
    datatype(&mut file.span(span, WHAT)?, file, 0)
}

/// The datatype that begins at the cursor; it ends behind it. Recursion is as deep as types stand in types.
pub(super) fn datatype(cursor: &mut Cursor<'_, '_>, file: &File<'_>, depth: u32) -> Result<Datatype, Stop> {
    file.step()?;
    let offset = cursor.position();
    if depth > MAX_DEPTH {
        return Err(Stop::Limit(crate::Limit::Recursion));
    }
    let [head, low, middle, _high] = cursor.array(WHAT)?;
    let (class, version) = (head & 0x0f, head >> 4);
    let size = u64::from(cursor.u32_le(WHAT)?);
    if !(1..=5).contains(&version) {
        return Err(Stop::Unsupported("HDF5 datatype version"));
    }
    let properties = Properties { version, count: u16::from_le_bytes([low, middle]), size, depth };
    let small = if size == 1 { Kind::Bytes } else { Kind::Plain };
    let kind = match class {
        0 | 4 => {
            cursor.skip(4, WHAT)?;
            small
        }
        1 => plain(cursor, 12)?,
        2 => plain(cursor, 2)?,
        3 => Kind::Text,
        5 => {
            cursor.skip(low.into(), WHAT)?;
            Kind::Bytes
        }
        6 => properties.compound(cursor, file)?,
        7 => Kind::Plain,
        8 => properties.enumeration(cursor, file)?,
        9 => {
            datatype(cursor, file, depth.saturating_add(1))?;
            Kind::Variable
        }
        10 => return properties.array(cursor, file),
        11 => {
            datatype(cursor, file, depth.saturating_add(1))?;
            Kind::Plain
        }
        _ => return Err(Stop::Unsupported("HDF5 datatype class")),
    };
    if size == 0 && kind != Kind::Text {
        return Err(Stop::Malformed { what: WHAT, offset });
    }
    Ok(Datatype { kind, size, whole: size })
}

fn plain(cursor: &mut Cursor<'_, '_>, properties: u64) -> Result<Kind, Stop> {
    cursor.skip(properties, WHAT)?;
    Ok(Kind::Plain)
}

/// What a type that holds types says about itself.
struct Properties {
    version: u8,
    count: u16,
    size: u64,
    depth: u32,
}

impl Properties {
    fn compound(&self, cursor: &mut Cursor<'_, '_>, file: &File<'_>) -> Result<Kind, Stop> {
        let mut kind = Kind::Plain;
        for _ in 0..self.count {
            self.name(cursor)?;
            match self.version {
                1 => cursor.skip(32, WHAT)?,
                2 => cursor.skip(4, WHAT)?,
                _ => cursor.skip(super::btree::width(self.size).into(), WHAT)?,
            }
            match datatype(cursor, file, self.depth.saturating_add(1))?.kind {
                Kind::Variable | Kind::HoldsVariable => kind = Kind::HoldsVariable,
                Kind::Text | Kind::Bytes | Kind::Plain => {}
            }
        }
        Ok(kind)
    }

    fn enumeration(&self, cursor: &mut Cursor<'_, '_>, file: &File<'_>) -> Result<Kind, Stop> {
        let base = datatype(cursor, file, self.depth.saturating_add(1))?;
        for _ in 0..self.count {
            self.name(cursor)?;
        }
        cursor.skip(base.size.saturating_mul(self.count.into()), WHAT)?;
        Ok(Kind::Plain)
    }

    fn array(&self, cursor: &mut Cursor<'_, '_>, file: &File<'_>) -> Result<Datatype, Stop> {
        let rank = u64::from(cursor.u8(WHAT)?);
        let extents = rank.saturating_mul(4);
        // Version 2 keeps a permutation beside the extents.
        let old = self.version < 3;
        cursor.skip(if old { extents.saturating_mul(2).saturating_add(3) } else { extents }, WHAT)?;
        let base = datatype(cursor, file, self.depth.saturating_add(1))?;
        let (kind, size) = match base.kind {
            Kind::Variable | Kind::HoldsVariable => (Kind::HoldsVariable, self.size),
            Kind::Text => (Kind::Text, base.size),
            Kind::Bytes | Kind::Plain => (base.kind, self.size),
        };
        Ok(Datatype { kind, size, whole: self.size })
    }

    /// Steps over a name, which old versions pad to eight bytes.
    fn name(&self, cursor: &mut Cursor<'_, '_>) -> Result<(), Stop> {
        let start = cursor.position();
        while cursor.u8(WHAT)? != 0 {}
        let length = cursor.position().saturating_sub(start);
        let padding = length.next_multiple_of(8).saturating_sub(length);
        cursor.skip(if self.version < 3 { padding } else { 0 }, WHAT)
    }
}

/// An element of a variable length: how long it is and where it lies in the global heap.
pub(super) fn variable(
    file: &File<'_>,
    cursor: &mut Cursor<'_, '_>,
) -> Result<(u64, Option<u64>, u32), Stop> {
    let length = number(cursor, 4)?;
    Ok((length, file.address(cursor)?, cursor.u32_le("HDF5 global heap id")?))
}

//! What a group holds: links in its header, in a dense heap, or in the symbol table of old files.
//!
//! Source: HDF5 File Format Specification 3.0, III.A, III.B, III.D, IV.A.2.c, IV.A.2.g, IV.A.2.r.

use std::collections::BTreeSet;

use super::btree::records;
use super::file::{File, Span, terminated};
use super::fractal_heap::FractalHeap;
use super::object::{Object, kind};
use super::superblock::number;
use crate::{Cursor, Stop};

/// The longest name; the library's own tools stop at 1,024.
pub(super) const MAX_NAME: usize = 64 << 10;

/// Bytes of the hash in front of a heap id in the index of links by name.
const HASH: u64 = 4;

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The header of an object of this file.
    Object(u64),
    /// A path in this file.
    Soft,
    /// An object of another file.
    External { file: String, path: String },
    /// A kind of link that a program has to define.
    Defined(u8),
}

/// A link by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) target: Target,
}

/// Every link of a group; none for other objects.
///
/// # Errors
/// [`Stop`] where they cannot be followed.
pub(crate) fn children(file: &File<'_>, object: &Object) -> Result<Vec<Child>, Stop> {
    let mut children = Vec::new();
    for span in object.own(kind::SYMBOL_TABLE) {
        symbol_table(file, span?, &mut children)?;
    }
    for span in object.own(kind::LINK) {
        children.push(link(file, &mut file.span(span?, "HDF5 link")?)?);
    }
    for span in object.own(kind::LINK_INFO) {
        dense(file, span?, &mut children)?;
    }
    Ok(children)
}

fn link(file: &File<'_>, cursor: &mut Cursor<'_, '_>) -> Result<Child, Stop> {
    let what = "HDF5 link";
    file.step()?;
    if cursor.u8(what)? != 1 {
        return Err(Stop::Unsupported("HDF5 link version"));
    }
    let flags = cursor.u8(what)?;
    let class = if flags & 8 == 0 { 0 } else { cursor.u8(what)? };
    cursor.skip(if flags & 4 == 0 { 0 } else { 8 }, what)?;
    cursor.skip(if flags & 0x10 == 0 { 0 } else { 1 }, what)?;
    let length = number(cursor, 1 << (flags & 3))?;
    let name = String::from_utf8_lossy(&cursor.bytes(length, MAX_NAME, "HDF5 link name")?).into_owned();
    let target = match class {
        0 => Target::Object(file.known(cursor, what)?),
        1 => Target::Soft,
        64 => {
            cursor.skip(3, what)?;
            let file = terminated(cursor, MAX_NAME, what)?;
            Target::External { file, path: terminated(cursor, MAX_NAME, what)? }
        }
        class => Target::Defined(class),
    };
    Ok(Child { name, target })
}

/// Links in a heap, found through the index of their names.
fn dense(file: &File<'_>, span: Span, children: &mut Vec<Child>) -> Result<(), Stop> {
    let what = "HDF5 link info";
    let mut cursor = file.span(span, what)?;
    if cursor.u8(what)? != 0 {
        return Err(Stop::Unsupported("HDF5 link info version"));
    }
    let flags = cursor.u8(what)?;
    cursor.skip(if flags & 1 == 0 { 0 } else { 8 }, what)?;
    let (heap, index) = (file.address(&mut cursor)?, file.address(&mut cursor)?);
    let Some(heap) = heap else { return Ok(()) };
    let index = index.ok_or(Stop::Malformed { what, offset: span.at })?;
    let heap = FractalHeap::read(file, heap)?;
    for record in records(file, index, 5)? {
        let id = Span { at: record.at.saturating_add(HASH), size: record.size.saturating_sub(HASH) };
        let object = heap.object(file, id)?;
        children.push(link(file, &mut file.span(object, "HDF5 link")?)?);
    }
    Ok(())
}

/// A tree of old files: its leaves are nodes of entries, whose names lie in a local heap.
fn symbol_table(file: &File<'_>, span: Span, children: &mut Vec<Child>) -> Result<(), Stop> {
    let mut cursor = file.span(span, "HDF5 symbol table")?;
    let root = file.known(&mut cursor, "HDF5 symbol table")?;
    let names = local_heap(file, file.known(&mut cursor, "HDF5 symbol table")?)?;
    let (mut open, mut seen) = (vec![root], BTreeSet::new());
    while let Some(address) = open.pop() {
        if !seen.insert(address) {
            return Err(Stop::Malformed { what: "HDF5 symbol tree", offset: address });
        }
        file.step()?;
        match file.at(address, 4, "HDF5 symbol node")?.array("HDF5 symbol node")? {
            [b'T', b'R', b'E', b'E'] => open.extend(tree_node(file, address)?),
            [b'S', b'N', b'O', b'D'] => entries(file, address, names, children)?,
            _ => return Err(Stop::Malformed { what: "HDF5 symbol node", offset: address }),
        }
    }
    Ok(())
}

/// Where the names lie.
pub(super) fn local_heap(file: &File<'_>, address: u64) -> Result<Span, Stop> {
    let what = "HDF5 local heap";
    let mut cursor = file.from(address, 64);
    if cursor.array(what)? != *b"HEAP" {
        return Err(Stop::Malformed { what, offset: address });
    }
    cursor.skip(4, what)?;
    let size = file.length(&mut cursor)?;
    file.length(&mut cursor)?;
    Ok(Span { at: file.known(&mut cursor, what)?, size })
}

/// The children of a node of the tree.
fn tree_node(file: &File<'_>, address: u64) -> Result<Vec<u64>, Stop> {
    let what = "HDF5 symbol tree";
    let mut head = file.at(address, 8, what)?;
    head.skip(4, what)?;
    let [class, _level] = head.array(what)?;
    if class != 0 {
        return Err(Stop::Malformed { what, offset: address });
    }
    let used = head.u16_le(what)?;
    let pair = u64::from(file.offset_size).saturating_add(file.length_size.into());
    // Two siblings stand in front of the pairs.
    let size = pair.saturating_mul(used.into()).saturating_add(pair.max(16));
    let mut cursor = file.from(head.position(), size);
    file.address(&mut cursor)?;
    file.address(&mut cursor)?;
    let mut below = Vec::new();
    for _ in 0..used {
        file.step()?;
        file.length(&mut cursor)?;
        below.push(file.known(&mut cursor, what)?);
    }
    Ok(below)
}

/// The entries of a leaf.
fn entries(file: &File<'_>, address: u64, names: Span, children: &mut Vec<Child>) -> Result<(), Stop> {
    let what = "HDF5 symbol node";
    let mut head = file.at(address, 8, what)?;
    head.skip(6, what)?;
    let used = head.u16_le(what)?;
    let entry = u64::from(file.offset_size).saturating_mul(2).saturating_add(24);
    let mut cursor = file.from(head.position(), entry.saturating_mul(used.into()));
    for _ in 0..used {
        file.step()?;
        let name = number(&mut cursor, file.offset_size)?;
        let header = file.address(&mut cursor)?;
        let cached = cursor.u32_le(what)?;
        cursor.skip(20, what)?;
        let left = names.size.checked_sub(name).ok_or(Stop::Malformed { what, offset: address })?;
        let mut text = file.at(names.at.saturating_add(name), left.min(MAX_NAME as u64), what)?;
        let name = terminated(&mut text, MAX_NAME, what)?;
        // A soft link has no header; its path is in the heap.
        let target = match (cached, header) {
            (2, _) => Target::Soft,
            (_, Some(header)) => Target::Object(header),
            (_, None) => return Err(Stop::Malformed { what, offset: address }),
        };
        children.push(Child { name, target });
    }
    Ok(())
}

//! B-trees of version 2, as indexes of heaps: the places of all records.
//!
//! Source: HDF5 File Format Specification 3.0, III.A.2; `H5B2hdr.c` for the widths of counts.

use std::collections::BTreeSet;

use super::file::{File, Span};
use super::superblock::number;
use crate::{Cursor, Stop};

/// Bytes of a node that are not records: signature, version, type, checksum.
const NODE_FRAME: u64 = 10;

/// The deepest tree; each level multiplies the records by at least two.
const MAX_DEPTH: u16 = 32;

/// What the nodes of one tree have in common.
struct Tree {
    class: u8,
    node_size: u64,
    record_size: u64,
    /// Bytes of the count of records of a node.
    count_width: u8,
    /// Bytes of the count of all records below a node, by its depth.
    total_widths: Vec<u8>,
}

/// Where each record of the tree at an address stands; `class` is the type of record that is expected.
///
/// # Errors
/// [`Stop`] where the tree cannot be followed.
pub(super) fn records(file: &File<'_>, address: u64, class: u8) -> Result<Vec<Span>, Stop> {
    let what = "HDF5 B-tree";
    let mut cursor = file.from(address, 64);
    let head: [u8; 6] = cursor.array(what)?;
    if head != [b'B', b'T', b'H', b'D', 0, class] {
        return Err(Stop::Malformed { what, offset: address });
    }
    let node_size = u64::from(cursor.u32_le(what)?);
    let record_size = u64::from(cursor.u16_le(what)?);
    let depth = cursor.u16_le(what)?;
    cursor.skip(2, what)?;
    let root = file.address(&mut cursor)?;
    let count = u64::from(cursor.u16_le(what)?);
    file.length(&mut cursor)?;
    let size = cursor.position().saturating_sub(address);
    file.check(Span { at: address, size }, cursor.u32_le(what)?, what)?;
    let Some(root) = root else { return Ok(Vec::new()) };
    let tree = Tree::new(file, class, node_size, record_size, depth)
        .ok_or(Stop::Malformed { what, offset: address })?;
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let mut open = vec![(root, count, depth)];
    while let Some((node, count, depth)) = open.pop() {
        if !seen.insert(node) {
            return Err(Stop::Malformed { what, offset: node });
        }
        tree.node(file, node, count, depth, &mut found, &mut open)?;
    }
    Ok(found)
}

impl Tree {
    fn new(file: &File<'_>, class: u8, node_size: u64, record_size: u64, depth: u16) -> Option<Self> {
        let room = node_size.checked_sub(NODE_FRAME)?;
        let most = room.checked_div(record_size)?;
        let count_width = width(most);
        let mut total_widths = vec![0];
        let mut total = most;
        for _ in 0..depth.min(MAX_DEPTH) {
            let below = *total_widths.last()?;
            let pointer =
                u64::from(file.offset_size).checked_add(count_width.into())?.checked_add(below.into())?;
            let most = room.checked_sub(pointer)?.checked_div(record_size.checked_add(pointer)?)?;
            total = most.checked_add(1)?.saturating_mul(total).saturating_add(most);
            total_widths.push(width(total));
        }
        (depth <= MAX_DEPTH && most > 0).then_some(Self {
            class,
            node_size,
            record_size,
            count_width,
            total_widths,
        })
    }

    fn node(
        &self,
        file: &File<'_>,
        address: u64,
        count: u64,
        depth: u16,
        found: &mut Vec<Span>,
        open: &mut Vec<(u64, u64, u16)>,
    ) -> Result<(), Stop> {
        let what = "HDF5 B-tree node";
        file.step()?;
        let mut cursor = file.at(address, self.node_size, what)?;
        let head: [u8; 6] = cursor.array(what)?;
        let [_, _, third, fourth] = if depth == 0 { *b"BTLF" } else { *b"BTIN" };
        if head != [b'B', b'T', third, fourth, 0, self.class] {
            return Err(Stop::Malformed { what, offset: address });
        }
        for _ in 0..count {
            file.step()?;
            found.push(Span { at: cursor.position(), size: self.record_size });
            cursor.skip(self.record_size, what)?;
        }
        if let Some(below) = depth.checked_sub(1) {
            for _ in 0..=count {
                open.push(self.pointer(file, &mut cursor, below)?);
            }
        }
        let size = cursor.position().saturating_sub(address);
        file.check(Span { at: address, size }, cursor.u32_le(what)?, what)
    }

    fn pointer(
        &self,
        file: &File<'_>,
        cursor: &mut Cursor<'_, '_>,
        below: u16,
    ) -> Result<(u64, u64, u16), Stop> {
        let what = "HDF5 B-tree node";
        let address = file.known(cursor, what)?;
        let count = number(cursor, self.count_width)?;
        let total = self.total_widths.get(usize::from(below)).copied().unwrap_or_default();
        cursor.skip(total.into(), what)?;
        Ok((address, count, below))
    }
}

/// Bytes that hold every number up to `most`.
pub(super) fn width(most: u64) -> u8 {
    let bits = most.checked_ilog2().unwrap_or(0);
    u8::try_from(bits / 8).unwrap_or(7).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_as_wide_as_its_largest_value() {
        assert_eq!([0, 1, 255, 256, 65_535, 65_536, u64::MAX].map(width), [1, 1, 1, 2, 2, 3, 8]);
    }
}

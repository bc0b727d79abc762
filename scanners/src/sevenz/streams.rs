//! Where packed bytes are, what they are packed with, and how the content is divided.

use super::START;
use super::fields::Fields;
use super::header::{Block, Coder, id};
use crate::{Limit, Stop};

/// Coders of a block; 7-Zip writes at most a filter, a compression and an encryption.
const MAX_CODERS: u64 = 8;

/// The blocks of an archive.
pub(super) fn streams(fields: &mut Fields<'_>) -> Result<Vec<Block>, Stop> {
    let (mut packed_at, mut packed, mut blocks) = (0, Vec::new(), Vec::new());
    loop {
        match fields.number()? {
            id::END => break,
            id::PACK => (packed_at, packed) = pack(fields)?,
            id::UNPACK => blocks = unpack(fields)?,
            id::SUB_STREAMS => sub_streams(fields, &mut blocks)?,
            _ => return Err(fields.broken("7z streams")),
        }
    }
    let mut at = START.saturating_add(packed_at);
    let mut packed = packed.into_iter();
    for block in &mut blocks {
        for _ in 0..block.packed_inputs.len() {
            let size: u64 = packed.next().ok_or_else(|| fields.broken("7z packed streams"))?;
            block.packed.push((at, size));
            at = at.saturating_add(size);
        }
        if block.members.is_empty() && block.unpacked > 0 {
            // Nothing divides the content: it is one member.
            block.members.push((0, block.unpacked));
        }
    }
    Ok(blocks)
}

fn pack(fields: &mut Fields<'_>) -> Result<(u64, Vec<u64>), Stop> {
    let (at, count) = (fields.number()?, fields.count(1)?);
    let mut sizes = Vec::new();
    loop {
        match fields.number()? {
            id::END => return Ok((at, sizes)),
            id::SIZE => {
                for _ in 0..count {
                    sizes.push(fields.number()?);
                }
            }
            id::CRC => {
                fields.digests(count)?;
            }
            _ => return Err(fields.broken("7z packed streams")),
        }
    }
}

fn unpack(fields: &mut Fields<'_>) -> Result<Vec<Block>, Stop> {
    if fields.number()? != id::FOLDER {
        return Err(fields.broken("7z blocks"));
    }
    let count = fields.count(1)?;
    if fields.byte()? != 0 {
        return Err(Stop::Unsupported("7z header outside the header"));
    }
    let mut folders = Vec::new();
    for _ in 0..count {
        folders.push(folder(fields)?);
    }
    if fields.number()? != id::CODERS_UNPACK_SIZE {
        return Err(fields.broken("7z sizes"));
    }
    let mut blocks = Vec::new();
    for folder in folders {
        blocks.push(folder.sized(fields)?);
    }
    loop {
        match fields.number()? {
            id::END => return Ok(blocks),
            id::CRC => {
                let defined = fields.digests(blocks.len() as u64)?;
                for (block, defined) in blocks.iter_mut().zip(defined) {
                    block.has_crc = defined;
                }
            }
            _ => return Err(fields.broken("7z blocks")),
        }
    }
}

fn folder(fields: &mut Fields<'_>) -> Result<Folder, Stop> {
    let (mut coders, mut inputs, mut outputs) = (Vec::new(), 0_u64, 0_u64);
    let count = fields.number()?;
    if count == 0 || count > MAX_CODERS {
        return Err(Stop::Limit(Limit::Count("7z coders")));
    }
    for _ in 0..count {
        let flags = fields.byte()?;
        let method = fields.bytes(u64::from(flags & 0x0f))?.to_vec();
        let (takes, gives) = if flags & 0x10 == 0 { (1, 1) } else { (fields.number()?, fields.number()?) };
        if takes > MAX_CODERS || gives > MAX_CODERS || flags & 0x80 != 0 {
            return Err(Stop::Limit(Limit::Count("7z coder streams")));
        }
        let length = if flags & 0x20 == 0 { 0 } else { fields.number()? };
        let properties = fields.bytes(length)?.to_vec();
        coders.push(Coder { method, properties, unpacked: 0, inputs: (inputs, takes) });
        inputs = inputs.saturating_add(takes);
        outputs = outputs.saturating_add(gives);
    }
    let mut bonds = Vec::new();
    for _ in 1..outputs {
        bonds.push((fields.number()?, fields.number()?));
    }
    let free = |input: &u64| bonds.iter().all(|(to, _)| to != input);
    let mut packed_inputs: Vec<u64> = (0..inputs).filter(free).collect();
    if packed_inputs.len() as u64 != inputs.saturating_sub(bonds.len() as u64) || packed_inputs.is_empty() {
        return Err(fields.broken("7z coders"));
    }
    if packed_inputs.len() > 1 {
        for input in &mut packed_inputs {
            *input = fields.number()?;
        }
    }
    if outputs != count {
        // Nobody writes these any more.
        coders.clear();
    }
    Ok(Folder { coders, outputs, bonds, packed_inputs })
}

/// A block whose sizes are not known yet.
struct Folder {
    coders: Vec<Coder>,
    outputs: u64,
    bonds: Vec<(u64, u64)>,
    packed_inputs: Vec<u64>,
}

impl Folder {
    /// Reads the sizes.
    fn sized(self, fields: &mut Fields<'_>) -> Result<Block, Stop> {
        let Self { mut coders, outputs, bonds, packed_inputs } = self;
        let mut sizes = Vec::new();
        for _ in 0..outputs {
            sizes.push(fields.number()?);
        }
        for (coder, size) in coders.iter_mut().zip(&sizes) {
            coder.unpacked = *size;
        }
        // The output that feeds no other coder is the content.
        let main = (0..outputs).find(|output| bonds.iter().all(|(_, from)| from != output));
        let main = main.and_then(|main| Some((main, *sizes.get(usize::try_from(main).ok()?)?)));
        let (main, unpacked) = main.ok_or_else(|| fields.broken("7z coders"))?;
        Ok(Block { coders, bonds, packed_inputs, main, unpacked, ..Block::default() })
    }
}

fn sub_streams(fields: &mut Fields<'_>, blocks: &mut [Block]) -> Result<(), Stop> {
    let mut counts: Vec<u64> = vec![1; blocks.len()];
    let mut next = fields.number()?;
    if next == id::SUB_STREAM_COUNT {
        for count in &mut counts {
            *count = fields.count(8)?;
        }
        next = fields.number()?;
    }
    let sized = next == id::SIZE;
    for (block, count) in blocks.iter_mut().zip(&counts) {
        let mut at = 0_u64;
        for _ in 1..*count {
            let size = if sized { fields.number()? } else { return Err(fields.broken("7z member sizes")) };
            block.members.push((at, size));
            at = at.saturating_add(size);
        }
        if *count > 0 {
            block.members.push((at, block.unpacked.saturating_sub(at)));
        }
    }
    if sized {
        next = fields.number()?;
    }
    let own = blocks.iter().zip(&counts).filter(|(block, count)| **count != 1 || !block.has_crc);
    let unknown = own.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    loop {
        match next {
            id::END => return Ok(()),
            id::CRC => {
                fields.digests(unknown)?;
            }
            _ => return Err(fields.broken("7z members")),
        }
        next = fields.number()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One stored block of 5 bytes, with what follows the sizes.
    fn blocks(rest: &[u8]) -> Result<Vec<Block>, Stop> {
        let bytes = [b"\x06\0\x01\x09\x05\0\x07\x0b\x01\0\x01\x01\0\x0c\x05\0", rest].concat();
        streams(&mut Fields::new(&bytes))
    }

    #[test]
    fn the_last_member_of_a_block_takes_what_is_left() {
        assert_eq!(blocks(b"\0").unwrap()[0].members, [(0, 5)]);
        assert_eq!(blocks(b"\x08\x0d\x02\x09\x02\0\0").unwrap()[0].members, [(0, 2), (2, 3)]);
        assert_eq!(blocks(b"\x08\x0d\x02\x09\x07\0\0").unwrap()[0].members, [(0, 7), (7, 0)]);
    }

    #[test]
    fn counts_and_coders_have_an_end() {
        let huge = b"\x06\0\xff\0\0\0\0\0\0\0\x01\x09";
        assert!(matches!(streams(&mut Fields::new(huge)), Err(Stop::Malformed { .. })));
        let coders = b"\x07\x0b\x01\0\x20";
        assert!(matches!(streams(&mut Fields::new(coders)), Err(Stop::Limit(_))));
        let members = b"\x08\x0d\xff\0\0\0\0\0\0\0\x01\x09";
        assert!(matches!(blocks(members), Err(Stop::Malformed { .. })));
    }

    #[test]
    fn coders_that_all_feed_each_other_are_broken() {
        let folder =
            Folder { coders: Vec::new(), outputs: 2, bonds: vec![(0, 1), (1, 0)], packed_inputs: vec![2] };
        assert!(matches!(folder.sized(&mut Fields::new(&[5, 5])), Err(Stop::Malformed { .. })));
    }
}

//! The header at the end: blocks, what they are compressed with, and the members in them.

use std::cell::Cell;
use std::io::Read;

use super::block::open;
use super::fields::Fields;
use super::{MAGIC, START};
use crate::input::as_io;
use crate::{Input, Limit, Stop};

/// The longest header; 200,000 members with honest names take 20 MiB.
const MAX_HEADER: u64 = 32 << 20;

/// Headers that are compressed; 7-Zip compresses once.
const MAX_LEVELS: u32 = 4;

/// Coders of a block; 7-Zip writes at most a filter, a compression and an encryption.
const MAX_CODERS: u64 = 8;

/// Identifiers of what comes next.
mod id {
    pub(super) const END: u64 = 0x00;
    pub(super) const HEADER: u64 = 0x01;
    pub(super) const ARCHIVE_PROPERTIES: u64 = 0x02;
    pub(super) const MAIN_STREAMS: u64 = 0x04;
    pub(super) const FILES: u64 = 0x05;
    pub(super) const PACK: u64 = 0x06;
    pub(super) const UNPACK: u64 = 0x07;
    pub(super) const SUB_STREAMS: u64 = 0x08;
    pub(super) const SIZE: u64 = 0x09;
    pub(super) const CRC: u64 = 0x0a;
    pub(super) const FOLDER: u64 = 0x0b;
    pub(super) const CODERS_UNPACK_SIZE: u64 = 0x0c;
    pub(super) const SUB_STREAM_COUNT: u64 = 0x0d;
    pub(super) const EMPTY_STREAM: u64 = 0x0e;
    pub(super) const NAMES: u64 = 0x11;
    pub(super) const ATTRIBUTES: u64 = 0x15;
    pub(super) const ENCODED_HEADER: u64 = 0x17;
}

/// One coder of a block.
#[derive(Debug, Clone)]
pub(super) struct Coder {
    pub(super) method: Vec<u8>,
    pub(super) properties: Vec<u8>,
    pub(super) unpacked: u64,
}

/// What is compressed as one: several members, in a solid archive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// From the packed bytes to the content; empty when they do not follow each other in a line.
    pub(super) coders: Vec<Coder>,
    /// Where the packed bytes start in the archive.
    pub(crate) packed_at: u64,
    /// How many there are.
    pub(crate) packed: u64,
    /// Bytes of content.
    pub(crate) unpacked: u64,
    /// Where the members of this block start in its content, and their sizes.
    pub(crate) members: Vec<(u64, u64)>,
    has_crc: bool,
    /// Streams of packed bytes that it takes.
    streams: u64,
}

/// The name and kind of a member.
#[derive(Debug, Clone, Default)]
pub(crate) struct Name {
    /// As it would be unpacked.
    pub(crate) text: String,
    /// Windows attributes below, a Unix mode above.
    pub(crate) attributes: u32,
    empty: bool,
}

/// What the headers say.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// In the order of the archive.
    pub(crate) blocks: Vec<Block>,
    names: Vec<Name>,
    /// Where the last header ends.
    pub(crate) end: u64,
}

impl Archive {
    /// Reads the headers.
    ///
    /// # Errors
    /// [`Stop`] where they are broken, too long, or encrypted.
    pub(crate) fn read(input: &Input<'_>) -> Result<Self, Stop> {
        let mut start = input.cursor(0, START);
        start.skip(MAGIC.len() as u64, "7z magic")?;
        start.skip(6, "7z version")?;
        let (offset, size) = (start.u64_le("7z header offset")?, start.u64_le("7z header size")?);
        let at = START.saturating_add(offset);
        let end = at.saturating_add(size);
        if size == 0 {
            return Ok(Self { end: START, ..Self::default() });
        }
        if size > MAX_HEADER {
            return Err(Stop::Limit(Limit::Length("7z header")));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut header = input.window(at, size)?;
        if header.len() < size {
            return Err(Stop::Malformed { what: "7z header bounds", offset: at });
        }
        for _ in 0..MAX_LEVELS {
            let mut fields = Fields::new(&header);
            match fields.number()? {
                id::HEADER => return Self { end, ..Self::default() }.main(&mut fields, input),
                id::ENCODED_HEADER => {
                    let blocks = streams(&mut fields)?;
                    header = decoded(input, &blocks)?;
                }
                _ => return Err(fields.broken("7z header")),
            }
        }
        Err(Stop::Limit(Limit::Count("compressed 7z headers")))
    }

    fn main(mut self, fields: &mut Fields<'_>, input: &Input<'_>) -> Result<Self, Stop> {
        loop {
            match fields.number()? {
                id::END => return Ok(self),
                id::ARCHIVE_PROPERTIES => {
                    while fields.number()? != id::END {
                        let size = fields.number()?;
                        fields.bytes(size)?;
                    }
                }
                id::MAIN_STREAMS => self.blocks = streams(fields)?,
                id::FILES => self.names = files(fields, input.budget().limits().max_files)?,
                _ => return Err(fields.broken("7z header")),
            }
        }
    }

    /// Every name.
    pub(crate) fn names(&self) -> &[Name] {
        &self.names
    }

    /// The names of the members with content, in the order of the blocks.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|name| !name.empty).map(|name| name.text.as_str())
    }
}

/// Decodes a compressed header.
fn decoded(input: &Input<'_>, blocks: &[Block]) -> Result<Vec<u8>, Stop> {
    let [block] = blocks else { return Err(Stop::Malformed { what: "7z header", offset: 0 }) };
    if block.unpacked > MAX_HEADER {
        return Err(Stop::Limit(Limit::Length("7z header")));
    }
    let part = input.part(block.packed_at, block.packed);
    let taken = Cell::new(0);
    let broken = || Stop::Malformed { what: "7z header", offset: block.packed_at };
    let reader = open(block, &part, &taken).map_err(|stop| match stop {
        Stop::Encrypted(_) => Stop::Encrypted("7z header"),
        stop @ (Stop::Malformed { .. }
        | Stop::Limit(_)
        | Stop::Deadline
        | Stop::Unsupported(_)
        | Stop::Io(_)) => stop,
    })?;
    let mut header = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
    let read = reader.take(MAX_HEADER).read_to_end(&mut header);
    read.map_err(|error| error.downcast::<Stop>().unwrap_or_else(|_| broken()))?;
    input.budget().inflate(header.len() as u64, header.len() as u64, taken.get()).map_err(as_io)?;
    if header.len() as u64 == block.unpacked { Ok(header) } else { Err(broken()) }
}

/// Where packed bytes are, what they are packed with, and how the content is divided.
fn streams(fields: &mut Fields<'_>) -> Result<Vec<Block>, Stop> {
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
        block.packed_at = at;
        for first in (0..block.streams).map(|index| index == 0) {
            let size: u64 = packed.next().ok_or_else(|| fields.broken("7z packed streams"))?;
            at = at.saturating_add(size);
            if first {
                block.packed = size;
            }
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

/// A block whose sizes are not known yet.
struct Folder {
    coders: Vec<Coder>,
    outputs: u64,
    streams: u64,
    /// Inputs and the outputs that feed them; these are the coders' numbers as long as each has one.
    bonds: Vec<(u64, u64)>,
    simple: bool,
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
        inputs = inputs.saturating_add(takes);
        outputs = outputs.saturating_add(gives);
        coders.push(Coder { method, properties, unpacked: 0 });
    }
    let mut bonds = Vec::new();
    for _ in 1..outputs {
        bonds.push((fields.number()?, fields.number()?));
    }
    let streams = inputs.checked_sub(bonds.len() as u64).ok_or_else(|| fields.broken("7z coders"))?;
    if streams > 1 {
        for _ in 0..streams {
            fields.number()?;
        }
    }
    let simple = inputs == count && outputs == count && streams == 1;
    Ok(Folder { coders, outputs, streams, bonds, simple })
}

impl Folder {
    /// Reads the sizes, and puts the coders in the order in which they decode.
    fn sized(mut self, fields: &mut Fields<'_>) -> Result<Block, Stop> {
        let mut sizes = Vec::new();
        for _ in 0..self.outputs {
            sizes.push(fields.number()?);
        }
        for (coder, size) in self.coders.iter_mut().zip(&sizes) {
            coder.unpacked = *size;
        }
        // The output that feeds no other coder is the content.
        let last = (0..self.outputs).find(|output| self.bonds.iter().all(|(_, from)| from != output));
        let last = last.and_then(|last| sizes.get(usize::try_from(last).ok()?)).copied();
        let unpacked = last.ok_or_else(|| fields.broken("7z coders"))?;
        let coders =
            if self.simple { self.line().ok_or_else(|| fields.broken("7z coders"))? } else { Vec::new() };
        Ok(Block { coders, unpacked, streams: self.streams, ..Block::default() })
    }

    fn line(&self) -> Option<Vec<Coder>> {
        let count = self.coders.len() as u64;
        let mut next = (0..count).find(|input| self.bonds.iter().all(|(to, _)| to != input));
        let mut line = Vec::new();
        while let Some(coder) = next {
            if line.len() >= self.coders.len() {
                return None;
            }
            line.push(self.coders.get(usize::try_from(coder).ok()?)?.clone());
            next = self.bonds.iter().find(|(_, from)| *from == coder).map(|(to, _)| *to);
        }
        (line.len() == self.coders.len()).then_some(line)
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

fn files(fields: &mut Fields<'_>, max_files: u64) -> Result<Vec<Name>, Stop> {
    // Names take two bytes at least, and there may be none.
    let count = fields.count(8)?;
    if count > max_files {
        return Err(Stop::Limit(Limit::Files));
    }
    let mut names = vec![Name::default(); usize::try_from(count).unwrap_or_default()];
    loop {
        let kind = fields.number()?;
        if kind == id::END {
            return Ok(names);
        }
        let size = fields.number()?;
        let mut property = fields.part(size)?;
        match kind {
            id::EMPTY_STREAM => {
                for (name, empty) in names.iter_mut().zip(property.bits(count)?) {
                    name.empty = empty;
                }
            }
            id::NAMES => texts(&mut property, &mut names)?,
            id::ATTRIBUTES => attributes(&mut property, &mut names)?,
            _ => {}
        }
    }
}

fn texts(property: &mut Fields<'_>, names: &mut [Name]) -> Result<(), Stop> {
    if property.byte()? != 0 {
        return Err(Stop::Unsupported("7z header outside the header"));
    }
    for name in names {
        let mut units = Vec::new();
        loop {
            let unit = u16::from_le_bytes([property.byte()?, property.byte()?]);
            if unit == 0 {
                break;
            }
            units.push(unit);
        }
        name.text = String::from_utf16_lossy(&units);
    }
    if property.is_empty() { Ok(()) } else { Err(property.broken("7z names")) }
}

fn attributes(property: &mut Fields<'_>, names: &mut [Name]) -> Result<(), Stop> {
    let defined = property.optional_bits(names.len() as u64)?;
    if property.byte()? != 0 {
        return Err(Stop::Unsupported("7z header outside the header"));
    }
    for (name, _) in names.iter_mut().zip(defined).filter(|(_, defined)| *defined) {
        let bytes = property.bytes(4)?;
        name.attributes = bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    }
    Ok(())
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
    fn coders_that_feed_each_other_in_a_ring_are_broken() {
        let bonds = [(0, 1), (1, 0)];
        let coder = Coder { method: vec![0], properties: Vec::new(), unpacked: 5 };
        let folder = Folder {
            coders: vec![coder.clone(), coder],
            outputs: 2,
            streams: 1,
            bonds: bonds.to_vec(),
            simple: true,
        };
        assert!(matches!(folder.sized(&mut Fields::new(&[5, 5])), Err(Stop::Malformed { .. })));
    }
}

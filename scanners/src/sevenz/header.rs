//! The header at the end: blocks, what they are compressed with, and the members in them.

use std::io::Read;

use super::block::{Packed, open};
use super::fields::Fields;
use super::streams::streams;
use super::{MAGIC, START};
use crate::input::as_io;
use crate::{Input, Limit, Stop};

/// The longest header; 200,000 members with honest names take 20 MiB.
const MAX_HEADER: u64 = 32 << 20;

/// Headers that are compressed; 7-Zip compresses once.
const MAX_LEVELS: u32 = 4;

/// Identifiers of what comes next.
pub(super) mod id {
    pub(in crate::sevenz) const END: u64 = 0x00;
    pub(in crate::sevenz) const HEADER: u64 = 0x01;
    pub(in crate::sevenz) const ARCHIVE_PROPERTIES: u64 = 0x02;
    pub(in crate::sevenz) const MAIN_STREAMS: u64 = 0x04;
    pub(in crate::sevenz) const FILES: u64 = 0x05;
    pub(in crate::sevenz) const PACK: u64 = 0x06;
    pub(in crate::sevenz) const UNPACK: u64 = 0x07;
    pub(in crate::sevenz) const SUB_STREAMS: u64 = 0x08;
    pub(in crate::sevenz) const SIZE: u64 = 0x09;
    pub(in crate::sevenz) const CRC: u64 = 0x0a;
    pub(in crate::sevenz) const FOLDER: u64 = 0x0b;
    pub(in crate::sevenz) const CODERS_UNPACK_SIZE: u64 = 0x0c;
    pub(in crate::sevenz) const SUB_STREAM_COUNT: u64 = 0x0d;
    pub(in crate::sevenz) const EMPTY_STREAM: u64 = 0x0e;
    pub(in crate::sevenz) const NAMES: u64 = 0x11;
    pub(in crate::sevenz) const ATTRIBUTES: u64 = 0x15;
    pub(in crate::sevenz) const ENCODED_HEADER: u64 = 0x17;
}

/// One coder of a block.
#[derive(Debug, Clone)]
pub(super) struct Coder {
    pub(super) method: Vec<u8>,
    pub(super) properties: Vec<u8>,
    pub(super) unpacked: u64,
    /// The number of its first input, and how many it takes; it gives one output, of its own number.
    pub(super) inputs: (u64, u64),
}

/// What is compressed as one: several members, in a solid archive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// What decodes it; empty when some coder gives several outputs.
    pub(super) coders: Vec<Coder>,
    /// Inputs, and the coders that feed them.
    pub(super) bonds: Vec<(u64, u64)>,
    /// Inputs that take packed bytes.
    pub(super) packed_inputs: Vec<u64>,
    /// Where those bytes stand in the archive, and how many there are.
    pub(crate) packed: Vec<(u64, u64)>,
    /// The coder that gives the content.
    pub(super) main: u64,
    /// Bytes of content.
    pub(crate) unpacked: u64,
    /// Where the members of this block start in its content, and their sizes.
    pub(crate) members: Vec<(u64, u64)>,
    pub(super) has_crc: bool,
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

    /// Those of the members with content, in the order of the blocks.
    pub(crate) fn named(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().filter(|name| !name.empty)
    }
}

/// Decodes a compressed header.
fn decoded(input: &Input<'_>, blocks: &[Block]) -> Result<Vec<u8>, Stop> {
    let [block] = blocks else { return Err(Stop::Malformed { what: "7z header", offset: 0 }) };
    if block.unpacked > MAX_HEADER {
        return Err(Stop::Limit(Limit::Length("7z header")));
    }
    let packed = Packed::of(block, input);
    let broken = || Stop::Malformed { what: "7z header", offset: block.start() };
    let reader = open(block, &packed).map_err(|stop| match stop {
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
    input.budget().inflate(header.len() as u64, header.len() as u64, packed.taken().get()).map_err(as_io)?;
    if header.len() as u64 == block.unpacked { Ok(header) } else { Err(broken()) }
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

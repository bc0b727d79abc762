//! LZ4 frames, and the legacy frames of old kernels and tools.
//!
//! Source: LZ4 Frame Format 1.6.4. A frame with a dictionary of its own is not followed.

use std::io::{self, Read};

use lz4_flex::block::decompress_into_with_dict;

use super::Source;
use crate::Stop;
use crate::input::as_io;

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// The first bytes of a legacy frame.
pub(super) const LEGACY: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// How far linked blocks reach back.
const WINDOW: usize = 64 << 10;

/// The content of a legacy block.
const LEGACY_BLOCK: usize = 8 << 20;

/// What incompressible data may take more than they are.
const OVERHEAD: usize = (LEGACY_BLOCK / 255) + 16;

/// One frame.
pub(super) struct Frame<'i, 'a> {
    source: Source<'i, 'a>,
    layout: Layout,
    /// The last block's content, after what it may reach back to.
    content: Vec<u8>,
    given: usize,
    ended: bool,
}

/// What the header says about the blocks.
#[derive(Debug, Clone, Copy)]
struct Layout {
    max_block: usize,
    /// A block may reach back to those before it.
    linked: bool,
    block_checksums: bool,
    content_checksum: bool,
    /// Blocks go on until the input ends or something else begins.
    legacy: bool,
}

impl<'i, 'a> Frame<'i, 'a> {
    /// Reads the header; a skippable frame has no content.
    pub(super) fn open(mut source: Source<'i, 'a>) -> io::Result<Self> {
        if let Some(length) = super::recognise::skippable(io::BufRead::fill_buf(&mut source)?) {
            source.skip(length)?;
            return Ok(Self { source, layout: Layout::LEGACY, content: Vec::new(), given: 0, ended: true });
        }
        let layout = match source.array()? {
            LEGACY => Layout::LEGACY,
            MAGIC => Layout::read(&mut source)?,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        Ok(Self { source, layout, content: Vec::new(), given: 0, ended: false })
    }

    /// Decodes the next block that has any content.
    fn block(&mut self) -> io::Result<()> {
        let Some(size) = self.block_size()? else {
            self.ended = true;
            return Ok(());
        };
        let stored = !self.layout.legacy && size & 0x8000_0000 != 0;
        let length = if stored { size & 0x7fff_ffff } else { size };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.layout.max_block.saturating_add(OVERHEAD) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut block = vec![0; length];
        self.source.read_exact(&mut block)?;
        if self.layout.block_checksums {
            self.source.skip(4)?;
        }
        self.decode(block, stored)
    }

    /// Puts a block's content behind the end of what was before.
    fn decode(&mut self, block: Vec<u8>, stored: bool) -> io::Result<()> {
        let kept = if self.layout.linked { WINDOW.min(self.content.len()) } else { 0 };
        let before = self.content.split_off(self.content.len().saturating_sub(kept));
        let mut decoded = block;
        if !stored {
            let mut room = vec![0; self.layout.max_block];
            let length = decompress_into_with_dict(&decoded, &mut room, &before)
                .map_err(|_| io::ErrorKind::InvalidData)?;
            room.truncate(length);
            decoded = room;
        }
        self.content = before;
        self.given = self.content.len();
        self.content.extend_from_slice(&decoded);
        Ok(())
    }

    /// The size of the next block; none at the end of the frame.
    fn block_size(&mut self) -> io::Result<Option<u32>> {
        if self.layout.legacy {
            let next = io::BufRead::fill_buf(&mut self.source)?;
            let magic = next.first_chunk::<4>().copied();
            let other =
                magic == Some(MAGIC) || magic == Some(LEGACY) || super::recognise::skippable(next).is_some();
            if next.is_empty() || other {
                return Ok(None);
            }
        }
        let size = u32::from_le_bytes(self.source.array()?);
        if size != 0 || self.layout.legacy {
            return Ok(Some(size));
        }
        if self.layout.content_checksum {
            self.source.array::<4>()?;
        }
        Ok(None)
    }
}

impl Read for Frame<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && self.given >= self.content.len() {
            self.block()?;
        }
        let mut rest = self.content.get(self.given..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.given = self.given.saturating_add(read);
        Ok(read)
    }
}

impl Layout {
    const LEGACY: Self = Self {
        max_block: LEGACY_BLOCK,
        linked: false,
        block_checksums: false,
        content_checksum: false,
        legacy: true,
    };

    /// Reads the descriptor after the magic number.
    fn read(source: &mut Source<'_, '_>) -> io::Result<Self> {
        let [flags, sizes] = source.array()?;
        if flags >> 6 != 1 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if flags & 0x01 != 0 {
            return Err(as_io(Stop::Unsupported("LZ4 dictionary")));
        }
        if flags & 0x08 != 0 {
            source.array::<8>()?;
        }
        source.array::<1>()?;
        let max_block = match (sizes >> 4) & 0x07 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        Ok(Self {
            max_block,
            linked: flags & 0x20 == 0,
            block_checksums: flags & 0x10 != 0,
            content_checksum: flags & 0x04 != 0,
            legacy: false,
        })
    }
}

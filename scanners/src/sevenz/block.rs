//! Opens the decoders of a block, one behind the other.

use std::cell::Cell;
use std::io::Read;

use bzip2::read::MultiBzDecoder;
use deflate64::Deflate64Decoder;
use flate2::read::DeflateDecoder;
use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;

use super::header::{Block, Coder};
use crate::codec::{Codec, MAX_DICTIONARY, Raw, Source, Streams, raw_lzma, seven_ppmd};
use crate::{Input, Limit, Stop};

/// A method that takes its time.
const PPMD: &[u8] = &[0x03, 0x04, 0x01];

/// The method that puts four streams together.
const BCJ2: &[u8] = &[0x03, 0x03, 0x01, 0x1b];

/// Bytes that go through a decoder.
type Content<'i> = Box<dyn Read + 'i>;

/// The packed bytes of a block, each stream with how far it was read.
pub(crate) struct Packed<'a> {
    parts: Vec<(Input<'a>, Cell<u64>)>,
    all: Cell<u64>,
}

impl<'a> Packed<'a> {
    /// The streams that a block takes.
    pub(crate) fn of(block: &Block, input: &Input<'a>) -> Self {
        let part = |(at, size): &(u64, u64)| (input.part(*at, *size), Cell::new(0));
        let parts: Vec<_> = block.packed.iter().map(part).collect();
        let all = parts.iter().fold(0_u64, |all, (part, _)| all.saturating_add(part.size()));
        Self { parts, all: Cell::new(all) }
    }

    /// How much was read: of several streams, as much as there is.
    pub(crate) fn taken(&self) -> &Cell<u64> {
        match self.parts.as_slice() {
            [(_, taken)] => taken,
            _ => &self.all,
        }
    }
}

impl Block {
    /// Where its packed bytes start in the archive.
    pub(crate) fn start(&self) -> u64 {
        self.packed.first().map_or(0, |(at, _)| *at)
    }
}

/// Opens a block.
///
/// # Errors
/// [`Stop`] for what is encrypted, not supported, broken, or asks for too much memory.
pub(crate) fn open<'i, 'a: 'i>(block: &Block, packed: &'i Packed<'a>) -> Result<Content<'i>, Stop> {
    let short = |((part, _), (_, size)): (&(Input<'_>, _), &(u64, u64))| part.size() < *size;
    if packed.parts.iter().zip(&block.packed).any(short) {
        return Err(Stop::Malformed { what: "7z packed bytes", offset: block.start() });
    }
    if block.coders.is_empty() {
        return Err(Stop::Unsupported("7z coder with several outputs"));
    }
    let mut wiring = Wiring { block, packed, opened: 0, memory: 0 };
    let content = wiring.coder(block.main)?;
    Ok(Box::new(content.take(block.unpacked)))
}

/// Puts the coders of a block behind each other.
struct Wiring<'b, 'i, 'a> {
    block: &'b Block,
    packed: &'i Packed<'a>,
    opened: usize,
    memory: u64,
}

impl<'i, 'a: 'i> Wiring<'_, 'i, 'a> {
    /// What this coder gives.
    fn coder(&mut self, number: u64) -> Result<Content<'i>, Stop> {
        let broken = || Stop::Malformed { what: "7z coders", offset: self.block.start() };
        let coder = usize::try_from(number).ok().and_then(|number| self.block.coders.get(number));
        let coder = coder.ok_or_else(broken)?;
        // Each feeds one other; more often it stands in a ring.
        self.opened = self.opened.saturating_add(1);
        if self.opened > self.block.coders.len() {
            return Err(broken());
        }
        self.memory = self.memory.saturating_add(coder.memory());
        if self.memory > u64::from(MAX_DICTIONARY) {
            return Err(Stop::Limit(Limit::Memory("7z dictionaries")));
        }
        if coder.method == PPMD
            && let Some((part, _)) = self.packed.parts.first()
        {
            part.budget().slow(coder.unpacked)?;
        }
        let (first, count) = coder.inputs;
        match (coder.method.as_slice(), count) {
            (BCJ2, 4) => {
                let mut inputs = Vec::new();
                for input in first..first.saturating_add(count) {
                    inputs.push(self.input(input)?);
                }
                Ok(Box::new(Bcj2Reader::new(inputs, coder.unpacked)))
            }
            ([0x04, 0xf7, 0x11, 0x01], 1) => self.streams(first, Codec::Zstd),
            ([0x04, 0xf7, 0x11, 0x04], 1) => self.streams(first, Codec::Lz4),
            (_, 1) => coder.decode(self.input(first)?),
            _ => Err(Stop::Unsupported("7z coder with several inputs")),
        }
    }

    /// What feeds this input.
    fn input(&mut self, input: u64) -> Result<Content<'i>, Stop> {
        if let Some((_, from)) = self.block.bonds.iter().find(|(to, _)| *to == input) {
            return self.coder(*from);
        }
        let (part, taken) = self.part(input)?;
        Ok(Box::new(Source::new(part, taken)))
    }

    /// Frames that tell their own compression, right from the archive.
    fn streams(&self, input: u64, codec: Codec) -> Result<Content<'i>, Stop> {
        let (part, taken) = self.part(input)?;
        Ok(Box::new(Streams::new(part, taken, codec)))
    }

    fn part(&self, input: u64) -> Result<(&'i Input<'a>, &'i Cell<u64>), Stop> {
        let packed = self.block.packed_inputs.iter().position(|packed| *packed == input);
        let part = packed.and_then(|packed| self.packed.parts.get(packed));
        let (part, taken) = part.ok_or(Stop::Malformed { what: "7z coders", offset: self.block.start() })?;
        Ok((part, taken))
    }
}

impl Coder {
    /// Bytes that its dictionary takes.
    fn memory(&self) -> u64 {
        match self.method.as_slice() {
            [0x21] => self.dictionary().unwrap_or_default().into(),
            // No content reaches back further than it is long.
            [0x03, 0x01, 0x01] => self.stated_memory().min(self.unpacked),
            [0x03, 0x04, 0x01] => self.stated_memory(),
            _ => 0,
        }
    }

    fn stated_memory(&self) -> u64 {
        let size = self.properties.get(1..).and_then(<[u8]>::first_chunk);
        u64::from(size.map_or(0, |size| u32::from_le_bytes(*size)))
    }

    /// Puts this coder behind what is already decoded.
    fn decode<'i>(&self, content: Content<'i>) -> Result<Content<'i>, Stop> {
        let malformed = || Stop::Malformed { what: "7z coder", offset: 0 };
        Ok(match self.method.as_slice() {
            [] | [0x00] => content,
            [0x21] => {
                let dictionary = self.dictionary().ok_or_else(malformed)?;
                if dictionary > MAX_DICTIONARY {
                    return Err(Stop::Limit(Limit::Memory("an LZMA dictionary")));
                }
                Box::new(Lzma2Reader::new(content, dictionary, None))
            }
            [0x03, 0x01, 0x01] => {
                let [properties, dictionary @ ..] = self.properties.as_slice() else {
                    return Err(malformed());
                };
                let dictionary = dictionary.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
                let dictionary = dictionary.ok_or_else(malformed)?;
                let raw = Raw { properties: *properties, dictionary, size: Some(self.unpacked) };
                Box::new(
                    raw_lzma(content, raw)
                        .map_err(|error| error.downcast().unwrap_or_else(|_| malformed()))?,
                )
            }
            [0x04, 0x01, 0x08] => Box::new(DeflateDecoder::new(content)),
            [0x04, 0x02, 0x02] => Box::new(MultiBzDecoder::new(content)),
            [0x03] => {
                let distance = self.properties.first().copied().unwrap_or_default();
                Box::new(DeltaReader::new(content, usize::from(distance).saturating_add(1)))
            }
            [0x04] | [0x03, 0x03, 0x01, 0x03] => Box::new(BcjReader::new_x86(content, 0)),
            [0x05] | [0x03, 0x03, 0x02, 0x05] => Box::new(BcjReader::new_ppc(content, 0)),
            [0x06] | [0x03, 0x03, 0x04, 0x01] => Box::new(BcjReader::new_ia64(content, 0)),
            [0x07] | [0x03, 0x03, 0x05, 0x01] => Box::new(BcjReader::new_arm(content, 0)),
            [0x08] | [0x03, 0x03, 0x07, 0x01] => Box::new(BcjReader::new_arm_thumb(content, 0)),
            [0x09] | [0x03, 0x03, 0x08, 0x05] => Box::new(BcjReader::new_sparc(content, 0)),
            [0x0a] => Box::new(BcjReader::new_arm64(content, 0)),
            [0x0b] => Box::new(BcjReader::new_riscv(content, 0)),
            [0x06, 0xf1, 0x07, 0x01] => return Err(Stop::Encrypted("7z block")),
            [0x03, 0x04, 0x01] => Box::new(
                seven_ppmd(content, &self.properties, self.unpacked)
                    .map_err(|error| error.downcast().unwrap_or_else(|_| malformed()))?,
            ),
            [0x04, 0x01, 0x09] => Box::new(Deflate64Decoder::new(content)),
            _ => return Err(Stop::Unsupported("7z method")),
        })
    }

    /// LZMA2's dictionary: 2 or 3, shifted.
    fn dictionary(&self) -> Option<u32> {
        let size = *self.properties.first()?;
        match size {
            0..40 => (2 | u32::from(size & 1)).checked_shl(u32::from(size / 2).saturating_add(11)),
            40 => Some(u32::MAX),
            _ => None,
        }
    }
}

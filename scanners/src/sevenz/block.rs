//! Opens the decoders of a block, one behind the other.

use std::cell::Cell;
use std::io::Read;

use bzip2::read::MultiBzDecoder;
use deflate64::Deflate64Decoder;
use flate2::read::DeflateDecoder;
use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;

use super::header::{Block, Coder};
use crate::codec::{Codec, MAX_DICTIONARY, Raw, Source, Streams, raw_lzma, seven_ppmd};
use crate::{Input, Limit, Stop};

/// Bytes that go through a decoder.
type Content<'i> = Box<dyn Read + 'i>;

/// Opens a block: `part` is its packed bytes, `taken` counts those that were decoded.
///
/// # Errors
/// [`Stop`] for what is encrypted, not supported, broken, or asks for too much memory.
pub(crate) fn open<'i, 'a: 'i>(
    block: &Block,
    part: &'i Input<'a>,
    taken: &'i Cell<u64>,
) -> Result<Content<'i>, Stop> {
    if part.size() < block.packed {
        return Err(Stop::Malformed { what: "7z packed bytes", offset: block.packed_at });
    }
    let (Some(first), Some(last)) = (block.coders.first(), block.coders.last()) else {
        return Err(Stop::Unsupported("7z coder with several streams"));
    };
    let wrapped = match first.method.as_slice() {
        [0x04, 0xf7, 0x11, 0x01] => Some(Codec::Zstd),
        [0x04, 0xf7, 0x11, 0x04] => Some(Codec::Lz4),
        _ => None,
    };
    let mut content: Content<'i> = match wrapped {
        Some(codec) => Box::new(Streams::new(part, taken, codec)),
        None => Box::new(Source::new(part, taken)),
    };
    for coder in block.coders.iter().skip(usize::from(wrapped.is_some())) {
        content = coder.decode(content)?;
    }
    Ok(Box::new(content.take(last.unpacked)))
}

impl Coder {
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

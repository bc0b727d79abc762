//! Compressed streams: opens the decoder for each, bounded in memory, and follows one stream into the next.
//!
//! What a header declares is checked before memory is taken: LZMA dictionaries up to 256 MiB, Zstandard windows up to
//! 128 MiB. Checksums of LZ4 and Zstandard frames are not compared: what a lenient loader would take is examined.
//!
//! Source: bzip2 1.0.8 `compress.c`; The .xz File Format 1.2.1; LZMA SDK `lzma-specification.txt`; RFC 1950; RFC 8878;
//! LZ4 Frame Format 1.6.4; Python `lzma.py`, `_compression.py`; joblib `compressor.py`, `numpy_pickle_utils.py`.

mod lz4;
mod lzma;
mod ppmd;
mod recognise;
mod source;
mod zlib;
mod zstd;

use std::cell::Cell;
use std::io::{self, Read};

use assay_core::Format;
use bzip2::bufread::BzDecoder;
use flate2::bufread::ZlibDecoder;
use lzma_rust2::XzReader;

pub(crate) use self::lzma::{MAX_DICTIONARY, Raw, raw as raw_lzma, zip_member as zip_lzma};
pub(crate) use self::ppmd::{seven_ppmd, zip_ppmd};
pub(crate) use self::recognise::recognise;
pub(crate) use self::source::Source;
pub(crate) use self::zlib::OLD_JOBLIB_HEADER;
use crate::input::as_io;
use crate::{Input, Limit, Stop};

/// Memory a decoder of LZMA may take, KiB: the dictionary, and 4 MiB for its tables.
const MAX_LZMA_KIB: u32 = (MAX_DICTIONARY >> 10) + (4 << 10);

/// Streams that follow each other; parallel compressors write one per 900 kB or less.
const MAX_STREAMS: u32 = 1 << 16;

/// Bytes decoded at a time. A decoder that meets broken data gives nothing of that step, and a loader that asks for
/// little at a time has already been given what came before.
const STEP: usize = 512;

/// Bytes looked at to tell what follows a stream.
const SIGHT: usize = 4 << 10;

/// Zero bytes between two xz streams; the format allows any multiple of four.
const MAX_STREAM_PADDING: usize = 64 << 10;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// bzip2.
    Bzip2,
    /// LZ4 frames.
    Lz4,
    /// LZMA with the 13-byte header of `.lzma`.
    Lzma,
    /// xz.
    Xz,
    /// zlib.
    Zlib,
    /// Zstandard frames.
    Zstd,
}

impl Codec {
    /// The format whose whole content such a stream is.
    pub(crate) const fn format(self) -> Format {
        match self {
            Self::Bzip2 => Format::Bzip2,
            Self::Lz4 => Format::Lz4,
            Self::Lzma => Format::Lzma,
            Self::Xz => Format::Xz,
            Self::Zlib => Format::Zlib,
            Self::Zstd => Format::Zstd,
        }
    }

    /// Opens the stream where `source` stands.
    fn open<'i, 'a: 'i>(self, source: Source<'i, 'a>) -> io::Result<Box<dyn Read + 'i>> {
        Ok(match self {
            Self::Bzip2 => Box::new(BzDecoder::new(source)),
            Self::Lz4 => Box::new(lz4::Frame::open(source)?),
            Self::Lzma => Box::new(lzma::alone(source)?),
            Self::Xz => Box::new(XzReader::new_mem_limit(source, false, MAX_LZMA_KIB)),
            Self::Zlib => Box::new(ZlibDecoder::new(source)),
            Self::Zstd => zstd::open(source)?,
        })
    }

    /// Whether Python's reader goes on with a stream of the other kind.
    const fn continues_as(self, next: Self) -> bool {
        match self {
            Self::Bzip2 => matches!(next, Self::Bzip2),
            Self::Lz4 => matches!(next, Self::Lz4),
            Self::Lzma | Self::Xz => matches!(next, Self::Lzma | Self::Xz),
            Self::Zlib => matches!(next, Self::Zlib),
            Self::Zstd => matches!(next, Self::Zstd),
        }
    }
}

/// The content of all streams of an input, one after the other.
pub(crate) struct Streams<'i, 'a> {
    input: &'i Input<'a>,
    at: &'i Cell<u64>,
    codec: Codec,
    stream: Option<Box<dyn Read + 'i>>,
    opened: u32,
}

impl<'i, 'a> Streams<'i, 'a> {
    /// Starts where `at` stands; `at` is then the end of what was read, and of the last stream when all are read.
    pub(crate) const fn new(input: &'i Input<'a>, at: &'i Cell<u64>, codec: Codec) -> Self {
        Self { input, at, codec, stream: None, opened: 0 }
    }

    /// Opens the next stream; tells whether there is one.
    fn next(&mut self) -> io::Result<bool> {
        if self.opened > 0 {
            let Some((codec, at)) = self.follower().map_err(as_io)? else { return Ok(false) };
            self.codec = codec;
            self.at.set(at);
        }
        if self.opened >= MAX_STREAMS {
            return Err(as_io(Stop::Limit(Limit::Count("compressed streams"))));
        }
        self.opened = self.opened.saturating_add(1);
        self.stream = Some(self.codec.open(Source::new(self.input, self.at))?);
        Ok(true)
    }

    /// What follows the stream that has just ended, and where.
    fn follower(&self) -> Result<Option<(Codec, u64)>, Stop> {
        let mut at = self.at.get();
        let mut sight = self.input.window(at, SIGHT)?;
        if self.codec == Codec::Xz && sight.first() == Some(&0) {
            let padding = self.input.window(at, MAX_STREAM_PADDING)?;
            let zeros = padding.iter().position(|byte| *byte != 0).unwrap_or(padding.len());
            at = at.saturating_add(zeros as u64);
            sight = self.input.window(at, SIGHT)?;
        }
        let next = recognise(&sight, self.input.size().saturating_sub(at), None);
        Ok(next.filter(|next| self.codec.continues_as(*next)).map(|next| (next, at)))
    }
}

impl Read for Streams<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = buffer.len().min(STEP);
        let Some(buffer) = buffer.get_mut(..step).filter(|step| !step.is_empty()) else { return Ok(0) };
        loop {
            if self.stream.is_none() && !self.next()? {
                return Ok(0);
            }
            let Some(stream) = &mut self.stream else { return Ok(0) };
            match stream.read(buffer)? {
                0 => self.stream = None,
                read => return Ok(read),
            }
        }
    }
}

#[cfg(test)]
mod tests;

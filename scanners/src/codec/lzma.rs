//! LZMA behind its three headers: `.lzma`, a zip member's, and a 7z coder's.
//!
//! Source: LZMA SDK `lzma-specification.txt`; APPNOTE 5.8.8; liblzma `alone_decoder.c` for what Python takes.

use std::io::{self, Read};

use lzma_rust2::LzmaReader;

use super::Source;
use crate::input::as_io;
use crate::{Limit, Stop};

/// The largest dictionary; `xz -9` takes 64 MiB, and `7z -mx=9` with large members 256 MiB.
pub(crate) const MAX_DICTIONARY: u32 = 256 << 20;

/// The length of LZMA's properties: one byte, and the dictionary's size.
const PROPERTIES: u16 = 5;

/// An LZMA stream; when it has ended, its source stands right behind it.
pub(crate) struct Lzma<'i, 'a> {
    reader: Option<LzmaReader<Source<'i, 'a>>>,
    /// A stream that does not mark its end may stop when it has given this much.
    enough: u64,
    given: u64,
}

impl Read for Lzma<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(reader) = &mut self.reader else { return Ok(0) };
        let read = match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && self.given >= self.enough => 0,
            read => read?,
        };
        self.given = self.given.saturating_add(read as u64);
        if read == 0
            && !buffer.is_empty()
            && let Some(reader) = self.reader.take()
        {
            let (source, ahead) = reader.into_parts();
            source.at().set(source.at().get().saturating_sub(ahead.len() as u64));
        }
        Ok(read)
    }
}

/// What a decoder of LZMA needs to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw {
    /// lc, lp and pb in one byte.
    pub(crate) properties: u8,
    /// The dictionary's size.
    pub(crate) dictionary: u32,
    /// The content's size, if the stream does not mark its own end.
    pub(crate) size: Option<u64>,
}

/// Opens a stream without any header.
pub(crate) fn raw<R: Read>(source: R, raw: Raw) -> io::Result<LzmaReader<R>> {
    let Raw { properties, dictionary, size } = raw;
    // No content reaches back further than it is long.
    let needed = size.map_or(dictionary, |size| u32::try_from(size).unwrap_or(u32::MAX).min(dictionary));
    if needed > MAX_DICTIONARY {
        return Err(as_io(Stop::Limit(Limit::Memory("an LZMA dictionary"))));
    }
    let size = size.unwrap_or(u64::MAX);
    let mut reader = LzmaReader::new_with_props(source, size, properties, needed, None)?;
    reader.set_defer_errors(true);
    Ok(reader)
}

/// Opens a stream with the header of `.lzma`.
pub(super) fn alone<'i, 'a>(mut source: Source<'i, 'a>) -> io::Result<Lzma<'i, 'a>> {
    let [properties] = source.array()?;
    let dictionary = u32::from_le_bytes(source.array()?);
    let size = Some(u64::from_le_bytes(source.array()?)).filter(|size| *size != u64::MAX);
    let reader = raw(source, Raw { properties, dictionary, size })?;
    Ok(Lzma { reader: Some(reader), enough: u64::MAX, given: 0 })
}

/// Opens the data of a zip member: a version, the length of the properties, the properties, the stream.
/// Python decodes to the end that the stream marks, whatever `size` the headers state.
pub(crate) fn zip_member<'i, 'a>(mut source: Source<'i, 'a>, size: u64) -> io::Result<Lzma<'i, 'a>> {
    let [_, _, low, high] = source.array()?;
    if u16::from_le_bytes([low, high]) != PROPERTIES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let [properties] = source.array()?;
    let dictionary = u32::from_le_bytes(source.array()?);
    let reader = raw(source, Raw { properties, dictionary, size: None })?;
    Ok(Lzma { reader: Some(reader), enough: size, given: 0 })
}

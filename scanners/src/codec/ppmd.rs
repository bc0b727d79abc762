//! PPMd, whose streams do not mark their end: a zip member's (variant I) and a 7z coder's (variant H).
//!
//! Source: APPNOTE 5.10 (order, memory and method in two bytes); 7-Zip `PpmdDecoder.cpp` (order and memory in five).

use std::io::{self, Read, Take};

use ppmd_rust::{Ppmd7Decoder, Ppmd8Decoder};

use super::MAX_DICTIONARY;
use crate::input::as_io;
use crate::{Limit, Stop};

fn broken<E>(_: E) -> io::Error {
    io::ErrorKind::InvalidData.into()
}

fn memory(bytes: u32) -> io::Result<u32> {
    if bytes > MAX_DICTIONARY { Err(as_io(Stop::Limit(Limit::Memory("PPMd")))) } else { Ok(bytes) }
}

/// Opens the data of a zip member that has `size` bytes of content.
pub(crate) fn zip_ppmd<R: Read>(mut source: R, size: u64) -> io::Result<Take<Ppmd8Decoder<R>>> {
    let mut header = [0; 2];
    source.read_exact(&mut header)?;
    let header = u16::from_le_bytes(header);
    let order = u32::from(header & 0x0f).saturating_add(1);
    let bytes = memory(u32::from(header >> 4 & 0xff).saturating_add(1) << 20)?;
    let decoder = Ppmd8Decoder::new(source, order, bytes, (header >> 12).into()).map_err(broken)?;
    Ok(decoder.take(size))
}

/// Opens a 7z coder with these properties that gives `size` bytes.
pub(crate) fn seven_ppmd<R: Read>(
    source: R,
    properties: &[u8],
    size: u64,
) -> io::Result<Take<Ppmd7Decoder<R>>> {
    let [order, bytes @ ..] = properties else { return Err(broken(())) };
    let bytes = bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(|| broken(()))?;
    let decoder = Ppmd7Decoder::new(source, u32::from(*order), memory(bytes)?).map_err(broken)?;
    Ok(decoder.take(size))
}

//! Where an HDF5 file begins inside a file, and how wide its addresses are.
//!
//! Source: HDF5 File Format Specification 3.0, II.A. The library takes the place of the signature for the base
//! address, whatever the superblock states, so that a user block may be put in front later.

use crate::{Cursor, Input, Probe, Stop};

/// The signature; it stands at 0, or behind a user block at 512 and every doubling.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The smallest user block.
const FIRST_BLOCK: u64 = 512;

/// Bytes of the longest superblock, with some to spare.
const MAX_SUPERBLOCK: u64 = 256;

/// What a superblock states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Superblock {
    /// Where the signature stands; every address counts from here.
    pub(crate) base: u64,
    /// Bytes of an address.
    pub(crate) offset_size: u8,
    /// Bytes of a length.
    pub(crate) length_size: u8,
    /// Where the data end, counted from the start of the whole input.
    pub(crate) end: u64,
    /// The header of the root group.
    pub(crate) root: u64,
    /// The header that extends the superblock, or the driver information of old files.
    pub(crate) extension: Extension,
    /// The bytes that the checksum covers and the checksum, where there is one.
    pub(crate) checksum: Option<(u64, u32)>,
}

/// What stands beside the superblock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extension {
    None,
    /// An object header.
    Header(u64),
    /// A block that says how the file is split over others.
    Driver,
}

/// Whether the signature stands where the library would look for it.
pub(crate) fn locate_in(probe: &Probe<'_>) -> bool {
    let starts = |offset: u64| {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        probe.head.get(from..).is_some_and(|rest| rest.starts_with(SIGNATURE))
    };
    places().take_while(|offset| *offset < probe.head.len() as u64).any(starts)
        || probe.doublings.iter().any(|first| first == SIGNATURE)
}

/// The offset of the first signature, as the library looks for it.
///
/// # Errors
/// [`Stop`] of reading; [`Stop::Malformed`] where there is none.
pub(crate) fn locate(input: &Input<'_>) -> Result<u64, Stop> {
    for offset in places().take_while(|offset| *offset < input.size()) {
        if input.window(offset, SIGNATURE.len())? == SIGNATURE {
            return Ok(offset);
        }
    }
    Err(Stop::Malformed { what: "HDF5 signature", offset: 0 })
}

fn places() -> impl Iterator<Item = u64> {
    let doublings = std::iter::successors(Some(FIRST_BLOCK), |offset| offset.checked_mul(2));
    std::iter::once(0).chain(doublings)
}

impl Superblock {
    /// Reads the superblock whose signature stands at `base`.
    ///
    /// # Errors
    /// [`Stop::Malformed`], [`Stop::Unsupported`] for an unknown version, or [`Stop`] of reading.
    pub(crate) fn read(input: &Input<'_>, base: u64) -> Result<Self, Stop> {
        let mut cursor = input.cursor(base, MAX_SUPERBLOCK);
        cursor.skip(SIGNATURE.len() as u64, "superblock")?;
        match cursor.u8("superblock version")? {
            version @ (0 | 1) => Self::old(&mut cursor, base, version),
            2 | 3 => Self::new(&mut cursor, base),
            _ => Err(Stop::Unsupported("HDF5 superblock version")),
        }
    }

    fn old(cursor: &mut Cursor<'_, '_>, base: u64, version: u8) -> Result<Self, Stop> {
        cursor.skip(4, "superblock versions")?;
        let (offset_size, length_size) = sizes(cursor)?;
        let rest = if version == 0 { 9 } else { 13 };
        cursor.skip(rest, "superblock")?;
        let stated = number(cursor, offset_size)?;
        number(cursor, offset_size)?;
        let end = number(cursor, offset_size)?;
        let driver = number(cursor, offset_size)?;
        number(cursor, offset_size)?;
        let root = number(cursor, offset_size)?;
        let extension = if driver == undefined(offset_size) { Extension::None } else { Extension::Driver };
        let end = end.saturating_sub(stated).saturating_add(base);
        Ok(Self { base, offset_size, length_size, end, root, extension, checksum: None })
    }

    fn new(cursor: &mut Cursor<'_, '_>, base: u64) -> Result<Self, Stop> {
        let (offset_size, length_size) = sizes(cursor)?;
        cursor.skip(1, "superblock flags")?;
        let stated = number(cursor, offset_size)?;
        let extension = match number(cursor, offset_size)? {
            address if address == undefined(offset_size) => Extension::None,
            address => Extension::Header(address),
        };
        let end = number(cursor, offset_size)?.saturating_sub(stated).saturating_add(base);
        let root = number(cursor, offset_size)?;
        let covered = cursor.position().saturating_sub(base);
        let checksum = Some((covered, cursor.u32_le("superblock checksum")?));
        Ok(Self { base, offset_size, length_size, end, root, extension, checksum })
    }
}

fn sizes(cursor: &mut Cursor<'_, '_>) -> Result<(u8, u8), Stop> {
    let [offsets, lengths] = cursor.array("size of offsets")?;
    match (offsets, lengths) {
        (2 | 4 | 8, 2 | 4 | 8) => Ok((offsets, lengths)),
        _ => Err(Stop::Unsupported("HDF5 size of offsets")),
    }
}

/// A little-endian number of `size` bytes, at most eight.
pub(super) fn number(cursor: &mut Cursor<'_, '_>, size: u8) -> Result<u64, Stop> {
    let bytes = cursor.bytes(u64::from(size), 8, "HDF5 number")?;
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = from;
    }
    Ok(u64::from_le_bytes(wide))
}

/// The address that stands for none.
pub(super) const fn undefined(size: u8) -> u64 {
    match size {
        2 => 0xffff,
        4 => 0xffff_ffff,
        _ => u64::MAX,
    }
}

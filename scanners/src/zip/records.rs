//! The records of a zip as they stand in the file.
//!
//! Source: APPNOTE 4.3.7 (local header), 4.3.12 (central header), 4.5.3 (zip64 extra), 4.6.9 (Unicode path extra).

use crate::{Cursor, Input, Stop};

/// The first four bytes of a local header.
pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// The first four bytes of a central header.
pub(super) const CENTRAL: [u8; 4] = *b"PK\x01\x02";
/// The first four bytes of an end record.
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
/// The first four bytes of a data descriptor, when it has any.
pub(super) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Bytes of a local header before its name.
const LOCAL_SIZE: u64 = 30;

/// Stands in a 32-bit field whose value is in the zip64 extra.
const IN_ZIP64: u64 = 0xffff_ffff;

/// The member is encrypted.
pub(crate) const ENCRYPTED: u16 = 1;
/// Sizes and CRC stand in a descriptor after the data.
pub(crate) const DESCRIBED: u16 = 1 << 3;

/// What both headers state about a member.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Version needed to extract, times ten.
    pub version: u16,
    /// General purpose bits.
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// CRC-32 of the content.
    pub crc: u32,
    /// Bytes in the file.
    pub compressed: u64,
    /// Bytes of content.
    pub size: u64,
    /// The name, as stored.
    pub name: Vec<u8>,
    /// A second name in the Unicode path extra.
    pub unicode_name: Option<Vec<u8>>,
}

/// A local header.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    /// Where it starts.
    pub at: u64,
    /// Where the data start.
    pub data: u64,
    /// What it states.
    pub facts: Facts,
}

/// A central header.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Where it starts.
    pub at: u64,
    /// The system that made it (high byte).
    pub made_by: u16,
    /// File attributes; the Unix mode in the high half.
    pub attributes: u32,
    /// The file of a split archive that holds the member.
    pub disk: u16,
    /// Where it says the local header starts, before any shift.
    pub local: u64,
    /// What it states.
    pub facts: Facts,
}

impl Local {
    /// Reads the local header at `at`; `None` when there is none.
    pub(super) fn read(input: &Input<'_>, at: u64) -> Result<Option<Self>, Stop> {
        if at.saturating_add(LOCAL_SIZE) > input.size() {
            return Ok(None);
        }
        let mut header = input.cursor(at, LOCAL_SIZE);
        if header.array::<4>("local header")? != LOCAL {
            return Ok(None);
        }
        let what = "local header";
        let (version, flags, method) = (header.u16_le(what)?, header.u16_le(what)?, header.u16_le(what)?);
        header.skip(4, what)?;
        let (crc, compressed, size) = (header.u32_le(what)?, header.u32_le(what)?, header.u32_le(what)?);
        let (name, extra) = (header.u16_le(what)?, header.u16_le(what)?);
        let variable = u64::from(name).saturating_add(u64::from(extra));
        let data = at.saturating_add(LOCAL_SIZE).saturating_add(variable);
        if data > input.size() {
            return Ok(None);
        }
        let mut rest = input.cursor(at.saturating_add(LOCAL_SIZE), variable);
        let name = rest.bytes(u64::from(name), usize::from(u16::MAX), "member name")?;
        let extra = Extra::read(&mut rest, u64::from(extra))?;
        let (mut compressed, mut size) = (u64::from(compressed), u64::from(size));
        extra.zip64(&mut [&mut size, &mut compressed]);
        let facts =
            Facts { version, flags, method, crc, compressed, size, name, unicode_name: extra.unicode_name() };
        Ok(Some(Self { at, data, facts }))
    }
}

impl Entry {
    /// Reads the central header where `cursor` stands; `None` when there is none, and the cursor is then of no use.
    pub(super) fn read(cursor: &mut Cursor<'_, '_>) -> Result<Option<Self>, Stop> {
        let at = cursor.position();
        if cursor.left() < 46 || cursor.array::<4>("central header")? != CENTRAL {
            return Ok(None);
        }
        let what = "central header";
        let (made_by, version) = (cursor.u16_le(what)?, cursor.u16_le(what)?);
        let (flags, method) = (cursor.u16_le(what)?, cursor.u16_le(what)?);
        cursor.skip(4, what)?;
        let (crc, compressed, size) = (cursor.u32_le(what)?, cursor.u32_le(what)?, cursor.u32_le(what)?);
        let (name, extra, comment) = (cursor.u16_le(what)?, cursor.u16_le(what)?, cursor.u16_le(what)?);
        let disk = cursor.u16_le(what)?;
        cursor.skip(2, what)?;
        let (attributes, local) = (cursor.u32_le(what)?, cursor.u32_le(what)?);
        let variable = u64::from(name).saturating_add(u64::from(extra)).saturating_add(u64::from(comment));
        if variable > cursor.left() {
            return Ok(None);
        }
        let name = cursor.bytes(u64::from(name), usize::from(u16::MAX), "member name")?;
        let extra = Extra::read(cursor, u64::from(extra))?;
        cursor.skip(u64::from(comment), "member comment")?;
        let (mut compressed, mut size, mut local) =
            (u64::from(compressed), u64::from(size), u64::from(local));
        extra.zip64(&mut [&mut size, &mut compressed, &mut local]);
        let facts =
            Facts { version, flags, method, crc, compressed, size, name, unicode_name: extra.unicode_name() };
        Ok(Some(Self { at, made_by, attributes, disk, local, facts }))
    }
}

/// The extra field: tagged blocks.
struct Extra(Vec<u8>);

impl Extra {
    fn read(cursor: &mut Cursor<'_, '_>, length: u64) -> Result<Self, Stop> {
        Ok(Self(cursor.bytes(length, usize::from(u16::MAX), "extra field")?))
    }

    /// The first block with this tag.
    fn block(&self, tag: u16) -> Option<&[u8]> {
        let mut rest = self.0.as_slice();
        while let Some((head, after)) = rest.split_first_chunk::<4>() {
            let [tag_low, tag_high, length_low, length_high] = *head;
            let length = usize::from(u16::from_le_bytes([length_low, length_high]));
            let (block, next) = after.split_at_checked(length)?;
            if u16::from_le_bytes([tag_low, tag_high]) == tag {
                return Some(block);
            }
            rest = next;
        }
        None
    }

    /// Replaces, in this order, the fields that say their value is in the zip64 extra.
    fn zip64(&self, fields: &mut [&mut u64]) {
        let mut values = self.block(1).unwrap_or_default();
        for field in fields.iter_mut().filter(|field| ***field == IN_ZIP64) {
            let Some((value, rest)) = values.split_first_chunk::<8>() else { return };
            **field = u64::from_le_bytes(*value);
            values = rest;
        }
    }

    /// The name in the Unicode path extra, after its version byte and CRC.
    fn unicode_name(&self) -> Option<Vec<u8>> {
        self.block(0x7075)?.get(5..).map(<[u8]>::to_vec)
    }
}

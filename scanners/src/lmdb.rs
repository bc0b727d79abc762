//! LMDB: the values on the leaf pages of a file.
//!
//! Every leaf page that stands in the file is read, also those that no tree leads to any more: they are whole, because
//! pages are copied before they are written. A large value has pages of its own, whose first says so.
//!
//! Source: `mdb.c` of LMDB 0.9, with words of 64 bits. Values of fixed size under one key are not given.

use crate::{Input, Stop};

/// Bytes of a page's header.
const HEADER: u64 = 16;

/// Page sizes that LMDB takes.
const PAGE_SIZES: std::ops::RangeInclusive<u64> = 256..=65_536;

const LEAF: u16 = 0x02;
const OVERFLOW: u16 = 0x04;
const META: u16 = 0x08;

/// Where one value stands.
pub(crate) struct Value {
    pub(crate) at: u64,
    pub(crate) size: u64,
}

/// A page's header.
struct Page {
    number: u64,
    flags: u16,
    /// Bytes of the header and the list of nodes; of a large value, the low half of its number of pages.
    lower: u16,
    upper: u16,
}

impl Page {
    fn read(input: &Input<'_>, at: u64) -> Result<Self, Stop> {
        let mut cursor = input.cursor(at, HEADER);
        let number = cursor.u64_le("LMDB page")?;
        cursor.u16_le("LMDB page")?;
        let (flags, lower, upper) =
            (cursor.u16_le("LMDB page")?, cursor.u16_le("LMDB page")?, cursor.u16_le("LMDB page")?);
        Ok(Self { number, flags, lower, upper })
    }

    fn pages(&self) -> u64 {
        u64::from(self.upper) << 16 | u64::from(self.lower)
    }
}

/// The size of pages, if this is a file of LMDB that can be read.
pub(crate) fn page_size(input: &Input<'_>) -> Result<Option<u64>, Stop> {
    if input.size() < 256 || Page::read(input, 0)?.flags & META == 0 {
        return Ok(None);
    }
    let mut cursor = input.cursor(HEADER, 256);
    if cursor.u32_le("LMDB magic")? != 0xbeef_c0de {
        return Ok(None);
    }
    cursor.skip(20, "LMDB meta page")?;
    let size = u64::from(cursor.u32_le("LMDB page size")?);
    Ok((size.is_power_of_two() && PAGE_SIZES.contains(&size)).then_some(size))
}

/// Gives every value to `look`.
///
/// # Errors
/// [`Stop`] of reading, or of `look`. A page that breaks the rules is none of LMDB's, and is stepped over.
pub(crate) fn values(
    input: &Input<'_>,
    page_size: u64,
    look: &mut dyn FnMut(Value) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut number = 0_u64;
    loop {
        let at = number.saturating_mul(page_size);
        if at.saturating_add(HEADER) > input.size() {
            return Ok(());
        }
        let page = Page::read(input, at)?;
        let own = page.number == number;
        if own && page.flags & LEAF != 0 {
            let bytes = input.window(at, usize::try_from(page_size).unwrap_or_default())?;
            for node in nodes(&bytes, page.lower) {
                if let Some(value) = value(input, &bytes, usize::from(node), at, page_size)? {
                    look(value)?;
                }
            }
        }
        let large = own && page.flags & OVERFLOW != 0;
        number = number.saturating_add(if large { page.pages().max(1) } else { 1 });
    }
}

/// The offsets of nodes in a leaf page.
fn nodes(page: &[u8], lower: u16) -> impl Iterator<Item = u16> + '_ {
    let list = page.get(16..usize::from(lower)).unwrap_or_default();
    list.chunks_exact(2).filter_map(|pair| pair.first_chunk().map(|pair| u16::from_le_bytes(*pair)))
}

/// The value of a node: behind its key, or on pages of its own.
fn value(
    input: &Input<'_>,
    page: &[u8],
    node: usize,
    page_at: u64,
    page_size: u64,
) -> Result<Option<Value>, Stop> {
    let word = |at: usize| {
        let bytes = page.get(node.checked_add(at)?..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    };
    let (Some(low), Some(high), Some(flags), Some(key)) = (word(0), word(2), word(4), word(6)) else {
        return Ok(None);
    };
    let size = u64::from(high) << 16 | u64::from(low);
    let start = node.saturating_add(8).saturating_add(usize::from(key));
    let within = (start as u64).checked_add(size).is_some_and(|end| end <= page_size);
    if flags & 1 == 0 {
        let at = page_at.saturating_add(start as u64);
        return Ok(within.then_some(Value { at, size }));
    }
    let Some(number) = page.get(start..).and_then(<[u8]>::first_chunk) else { return Ok(None) };
    let number = u64::from_le_bytes(*number);
    let at = number.saturating_mul(page_size);
    let inside = at.checked_add(HEADER).is_some_and(|at| at < input.size());
    let page = if inside { Page::read(input, at)? } else { return Ok(None) };
    // A page that is something else by now belongs to a node that nothing leads to.
    let large = page.number == number && page.flags & OVERFLOW != 0;
    let size = size.min(page.pages().saturating_mul(page_size).saturating_sub(HEADER));
    Ok(large.then_some(Value { at: at.saturating_add(HEADER), size }))
}

//! Reads fields in order, bounds-checked, with offsets kept.

use crate::{Input, Limit, Stop};

/// Bytes fetched at a time.
const BLOCK: usize = 64 << 10;

/// Reads fields in order from a window of an input; every read knows its offset.
pub struct Cursor<'i, 'a> {
    input: &'i Input<'a>,
    block: Vec<u8>,
    block_start: u64,
    position: u64,
    end: u64,
}

impl<'i, 'a> Cursor<'i, 'a> {
    pub(crate) const fn new(input: &'i Input<'a>, position: u64, end: u64) -> Self {
        Self { input, block: Vec::new(), block_start: 0, position, end }
    }

    /// The offset of the next byte inside the input.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes left in the window.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// The bytes already fetched from the position on, at least one unless the window has ended. For loops that must
    /// be fast: look here, then [`Cursor::skip`].
    ///
    /// # Errors
    /// [`Stop::Io`] or [`Stop::Deadline`].
    pub fn buffered(&mut self) -> Result<&[u8], Stop> {
        self.fetch()?;
        let from = usize::try_from(self.position.saturating_sub(self.block_start)).unwrap_or(usize::MAX);
        Ok(self.block.get(from..).unwrap_or_default())
    }

    /// The next byte, or `None` at the end of the window.
    ///
    /// # Errors
    /// [`Stop::Io`] or [`Stop::Deadline`].
    pub fn next_byte(&mut self) -> Result<Option<u8>, Stop> {
        let next = self.buffered()?.first().copied();
        if next.is_some() {
            self.position = self.position.saturating_add(1);
        }
        Ok(next)
    }

    /// Exactly `count` bytes, where `count` is checked against the window before anything is reserved.
    ///
    /// # Errors
    /// [`Stop::Limit`] above `max`; [`Stop::Malformed`] at the end of the window.
    pub fn bytes(&mut self, count: u64, max: usize, what: &'static str) -> Result<Vec<u8>, Stop> {
        if count > self.left() {
            return Err(self.malformed(what));
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= max);
        let Some(count) = count else { return Err(Stop::Limit(Limit::Length(what))) };
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            let wanted = count.saturating_sub(taken.len());
            let buffered = self.buffered()?;
            let Some(part) = buffered.get(..wanted.min(buffered.len())).filter(|part| !part.is_empty())
            else {
                return Err(self.malformed(what));
            };
            let length = part.len() as u64;
            taken.extend_from_slice(part);
            self.position = self.position.saturating_add(length);
        }
        Ok(taken)
    }

    /// Exactly `N` bytes.
    ///
    /// # Errors
    /// [`Stop::Malformed`] at the end of the window.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Stop> {
        let at = self.position;
        self.bytes(N as u64, N, what)?.try_into().map_err(|_| Stop::Malformed { what, offset: at })
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Stop::Malformed`] at the end of the window.
    pub fn u8(&mut self, what: &'static str) -> Result<u8, Stop> {
        let at = self.position;
        self.next_byte()?.ok_or(Stop::Malformed { what, offset: at })
    }

    /// A little-endian 16-bit number.
    ///
    /// # Errors
    /// [`Stop::Malformed`] at the end of the window.
    pub fn u16_le(&mut self, what: &'static str) -> Result<u16, Stop> {
        Ok(u16::from_le_bytes(self.array(what)?))
    }

    /// A little-endian 32-bit number.
    ///
    /// # Errors
    /// [`Stop::Malformed`] at the end of the window.
    pub fn u32_le(&mut self, what: &'static str) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    /// A little-endian 64-bit number.
    ///
    /// # Errors
    /// [`Stop::Malformed`] at the end of the window.
    pub fn u64_le(&mut self, what: &'static str) -> Result<u64, Stop> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    /// A number of at most 64 bits in groups of seven, the lowest first, as protocol buffers write it.
    ///
    /// # Errors
    /// [`Stop::Malformed`] at the end of the window, and for numbers that do not end.
    pub fn varint(&mut self, what: &'static str) -> Result<u64, Stop> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8(what)?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.malformed(what))
    }

    /// A little-endian 64-bit count that the file declares, refused above `max`.
    ///
    /// # Errors
    /// [`Stop::Limit`] above `max`; [`Stop::Malformed`] at the end of the window.
    pub fn count(&mut self, max: u64, what: &'static str) -> Result<u64, Stop> {
        match self.u64_le(what)? {
            count if count <= max => Ok(count),
            _ => Err(Stop::Limit(Limit::Count(what))),
        }
    }

    /// The bytes up to the next `\n`, which is taken but not given.
    ///
    /// # Errors
    /// [`Stop::Limit`] above `max` bytes; [`Stop::Malformed`] without a line end in the window.
    pub fn line(&mut self, max: usize, what: &'static str) -> Result<Vec<u8>, Stop> {
        let mut line = Vec::new();
        loop {
            let buffered = self.buffered()?;
            if buffered.is_empty() {
                return Err(self.malformed(what));
            }
            let end = buffered.iter().position(|byte| *byte == b'\n');
            let part = buffered.get(..end.unwrap_or(buffered.len())).unwrap_or_default();
            let length = part.len() as u64;
            line.extend_from_slice(part);
            self.position = self.position.saturating_add(length);
            if line.len() > max {
                return Err(Stop::Limit(Limit::Length(what)));
            }
            if end.is_some() {
                self.position = self.position.saturating_add(1);
                return Ok(line);
            }
        }
    }

    /// Steps over `count` bytes without reading them.
    ///
    /// # Errors
    /// [`Stop::Malformed`] when fewer are left.
    pub fn skip(&mut self, count: u64, what: &'static str) -> Result<(), Stop> {
        if count > self.left() {
            return Err(self.malformed(what));
        }
        self.position = self.position.saturating_add(count);
        Ok(())
    }

    /// The field that starts here breaks the format's rules.
    #[must_use]
    pub const fn malformed(&self, what: &'static str) -> Stop {
        Stop::Malformed { what, offset: self.position }
    }

    /// Makes sure the block holds the byte at the position, unless the window has ended.
    fn fetch(&mut self) -> Result<(), Stop> {
        let block_end = self.block_start.saturating_add(self.block.len() as u64);
        if (self.block_start..block_end).contains(&self.position) {
            return Ok(());
        }
        self.block_start = self.position;
        let wanted = usize::try_from(self.left()).unwrap_or(usize::MAX).min(BLOCK);
        self.block.resize(wanted, 0);
        let read = self.input.read_at(self.position, &mut self.block)?;
        self.block.truncate(read);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::{Budget, MemorySpool};

    fn with_cursor<T>(bytes: &[u8], look: impl FnOnce(&mut Cursor<'_, '_>) -> T) -> T {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let input = Input::file("x", &bytes, &budget, &spool);
        look(&mut input.cursor(0, u64::MAX))
    }

    #[test]
    fn a_short_window_is_malformed_where_it_ends() {
        with_cursor(b"\x01\0\0\0\x02", |cursor| {
            assert_eq!(cursor.u32_le("a").unwrap(), 1);
            assert!(matches!(cursor.u32_le("b"), Err(Stop::Malformed { what: "b", offset: 4 })));
        });
    }

    #[test]
    fn a_declared_length_is_never_reserved_unchecked() {
        with_cursor(b"abc", |cursor| {
            assert!(matches!(cursor.bytes(u64::MAX, usize::MAX, "n"), Err(Stop::Malformed { .. })));
            assert!(matches!(cursor.bytes(3, 2, "n"), Err(Stop::Limit(Limit::Length("n")))));
            assert_eq!(cursor.bytes(3, 3, "n").unwrap(), b"abc");
        });
    }

    #[test]
    fn lines_end_at_their_newline_or_not_at_all() {
        with_cursor(b"ab\ncd", |cursor| {
            assert_eq!(cursor.line(10, "l").unwrap(), b"ab");
            assert!(matches!(cursor.line(10, "l"), Err(Stop::Malformed { .. })));
        });
    }
}

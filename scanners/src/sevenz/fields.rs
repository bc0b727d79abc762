//! Reads the fields of a header that lies in memory.

use crate::Stop;

/// What is left of a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'h> {
    rest: &'h [u8],
    size: usize,
}

impl<'h> Fields<'h> {
    pub(super) const fn new(bytes: &'h [u8]) -> Self {
        Self { rest: bytes, size: bytes.len() }
    }

    /// The error for what stands here.
    pub(super) fn broken(&self, what: &'static str) -> Stop {
        Stop::Malformed { what, offset: self.size.saturating_sub(self.rest.len()) as u64 }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| self.broken("7z header"))?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn bytes(&mut self, count: u64) -> Result<&'h [u8], Stop> {
        let split = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let (bytes, rest) = split.ok_or_else(|| self.broken("7z header"))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// As many fields as the next bytes give.
    pub(super) fn part(&mut self, count: u64) -> Result<Self, Stop> {
        self.bytes(count).map(Self::new)
    }

    /// A number: as many further bytes as the first one has leading ones.
    pub(super) fn number(&mut self) -> Result<u64, Stop> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let mut bytes = [0; 8];
        for byte in bytes.iter_mut().take(usize::try_from(more).unwrap_or(8)) {
            *byte = self.byte()?;
        }
        let low = u64::from_le_bytes(bytes);
        let high = u64::from(first) & 0x7f_u64.checked_shr(more).unwrap_or_default();
        Ok(low | high.checked_shl(more.saturating_mul(8)).unwrap_or_default())
    }

    /// A number that may not be larger than the bytes that are left: each counted thing takes at least `1 / per_byte`.
    pub(super) fn count(&mut self, per_byte: u64) -> Result<u64, Stop> {
        let count = self.number()?;
        let most = (self.rest.len() as u64).saturating_mul(per_byte);
        if count > most { Err(self.broken("7z count")) } else { Ok(count) }
    }

    /// `count` bits, the highest of each byte first.
    pub(super) fn bits(&mut self, count: u64) -> Result<Vec<bool>, Stop> {
        let bytes = self.bytes(count.div_ceil(8))?;
        let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
        Ok(bits.take(usize::try_from(count).unwrap_or(usize::MAX)).collect())
    }

    /// Bits of which a byte before may say that all are set.
    pub(super) fn optional_bits(&mut self, count: u64) -> Result<Vec<bool>, Stop> {
        if self.byte()? == 0 {
            return self.bits(count);
        }
        Ok(vec![true; usize::try_from(count).unwrap_or_default()])
    }

    /// Which of `count` things have a CRC; the CRCs are stepped over.
    pub(super) fn digests(&mut self, count: u64) -> Result<Vec<bool>, Stop> {
        let defined = self.optional_bits(count)?;
        let stated = defined.iter().filter(|defined| **defined).count() as u64;
        self.bytes(stated.saturating_mul(4))?;
        Ok(defined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_bytes_as_the_first_one_says() {
        let number = |bytes: &[u8]| Fields::new(bytes).number().ok();
        assert_eq!(number(&[0x7f]), Some(0x7f));
        assert_eq!(number(&[0x80, 0x80]), Some(0x80));
        assert_eq!(number(&[0xbf, 0xff]), Some(0x3fff));
        assert_eq!(number(&[0xc1, 0x34, 0x12]), Some(0x1_1234));
        assert_eq!(number(&[0xff, 1, 0, 0, 0, 0, 0, 0, 0x80]), Some(0x8000_0000_0000_0001));
        assert_eq!(number(&[0xff, 1]), None);
    }

    #[test]
    fn a_count_that_the_header_cannot_hold_is_broken() {
        assert!(Fields::new(&[0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]).count(8).is_err());
        assert_eq!(Fields::new(&[0x10, 0, 0]).count(8).unwrap(), 16);
        assert!(Fields::new(&[0x11, 0, 0]).count(8).is_err());
    }
}

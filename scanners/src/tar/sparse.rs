//! Sparse members: content with holes, of which only the parts between are stored.
//!
//! Source: GNU tar manual, "Storing Sparse Files" (old GNU, pax 0.0, 0.1 and 1.0); CPython `tarfile._proc_gnusparse_*`.

use std::cell::Cell;
use std::io::{self, Read};

use super::number::number;
use super::pax::Pax;
use crate::{Cursor, Input, Limit, Stop};

/// Parts of one member; GNU tar writes one for each run of blocks that are not zero.
const MAX_PARTS: usize = 1 << 16;

/// The longest line of a map in front of the content: a number of 64 bits.
const MAX_LINE: usize = 24;

/// Where the stored parts stand in the content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Map {
    /// Where each part starts, and how long it is.
    parts: Vec<(u64, u64)>,
    /// The size of the content.
    pub size: u64,
    /// Bytes of a map before the first part.
    pub before: u64,
}

impl Map {
    /// A map of no parts yet.
    pub(super) fn of_size(size: u64) -> Self {
        Self { size, ..Self::default() }
    }

    /// Adds the parts of a block of an old GNU map.
    pub(super) fn take_old(&mut self, block: &[u8]) -> Option<()> {
        for part in block.chunks_exact(24) {
            let (offset, length) = part.split_at_checked(12)?;
            if offset.first() == Some(&0) {
                break;
            }
            self.parts.push((number(offset)?.value, number(length)?.value));
        }
        (self.parts.len() <= MAX_PARTS).then_some(())
    }

    /// The map that extended headers give; with 1.0 it stands before the content.
    pub(super) fn of(pax: &Pax, mut content: Cursor<'_, '_>) -> Result<Option<Self>, Stop> {
        let malformed = |offset| Stop::Malformed { what: "tar sparse map", offset };
        let start = content.position();
        let size = |pax: &Pax| pax.sparse_size.ok_or_else(|| malformed(start));
        if !pax.sparse_map.is_empty() {
            let pairs = pax.sparse_map.chunks_exact(2);
            let parts = pairs.filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
            return Ok(Some(Self { parts, size: size(pax)?, before: 0 }));
        }
        if !pax.sparse_in_content {
            return Ok(None);
        }
        let mut line = || -> Result<u64, Stop> {
            let at = content.position();
            let line = content.line(MAX_LINE, "tar sparse map")?;
            std::str::from_utf8(&line).ok().and_then(|line| line.parse().ok()).ok_or_else(|| malformed(at))
        };
        let count = usize::try_from(line()?).unwrap_or(usize::MAX);
        if count > MAX_PARTS {
            return Err(Stop::Limit(Limit::Count("tar sparse parts")));
        }
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push((line()?, line()?));
        }
        let before = content.position().saturating_sub(start).next_multiple_of(512);
        Ok(Some(Self { parts, size: size(pax)?, before }))
    }

    /// Whether the parts follow each other inside the content, as every program that reads them expects.
    pub(crate) fn is_in_order(&self) -> bool {
        let mut end = 0;
        self.parts.iter().all(|(offset, length)| {
            let follows = *offset >= end;
            end = offset.saturating_add(*length);
            follows && end <= self.size
        })
    }

    /// The content with its holes; `stored` is what stands in the archive behind the map.
    pub(crate) fn content<'i, 'a>(&'i self, stored: &'i Input<'a>, taken: &'i Cell<u64>) -> Content<'i, 'a> {
        Content { map: self, stored, taken, at: 0, part: 0 }
    }
}

/// The content of a sparse member.
pub(crate) struct Content<'i, 'a> {
    map: &'i Map,
    stored: &'i Input<'a>,
    taken: &'i Cell<u64>,
    at: u64,
    part: usize,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some((offset, length)) = self.map.parts.get(self.part).copied() {
            let end = offset.saturating_add(length);
            if self.at >= end {
                self.part = self.part.saturating_add(1);
            } else if self.at < offset {
                return Ok(self.hole(offset, buffer));
            } else {
                let left = usize::try_from(end.saturating_sub(self.at)).unwrap_or(usize::MAX);
                let wanted = buffer.len().min(left);
                let part = buffer.get_mut(..wanted).unwrap_or_default();
                let read = self.stored.read_at(self.taken.get(), part).map_err(crate::input::as_io)?;
                if read == 0 && wanted > 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.taken.set(self.taken.get().saturating_add(read as u64));
                self.at = self.at.saturating_add(read as u64);
                return Ok(read);
            }
        }
        Ok(self.hole(self.map.size, buffer))
    }
}

impl Content<'_, '_> {
    /// Zeros up to `end`.
    fn hole(&mut self, end: u64, buffer: &mut [u8]) -> usize {
        let left = usize::try_from(end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        buffer.iter_mut().take(length).for_each(|byte| *byte = 0);
        self.at = self.at.saturating_add(length as u64);
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::with_input;

    #[test]
    fn holes_stand_between_the_parts_and_after_them() {
        let map = Map { parts: vec![(2, 3), (6, 1), (9, 0)], size: 10, before: 0 };
        assert!(map.is_in_order());
        with_input("x", b"abcd", |stored| {
            let (mut content, taken) = (Vec::new(), Cell::new(0));
            #[expect(clippy::disallowed_methods, reason = "ten bytes of our own")]
            map.content(stored, &taken).read_to_end(&mut content).unwrap();
            assert_eq!(content, b"\0\0abc\0d\0\0\0");
            assert_eq!(taken.get(), 4);
        });
    }

    #[test]
    fn parts_that_overlap_or_leave_the_content_are_told() {
        for parts in [vec![(4, 2), (2, 1)], vec![(0, 3), (2, 1)], vec![(8, 3)]] {
            assert!(!Map { parts, size: 10, before: 0 }.is_in_order());
        }
    }
}

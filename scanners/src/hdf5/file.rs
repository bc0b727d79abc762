//! One HDF5 file: its bytes from the signature on, the widths of its numbers, and what reading it may cost.

use std::cell::Cell;

use super::checksum::lookup3;
use super::superblock::{Superblock, number, undefined};
use crate::{Cursor, Input, Limit, Stop};

/// Structures that are read: messages, entries, records. A Keras model of 10,000 layers has about half a million.
const MAX_STEPS: u32 = 2_000_000;

/// The longest structure whose checksum is verified; the library writes nodes of 512 bytes and headers below 64 KiB.
const MAX_CHECKED: u64 = 1 << 20;

/// Bytes at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) at: u64,
    pub(crate) size: u64,
}

/// The bytes of an HDF5 file from its signature on, where every address counts from.
pub(crate) struct File<'a> {
    pub(crate) input: Input<'a>,
    pub(super) offset_size: u8,
    pub(super) length_size: u8,
    steps: Cell<u32>,
    damaged: Cell<Option<(&'static str, u64)>>,
}

impl<'a> File<'a> {
    /// The file that this superblock opens inside `input`.
    ///
    /// # Errors
    /// [`Stop`] of reading.
    pub(crate) fn new(input: &Input<'a>, superblock: &Superblock) -> Result<Self, Stop> {
        let file = Self {
            input: input.part(superblock.base, u64::MAX),
            offset_size: superblock.offset_size,
            length_size: superblock.length_size,
            steps: Cell::new(0),
            damaged: Cell::new(None),
        };
        if let Some((covered, stated)) = superblock.checksum {
            file.check(Span { at: 0, size: covered }, stated, "superblock")?;
        }
        Ok(file)
    }

    /// A cursor over exactly `size` bytes at an address.
    ///
    /// # Errors
    /// [`Stop::Malformed`] when they do not lie inside the file.
    pub(crate) fn at(&self, address: u64, size: u64, what: &'static str) -> Result<Cursor<'_, 'a>, Stop> {
        match address.checked_add(size) {
            Some(end) if end <= self.input.size() => Ok(self.input.cursor(address, size)),
            _ => Err(Stop::Malformed { what, offset: address }),
        }
    }

    /// A cursor over a span.
    ///
    /// # Errors
    /// As [`File::at`].
    pub(crate) fn span(&self, span: Span, what: &'static str) -> Result<Cursor<'_, 'a>, Stop> {
        self.at(span.at, span.size, what)
    }

    /// A cursor over at most `size` bytes at an address, fewer at the end of the file.
    pub(super) fn from(&self, address: u64, size: u64) -> Cursor<'_, 'a> {
        self.input.cursor(address, size)
    }

    /// The next address, `None` where it is undefined.
    pub(super) fn address(&self, cursor: &mut Cursor<'_, '_>) -> Result<Option<u64>, Stop> {
        let address = number(cursor, self.offset_size)?;
        Ok(Some(address).filter(|address| *address != undefined(self.offset_size)))
    }

    /// The next address, which must be defined.
    pub(super) fn known(&self, cursor: &mut Cursor<'_, '_>, what: &'static str) -> Result<u64, Stop> {
        let offset = cursor.position();
        self.address(cursor)?.ok_or(Stop::Malformed { what, offset })
    }

    /// The next length.
    pub(super) fn length(&self, cursor: &mut Cursor<'_, '_>) -> Result<u64, Stop> {
        number(cursor, self.length_size)
    }

    /// Counts one more structure.
    ///
    /// # Errors
    /// [`Stop::Limit`] beyond [`MAX_STEPS`]; [`Stop::Deadline`].
    pub(crate) fn step(&self) -> Result<(), Stop> {
        let steps = self.steps.get().saturating_add(1);
        self.steps.set(steps);
        if steps > MAX_STEPS {
            return Err(Stop::Limit(Limit::Count("HDF5 structures")));
        }
        self.input.budget().charge(64)
    }

    /// Compares a structure with its checksum, and keeps the first that differs.
    pub(super) fn check(&self, span: Span, stated: u32, what: &'static str) -> Result<(), Stop> {
        let bytes = self.span(span, what)?.bytes(span.size.min(MAX_CHECKED), usize::MAX, what)?;
        if span.size <= MAX_CHECKED && lookup3(&bytes) != stated && self.damaged.get().is_none() {
            self.damaged.set(Some((what, span.at)));
        }
        Ok(())
    }

    /// The first structure whose checksum does not fit.
    pub(crate) fn damaged(&self) -> Option<(&'static str, u64)> {
        self.damaged.get()
    }
}

/// The bytes up to the next NUL, which is taken too, as text.
pub(super) fn terminated(
    cursor: &mut Cursor<'_, '_>,
    max: usize,
    what: &'static str,
) -> Result<String, Stop> {
    let mut bytes = Vec::new();
    loop {
        match cursor.u8(what)? {
            0 => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            byte if bytes.len() < max => bytes.push(byte),
            _ => return Err(Stop::Limit(Limit::Length(what))),
        }
    }
}

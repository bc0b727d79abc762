//! One HDF5 file: its bytes from the signature on.

use super::superblock::Superblock;
use crate::{Cursor, Input, Stop};

/// The bytes of an HDF5 file from its signature on, where every address counts from.
pub(crate) struct File<'a> {
    pub(crate) input: Input<'a>,
}

impl<'a> File<'a> {
    /// The file that this superblock opens inside `input`.
    pub(crate) fn new(input: &Input<'a>, superblock: &Superblock) -> Self {
        Self { input: input.part(superblock.base, u64::MAX) }
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
}

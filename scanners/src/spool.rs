//! Where inflated members lie while they are scanned: an unnamed file, never a path.

use std::cell::RefCell;
use std::io;

use crate::Bytes;

/// A stack of bytes: members are appended, scanned in place, and released in reverse order.
pub trait Spool: Bytes {
    /// Appends at the end.
    ///
    /// # Errors
    /// Whatever writing gives, such as a full disk or the size limit of the process.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Drops everything from `length` on.
    ///
    /// # Errors
    /// Whatever truncating gives.
    fn release(&self, length: u64) -> io::Result<()>;
}

/// A spool in memory, for tests and fuzzing.
#[derive(Debug, Default)]
pub struct MemorySpool(RefCell<Vec<u8>>);

impl Bytes for MemorySpool {
    fn size(&self) -> u64 {
        self.0.borrow().len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Bytes::read_at(&self.0.borrow().as_slice(), offset, buffer)
    }
}

impl Spool for MemorySpool {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn release(&self, length: u64) -> io::Result<()> {
        self.0.borrow_mut().truncate(usize::try_from(length).map_err(io::Error::other)?);
        Ok(())
    }
}

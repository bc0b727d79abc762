//! The spool the pool gave us: an unnamed file, written at its end and released in reverse order.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use assay_scanners::{Bytes, Spool};

/// The spool as a file.
pub(crate) struct FileSpool {
    file: File,
    length: Cell<u64>,
    /// Bytes it may hold at once.
    quota: u64,
}

impl FileSpool {
    /// Takes an empty unnamed file.
    pub(crate) const fn new(file: File, quota: u64) -> Self {
        Self { file, length: Cell::new(0), quota }
    }
}

impl Bytes for FileSpool {
    fn size(&self) -> u64 {
        self.length.get()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

impl Spool for FileSpool {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let start = self.length.get();
        let length = start.saturating_add(bytes.len() as u64);
        if length > self.quota {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        self.file.write_all_at(bytes, start)?;
        self.length.set(length);
        Ok(())
    }

    fn release(&self, length: u64) -> io::Result<()> {
        self.length.set(length);
        self.file.set_len(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_counts_what_is_held_at_once() {
        let spool = FileSpool::new(tempfile::tempfile().unwrap(), 4);
        spool.append(b"abcd").unwrap();
        assert_eq!(spool.append(b"e").unwrap_err().kind(), io::ErrorKind::QuotaExceeded);
        spool.release(0).unwrap();
        spool.append(b"wxyz").unwrap();
        let mut read = [0; 4];
        assert_eq!(spool.read_at(0, &mut read).unwrap(), 4);
        assert_eq!(&read, b"wxyz");
    }
}

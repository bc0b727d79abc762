//! Hashing without a worker, for files whose worker died: every file still has its row and its digest.

use std::io;
use std::os::fd::BorrowedFd;

use assay_core::Sha256;
use rustix::fs::{FileType, fstat};
use rustix::io::pread;
use sha2::Digest as _;

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// Whether the descriptor is a regular file, which can be read again.
pub(crate) fn is_regular(file: BorrowedFd<'_>) -> bool {
    fstat(file).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
}

/// Size and digest of a regular file, read from its start.
pub(crate) fn digest(file: BorrowedFd<'_>) -> io::Result<(u64, Sha256)> {
    let mut block = vec![0; BLOCK];
    let (mut hasher, mut size) = (sha2::Sha256::new(), 0_u64);
    loop {
        let read = match pread(file, &mut block, size) {
            Ok(0) => return Ok((size, Sha256::new(hasher.finalize().into()))),
            Ok(read) => read,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        hasher.update(block.get(..read).unwrap_or_default());
        size = size.saturating_add(read as u64);
    }
}

//! One read feeds hash and scan.
//!
//! Whatever a scanner reads at the hash's frontier is hashed from the same buffer. What scanners skip (tensors) is
//! read once more at the end, in order, for the hash alone.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use assay_core::{ContentDigest, DigestKind, GitSha1, Sha256};
use assay_scanners::{Bytes, Stop};
use rustix::fs::{Stat, fstat};
use sha1::Digest as _;

/// Bytes read at a time when only the hash is left. They have to stay in the second-level cache between the copy and the
/// hash: of 2 GB, 64 to 256 KiB take 1.35 s here and 512 KiB 1.89 s.
const BLOCK: usize = 128 << 10;

/// Files up to this size may be git blobs; hubs keep larger ones in LFS, named by SHA-256.
const MAX_GIT_BLOB: u64 = 64 << 20;

/// A regular file that is hashed while it is scanned.
pub(crate) struct HashingFile<'p> {
    file: File,
    before: Stat,
    hashes: RefCell<Hashes<'p>>,
}

/// What hashing a file to its end gives.
pub(crate) struct Digests {
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
    pub(crate) git_sha1: Option<GitSha1>,
    /// Digests that were asked for; none of a file that changed.
    pub(crate) extra: Vec<ContentDigest>,
    /// Whether size or times differ from when the file was first looked at.
    pub(crate) changed: bool,
}

impl<'p> HashingFile<'p> {
    /// Starts at the beginning; `progress` is told how far the hash is.
    pub(crate) fn new(
        file: File,
        kinds: &[DigestKind],
        progress: &'p mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        let before = fstat(file.as_fd())?;
        let size = u64::try_from(before.st_size).unwrap_or_default();
        Ok(Self { file, before, hashes: RefCell::new(Hashes::new(Some(size), kinds, progress)) })
    }

    /// Reads and hashes what is left, until `deadline`.
    pub(crate) fn finish(self, deadline: Instant) -> Result<Digests, Stop> {
        let size = self.size_before();
        let mut hashes = self.hashes.into_inner();
        let mut block = vec![0; BLOCK];
        loop {
            if Instant::now() >= deadline {
                return Err(Stop::Deadline);
            }
            match self.file.read_at(&mut block, hashes.position) {
                Ok(0) => break,
                Ok(read) => hashes.update(block.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let after = fstat(self.file.as_fd()).map_err(io::Error::from)?;
        let same = hashes.position == size && unchanged(&self.before, &after);
        Ok(hashes.finish(!same))
    }

    fn size_before(&self) -> u64 {
        u64::try_from(self.before.st_size).unwrap_or_default()
    }
}

impl Bytes for HashingFile<'_> {
    fn size(&self) -> u64 {
        self.size_before()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, offset)?;
        let mut hashes = self.hashes.borrow_mut();
        let hashed = hashes.position.checked_sub(offset).and_then(|hashed| usize::try_from(hashed).ok());
        if let Some(fresh) = hashed.and_then(|hashed| buffer.get(hashed..read)) {
            hashes.update(fresh);
        }
        Ok(read)
    }
}

/// The running hashes of bytes that come in order.
pub(crate) struct Hashes<'p> {
    sha256: sha2::Sha256,
    git_sha1: Option<sha1::Sha1>,
    extra: assay_signatures::Digests,
    position: u64,
    told: u64,
    progress: &'p mut dyn FnMut(u64),
}

/// Bytes between two words of progress.
const PROGRESS_EVERY: u64 = 16 << 20;

impl<'p> Hashes<'p> {
    /// Starts; a git digest is only possible when the size is known beforehand.
    pub(crate) fn new(size: Option<u64>, kinds: &[DigestKind], progress: &'p mut dyn FnMut(u64)) -> Self {
        let git_sha1 = size
            .filter(|size| *size <= MAX_GIT_BLOB)
            .map(|size| sha1::Sha1::new_with_prefix(format!("blob {size}\0")));
        let extra = assay_signatures::Digests::new(kinds);
        Self { sha256: sha2::Sha256::new(), git_sha1, extra, position: 0, told: 0, progress }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(sha1) = &mut self.git_sha1 {
            sha1.update(bytes);
        }
        self.extra.update(bytes);
        self.position = self.position.saturating_add(bytes.len() as u64);
        if self.position.saturating_sub(self.told) >= PROGRESS_EVERY {
            self.told = self.position;
            (self.progress)(self.position);
        }
    }

    pub(crate) fn finish(self, changed: bool) -> Digests {
        Digests {
            size: self.position,
            sha256: Sha256::new(self.sha256.finalize().into()),
            git_sha1: self.git_sha1.filter(|_| !changed).map(|sha1| GitSha1::new(sha1.finalize().into())),
            extra: if changed { Vec::new() } else { self.extra.finish() },
            changed,
        }
    }
}

/// Whether both looks saw the same content and metadata.
fn unchanged(before: &Stat, after: &Stat) -> bool {
    before.st_size == after.st_size
        && (before.st_mtime, before.st_mtime_nsec) == (after.st_mtime, after.st_mtime_nsec)
        && (before.st_ctime, before.st_ctime_nsec) == (after.st_ctime, after.st_ctime_nsec)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;

    fn digest(reads: &[(u64, usize)]) -> Digests {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&(0..=255).cycle().take(3_000_000).collect::<Vec<u8>>()).unwrap();
        let mut quiet = |_| ();
        let hashing = HashingFile::new(file, &[], &mut quiet).unwrap();
        for (offset, length) in reads {
            hashing.read_at(*offset, &mut vec![0; *length]).unwrap();
        }
        hashing.finish(Instant::now() + Duration::from_secs(60)).unwrap()
    }

    #[test]
    fn the_digest_does_not_depend_on_what_a_scanner_read() {
        let plain = digest(&[]);
        for reads in [
            &[(0, 100), (50, 100), (2_999_000, 5_000)][..],
            &[(10, 10), (0, 65_536), (65_536, 65_536), (0, 10)],
            &[(0, 4_000_000)],
        ] {
            let read = digest(reads);
            assert_eq!((read.size, read.sha256, read.git_sha1), (plain.size, plain.sha256, plain.git_sha1));
        }
    }

    #[test]
    fn a_file_that_grows_meanwhile_is_changed() {
        let mut file = tempfile::tempfile().unwrap();
        let mut quiet = |_| ();
        let hashing = HashingFile::new(file.try_clone().unwrap(), &[], &mut quiet).unwrap();
        file.write_all(b"more").unwrap();
        assert!(hashing.finish(Instant::now() + Duration::from_secs(60)).unwrap().changed);
    }

    #[test]
    fn the_git_digest_is_the_name_git_gives_the_blob() {
        let file = tempfile::tempfile().unwrap();
        let mut quiet = |_| ();
        let hashing = HashingFile::new(file, &[], &mut quiet).unwrap();
        let digests = hashing.finish(Instant::now() + Duration::from_secs(60)).unwrap();
        // `git hash-object -t blob /dev/null`
        assert_eq!(digests.git_sha1.unwrap().to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }
}

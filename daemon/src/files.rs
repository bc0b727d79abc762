//! Opening files to judge, and their keys.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use assay_core::FileKey;
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat};

/// Opens a regular file by a path that has no symbolic link in it.
///
/// The path comes from a walk that has followed the links; one that appeared since then is an attempt to make us read
/// something else, and is refused.
///
/// # Errors
/// The system's; `InvalidInput` when it is no regular file.
pub(crate) fn open(path: &Path) -> io::Result<(OwnedFd, FileKey)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?;
    let key = key_of(&file)?;
    Ok((file, key))
}

/// The key of an open regular file.
///
/// # Errors
/// The system's; `InvalidInput` when it is no regular file.
pub(crate) fn key_of(file: impl AsFd) -> io::Result<FileKey> {
    key_from(&rustix::fs::fstat(file)?)
}

/// The key of the regular file at a path, without opening it.
///
/// # Errors
/// The system's; `InvalidInput` when it is no regular file.
pub(crate) fn key_at(path: &Path) -> io::Result<FileKey> {
    key_from(&rustix::fs::lstat(path)?)
}

fn key_from(stat: &Stat) -> io::Result<FileKey> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(FileKey {
        dev: stat.st_dev,
        ino: stat.st_ino,
        size: stat.st_size.cast_unsigned(),
        mtime_ns: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
        ctime_ns: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
    })
}

fn nanoseconds(seconds: i64, nanoseconds: u64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_on_the_way_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("a")).unwrap();
        std::fs::write(real.join("a/f"), "x").unwrap();
        std::os::unix::fs::symlink("a", real.join("b")).unwrap();
        assert!(open(&real.join("a/f")).is_ok());
        assert!(open(&real.join("b/f")).is_err());
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        assert!(open(Path::new("/dev/null")).is_err());
        assert!(key_at(Path::new("/")).is_err());
    }

    #[test]
    fn descriptor_and_path_give_the_same_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (_, key) = open(&file.path().canonicalize().unwrap()).unwrap();
        assert_eq!(key_at(file.path()).unwrap(), key);
    }
}

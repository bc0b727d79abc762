//! Directories, and small files of a layout read with a limit, opened without following any link on the way.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{CWD, Dir, Mode, OFlags, ResolveFlags};

/// The largest JSON text of a layout; a listing of 100,000 files is about 15 MiB.
pub(super) const MAX_JSON_BYTES: u64 = 16 << 20;

/// Reads a small regular file.
///
/// # Errors
/// Also when it is a link, no regular file, or larger than [`MAX_JSON_BYTES`].
pub(super) fn small(path: &Path) -> io::Result<Vec<u8>> {
    // Without waiting: a FIFO in its place must not hold us.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("no regular file"));
    }
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the take stands here and its limit is checked")]
    file.take(MAX_JSON_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(len) if len <= MAX_JSON_BYTES => Ok(bytes),
        _ => Err(io::Error::other("larger than 16 MiB")),
    }
}

/// Opens a directory to be listed.
///
/// # Errors
/// Also when it, or anything on the way to it, is a link.
pub(super) fn directory(path: &Path) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let directory = rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?;
    Ok(Dir::new(directory)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_opened_through_a_link() {
        let scratch = tempfile::TempDir::new().unwrap();
        let base = scratch.path().canonicalize().unwrap();
        fs::create_dir(base.join("real")).unwrap();
        fs::write(base.join("real/file"), "x").unwrap();
        symlink("real", base.join("door")).unwrap();
        symlink("file", base.join("real/alias")).unwrap();
        assert!(directory(&base.join("real")).is_ok());
        assert!(directory(&base.join("door")).is_err());
        assert_eq!(small(&base.join("real/file")).unwrap(), b"x");
        assert!(small(&base.join("door/file")).is_err());
        assert!(small(&base.join("real/alias")).is_err());
    }

    #[test]
    fn a_small_file_ends_at_its_limit_and_is_a_file() {
        let scratch = tempfile::TempDir::new().unwrap();
        let base = scratch.path().canonicalize().unwrap();
        let path = base.join("big");
        fs::File::create(&path).unwrap().set_len(MAX_JSON_BYTES).unwrap();
        assert_eq!(small(&path).unwrap().len() as u64, MAX_JSON_BYTES);
        fs::File::options().write(true).open(&path).unwrap().set_len(MAX_JSON_BYTES + 1).unwrap();
        assert!(small(&path).is_err());
        let fifo = base.join("fifo");
        rustix::fs::mkfifoat(CWD, &fifo, Mode::RUSR).unwrap();
        assert!(small(&fifo).is_err());
        assert!(small(&base).is_err());
    }
}

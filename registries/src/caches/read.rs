//! Small files of a layout, read with a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};

/// The largest JSON text of a layout; a listing of 100,000 files is about 15 MiB.
pub(super) const MAX_JSON_BYTES: u64 = 16 << 20;

/// Reads a small regular file.
///
/// # Errors
/// Also when it is a link, no regular file, or larger than [`MAX_JSON_BYTES`].
pub(super) fn small(path: &Path) -> io::Result<Vec<u8>> {
    // Without waiting: a FIFO in its place must not hold us.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty())?);
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

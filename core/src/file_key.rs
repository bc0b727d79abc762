//! Which bytes on which disk: the cheap name of a file's content.

use serde::{Deserialize, Serialize};

/// Device, inode, size and times of a file.
///
/// Two equal keys mean the same content only if no writer existed when the first was taken (a read lease proves
/// that) and the kernel's timestamps are fine enough (Linux 6.13 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileKey {
    /// `st_dev`.
    pub dev: u64,
    /// `st_ino`.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Status change time, nanoseconds since 1970.
    pub ctime_ns: i64,
}

impl FileKey {
    /// Device and inode: which file, whatever it holds.
    #[must_use]
    pub const fn inode(&self) -> (u64, u64) {
        (self.dev, self.ino)
    }
}

//! Unnamed files that inflated members are written to: never a path an attacker could name.

use std::fs::File;
use std::path::Path;

use rustix::fs::{MemfdFlags, Mode, OFlags, memfd_create, open};

use crate::PoolError;

/// An unnamed file in `directory`; in memory where the file system has none.
pub(crate) fn unnamed(directory: &Path) -> Result<File, PoolError> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = match open(directory, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => file,
        Err(_) => memfd_create("assay-spool", MemfdFlags::CLOEXEC).map_err(std::io::Error::from)?,
    };
    Ok(file.into())
}

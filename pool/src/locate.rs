//! Where the worker program is.

use std::path::{Path, PathBuf};

use crate::PoolError;

/// The worker's file name.
const NAME: &str = "assay-worker";

/// Finds the worker beside the running program, else in the `libexec/assay` next to its directory.
///
/// # Errors
/// [`PoolError::NoWorker`] when it is at neither place; no search path is consulted.
pub fn locate_worker() -> Result<PathBuf, PoolError> {
    let program = std::env::current_exe()?;
    let directory = program.parent().unwrap_or(Path::new("/"));
    let installed = directory.parent().map(|prefix| prefix.join("libexec/assay").join(NAME));
    std::iter::once(directory.join(NAME))
        .chain(installed)
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| PoolError::NoWorker(program.clone()))
}

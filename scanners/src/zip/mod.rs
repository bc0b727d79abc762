//! Reads a zip as the union of all its interpretations.
//!
//! Loaders disagree about broken archives: some follow the last end record, some the first, some walk local headers;
//! some believe the directory about names, sizes, methods and flags, some the local header. What any of them would
//! load is a [`Member`] here, and where they disagree there is a [`Lie`].
//!
//! Source: PKWARE APPNOTE 6.3.10; CPython `Lib/zipfile`; miniz `mz_zip_reader`, which PyTorch embeds.
//! Split archives, the encrypted central directory and methods that nobody writes any more are named, not read.

mod archive;
mod content;
mod directory;
mod lies;
mod records;
mod search;
mod spans;
mod strict;

pub(crate) use archive::{Archive, Member};
pub(crate) use content::{Check, Content, Look};
pub(crate) use directory::ends_in;
pub(crate) use lies::Lies;
pub(crate) use strict::refusal;

use crate::Stop;

/// The most bytes of names that are held for one archive; a 200,000 member archive with honest names needs 16 MiB.
const MAX_NAME_BYTES: usize = 32 << 20;

/// Whether a stop concerns the whole archive and not just the member where it happened.
pub(crate) const fn ends_archive(stop: &Stop) -> bool {
    use crate::Limit::{Files, Recursion, ScanSize, TotalRatio, Work};
    matches!(stop, Stop::Deadline | Stop::Limit(Files | Recursion | ScanSize | TotalRatio | Work))
}

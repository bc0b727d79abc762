//! Walks the headers of a tar archive.
//!
//! The blocks are walked and decoded here: what else there is reads long names and pax records into memory without a
//! limit, skips what it does not know, and has one opinion where programs have several. Where they disagree about a
//! member, it has a [`Doubt`].
//! Source: POSIX.1-2024 pax, ustar; GNU tar manual, "Basic Tar Format"; CPython `Lib/tarfile.py`.

mod header;
mod number;
mod pax;
mod sparse;
mod walk;

pub(crate) use header::is_header;
pub(crate) use sparse::Map;
pub(crate) use walk::{Entry, Walk, next_header};

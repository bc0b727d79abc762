//! Walks the headers of a tar archive.
//!
//! The blocks are walked here, and single headers are decoded by the `tar` crate: its own walk reads long names and
//! pax records into memory without a limit, and skips what it does not know.
//! Source: POSIX.1-2024 pax, ustar; GNU tar manual, "Basic Tar Format"; CPython `Lib/tarfile.py`.

mod pax;
mod walk;

pub(crate) use walk::{Entry, Walk, is_header};

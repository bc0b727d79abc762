//! HDF5: reads the structures of a file without following anything out of it.
//!
//! Every address, length and count is checked against the file, every object is visited once, and the number of
//! structures has an end. What this version cannot follow is a gap, never silence.
//!
//! Source: HDF5 File Format Specification 3.0 (superblock 0 to 3, object headers 1 and 2).

mod file;
mod superblock;

pub(crate) use self::file::File;
pub(crate) use self::superblock::{Superblock, locate, locate_in};

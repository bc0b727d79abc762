//! HDF5: reads the structures of a file without following anything out of it.
//!
//! Every address, length and count is checked against the file, every object is visited once, and the number of
//! structures has an end. What this version cannot follow is a gap, never silence. Elements of datasets are not decoded.
//!
//! Source: HDF5 File Format Specification 3.0 (superblock 0 to 3, object headers 1 and 2), and `src/H5*.c` of the
//! library where that is silent.

mod attribute;
mod btree;
mod checksum;
mod dataset;
mod datatype;
mod file;
mod fractal_heap;
mod global_heap;
mod group;
mod object;
mod superblock;

pub(crate) use self::attribute::attributes;
pub(crate) use self::dataset::{Dataset, Layout};
pub(crate) use self::datatype::{Datatype, Kind};
pub(crate) use self::file::{File, Span};
pub(crate) use self::global_heap::{Slots, sweep};
pub(crate) use self::group::{Target, children};
pub(crate) use self::object::{Object, has_driver};
pub(crate) use self::superblock::{Extension, Superblock, locate, locate_in};

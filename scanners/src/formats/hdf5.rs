//! HDF5 files: legacy Keras models, weights, pandas and AnnData tables.
//!
//! Source: HDF5 File Format Specification 3.0; the reading is in [`crate::hdf5`].

use assay_core::{Format, Rule};

use crate::hdf5::{File, Superblock, locate, locate_in};
use crate::{Input, Probe, Report, Scanner, Stop};

/// An object header of version 2 that holds no message: signature, version, flags, size.
const EMPTY: &[u8] = b"OHDR\x02\0\0";

/// HDF5 files.
#[derive(Debug)]
pub(super) struct Hdf5;

impl Scanner for Hdf5 {
    fn format(&self) -> Format {
        Format::Hdf5
    }

    fn rules(&self) -> &'static [Rule] {
        &[]
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        locate_in(probe)
    }

    fn scan(&self, input: &Input<'_>, _report: &mut Report<'_>) -> Result<(), Stop> {
        let superblock = Superblock::read(input, locate(input)?)?;
        if superblock.end > input.size() {
            return Err(Stop::Malformed { what: "end of HDF5 file", offset: input.size() });
        }
        let file = File::new(input, &superblock);
        let header: [u8; 7] = file.at(superblock.root, 11, "root group")?.array("root group")?;
        if header == *EMPTY { Ok(()) } else { Err(Stop::Unsupported("HDF5 groups")) }
    }
}

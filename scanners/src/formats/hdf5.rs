//! HDF5 files: legacy Keras models, weights, pandas and AnnData tables.
//!
//! Looks for what opening such a file does beyond reading numbers: links and datasets that take bytes from other files
//! (CVE-2026-1669), Keras configurations in attributes, which `load_model` takes apart without `safe_mode`
//! (CVE-2025-9905), and pickles, which PyTables and pandas load from attributes and variable-length arrays. Elements in
//! chunks are not decoded.
//!
//! Source: HDF5 File Format Specification 3.0 (the reading is in [`crate::hdf5`]); PyTables `attributeset.py`, `atom.py`;
//! `keras/src/legacy/saving/legacy_h5_format.py`.

mod contents;
mod walk;

use assay_core::{Format, Rule, RuleId, Severity};

use self::walk::Walk;
use crate::hdf5::{Extension, File, Superblock, has_driver, locate, locate_in};
use crate::{Input, Probe, Report, Scanner, Stop, examine};

/// Bytes read at a time when a stretch is searched for anything but zeros.
const BLOCK: usize = 64 << 10;

const EXTERNAL_LINK: Rule = Rule {
    id: RuleId::new("hdf5-external-link"),
    severity: Severity::High,
    summary: "a link leads to an object of another file, which opening the link reads",
    taxonomy: &["CWE-73", "CWE-200", "CVE-2026-1669"],
};
const EXTERNAL_STORAGE: Rule = Rule {
    id: RuleId::new("hdf5-external-storage"),
    severity: Severity::High,
    summary: "the elements of a dataset are the bytes of another file",
    taxonomy: &["CWE-73", "CWE-200", "CVE-2026-1669"],
};
const VIRTUAL_DATASET: Rule = Rule {
    id: RuleId::new("hdf5-virtual-dataset"),
    severity: Severity::High,
    summary: "a virtual dataset takes its elements from other files",
    taxonomy: &["CWE-73", "CWE-200", "CVE-2026-1669"],
};
const UNKNOWN_FILTER: Rule = Rule {
    id: RuleId::new("hdf5-unknown-filter"),
    severity: Severity::Low,
    summary: "reading a dataset loads a filter plug-in that is not a common one",
    taxonomy: &["CWE-829"],
};
const CHECKSUM: Rule = Rule {
    id: RuleId::new("hdf5-checksum-mismatch"),
    severity: Severity::Low,
    summary: "a structure does not have the checksum it states; the library refuses it, other readers may not",
    taxonomy: &["CWE-354"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("hdf5-trailing-data"),
    severity: Severity::Medium,
    summary: "bytes that are not part of the HDF5 file follow it",
    taxonomy: &["CWE-506"],
};
static RULES: [Rule; 6] =
    [EXTERNAL_LINK, EXTERNAL_STORAGE, VIRTUAL_DATASET, UNKNOWN_FILTER, CHECKSUM, TRAILING];

/// HDF5 files.
#[derive(Debug)]
pub(super) struct Hdf5;

impl Scanner for Hdf5 {
    fn format(&self) -> Format {
        Format::Hdf5
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        locate_in(probe)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let base = locate(input)?;
        other(input, 0, base, "[user block]", report)?;
        let superblock = Superblock::read(input, base)?;
        let file = File::new(input, &superblock)?;
        Walk::new(&file, report).everything(superblock.root)?;
        if let Some((what, at)) = file.damaged() {
            let place = input.place().at(base.saturating_add(at));
            report.hit(&CHECKSUM, place, &format!("the checksum of the {what} does not fit"), &[]);
        }
        let split = match superblock.extension {
            Extension::None => false,
            Extension::Driver => true,
            Extension::Header(address) => has_driver(&file, address)?,
        };
        if split {
            return Err(Stop::Unsupported("HDF5 file that is split over others"));
        }
        let Some(rest) = input.size().checked_sub(superblock.end) else {
            return Err(Stop::Malformed { what: "end of HDF5 file", offset: input.size() });
        };
        if other(input, superblock.end, rest, "[bytes after the end]", report)? {
            let message = format!("{rest} bytes follow the end that the superblock states");
            report.hit(&TRAILING, input.place().at(superblock.end), &message, &[]);
        }
        Ok(())
    }
}

/// Examines bytes outside the HDF5 file, and tells whether they are anything but zeros.
fn other(input: &Input<'_>, from: u64, size: u64, name: &str, report: &mut Report<'_>) -> Result<bool, Stop> {
    let mut cursor = input.cursor(from, size);
    loop {
        let block = cursor.bytes(cursor.left().min(BLOCK as u64), BLOCK, "bytes outside HDF5")?;
        if block.is_empty() {
            return Ok(false);
        }
        if block.iter().any(|byte| *byte != 0) {
            examine(&input.member(name, from, size)?, report)?;
            return Ok(true);
        }
    }
}

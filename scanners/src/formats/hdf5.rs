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
    summary: "A link leads to an object of another file, which opening the link reads",
    taxonomy: &["CWE-73", "CWE-200", "CVE-2026-1669"],
};
const EXTERNAL_STORAGE: Rule = Rule {
    id: RuleId::new("hdf5-external-storage"),
    severity: Severity::High,
    summary: "The elements of a dataset are the bytes of another file",
    taxonomy: &["CWE-73", "CWE-200", "CVE-2026-1669"],
};
const VIRTUAL_DATASET: Rule = Rule {
    id: RuleId::new("hdf5-virtual-dataset"),
    severity: Severity::High,
    summary: "A virtual dataset takes its elements from other files",
    taxonomy: &["CWE-73", "CWE-200", "CVE-2026-1669"],
};
const UNKNOWN_FILTER: Rule = Rule {
    id: RuleId::new("hdf5-unknown-filter"),
    severity: Severity::Low,
    summary: "Reading a dataset loads a filter plug-in that is not a common one",
    taxonomy: &["CWE-829"],
};
const CHECKSUM: Rule = Rule {
    id: RuleId::new("hdf5-checksum-mismatch"),
    severity: Severity::Low,
    summary: "A structure does not have the checksum it states; the library refuses it, other readers may not",
    taxonomy: &["CWE-354"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("hdf5-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes that are not part of the HDF5 file follow it",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    /// An old file whose root header is at 96 and takes everything that follows.
    fn old(rest: &[u8]) -> Vec<u8> {
        let mut file = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0\0\0\0\0".to_vec();
        for word in [0, u64::MAX, 96 + rest.len() as u64, u64::MAX, 0, 96, 0, 0, 0] {
            file.extend(word.to_le_bytes());
        }
        file.extend(rest);
        file
    }

    /// A header of version 1 with one message.
    fn header(kind: u16, message: &[u8]) -> Vec<u8> {
        let mut header = vec![1, 0, 1, 0, 1, 0, 0, 0];
        header.extend((message.len() as u32 + 8).to_le_bytes());
        header.extend([0; 4]);
        header.extend(kind.to_le_bytes());
        header.extend((message.len() as u16).to_le_bytes());
        header.extend([0; 4]);
        header.extend(message);
        header
    }

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn a_continuation_that_leads_to_itself_is_read_once() {
        // The first block begins at 112, and says that it goes on there.
        let facts = scan(&Hdf5, "x.h5", &old(&header(0x10, &words(&[112, 24]))));
        assert!(facts.is_clean(), "{facts:?}");
    }

    #[test]
    fn a_tree_that_leads_to_itself_is_malformed() {
        let mut rest = header(0x11, &words(&[136, 184]));
        rest.extend([b"TREE\0\0\x01\0".to_vec(), words(&[0, 0, 0, 136, 0])].concat());
        rest.extend([b"HEAP\0\0\0\0".to_vec(), words(&[0, 0, 184])].concat());
        let facts = scan(&Hdf5, "x.h5", &old(&rest));
        assert_eq!(facts.gaps.len(), 1, "{facts:?}");
        assert_eq!(facts.gaps[0].message, "malformed HDF5 symbol tree at byte 136");
    }

    #[test]
    fn a_block_longer_than_the_file_is_a_gap() {
        let facts = scan(&Hdf5, "x.h5", &old(&header(0x10, &words(&[112, 1 << 62]))));
        assert_eq!(facts.gaps.len(), 1, "{facts:?}");
    }

    #[test]
    fn a_shared_message_and_a_link_of_a_program_are_gaps() {
        let mut shared = header(0x06, &[0; 8]);
        shared[20] = 2;
        assert_eq!(scan(&Hdf5, "x.h5", &old(&shared)).gaps.len(), 1);
        let link = header(0x06, &[1, 8, 70, 1, b'l', 0, 0, 0]);
        assert_eq!(scan(&Hdf5, "x.h5", &old(&link)).gaps.len(), 1);
    }

    #[test]
    fn a_file_that_is_split_over_others_is_a_gap() {
        let mut file = old(&header(0, &[0; 8]));
        file[48..56].copy_from_slice(&96_u64.to_le_bytes());
        let facts = scan(&Hdf5, "x.h5", &file);
        assert_eq!(facts.gaps[0].message, "unsupported HDF5 file that is split over others");
    }

    #[test]
    fn an_unknown_superblock_is_a_gap() {
        let mut file = old(&header(0, &[0; 8]));
        file[8] = 9;
        assert_eq!(scan(&Hdf5, "x.h5", &file).gaps.len(), 1);
    }

    #[test]
    fn every_doubling_may_be_the_start() {
        let budget = crate::Budget::new(
            assay_core::Limits::default(),
            std::time::Instant::now() + std::time::Duration::from_secs(60),
        );
        let spool = crate::MemorySpool::default();
        for (block, found) in [(0, true), (512, true), (1 << 15, true), (1 << 17, true), (768, false)] {
            let bytes = [vec![b' '; block], old(&header(0, &[0; 8]))].concat();
            let bytes = bytes.as_slice();
            let input = Input::file("x", &bytes, &budget, &spool);
            assert_eq!(crate::probe::probe(&input, locate_in).unwrap(), found, "{block}");
            assert_eq!(locate(&input).ok(), found.then_some(block as u64));
        }
    }
}

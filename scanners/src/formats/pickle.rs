//! Pickles that are files of their own: of any protocol, one or several, behind no header.
//!
//! Protocols 2 and later begin with their number. Earlier ones begin with any operation, so text may begin like one:
//! what a loader would refuse before it imported anything is not a pickle here.

use assay_core::{Format, Rule};

use crate::pickle::{self, Likeness};
use crate::{Input, Probe, Report, Scanner, Stop};

/// Names that pickles have. `.bin`, `.pt` and the like are used for other formats too, and do not count.
const ENDINGS: &[&str] = &[".pkl", ".pickle", ".joblib", ".dill", ".p", ".pck", ".pcl", ".cloudpickle"];

/// Bytes that tell whether it is of protocol 2 or later.
const HEAD: usize = 2;

/// The scanner of pickles.
#[derive(Debug)]
pub(super) struct Pickle;

impl Scanner for Pickle {
    fn format(&self) -> Format {
        Format::Pickle
    }

    fn rules(&self) -> &'static [Rule] {
        pickle::RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let named = probe.named(ENDINGS);
        if named && probe.head.first() == Some(&0x80) {
            return true;
        }
        match pickle::likeness(probe.head, probe.size) {
            Likeness::Program => true,
            Likeness::Data => named || probe.size > probe.head.len() as u64 || !pickle::is_text(probe.head),
            Likeness::Begun => named || pickle::magic(probe.head),
            Likeness::None => false,
        }
    }

    fn fills(&self, probe: &Probe<'_>) -> bool {
        pickle::magic(probe.head) || pickle::likeness(probe.head, probe.size) == Likeness::Program
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let head = input.window(0, HEAD)?;
        if pickle::magic(&head) || named(input.name()) {
            return pickle::scan_all(input, 0, report);
        }
        pickle::scan_doubtful(input, report)
    }
}

fn named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

//! Pickles that are values of another format, which loaders of that format unpickle.

use assay_core::Format;

use super::scan_doubtful;
use crate::{Input, Report, Stop};

/// Examines a value that is a pickle; what breaks is a gap at the value, and what follows it is still looked at.
///
/// # Errors
/// [`Stop::Deadline`] only.
pub(crate) fn examine_value(member: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    report.recognised(Format::Pickle);
    match scan_doubtful(member, report) {
        Err(Stop::Deadline) => Err(Stop::Deadline),
        Err(stop) => {
            report.gap(member.place(), &stop);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

//! Recognises an input and runs every scanner that recognises it.

use crate::probe::probe;
use crate::{Input, Report, SCANNERS, Scanner, Stop};

/// Recognises an input by its content and runs every scanner that recognises it.
///
/// A scanner that cannot go on leaves a gap in the report, and the others still run.
///
/// # Errors
/// [`Stop::Deadline`] only: when time has run out nothing else is tried. The gap is already in the report.
pub fn examine(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let recognised = probe(input, |probe| {
        SCANNERS.iter().copied().filter(|scanner| scanner.recognises(probe)).collect::<Vec<&dyn Scanner>>()
    });
    let scanners = match recognised {
        Ok(scanners) => scanners,
        Err(stop) => return leave(input, report, stop),
    };
    for scanner in scanners {
        report.recognised(scanner.format());
        if let Err(stop) = scanner.scan(input, report) {
            leave(input, report, stop)?;
        }
    }
    Ok(())
}

fn leave(input: &Input<'_>, report: &mut Report<'_>, stop: Stop) -> Result<(), Stop> {
    report.gap(input.place(), &stop);
    if matches!(stop, Stop::Deadline) { Err(stop) } else { Ok(()) }
}

//! Recognises an input and runs every scanner that recognises it.
//!
//! A file that two formats fill is loaded differently by different programs, and one of them may have been shown a
//! harmless half: that is a finding of its own, whatever the scanners say.

use assay_core::{Rule, RuleId, Severity};

use crate::probe::probe;
use crate::{Input, Probe, Report, SCANNERS, Scanner, Stop};

/// The input is a whole file in more than one format.
pub static POLYGLOT_FILE: Rule = Rule {
    id: RuleId::new("polyglot-file"),
    severity: Severity::High,
    summary: "The file is complete in more than one format, so that programs disagree about what they load",
    taxonomy: &["CWE-436", "AML.T0015"],
};

/// Recognises an input by its content and runs every scanner that recognises it.
///
/// A scanner that cannot go on leaves a gap in the report, and the others still run.
///
/// # Errors
/// [`Stop::Deadline`] only: when time has run out nothing else is tried. The gap is already in the report.
pub fn examine(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let Recognised { scanners, filled } = match probe(input, recognise) {
        Ok(recognised) => recognised,
        Err(stop) => return leave(input, report, stop),
    };
    if filled.len() > 1 {
        let formats = filled.join(" and ");
        report.hit(
            &POLYGLOT_FILE,
            input.place().clone(),
            &format!("complete as {formats} at the same time"),
            &[("formats", &formats)],
        );
    }
    for scanner in scanners {
        report.recognised(scanner.format());
        if let Err(stop) = scanner.scan(input, report) {
            leave(input, report, stop)?;
        }
    }
    Ok(())
}

/// Who recognises an input, and as what it is complete.
struct Recognised {
    scanners: Vec<&'static dyn Scanner>,
    filled: Vec<&'static str>,
}

fn recognise(probe: &Probe<'_>) -> Recognised {
    let mut scanners: Vec<&dyn Scanner> =
        SCANNERS.iter().copied().filter(|scanner| scanner.recognises(probe)).collect();
    let refined: Vec<_> = scanners.iter().flat_map(|scanner| scanner.refines(probe)).collect();
    scanners.retain(|scanner| !refined.contains(&&scanner.format()));
    let carried: Vec<_> = scanners.iter().flat_map(|scanner| scanner.carries()).collect();
    let filling =
        scanners.iter().filter(|scanner| !carried.contains(&&scanner.format()) && scanner.fills(probe));
    let filled = filling.map(|scanner| scanner.format().name()).collect();
    Recognised { scanners, filled }
}

fn leave(input: &Input<'_>, report: &mut Report<'_>, stop: Stop) -> Result<(), Stop> {
    report.gap(input.place(), &stop);
    if matches!(stop, Stop::Deadline) { Err(stop) } else { Ok(()) }
}

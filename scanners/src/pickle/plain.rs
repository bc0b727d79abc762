//! The bytes of joblib's arrays as `pickle.load` would read them: as operations.
//!
//! Only joblib reads a file of joblib whole. Whoever opens it with `pickle.load` runs into the first array, whose bytes
//! may have been chosen so that the program goes on there.

use assay_core::{Finding, Gap, Severity};

use super::machine::Machine;
use super::opcode::{Op, decode};
use super::rules;
use super::source::Source;
use crate::{Limit, Report, Sink, Stop};

/// Bytes of arrays that are followed as operations, per pickle. Those of real arrays break after a few.
pub(super) const MAX_FOLLOWED: u64 = 64 << 20;

/// Findings about one array.
const MAX_FINDINGS: u32 = 8;

/// Keeps what was found, and forgets what could not be read: a break is what bytes of an array lead to.
#[derive(Default)]
struct Grave(Vec<Finding>);

impl Sink for Grave {
    fn finding(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    fn gap(&mut self, _gap: Gap) {}

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

/// What the bytes of an array are for joblib.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Array {
    /// Numbers and texts.
    Raw,
    /// A pickle, whose references to the memo mean something else when it is no pickle of its own.
    Pickle,
}

/// Follows the bytes at hand as operations on the values at hand, and reports what is grave among what they do.
pub(super) fn follow(machine: &mut Machine<'_, '_, '_, '_>, array: Array) -> Result<(), Stop> {
    let start = machine.source.position();
    let mut ahead = machine.source.ahead();
    let acts = acts(&mut ahead)?;
    machine.plain_left = machine.plain_left.saturating_sub(ahead.position().saturating_sub(start));
    if !acts {
        return Ok(());
    }
    let input = machine.source.input();
    input.budget().charge(machine.size())?;
    let part = input.part(0, start.saturating_add(machine.plain_left));
    let mut grave = Grave::default();
    let mut report = Report::new(&mut grave, MAX_FINDINGS);
    let mut plain = machine.as_plain(&part, &mut report);
    let ended = plain.run();
    let (plausible, ran_out) = (plain.names_more_than(machine), plain.goes_on(input.size()));
    let end = plain.source.position();
    machine.plain_left = machine.plain_left.saturating_sub(end.saturating_sub(start));
    for mut finding in grave.0 {
        if is_meant(&finding, array, plausible) {
            finding.message = format!("read by pickle.load, {}", finding.message);
            machine.report.pass(finding);
        }
    }
    match ended {
        Err(stop @ (Stop::Limit(_) | Stop::Deadline | Stop::Io(_))) => Err(stop),
        Err(_) if ran_out => Err(Stop::Limit(Limit::Length("arrays that are operations"))),
        Ok(_) | Err(Stop::Malformed { .. } | Stop::Encrypted(_) | Stop::Unsupported(_)) => Ok(()),
    }
}

/// Whether a finding says more than that any bytes are some operations.
fn is_meant(finding: &Finding, array: Array, plausible: bool) -> bool {
    let dangerous = [&rules::UNSAFE_GLOBAL, &rules::UNSAFE_IMPORT];
    let improper = [&rules::MUTATED_GLOBAL, &rules::UNEXPECTED_CALL];
    let of = |rules: [&assay_core::Rule; 2]| rules.into_iter().any(|rule| rule.id == finding.rule);
    match array {
        Array::Pickle => of(dangerous),
        Array::Raw => of(dangerous) || of(improper) || plausible && finding.severity >= Severity::High,
    }
}

/// Whether the operations from here on name, call or change anything before they break.
fn acts(source: &mut Source<'_, '_>) -> Result<bool, Stop> {
    loop {
        match decode(source) {
            Ok(Some(Op::Stop) | None) | Err(Stop::Malformed { .. }) => return Ok(false),
            Ok(Some(op)) if op.acts() => return Ok(true),
            Ok(Some(_)) => {}
            Err(stop) => return Err(stop),
        }
    }
}

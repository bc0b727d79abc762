//! Pickle: which globals a pickle resolves, which it calls, and with what.
//!
//! A pickle is a program for a small stack machine. This follows the program the way CPython does, with values replaced
//! by what matters of them, and judges every import, call and change: harmless ones are listed exactly, dangerous ones
//! are explained, and everything else is unknown. Nothing is imported or run, and nothing depends on what is installed.
//!
//! Source: PEP 307, PEP 3154, PEP 574; CPython `Modules/_pickle.c`, `Lib/pickle.py`, `Lib/_compat_pickle.py`.

mod arguments;
mod calls;
mod containers;
mod deed;
mod globals;
mod inside;
mod items;
mod joblib;
mod judge;
mod literal;
mod machine;
mod memo;
mod named;
mod names;
mod nested;
mod opcode;
mod plain;
mod program;
mod recognise;
mod rules;
mod shared;
mod source;
mod standing;
mod state;
mod tables;
mod text;
mod value;
mod weight;

pub use self::deed::{Deed, Seen};
pub(crate) use self::inside::examine_value;
use self::machine::Machine;
pub(crate) use self::recognise::{Likeness, likeness, magic, may_import, text as is_text};
pub(crate) use self::rules::RULES;
use self::source::Span;
pub(crate) use self::standing::{Standing, standing};
use crate::{Input, Limit, Report, Stop};

/// Pickles in one stream; torch's old format has five, and a log of pickled records many.
const MAX_PICKLES: u64 = 1 << 20;

/// Scans exactly one pickle that begins at `offset`, and gives the offset after its end.
///
/// # Errors
/// [`Stop`] where the pickle could not be followed; what it did until there is in the report.
pub(crate) fn scan_one(input: &Input<'_>, offset: u64, report: &mut Report<'_>) -> Result<u64, Stop> {
    Machine::new(input, offset, report).run().map(|end| end.offset)
}

/// Scans what may be a pickle or may be text that begins like one: a break before anything was imported is no gap,
/// because a loader breaks there too and has done nothing.
///
/// # Errors
/// [`Stop`] where a pickle could not be followed; what was found until there is in the report.
pub(crate) fn scan_doubtful(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    match try_one(input, 0, report)? {
        Some((end, _)) => scan_rest(input, end, report),
        None => Ok(()),
    }
}

/// Scans what may be one pickle at `offset`: `None` when it breaks before it imported anything, otherwise the offset
/// after its end and whether it imports something.
///
/// # Errors
/// [`Stop`] where a pickle could not be followed; what was found until there is in the report.
pub(crate) fn try_one(
    input: &Input<'_>,
    offset: u64,
    report: &mut Report<'_>,
) -> Result<Option<(u64, bool)>, Stop> {
    let mut machine = Machine::new(input, offset, report);
    match machine.run() {
        Err(Stop::Malformed { .. }) if !machine.active() => Ok(None),
        Err(stop) => Err(stop),
        Ok(end) => Ok(Some((end.offset, machine.active()))),
    }
}

/// Scans every pickle from `offset` to the end of the input. Bytes behind a pickle that are none are a finding, not a
/// stop: no loader reads them.
///
/// # Errors
/// [`Stop`] where a pickle could not be followed; what was found until there is in the report.
pub(crate) fn scan_all(input: &Input<'_>, offset: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let end = scan_one(input, offset, report)?;
    scan_rest(input, end, report)
}

fn scan_rest(input: &Input<'_>, offset: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let mut offset = offset;
    for _ in 0..MAX_PICKLES {
        if offset >= input.size() {
            return Ok(());
        }
        let magic = magic(&input.window(offset, 2)?);
        if !magic && !recognise::acts(input, offset)? {
            trailing(input, offset, report);
            return Ok(());
        }
        let mut machine = Machine::new(input, offset, report);
        match machine.run() {
            Ok(end) => offset = end.offset,
            Err(Stop::Malformed { .. }) if !magic && !machine.names() => {
                trailing(input, offset, report);
                return Ok(());
            }
            Err(stop) => return Err(stop),
        }
    }
    Err(Stop::Limit(Limit::Count("pickles")))
}

fn trailing(input: &Input<'_>, offset: u64, report: &mut Report<'_>) {
    let left = input.size().saturating_sub(offset);
    let message = format!("{left} bytes follow the last pickle");
    report.hit(&rules::TRAILING_BYTES, input.place().at(offset), &message, &[("bytes", &left.to_string())]);
}

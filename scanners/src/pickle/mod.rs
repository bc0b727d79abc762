//! Pickle: which globals a pickle resolves, which it calls, and with what.
//!
//! Source: PEP 307, PEP 3154, PEP 574; CPython `Modules/_pickle.c` and `Lib/pickle.py`.

mod opcode;
mod source;

use self::opcode::{Op, decode};
use self::source::Source;
use crate::{Input, Report, Stop};

/// Scans exactly one pickle that begins at `offset`, and gives the offset after its end.
///
/// # Errors
/// [`Stop`] where the pickle could not be followed; what it did until there is in the report.
pub(crate) fn scan_one(input: &Input<'_>, offset: u64, _report: &mut Report<'_>) -> Result<u64, Stop> {
    let mut source = Source::new(input, offset);
    loop {
        match decode(&mut source)? {
            Some(Op::Stop) => return Ok(source.position()),
            Some(_) => {}
            None => return Err(source.malformed("end of pickle")),
        }
    }
}

/// Scans every pickle from `offset` to the end of the input.
///
/// # Errors
/// [`Stop`] where a pickle could not be followed; what was found until there is in the report.
pub(crate) fn scan_all(input: &Input<'_>, offset: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let mut offset = offset;
    while offset < input.size() {
        offset = scan_one(input, offset, report)?;
    }
    Ok(())
}

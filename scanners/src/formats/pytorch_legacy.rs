//! PyTorch's own format before 1.6: a magic number, a protocol version, system facts, the object and the list of
//! storages as five pickles, then the raw storages.
//!
//! Source: `torch/serialization.py`, `_legacy_load`. The storages are numbers and are not looked at. A file whose magic
//! number is computed by its first pickle is left to the pickle scanner, which sees the computation.

use assay_core::{Format, Rule};

use crate::pickle::{self, Likeness};
use crate::{Input, Loader, Probe, Report, Scanner, Stop};

/// `0x1950a86a20f9469cfc6c`, as pickle's LONG1 writes it.
const MAGIC: &[u8] = b"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// The same number as protocols 0 and 1 write it, and in other bases that the loader takes.
const MAGIC_TEXT: [&[u8]; 2] = [b"119547037146038801333356", b"1950a86a20f9469cfc6c"];

/// Where the first pickle states it at the latest: after PROTO, FRAME and an opcode.
const MAGIC_WITHIN: usize = 64;

/// Bytes behind the five pickles that are tried.
const SIGHT: usize = 4 << 10;

/// Magic number, protocol version, system facts, object, storage keys.
const PICKLES: usize = 5;

/// PyTorch files before 1.6.
#[derive(Debug)]
pub(super) struct PytorchLegacy;

impl Scanner for PytorchLegacy {
    fn format(&self) -> Format {
        Format::PytorchLegacy
    }

    fn rules(&self) -> &'static [Rule] {
        &[]
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let start = probe.head.get(..MAGIC_WITHIN).unwrap_or(probe.head);
        let states = |start: &[u8], number: &[u8]| memchr::memmem::find(start, number).is_some();
        let text = start.to_ascii_lowercase();
        states(start, MAGIC) || MAGIC_TEXT.into_iter().any(|number| states(&text, number))
    }

    fn refines(&self, _probe: &Probe<'_>) -> &'static [Format] {
        &[Format::Pickle]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let input = input.part(0, input.size()).loaded_by(Loader::Torch);
        let mut offset = 0;
        for _ in 0..PICKLES {
            offset = pickle::scan_one(&input, offset, report)?;
        }
        // Storages begin with how many numbers they have. A program there waits for a reader of its own.
        let head = input.window(offset, SIGHT)?;
        let left = input.size().saturating_sub(offset);
        if pickle::likeness(&head, left) == Likeness::Program {
            pickle::scan_one(&input, offset, report)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const PICKLES: &[u8] =
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.}.}.].";

    #[test]
    fn a_program_among_the_storages_is_followed() {
        let rules = |storages: &[u8]| {
            let file = [PICKLES, storages].concat();
            testing::scan(&PytorchLegacy, "model.pt", &file).findings.len()
        };
        assert_eq!(rules(b"\x80\x02cposix\nsystem\nU\x04true\x85R."), 1);
        assert_eq!(rules(b"\x80\x02\0\0\0\0\0\0\x01\x02\x03"), 0);
    }
}

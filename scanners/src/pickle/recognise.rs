//! Whether bytes are a pickle: followed for a while by the same machine that scans.

use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits, Severity};

use super::machine::Machine;
use crate::{Budget, Input, MemorySpool, Report, Sink, Stop};

/// Bytes that are tried.
pub(super) const HEAD: usize = 64 << 10;

/// Bytes of operations that random bytes hardly get through.
const BEGUN: u64 = 3;

/// Bytes that are looked at to tell text from anything else.
const TEXT: usize = 512;

/// How long trying may take; 64 KiB take well under a millisecond.
const TRIAL: Duration = Duration::from_secs(2);

/// How much bytes are like a pickle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// A loader refuses them at once, or before they do anything.
    None,
    /// A loader refuses them after some operations that do nothing.
    Begun,
    /// They may be a pickle of plain data, and may be text that happens to be one.
    Data,
    /// A loader would import something.
    Program,
}

/// Forgets what it is told.
struct Deaf;

impl Sink for Deaf {
    fn finding(&mut self, _finding: Finding) {}

    fn gap(&mut self, _gap: Gap) {}

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

/// Whether a finding was told that denies.
struct Grave(bool);

impl Sink for Grave {
    fn finding(&mut self, finding: Finding) {
        self.0 |= finding.severity >= Severity::High;
    }

    fn gap(&mut self, _gap: Gap) {}

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

/// Follows the first bytes of something that is `size` bytes long.
pub(crate) fn likeness(head: &[u8], size: u64) -> Likeness {
    let head = head.get(..HEAD).unwrap_or(head);
    let budget =
        Budget::new(Limits::default(), Instant::now().checked_add(TRIAL).unwrap_or_else(Instant::now));
    let spool = MemorySpool::default();
    let input = Input::file("", &head, &budget, &spool);
    let mut deaf = Deaf;
    let mut report = Report::new(&mut deaf, 0);
    let mut offset = 0;
    loop {
        let mut machine = Machine::new(&input, offset, &mut report);
        machine.literals = false;
        let ended = machine.run();
        match ended {
            // Whole, it is a pickle for the program that knows its ids.
            Ok(end) if machine.refused() && end.offset >= input.size() => return Likeness::Begun,
            _ if machine.refused() => return Likeness::None,
            _ if machine.plausible() => return Likeness::Program,
            Ok(end) if end.offset >= input.size() => return Likeness::Data,
            Ok(end) => offset = end.offset,
            Err(Stop::Malformed { .. }) if machine.goes_on(size) => return Likeness::Data,
            Err(Stop::Malformed { .. }) if machine.at > offset.saturating_add(BEGUN) => {
                return Likeness::Begun;
            }
            Err(Stop::Malformed { .. } | Stop::Unsupported(_) | Stop::Encrypted(_) | Stop::Io(_)) => {
                return Likeness::None;
            }
            Err(Stop::Limit(_) | Stop::Deadline) => return Likeness::Data,
        }
    }
}

/// Whether the bytes from `offset` on are a pickle that ends, or one that does something before it breaks: asking for
/// ids alone is nothing, a loader refuses.
pub(super) fn acts(input: &Input<'_>, offset: u64) -> Result<bool, Stop> {
    let head = input.window(offset, HEAD)?;
    let left = input.size().saturating_sub(offset);
    if likeness(&head, left) > Likeness::Begun {
        return Ok(true);
    }
    let mut grave = Grave(false);
    let mut report = Report::new(&mut grave, 1);
    let mut machine = Machine::new(input, offset, &mut report);
    machine.literals = false;
    let ended = machine.run();
    let names = machine.names();
    match ended {
        Ok(_) => Ok(true),
        Err(Stop::Malformed { .. } | Stop::Unsupported(_) | Stop::Encrypted(_)) => Ok(names || grave.0),
        Err(stop) => Err(stop),
    }
}

/// Whether the bytes start as protocols 2 and later do.
pub(crate) fn magic(head: &[u8]) -> bool {
    matches!(head, [0x80, 0..=5, ..])
}

/// Whether the bytes could be read by a person.
pub(crate) fn text(head: &[u8]) -> bool {
    let head = head.get(..TEXT).unwrap_or(head);
    head.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace()) && !head.contains(&0x80)
}

/// Whether unpickling this would import something. Every operation that imports has one of a few bytes; what a loader
/// would refuse before is none.
pub(crate) fn may_import(head: &[u8], size: u64) -> bool {
    let whole = head.len() as u64 == size;
    let could = head.iter().any(|byte| matches!(byte, b'\n' | 0x82..=0x84 | 0x93));
    if whole && !could {
        return false;
    }
    match likeness(head, size) {
        Likeness::Program => true,
        Likeness::Data => !whole,
        Likeness::None | Likeness::Begun => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> Likeness {
        likeness(bytes, bytes.len() as u64)
    }

    #[test]
    fn text_that_begins_like_a_pickle_is_none() {
        let near_misses = [
            "class Net(nn.Module):\n    def forward(self, x):\n        return x\n",
            "import os\nos.system('id')\n",
            "chr,start,end\nchr1,1,2\n",
            "cat\nhat\nmat\n",
            "# README\n\nPickle files are dangerous.\n",
            "{\"model_type\": \"bert\"}",
            "[1, 2, 3]",
            "(c) 2020 somebody\n",
            "Version 1.0\nNone\n",
            "Python 3 is needed\n.",
            "I am a text.\n",
            "S'quoted'\nText that goes on.",
            "",
        ];
        for text in near_misses {
            assert!(whole(text.as_bytes()) <= Likeness::Begun, "{text:?} is {:?}", whole(text.as_bytes()));
        }
    }

    #[test]
    fn other_formats_are_none() {
        let near_misses: [&[u8]; 9] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"PK\x03\x04\x14\0\0\0\0\0",
            b"GGUF\x03\0\0\0\0\0\0\0",
            b"\x89HDF\r\n\x1a\n",
            b"PAR1\x15\x04\x15",
            b"\x93NUMPY\x01\0v\0{'descr'",
            b"X\0\0\0\0\0\0\0{\"a\":{}}",
            b"\x80\0\0\0\0\0\0\0{\"a\":{}}",
            b"\x1f\x8b\x08\0",
        ];
        for bytes in near_misses {
            assert!(whole(bytes) <= Likeness::Begun, "{bytes:?}");
        }
    }

    #[test]
    fn programs_are_seen_without_any_header() {
        for bytes in [
            b"cposix\nsystem\n(S'id'\ntR.".as_slice(),
            b"(S'id'\nios\nsystem\n.",
            b"N0(lp0\nccollections\nOrderedDict\n",
            b"N.cposix\nsystem\n(S'id'\ntR.",
            b"\x80\x04\x8c\x05posix\x8c\x06system\x93",
            b"Vtext\n0cmymodel\nrun\n)R.",
        ] {
            assert_eq!(whole(bytes), Likeness::Program, "{bytes:?}");
        }
    }

    #[test]
    fn what_the_head_does_not_refuse_may_still_be_a_pickle() {
        let padded = [b"V".as_slice(), &[b'a'; HEAD]].concat();
        assert_eq!(likeness(&padded, HEAD as u64 * 2), Likeness::Data);
        let long = b"X\xff\xff\xff\x7f....";
        assert_eq!(likeness(long, 100), Likeness::None, "longer than the file");
    }

    #[test]
    fn only_what_could_import_is_followed() {
        let whole = |bytes: &[u8]| may_import(bytes, bytes.len() as u64);
        assert!(whole(b"cos\nsystem\n(S'true'\ntR."));
        assert!(whole(b"\x80\x04\x8c\x02os\x94\x8c\x06system\x93."));
        assert!(!whole(b"(lp0\n(I1\n(lp1\nVindex\np2\natp3\na."));
        assert!(!whole(b"a gene, a line\nand another."));
        assert!(!whole(b"\x80\x04]\x94."));
        assert!(!whole(b""));
    }
}

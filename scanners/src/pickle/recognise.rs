//! Whether bytes are a pickle: followed for a while by the same machine that scans.

use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits};

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

/// Follows the first bytes of something that is `size` bytes long.
pub(crate) fn likeness(head: &[u8], size: u64) -> Likeness {
    let head = head.get(..HEAD).unwrap_or(head);
    let whole = size <= head.len() as u64;
    let budget =
        Budget::new(Limits::default(), Instant::now().checked_add(TRIAL).unwrap_or_else(Instant::now));
    let spool = MemorySpool::default();
    let input = Input::file("", &head, &budget, &spool);
    let mut deaf = Deaf;
    let mut report = Report::new(&mut deaf, 0);
    let mut offset = 0;
    loop {
        let mut machine = Machine::new(&input, offset, &mut report);
        let ended = machine.run();
        match ended {
            _ if machine.refused() => return Likeness::None,
            _ if machine.plausible() => return Likeness::Program,
            Ok(end) if end.offset >= input.size() => return Likeness::Data,
            Ok(end) => offset = end.offset,
            Err(Stop::Malformed { .. }) if !whole && machine.exhausted() => return Likeness::Data,
            Err(Stop::Malformed { .. }) if machine.at > offset.saturating_add(BEGUN) => {
                return Likeness::Begun;
            }
            Err(Stop::Malformed { .. } | Stop::Encrypted(_) | Stop::Io(_)) => return Likeness::None,
            Err(Stop::Limit(_) | Stop::Deadline | Stop::Unsupported(_)) => return Likeness::Data,
        }
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

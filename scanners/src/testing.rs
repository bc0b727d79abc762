//! For unit tests: one scanner over bytes in memory, and what it said.

use std::time::{Duration, Instant};

use assay_core::Limits;

use crate::{Budget, Collected, Input, MemorySpool, Report, Scanner};

/// Runs a scanner and gives what it said; a [`crate::Stop`] becomes a gap, as in [`crate::examine`].
pub(crate) fn scan(scanner: &dyn Scanner, name: &str, bytes: &[u8]) -> Collected {
    with_input(name, bytes, |input| {
        let mut facts = Collected::default();
        let mut report = Report::new(&mut facts, 100);
        if let Err(stop) = scanner.scan(input, &mut report) {
            report.gap(input.place(), &stop);
        }
        facts
    })
}

/// Shows bytes as a whole file.
pub(crate) fn with_input<T>(name: &str, bytes: &[u8], look: impl FnOnce(&Input<'_>) -> T) -> T {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    look(&Input::file(name, &bytes, &budget, &spool))
}

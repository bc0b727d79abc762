//! For unit tests: one scanner over bytes in memory, and what it said.

use std::time::{Duration, Instant};

use assay_core::Limits;

use crate::{Budget, Collected, Input, MemorySpool, Report, Scanner};

/// Runs `look` with a report and gives what it said; a [`crate::Stop`] becomes a gap, as in [`crate::examine`].
pub(crate) fn scan(scanner: &dyn Scanner, name: &str, bytes: &[u8]) -> Collected {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let input = Input::file(name, &bytes, &budget, &spool);
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, 100);
    if let Err(stop) = scanner.scan(&input, &mut report) {
        report.gap(input.place(), &stop);
    }
    facts
}

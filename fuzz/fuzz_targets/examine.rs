//! Recognition and everything behind it.
#![no_main]

use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits};
use assay_scanners::{Budget, Input, MemorySpool, Report, Sink, examine};

struct Nobody;

impl Sink for Nobody {
    fn finding(&mut self, _: Finding) {}
    fn gap(&mut self, _: Gap) {}
    fn line(&mut self, _: String) {}
    fn wants_lines(&self) -> bool {
        false
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = Limits { max_scan_size: 16 << 20, max_files: 1_000, ..Limits::default() };
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(5));
    let spool = MemorySpool::default();
    let input = Input::file("x", &data, &budget, &spool);
    let _stopped = examine(&input, &mut Report::new(&mut Nobody, 1_000));
});

//! One scanner on bytes it may never have recognised. The first byte picks it, so a newly registered format is fuzzed
//! at once.
#![no_main]

use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits};
use assay_scanners::{Budget, Input, MemorySpool, Report, SCANNERS, Sink};

/// Counts and forgets.
#[derive(Default)]
struct Count(u32);

impl Sink for Count {
    fn finding(&mut self, _: Finding) {
        self.0 += 1;
    }
    fn gap(&mut self, _: Gap) {}
    fn line(&mut self, _: String) {}
    fn wants_lines(&self) -> bool {
        true
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((pick, bytes)) = data.split_first() else { return };
    let Some(scanner) = SCANNERS.get(usize::from(*pick) % SCANNERS.len().max(1)) else { return };
    let limits = Limits { max_scan_size: 16 << 20, max_files: 1_000, max_findings: 50, ..Limits::default() };
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(5));
    let (spool, mut count) = (MemorySpool::default(), Count::default());
    let input = Input::file("x", &bytes, &budget, &spool);
    let mut report = Report::new(&mut count, 50);
    let _stopped = scanner.scan(&input, &mut report);
    assert!(count.0 <= 50, "the report is bounded");
});

//! Every registered scanner on bytes that it may never have recognised, under a name of the input's own choice: some
//! formats have no magic number and are known by their names.
//!
//! An input is the number of a scanner (beyond the last one: recognition and whoever recognises it), the length of the
//! name, the name, and the content; so a newly registered format is fuzzed at once. `ASSAY_FUZZ_FORMAT` puts the time
//! into one format: inputs for others are recognised instead, which the format may lie behind.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits, Severity};
use assay_scanners::{Budget, Input, MemorySpool, Report, SCANNERS, Sink, examine};

const MAX_FINDINGS: u32 = 50;

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

/// The scanner that all time goes into.
static FOCUS: LazyLock<Option<usize>> = LazyLock::new(|| {
    let name = std::env::var("ASSAY_FUZZ_FORMAT").ok()?;
    let focus = SCANNERS.iter().position(|scanner| scanner.format().name() == name);
    assert!(focus.is_some(), "no scanner has the format {name}");
    focus
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((pick, rest)) = data.split_first() else { return };
    let Some((length, rest)) = rest.split_first() else { return };
    let Some((name, bytes)) = rest.split_at_checked(usize::from(*length)) else { return };
    let name = String::from_utf8_lossy(name);
    let name = if name.is_empty() { "x" } else { &name };
    let limits = Limits {
        max_scan_size: 16 << 20,
        max_files: 1_000,
        max_findings: MAX_FINDINGS,
        ..Limits::default()
    };
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(5));
    let (spool, mut count) = (MemorySpool::default(), Count::default());
    let input = Input::file(name, &bytes, &budget, &spool);
    let mut report = Report::new(&mut count, MAX_FINDINGS);
    let number = match *FOCUS {
        Some(focus) if usize::from(*pick) < SCANNERS.len() => focus,
        _ => usize::from(*pick),
    };
    let _stopped = match SCANNERS.get(number) {
        Some(scanner) => scanner.scan(&input, &mut report),
        None => examine(&input, &mut report),
    };
    let severities = u32::try_from(Severity::ALL.len()).unwrap_or(u32::MAX);
    assert!(count.0 <= MAX_FINDINGS * severities, "the report is bounded");
});

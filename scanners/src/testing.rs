//! For unit tests: one scanner over bytes in memory, and what it said.

use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits};

use crate::{Budget, Input, MemorySpool, Report, Scanner, Sink};

/// What a scan said.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) findings: Vec<Finding>,
    pub(crate) gaps: Vec<Gap>,
}

impl Facts {
    /// The rules that hit, sorted, each once.
    pub(crate) fn rules(&self) -> Vec<&str> {
        let mut rules: Vec<_> = self.findings.iter().map(|finding| finding.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Neither a finding nor a gap.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.gaps.is_empty()
    }
}

impl Sink for Facts {
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

/// Runs `look` with a report and gives what it said; a [`crate::Stop`] becomes a gap, as in [`crate::examine`].
pub(crate) fn scan(scanner: &dyn Scanner, name: &str, bytes: &[u8]) -> Facts {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let input = Input::file(name, &bytes, &budget, &spool);
    let mut facts = Facts::default();
    let mut report = Report::new(&mut facts, 100);
    if let Err(stop) = scanner.scan(&input, &mut report) {
        report.gap(input.place(), &stop);
    }
    facts
}

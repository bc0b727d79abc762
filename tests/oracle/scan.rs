//! What the scanner says of a program.

use std::time::{Duration, Instant};

use assay_core::{Finding, Format, Gap, Limits};
use assay_scanners::{Budget, Deed, Input, MemorySpool, Report, SCANNERS, Sink};

/// What the scanner says of one program.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) deeds: Vec<Deed>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) gaps: Vec<Gap>,
}

impl Sink for Said {
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

    fn deed(&mut self, deed: Deed) {
        self.deeds.push(deed);
    }

    fn wants_deeds(&self) -> bool {
        true
    }
}

impl Said {
    /// Scans a program as a pickle, whether or not it would be recognised as one by its content.
    pub(crate) fn of(program: &[u8]) -> Self {
        let limits = Limits { max_findings: 1_000, ..Limits::default() };
        let budget = Budget::new(limits, Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let mut said = Self::default();
        let mut report = Report::new(&mut said, 1_000);
        let input = Input::file("program.pkl", &program, &budget, &spool);
        let pickle = SCANNERS.iter().find(|scanner| scanner.format() == Format::Pickle);
        if let Some(Err(stop)) = pickle.map(|scanner| scanner.scan(&input, &mut report)) {
            report.gap(input.place(), &stop);
        }
        said
    }

    /// Whether a rule hit.
    pub(crate) fn hit(&self, rule: &str) -> bool {
        self.findings.iter().any(|finding| finding.rule.as_str() == rule)
    }

    /// Why the scanner does not claim to have followed the program to its end as every reader does: a gap, or readers
    /// that differ about frames. Both deny.
    pub(crate) fn excuse(&self) -> Option<&'static str> {
        let frames = self.hit("pickle-frame-boundary");
        match (frames, self.gaps.is_empty()) {
            (true, _) => Some("frames differ"),
            (false, false) => Some("not followed to the end"),
            (false, true) => None,
        }
    }
}

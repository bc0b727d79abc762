//! Everything a scan said, kept.

use assay_core::{Finding, Gap};

use crate::Sink;

/// Everything a scan said, in the order it was said. For callers that want the facts at the end rather than as they come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was not looked at to its end.
    pub gaps: Vec<Gap>,
    /// What programs inside would do.
    pub lines: Vec<String>,
}

impl Collected {
    /// The rules that hit, sorted, each once.
    #[must_use]
    pub fn rules(&self) -> Vec<&str> {
        let mut rules: Vec<_> = self.findings.iter().map(|finding| finding.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Whether there is neither a finding nor a gap.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.gaps.is_empty()
    }
}

impl Sink for Collected {
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    fn wants_lines(&self) -> bool {
        true
    }
}

//! Approvals: globals that the operator vouches for, in the artifacts of some sources.
//!
//! A scanner that allows exactly what it knows calls everything else unknown, and unknown is denied. An approval takes
//! one name out of that, for the references it matches and nowhere else. Only what is unknown can be approved: a
//! dangerous global, a computed callable or a part that was not looked at stays what it is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Decision, Evidence, Finding};
use globset::Glob;

use crate::document::ApproveTable;
use crate::error::{Place, PolicyError, Problem};
use crate::patterns::{self, Patterns};
use crate::reasons::Reasons;

/// The rules that hit because nobody has vouched for a name, and nothing worse is known; and the finding's detail that
/// holds the name.
const UNKNOWN: &[(&str, &str)] = &[
    ("config-unknown-target", "name"),
    ("keras-unknown-class", "name"),
    ("pickle-unknown-global", "global"),
    ("pickle-unknown-import", "global"),
    ("skops-unknown-type", "name"),
    ("yaml-unknown-call", "name"),
    ("yaml-unknown-import", "name"),
];

/// The longest name; CPython has no limit, people do.
const MAX_GLOBAL: usize = 512;

/// The name of reasons that come from approvals.
pub(crate) const NAME: &str = "approve";

/// One `[[approve]]`, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    global: String,
    reason: String,
    patterns: Vec<Glob>,
}

impl Approval {
    pub(crate) fn parse(table: ApproveTable, place: &Place<'_>) -> Result<Self, PolicyError> {
        let ApproveTable { global, patterns, reason } = table;
        let at = global.span().start;
        let global = global.into_inner();
        if !is_dotted_name(&global) {
            let fault = "is not a global: module, dot, name";
            let problem = Problem::Value { key: "global", value: global, fault };
            return Err(place.error(at, problem, Some("write it as findings do: \"package.module.Class\"")));
        }
        if reason.get_ref().trim().is_empty() {
            let hint = Some("say who looked at it and why it is harmless");
            return Err(place.error(reason.span().start, Problem::Empty { key: "reason" }, hint));
        }
        Ok(Self { global, reason: reason.into_inner(), patterns: patterns::parse(&patterns, place)? })
    }
}

/// All approvals of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Approvals {
    all: Vec<Approval>,
    patterns: Patterns,
}

impl Approvals {
    pub(crate) fn new(all: Vec<Approval>) -> Result<Self, globset::Error> {
        let patterns = Patterns::new(all.iter().map(|approval| approval.patterns.as_slice()))?;
        Ok(Self { all, patterns })
    }

    /// The evidence without the findings that are approved for its reference, and what was approved.
    pub(crate) fn apply<'e>(&self, evidence: &'e Evidence, reasons: &mut Reasons<'_>) -> Cow<'e, Evidence> {
        let approved: BTreeMap<&str, &str> = self
            .patterns
            .matching(&evidence.reference)
            .into_iter()
            .filter_map(|number| self.all.get(number))
            .map(|approval| (approval.global.as_str(), approval.reason.as_str()))
            .collect();
        let vouched = |finding: &Finding| approved_global(finding, &approved).is_some();
        if !evidence.files.iter().any(|file| file.findings.iter().any(vouched)) {
            return Cow::Borrowed(evidence);
        }
        let mut evidence = evidence.clone();
        for file in &mut evidence.files {
            let used: BTreeSet<&str> =
                file.findings.iter().filter_map(|finding| approved_global(finding, &approved)).collect();
            for (global, reason) in approved.iter().filter(|(global, _)| used.contains(*global)) {
                let message = format!("{global} is approved: {reason}");
                reasons.file(Decision::Allow, &file.name, message, None);
            }
            file.findings.retain(|finding| !vouched(finding));
        }
        Cow::Owned(evidence)
    }
}

/// Whether a finding is of a kind that an approval can take away; then the name to approve.
pub(crate) fn unknown_global(finding: &Finding) -> Option<&str> {
    let (_, key) = UNKNOWN.iter().find(|(rule, _)| *rule == finding.rule.as_str())?;
    finding.detail.get(*key).map(String::as_str).filter(|global| is_dotted_name(global))
}

fn approved_global<'a>(finding: &Finding, approved: &BTreeMap<&'a str, &str>) -> Option<&'a str> {
    let (global, _) = approved.get_key_value(unknown_global(finding)?)?;
    Some(global)
}

/// A dotted name of at least two parts, each an identifier. Scanners escape everything else, so an approval can not be
/// made to match by odd characters.
fn is_dotted_name(text: &str) -> bool {
    let identifier = |part: &str| {
        part.starts_with(|first: char| first == '_' || first.is_alphabetic())
            && part.chars().all(|each| each == '_' || each.is_alphanumeric())
    };
    text.len() <= MAX_GLOBAL && text.contains('.') && text.split('.').all(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_is_a_dotted_name() {
        for good in ["a.b", "pkg.sub.Class", "__main__.Net", "mödule.Ünit"] {
            assert!(is_dotted_name(good), "{good}");
        }
        for bad in ["", "a", ".a", "a.", "a..b", "a.b*", "a b.c", "a.1b", "a.b\n"] {
            assert!(!is_dotted_name(bad), "{bad}");
        }
    }
}

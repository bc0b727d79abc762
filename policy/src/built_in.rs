//! The demands that always hold, with or without a policy file.
//!
//! Severity high or above denies, medium warns. Partial coverage of a loadable file denies, of any other warns. A file
//! that could not be read, or is not what its place claims, denies. An artifact without files denies.

use std::collections::BTreeMap;

use assay_core::{Claim, ClaimCheck, Decision, Evidence, FileFact, Finding, Reason, RuleId, Severity, shown};

use crate::approval;
use crate::reasons::{Reasons, worst};

/// The built-in demands' name in reasons.
pub(crate) const NAME: &str = "built-in scan";

/// The mildest severity that denies when nothing else is asked for.
pub(crate) const FAIL_ON: Severity = Severity::High;

/// The mildest severity that warns.
const WARN_ON: Severity = Severity::Medium;

/// The built-in verdict on one file: deny at `fail_on` or above, on partial coverage of a loadable file, on a file that
/// could not be read, and on a claim that the content does not bear out. Medium findings below `fail_on` warn.
#[must_use = "the decision says whether the file is accepted"]
pub fn scan_verdict(file: &FileFact, fail_on: Severity) -> (Decision, Vec<Reason>) {
    let mut reasons = Reasons::new(NAME);
    judge(file, fail_on, &mut reasons);
    if reasons.good() {
        let message = format!("looked at to the end, no finding at {fail_on} or above");
        reasons.file(Decision::Allow, &file.name, message, None);
    }
    let reasons = reasons.finish();
    (worst(&reasons), reasons)
}

/// Whether the file can be loaded as far as anyone knows: a loadable format was recognised, or nobody got far enough
/// to recognise one.
pub(crate) fn is_loadable(file: &FileFact) -> bool {
    let unknown = file.sha256.is_none() || (file.formats.is_empty() && !file.coverage.gaps().is_empty());
    unknown || file.formats.iter().any(|format| format.is_loadable())
}

/// The built-in demands on a whole artifact.
pub(crate) fn decide(evidence: &Evidence) -> Vec<Reason> {
    let mut reasons = Reasons::new(NAME);
    if evidence.files.is_empty() {
        let remedy = "fetch the artifact again; one without files is never accepted".to_owned();
        reasons.artifact(Decision::Deny, "nothing to judge: no files".to_owned(), Some(remedy));
    }
    for file in &evidence.files {
        judge(file, FAIL_ON, &mut reasons);
    }
    if reasons.good() {
        let count = evidence.files.len();
        let message = format!("{count} files looked at to the end, no finding at {WARN_ON} or above");
        reasons.artifact(Decision::Allow, message, None);
    }
    reasons.finish()
}

fn judge(file: &FileFact, fail_on: Severity, reasons: &mut Reasons<'_>) {
    unread(file, reasons);
    false_claims(file, reasons);
    findings(file, fail_on, WARN_ON, reasons);
    gaps(file, reasons);
}

fn unread(file: &FileFact, reasons: &mut Reasons<'_>) {
    if file.sha256.is_none() {
        let message = "could not be read to the end, so its content is unknown".to_owned();
        let remedy = "make it readable for assay, or remove it".to_owned();
        reasons.file(Decision::Deny, &file.name, message, Some(remedy));
    }
}

fn false_claims(file: &FileFact, reasons: &mut Reasons<'_>) {
    for check in file.claims.iter().filter(|check| !check.matches) {
        let ClaimCheck { claim, by, matches: _ } = check;
        let claim = match claim {
            Claim::GitSha1(digest) => format!("git sha1 {digest}"),
            Claim::Sha256(digest) => format!("sha256 {digest}"),
            Claim::Size(bytes) => format!("{bytes} bytes"),
        };
        let message = format!("is not what the {} claims: {claim}", shown(by));
        let remedy = "delete it and fetch it again from its source".to_owned();
        reasons.file(Decision::Deny, &file.name, message, Some(remedy));
    }
}

/// One reason for each rule that hit: a pickle with a thousand bad calls is bad once.
pub(crate) fn findings(file: &FileFact, fail_on: Severity, warn_on: Severity, reasons: &mut Reasons<'_>) {
    let mut by_rule: BTreeMap<(Severity, &RuleId), (&Finding, usize)> = BTreeMap::new();
    for finding in file.findings.iter().filter(|finding| finding.severity >= fail_on.min(warn_on)) {
        let (_, count) = by_rule.entry((finding.severity, &finding.rule)).or_insert((finding, 0));
        *count = count.saturating_add(1);
    }
    for ((severity, rule), (first, count)) in by_rule.into_iter().rev() {
        let decision = if severity >= fail_on { Decision::Deny } else { Decision::Warn };
        let more = match count.saturating_sub(1) {
            0 => String::new(),
            more => format!(" ({more} more of this rule)"),
        };
        let message = format!("{severity} finding {rule}: {} at {}{more}", first.message, first.location);
        let remedy = match decision {
            Decision::Deny => Some(remedy(rule, first)),
            Decision::Allow | Decision::Warn => None,
        };
        reasons.file(decision, &file.name, message, remedy);
    }
}

fn remedy(rule: &RuleId, finding: &Finding) -> String {
    let other = format!("get the model without it, such as in safetensors; see rule {rule}");
    match approval::unknown_global(finding) {
        Some(global) => format!(
            "{other}; or vouch for it: assay policy approve {global} POLICY --for PATTERN --reason TEXT"
        ),
        None => other,
    }
}

fn gaps(file: &FileFact, reasons: &mut Reasons<'_>) {
    let all = file.coverage.gaps();
    let Some(first) = all.first() else { return };
    let decision = if is_loadable(file) { Decision::Deny } else { Decision::Warn };
    let more = match all.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" ({more} more places)"),
    };
    let message = format!(
        "not looked at to the end: {} ({}) at {}{more}",
        shown(&first.message),
        first.kind,
        first.location
    );
    let remedy = "scan it again, with higher limits if one was reached, or remove it".to_owned();
    reasons.file(decision, &file.name, message, Some(remedy));
}

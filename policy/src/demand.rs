//! Demands of rules that look at one file at a time: severity and formats.

use assay_core::{Decision, Evidence, Format, Severity};

use crate::built_in;
use crate::document::Unrecognised;
use crate::reasons::Reasons;

/// No finding worse than `max_severity`.
pub(crate) fn max_severity(evidence: &Evidence, max_severity: Severity, reasons: &mut Reasons<'_>) {
    // "critical" tolerates everything; the built-in demands still deny it.
    let Some(fail_on) = Severity::ALL.into_iter().find(|&severity| severity > max_severity) else { return };
    for file in &evidence.files {
        built_in::findings(file, fail_on, fail_on, reasons);
    }
}

/// The formats a rule accepts.
#[derive(Debug, Clone)]
pub(crate) struct Formats {
    pub(crate) allow: Vec<Format>,
    pub(crate) unrecognised: Unrecognised,
}

impl Formats {
    pub(crate) fn check(&self, evidence: &Evidence, reasons: &mut Reasons<'_>) {
        let allowed = self.allow.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        let remedy = format!("use a file of an allowed format: {allowed}");
        for file in &evidence.files {
            let bad = file.formats.iter().find(|format| !self.allow.contains(format));
            let message = match (bad, self.unrecognised) {
                (Some(format), _) => format!("format {format} is not allowed"),
                (None, Unrecognised::Deny) if file.formats.is_empty() => {
                    "no known format is recognised in it".to_owned()
                }
                (None, Unrecognised::Allow | Unrecognised::Deny) => continue,
            };
            reasons.file(Decision::Deny, &file.name, message, Some(remedy.clone()));
        }
    }
}

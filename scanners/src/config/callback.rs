//! Settings and notes that name somebody to report to.
//!
//! No loader of a model calls back, so that such a key has a reader of its own, or is a mark that somebody left.

use assay_core::{Location, Rule, RuleId, Severity};

use crate::Report;

/// Something is reported to an address.
pub(crate) const CALLBACK: Rule = Rule {
    id: RuleId::new("config-callback-address"),
    severity: Severity::Medium,
    summary: "A setting or a note names an address that something is reported to, for which a model has no use",
    taxonomy: &["CWE-506", "CWE-201", "AML.T0025", "OWASP-LLM02"],
};

/// Parts of keys for an address to report to.
const REPORTS: &[&str] = &["beacon", "c2_", "callback_ur", "callbackur", "postback", "webhook"];

/// Parts of keys that speak of nothing else.
const SAYS_SO: &[&str] = &["exfil"];

/// What is wrong with a key and its text.
fn reports(key: &str, text: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| key.contains(part));
    let address = ["http://", "https://", "ftp://", "ws://", "wss://", "tcp://"].iter().any(|scheme| {
        text.trim_start().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    !text.is_empty() && (has(SAYS_SO) || has(REPORTS) && address)
}

/// Judges one key and its text.
pub(crate) fn judge(key: &str, text: &str, place: Location, report: &mut Report<'_>) {
    if reports(key, text) {
        let text = super::shortened(text);
        let message = format!("{}: {text}", super::shortened(key));
        report.hit(&CALLBACK, place, &message, &[("name", key), ("address", text)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_to_report_to_counts() {
        assert!(reports("callback_url", "http://192.0.2.1/x") && reports("exfil_key", "x"));
        assert!(reports("WebHook", "HTTPS://a.test"));
        for (key, text) in
            [("url", "http://a.test"), ("callbacks", "http://x"), ("webhook", ""), ("webhook", "x")]
        {
            assert!(!reports(key, text), "{key}");
        }
    }
}

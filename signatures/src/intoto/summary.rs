//! SLSA verification summaries: what somebody verified, under which policy.
//!
//! Source: SLSA `verification_summary/v1`, `verification_summary/v0.2`.

use assay_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Material;
use super::predicate::typed;
use crate::fault::Fault;

/// What a verifier says it verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationSummary {
    /// Who verified.
    pub verifier: String,
    /// When.
    pub time: Option<Timestamp>,
    /// Where the subjects are to be found; policy must compare it with where they were found.
    pub resource: String,
    /// Under which policy.
    pub policy: Material,
    /// Whether the subjects passed.
    pub passed: bool,
    /// What they passed: `SLSA_BUILD_LEVEL_3`, ….
    pub levels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    verifier: Verifier,
    time_verified: Option<String>,
    resource_uri: String,
    policy: Material,
    verification_result: String,
    #[serde(default)]
    verified_levels: Vec<String>,
    /// Version 0.2 had one.
    policy_level: Option<String>,
}

#[derive(Deserialize)]
struct Verifier {
    id: String,
}

impl VerificationSummary {
    pub(super) fn read(value: &Value) -> Result<Self, Fault> {
        let read: Document = typed(value, "verification summary")?;
        let passed = match read.verification_result.as_str() {
            "PASSED" => true,
            "FAILED" => false,
            _ => {
                let found = read.verification_result;
                return Err(Fault::Unexpected { part: "the verification result", found });
            }
        };
        let time = read.time_verified.as_deref().map(time).transpose()?;
        let levels = read.verified_levels.into_iter().chain(read.policy_level).collect();
        let (verifier, resource, policy) = (read.verifier.id, read.resource_uri, read.policy);
        Ok(Self { verifier, time, resource, policy, passed, levels })
    }
}

/// An RFC 3339 time.
pub(crate) fn time(text: &str) -> Result<Timestamp, Fault> {
    let time: jiff::Timestamp = text.parse().map_err(|error| Fault::malformed("time", error))?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn summary(result: &str, time: &str) -> Result<VerificationSummary, Fault> {
        VerificationSummary::read(&json!({
            "verifier": {"id": "https://v"}, "timeVerified": time, "resourceUri": "oci://h/r",
            "policy": {"uri": "p"}, "verificationResult": result, "verifiedLevels": ["SLSA_BUILD_LEVEL_3"]
        }))
    }

    #[test]
    fn who_verified_what_is_told() {
        let read = summary("PASSED", "2026-01-02T03:04:05Z").unwrap();
        assert_eq!((read.verifier.as_str(), read.passed), ("https://v", true));
        assert_eq!(read.time, Some(Timestamp::from_millis(1_767_323_045_000)));
        assert_eq!(read.levels, ["SLSA_BUILD_LEVEL_3"]);
        assert!(!summary("FAILED", "2026-01-02T03:04:05Z").unwrap().passed);
    }

    #[test]
    fn other_results_and_times_are_refused() {
        assert!(summary("passed", "2026-01-02T03:04:05Z").is_err());
        assert!(summary("PASSED", "yesterday").is_err());
        assert!(VerificationSummary::read(&json!({})).is_err());
    }
}

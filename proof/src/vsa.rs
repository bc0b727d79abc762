//! A verdict as an in-toto statement: SLSA Verification Summary Attestation v1.
//!
//! Source: <https://slsa.dev/spec/v1.0/verification_summary>; in-toto Attestation Framework, Statement v1.

use assay_core::{Coverage, Decision, Evidence, SbomLevel, SignatureState, Verdict};
use serde_json::{Value, json};

use crate::dsse::{Envelope, seal};
use crate::{KeyError, SigningKey};

/// The DSSE payload type of in-toto statements.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The predicate type.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/verification_summary/v1";

/// The most files of an artifact that is attested: a statement names each of them.
pub const MAX_SUBJECTS: usize = 20_000;

/// Why a verdict cannot be attested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// A file without a digest is no subject, and a statement that leaves it out says too much.
    #[error("{0} could not be read, so it has no digest")]
    Unread(String),
    /// Too many files.
    #[error("{0} files; a statement names at most {MAX_SUBJECTS}")]
    TooMany(usize),
    /// Nothing to attest.
    #[error("the artifact has no files")]
    Empty,
    /// The key cannot sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Signs a verdict about an artifact.
///
/// The subjects are its files, and the manifest of an OCI reference. `policy` names where the policy came from.
///
/// # Errors
/// [`AttestError`]
pub fn attest(
    key: &SigningKey,
    evidence: &Evidence,
    verdict: &Verdict,
    policy: &str,
) -> Result<Envelope, AttestError> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects(evidence)?,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "verifier": {
                "id": format!("urn:assay:{}", key.public().signer()),
                "version": {"assay": verdict.engine},
            },
            "timeVerified": time(verdict),
            "resourceUri": evidence.reference,
            "policy": {"uri": policy, "digest": {"sha256": verdict.policy}},
            "inputAttestations": inputs(evidence),
            "verificationResult": match verdict.decision {
                Decision::Allow | Decision::Warn => "PASSED",
                Decision::Deny => "FAILED",
            },
            "verifiedLevels": levels(evidence, verdict),
            "slsaVersion": "1.0",
        },
    });
    Ok(seal(key, PAYLOAD_TYPE, statement.to_string().as_bytes())?)
}

fn subjects(evidence: &Evidence) -> Result<Vec<Value>, AttestError> {
    match evidence.files.len() {
        0 => return Err(AttestError::Empty),
        count if count > MAX_SUBJECTS => return Err(AttestError::TooMany(count)),
        _ => {}
    }
    let manifest =
        evidence.reference.rsplit_once("@sha256:").filter(|_| evidence.reference.starts_with("oci://"));
    let manifest = manifest.map(|(name, sha256)| json!({"name": name, "digest": {"sha256": sha256}}));
    let files = evidence.files.iter().map(|file| match file.sha256 {
        Some(sha256) => Ok(json!({"name": file.name, "digest": {"sha256": sha256}})),
        None => Err(AttestError::Unread(assay_core::shown(&file.name))),
    });
    manifest.into_iter().map(Ok).chain(files).collect()
}

/// The signatures that were looked at, by digest.
fn inputs(evidence: &Evidence) -> Vec<Value> {
    let named = |name: &str| evidence.files.iter().find(|file| file.name == name);
    let verified = evidence.signatures.iter().filter(|fact| fact.state == SignatureState::Verified);
    let digests = verified.filter_map(|fact| Some((&fact.file, named(&fact.file)?.sha256?)));
    digests.map(|(name, sha256)| json!({"uri": name, "digest": {"sha256": sha256}})).collect()
}

/// What was shown, in words of our own: SLSA's levels are about builds, which were not looked at.
fn levels(evidence: &Evidence, verdict: &Verdict) -> Vec<&'static str> {
    if verdict.decision == Decision::Deny {
        return Vec::new();
    }
    let whole = evidence.files.iter().all(|file| file.coverage == Coverage::Whole);
    let signed = evidence.signatures.iter().any(|fact| fact.state == SignatureState::Verified);
    let described = evidence.sboms.iter().any(|sbom| sbom.level >= SbomLevel::Integrity);
    let mut levels = vec!["ASSAY_POLICY_PASSED"];
    levels.extend(whole.then_some("ASSAY_SCANNED_WHOLE"));
    levels.extend(signed.then_some("ASSAY_SIGNATURE_VERIFIED"));
    levels.extend(described.then_some("ASSAY_SBOM_INTEGRITY"));
    levels
}

/// When the verdict was made: RFC 3339, UTC.
fn time(verdict: &Verdict) -> String {
    jiff::Timestamp::from_millisecond(verdict.at.as_millis()).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use assay_core::{FileFact, Sha256, Source, Timestamp};

    use super::*;
    use crate::dsse::open;

    fn evidence(reference: &str, digests: &[Option<u8>]) -> Evidence {
        let file = |(number, digest): (usize, &Option<u8>)| FileFact {
            name: format!("{number}.safetensors"),
            size: 1,
            sha256: digest.map(|byte| Sha256::new([byte; 32])),
            formats: Vec::new(),
            coverage: Coverage::Whole,
            findings: Vec::new(),
            claims: Vec::new(),
            digests: Vec::new(),
        };
        Evidence {
            source: Source::Dir,
            reference: reference.to_owned(),
            files: digests.iter().enumerate().map(file).collect(),
            signatures: Vec::new(),
            sboms: Vec::new(),
        }
    }

    fn verdict(decision: Decision) -> Verdict {
        Verdict {
            decision,
            reasons: Vec::new(),
            policy: Sha256::new([9; 32]),
            engine: "0.1.0".to_owned(),
            at: Timestamp::from_millis(1_700_000_000_123),
        }
    }

    fn statement(evidence: &Evidence, decision: Decision) -> Value {
        let (key, _) = SigningKey::generate().unwrap();
        let envelope = attest(&key, evidence, &verdict(decision), "built-in").unwrap();
        serde_json::from_slice(&open(&envelope, PAYLOAD_TYPE, &[key.public().clone()]).unwrap()).unwrap()
    }

    #[test]
    fn every_file_is_a_subject_and_the_result_is_the_verdicts() {
        let passed = statement(&evidence("dir:/m", &[Some(1), Some(2)]), Decision::Warn);
        assert_eq!(passed["subject"][1]["digest"]["sha256"], "02".repeat(32));
        let predicate = &passed["predicate"];
        assert_eq!(predicate["verificationResult"], "PASSED");
        assert_eq!(predicate["timeVerified"], "2023-11-14T22:13:20.123Z");
        assert_eq!(predicate["policy"]["digest"]["sha256"], "09".repeat(32));
        assert_eq!(predicate["verifiedLevels"], json!(["ASSAY_POLICY_PASSED", "ASSAY_SCANNED_WHOLE"]));
        let failed = statement(&evidence("dir:/m", &[Some(1)]), Decision::Deny);
        assert_eq!(failed["predicate"]["verificationResult"], "FAILED");
        assert_eq!(failed["predicate"]["verifiedLevels"], json!([]));
    }

    #[test]
    fn an_oci_manifest_is_a_subject() {
        let digest = "ab".repeat(32);
        let said =
            statement(&evidence(&format!("oci://host/repo@sha256:{digest}"), &[Some(1)]), Decision::Allow);
        assert_eq!(said["subject"][0], json!({"name": "oci://host/repo", "digest": {"sha256": digest}}));
    }

    #[test]
    fn what_cannot_be_named_is_not_attested() {
        let (key, _) = SigningKey::generate().unwrap();
        let attest = |evidence| attest(&key, &evidence, &verdict(Decision::Allow), "built-in").unwrap_err();
        assert_eq!(attest(evidence("dir:/m", &[])), AttestError::Empty);
        assert_eq!(attest(evidence("dir:/m", &[None])), AttestError::Unread("0.safetensors".to_owned()));
        let many = vec![Some(0); MAX_SUBJECTS + 1];
        assert_eq!(attest(evidence("dir:/m", &many)), AttestError::TooMany(MAX_SUBJECTS + 1));
    }
}

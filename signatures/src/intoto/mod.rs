//! in-toto statements: what an attestation says about which artifacts.
//!
//! Source: in-toto attestation framework `spec/v1/statement.md`, `spec/v0.1.0/README.md`, `spec/v1/digest_set.md`. A
//! statement is a claim of whoever signed its envelope; nothing here makes it true.

mod predicate;
mod provenance;
mod summary;

use std::collections::BTreeMap;

use assay_core::Sha256;
use serde::Deserialize;
use serde_json::Value;

pub use predicate::{Predicate, SbomKind};
pub use provenance::{Material, Provenance};
pub use summary::VerificationSummary;
pub(crate) use summary::time;

use crate::fault::{Fault, bounded};
use crate::json::strict;

/// The largest statement: an SBOM of a large image.
const MAX_STATEMENT: usize = 48 << 20;

/// The most subjects; a release has hundreds.
const MAX_SUBJECTS: usize = 100_000;

/// The most digests of one thing; there are about fifteen names.
const MAX_DIGESTS: usize = 32;

/// Both versions of the statement.
const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

/// What an attestation says.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is about; never empty.
    pub subjects: Vec<Subject>,
    /// The type of the predicate, as the statement names it.
    pub predicate_type: String,
    /// What it says, as far as the type is known.
    pub predicate: Predicate,
    /// What it says, as JSON, for policy.
    pub value: Value,
}

/// One artifact that a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// Its name; a claim.
    #[serde(default)]
    pub name: String,
    /// Its digests by algorithm.
    pub digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
    /// Optional since version 1.
    #[serde(default)]
    predicate: Value,
}

impl Statement {
    /// Reads a statement, strictly: no key twice, at least one subject, well-formed digests.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(payload: &[u8]) -> Result<Self, Fault> {
        let document: Document = strict(bounded(payload, "statement", MAX_STATEMENT)?, "statement")?;
        if !TYPES.contains(&document.kind.as_str()) {
            return Err(Fault::unsupported("statement", document.kind));
        }
        if document.subject.is_empty() {
            return Err(Fault::malformed("statement", "it has no subject"));
        }
        if document.subject.len() > MAX_SUBJECTS {
            return Err(Fault::TooMany { part: "subjects", max: MAX_SUBJECTS });
        }
        for subject in &document.subject {
            subject.check()?;
        }
        let predicate = Predicate::read(&document.predicate_type, &document.predicate)?;
        Ok(Self {
            subjects: document.subject,
            predicate_type: document.predicate_type,
            predicate,
            value: document.predicate,
        })
    }

    /// The subject with this SHA-256. Only SHA-256 counts: nothing else was computed here.
    #[must_use]
    pub fn subject(&self, sha256: Sha256) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.sha256() == Some(sha256))
    }
}

impl Subject {
    /// Its SHA-256, if it has one.
    #[must_use]
    pub fn sha256(&self) -> Option<Sha256> {
        self.digest.get("sha256")?.parse().ok()
    }

    fn check(&self) -> Result<(), Fault> {
        if self.digest.is_empty() || self.digest.len() > MAX_DIGESTS {
            return Err(Fault::malformed("statement", "a subject has no digest, or too many"));
        }
        check_digests(&self.digest)
    }
}

/// Digests of algorithms that are known here must have their length, in lower-case hex.
fn check_digests(digests: &BTreeMap<String, String>) -> Result<(), Fault> {
    for (algorithm, digest) in digests {
        let digits = match algorithm.as_str() {
            "sha1" | "gitCommit" | "gitTree" | "gitBlob" | "gitTag" if digest.len() == 40 => 40,
            "sha224" => 56,
            "sha256" | "gitCommit" | "gitTree" | "gitBlob" | "gitTag" => 64,
            "sha1" => 40,
            "sha384" => 96,
            "sha512" | "blake2b" => 128,
            _ => continue,
        };
        let hex = digest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if digest.len() != digits || !hex {
            let found = format!("{algorithm}:{digest}");
            return Err(Fault::Unexpected { part: "a digest in the statement", found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn statement(more: &str) -> String {
        format!(
            r#"{{"_type":"{}","subject":[{{"name":"m","digest":{{"sha256":"{A}"}}}}],"predicateType":"https://x/y"{more}}}"#,
            TYPES[0]
        )
    }

    #[test]
    fn a_subject_is_found_by_its_sha256_only() {
        let read = Statement::read(statement(r#","predicate":{"a":1}"#).as_bytes()).unwrap();
        assert_eq!(read.subject(A.parse().unwrap()).map(|subject| subject.name.as_str()), Some("m"));
        assert_eq!(read.subject(Sha256::new([0; 32])), None);
        let sha512 = statement("").replace("sha256", "gitTree");
        let read = Statement::read(sha512.as_bytes()).unwrap();
        assert_eq!(read.subject(A.parse().unwrap()), None);
    }

    #[test]
    fn both_versions_and_unknown_predicates_are_read() {
        let old = statement("").replace(TYPES[0], TYPES[1]);
        let read = Statement::read(old.as_bytes()).unwrap();
        assert_eq!((read.predicate_type.as_str(), read.predicate), ("https://x/y", Predicate::Other));
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let good = statement("");
        for bad in [
            good.replace("/v1\"", "/v2\""),
            good.replacen('{', r#"{"subject":[],"#, 1),
            good.replace(&format!("\"sha256\":\"{A}\""), &format!("\"sha256\":\"{A}\",\"sha256\":\"{A}\"")),
            good.replace(A, &A.to_uppercase()),
            good.replace(A, &A[1..]),
            good.replace(&format!("\"sha256\":\"{A}\""), ""),
            statement("").replace(&format!(r#"[{{"name":"m","digest":{{"sha256":"{A}"}}}}]"#), "[]"),
            format!("{good} 1"),
            "[".repeat(100_000),
        ] {
            assert!(Statement::read(bad.as_bytes()).is_err(), "{bad:.300}");
        }
    }
}

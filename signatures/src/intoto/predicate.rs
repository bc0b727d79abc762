//! Predicates by their type.

use serde::Deserialize;
use serde_json::Value;

use super::{Provenance, VerificationSummary};
use crate::fault::Fault;

/// What a statement says, where its type is known here. Anything else stays JSON for policy.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// SLSA provenance 0.2 or 1: how the subjects were built.
    Provenance(Provenance),
    /// SLSA verification summary 0.2 or 1: what somebody verified.
    VerificationSummary(VerificationSummary),
    /// An SBOM of the subjects.
    Sbom(SbomKind),
    /// cosign's signature of an image: nothing but that somebody signed it.
    CosignSign,
    /// A type that is not known here.
    Other,
}

/// Which SBOM a predicate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SbomKind {
    /// `CycloneDX`.
    CycloneDx,
    /// SPDX.
    Spdx,
}

impl Predicate {
    /// Reads a predicate of a known type; one that is not of its type is a fault of the statement.
    pub(super) fn read(predicate_type: &str, value: &Value) -> Result<Self, Fault> {
        match predicate_type {
            "https://slsa.dev/provenance/v1" => Ok(Self::Provenance(Provenance::read_1(value)?)),
            "https://slsa.dev/provenance/v0.2" => Ok(Self::Provenance(Provenance::read_0_2(value)?)),
            "https://slsa.dev/verification_summary/v1" | "https://slsa.dev/verification_summary/v0.2" => {
                Ok(Self::VerificationSummary(VerificationSummary::read(value)?))
            }
            "https://sigstore.dev/cosign/sign/v1" => Ok(Self::CosignSign),
            other if is_of(other, "https://cyclonedx.org/bom") => {
                object(value, "CycloneDX predicate").map(|()| Self::Sbom(SbomKind::CycloneDx))
            }
            other if is_of(other, "https://spdx.dev/Document") => {
                // cosign also writes the document as a string of JSON or tag-value.
                Ok(Self::Sbom(SbomKind::Spdx))
            }
            _ => Ok(Self::Other),
        }
    }
}

/// The type itself, or a version of it.
fn is_of(predicate_type: &str, base: &str) -> bool {
    predicate_type
        .strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("/v") || rest.starts_with('#'))
}

fn object(value: &Value, part: &'static str) -> Result<(), Fault> {
    if value.is_object() { Ok(()) } else { Err(Fault::malformed(part, "it is no object")) }
}

/// A predicate as its type has it.
pub(super) fn typed<'v, T: Deserialize<'v>>(value: &'v Value, part: &'static str) -> Result<T, Fault> {
    T::deserialize(value).map_err(|error| Fault::malformed(part, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boms_are_known_by_type_and_version() {
        let object = serde_json::json!({});
        for (name, kind) in [
            ("https://cyclonedx.org/bom", SbomKind::CycloneDx),
            ("https://cyclonedx.org/bom/v1.6", SbomKind::CycloneDx),
            ("https://spdx.dev/Document", SbomKind::Spdx),
            ("https://spdx.dev/Document/v2.3", SbomKind::Spdx),
        ] {
            assert_eq!(Predicate::read(name, &object), Ok(Predicate::Sbom(kind)));
        }
        for name in ["https://cyclonedx.org/bombs", "https://spdx.dev/document", "https://cyclonedx.org", ""]
        {
            assert_eq!(Predicate::read(name, &object), Ok(Predicate::Other));
        }
        assert!(Predicate::read("https://cyclonedx.org/bom", &Value::Null).is_err());
    }
}

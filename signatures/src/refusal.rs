//! Why a signature proves nothing.

use assay_core::shown;

/// Why a signature proves nothing, in the words reports use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("larger than {max} bytes")]
    TooLarge { max: usize },
    #[error("the {part} is malformed: {}", shown(.fault))]
    Malformed { part: &'static str, fault: String },
    #[error("unsupported: {0}")]
    Unsupported(&'static str),
    #[error("{part} is \"{}\"", shown(.found))]
    Unexpected { part: &'static str, found: String },
    #[error("{found} {part}, not exactly one")]
    NotOne { part: &'static str, found: usize },
    #[error("the signature does not match the key that it names")]
    BadSignature,
    #[error("the certificate: {}", shown(.0))]
    Certificate(String),
    #[error("the keyless proof: {}", shown(.0))]
    Keyless(String),
    #[error("the trusted file {}: {}", shown(.name), shown(.fault))]
    Trust { name: String, fault: String },
    #[error("the manifest lists nothing")]
    NoResources,
    #[error("the manifest's resource \"{}\" {fault}", shown(.name))]
    Resource { name: String, fault: &'static str },
    #[error("the ignored path \"{}\" {fault}", shown(.path))]
    IgnoredPath { path: String, fault: &'static str },
    #[error("the subject's digest is not that of the listed resources")]
    RootDigest,
}

impl Refusal {
    pub(crate) fn json(part: &'static str, error: &serde_json::Error) -> Self {
        Self::Malformed { part, fault: error.to_string() }
    }
}

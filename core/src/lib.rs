//! The words of assay as types: no input, no output.
//!
//! Findings, signature facts and SBOM facts are *facts*; only policy judges; only the guard acts.
//! What crosses a process lives in [`wire`].
#![forbid(unsafe_code)]

mod artifact;
mod attached;
mod companion;
mod coverage;
mod digest;
mod evidence;
mod file_key;
mod finding;
mod format;
mod limits;
mod load;
mod location;
mod mode;
mod rule;
mod severity;
mod signer;
mod text;
mod time;
mod unique_keys;
mod verdict;
pub mod wire;

pub use artifact::{Artifact, ArtifactFile, Source};
pub use attached::AttachedKind;
pub use companion::{is_sbom_name, is_signature_name};
pub use coverage::{Coverage, Gap, GapKind};
pub use digest::{Digest, DigestError, GitSha1, Sha256};
pub use evidence::{
    Claim, ClaimCheck, Evidence, FileCoverage, FileFact, FileState, SbomFact, SbomLevel, SignatureFact,
    SignatureState,
};
pub use file_key::FileKey;
pub use finding::Finding;
pub use format::Format;
pub use limits::Limits;
pub use load::{Answer, Load, Process};
pub use location::Location;
pub use mode::Mode;
pub use rule::{Rule, RuleId, RuleIdError};
pub use severity::{Severity, UnknownSeverity};
pub use signer::{
    CertificateRoots, Clock, ContentDigest, DigestKind, EMBEDDED_ROOTS_TAKEN, Hash, Legacy, SignedAt, Signer,
    SignerKind, SigstoreRoot, Trust, Validity,
};
pub use text::shown;
pub use time::Timestamp;
pub use unique_keys::UniqueKeys;
pub use verdict::{Decision, Reason, Verdict};

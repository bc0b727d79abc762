//! The facts about one artifact. Facts never say "safe"; policy does.

use serde::{Deserialize, Serialize};

use crate::{ContentDigest, Coverage, Finding, Format, GitSha1, Sha256, Signer, Source};

/// Everything known about one artifact: what policy decides from, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Where the artifact comes from.
    pub source: Source,
    /// Its reference, matched by policy patterns.
    pub reference: String,
    /// One entry per file, ordered by name.
    pub files: Vec<FileFact>,
    /// What signatures say; empty when there is none.
    #[serde(default)]
    pub signatures: Vec<SignatureFact>,
    /// What SBOMs say; empty when there is none.
    #[serde(default)]
    pub sboms: Vec<SbomFact>,
}

/// What is known about one file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFact {
    /// The name inside the artifact.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content; absent when it could not be read to the end.
    pub sha256: Option<Sha256>,
    /// Formats recognised by content.
    pub formats: Vec<Format>,
    /// How much was looked at.
    pub coverage: Coverage,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What the place it was found in claims about the content, and whether that is true.
    #[serde(default)]
    pub claims: Vec<ClaimCheck>,
    /// Digests that signatures of the artifact list instead of SHA-256 of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<ContentDigest>,
}

/// A digest that a cache or registry claims for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Claim {
    /// SHA-1 of the git blob.
    GitSha1(GitSha1),
    /// SHA-256 of the content.
    Sha256(Sha256),
    /// Bytes.
    Size(u64),
}

/// One claim, who makes it, and whether the bytes bear it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimCheck {
    /// What is claimed.
    pub claim: Claim,
    /// Where the claim stands: `blob name`, `trees/<commit>.json`.
    pub by: String,
    /// Whether the content matches it.
    pub matches: bool,
}

/// What one signature proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureFact {
    /// The method: `oms-key`, `oms-certificate`, `oms-keyless`, ….
    pub method: String,
    /// The signature file's name inside the artifact.
    pub file: String,
    /// What checking it gave.
    pub state: SignatureState,
    /// Who signed, in one word: `key:sha256:<hex>`, `certificate:<subject>`, `keyless:<identity>`; only set when the
    /// signature verified.
    pub signer: Option<String>,
    /// Who signed, in full. Set for an untrusted signer too, as far as anything is known about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Box<Signer>>,
    /// Each file's standing under this signature, ordered by name.
    pub coverage: Vec<FileCoverage>,
}

impl SignatureFact {
    /// A signature that proves nothing, and why.
    #[must_use]
    pub fn invalid(method: &str, file: &str, reason: String) -> Self {
        Self {
            method: method.to_owned(),
            file: file.to_owned(),
            state: SignatureState::Invalid { reason },
            signer: None,
            by: None,
            coverage: Vec::new(),
        }
    }
}

/// What checking a signature gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SignatureState {
    /// The signature is by somebody trusted and the manifest is well formed. Files have their own standing.
    Verified,
    /// The signature may be good, but it is not by anybody trusted.
    UntrustedSigner,
    /// The signature or its document is broken; why.
    Invalid {
        /// What is wrong.
        reason: String,
    },
}

/// One file's standing under a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCoverage {
    /// The name inside the artifact.
    pub name: String,
    /// Its standing.
    pub state: FileState,
}

/// A file's standing under a manifest (a signature's or an SBOM's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// Listed with another digest than the content has.
    Changed,
    /// Left out by the manifest on purpose.
    Ignored,
    /// Listed, but not there.
    Missing,
    /// There, but not listed.
    Unlisted,
    /// Listed, but without a digest that counts, or that was not taken.
    Unhashed,
    /// Listed, and the digest matches.
    Verified,
}

/// What one SBOM says, checked against the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SbomFact {
    /// The SBOM file's name inside the artifact.
    pub file: String,
    /// Format and version: `CycloneDX 1.6`.
    pub format: String,
    /// How far it holds.
    pub level: SbomLevel,
    /// What is wrong with the document, or keeps it from the next level; each one sentence.
    pub problems: Vec<String>,
    /// Each file's standing, ordered by name.
    pub files: Vec<FileCoverage>,
}

/// How far an SBOM holds; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SbomLevel {
    /// Not a valid document.
    Invalid,
    /// A valid document that does not describe exactly these files.
    Document,
    /// Nothing unlisted, nothing missing.
    Inventory,
    /// Every file has a strong digest that matches.
    Integrity,
    /// And the document is signed by a trusted identity with the artifact as subject.
    Bound,
}

//! Who signed, and what the operator trusts: the words signatures and policy share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Sha256, Timestamp};

/// When the built-in Sigstore roots were taken from their TUF repositories: 2026-10-23. Keys change a few times a year;
/// a signature under a newer key does not verify until assay, or a root file that policy names, is newer.
pub const EMBEDDED_ROOTS_TAKEN: Timestamp = Timestamp::from_millis(1_792_713_600_000);

/// Who a signature is by, as far as that was proven. Whether they may sign is policy's to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// What the name rests on.
    pub kind: SignerKind,
    /// `key:sha256:…` for a key, the identity in a keyless certificate, the subject's name in any other certificate.
    pub name: String,
    /// Who gives them that name: the OIDC issuer of a keyless identity, the issuer's name of any other certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// SHA-256 of the public key's DER (`SubjectPublicKeyInfo`).
    pub fingerprint: Sha256,
    /// Further names in the certificate, with their kind: `email:…`, `dns:…`, `uri:…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternative_names: Vec<String>,
    /// Extended key usages of the certificate, as dotted numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usages: Vec<String>,
    /// What a keyless certificate says about the build that signed: `repository`, `workflow`, `ref`, ….
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// When the certificate may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Validity>,
    /// Moments at which the signature is known to have existed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<SignedAt>,
    /// What the proof ends in: `key`, or the name of the trusted root. Absent when nobody trusted vouches for the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_root: Option<String>,
}

/// What a signer's name rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignerKind {
    /// A chain of certificates.
    Certificate,
    /// A public key that the operator names.
    Key,
    /// A certificate that Sigstore gave to an OIDC identity for one signature.
    Keyless,
}

/// When a certificate may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether a moment is inside.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

/// A moment at which a signature is known to have existed, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAt {
    /// Who says so.
    pub by: Clock,
    /// The moment.
    pub at: Timestamp,
}

/// Whose clock a moment was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// A transparency log's, when it took the entry in.
    TransparencyLog,
    /// A time stamp authority's (RFC 3161).
    TimestampAuthority,
}

/// What signatures are checked against: data only, so that a sandbox without files or network can do it.
///
/// It says whose *proofs* count. Who may sign what is policy's: a proof by somebody else is shown and not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// Public keys, PEM.
    pub keys: Vec<String>,
    /// Certificates that chains may end in. There is no default: the web's authorities are nobody's model publishers.
    pub certificate_roots: Vec<CertificateRoots>,
    /// Sigstore instances.
    pub sigstore_roots: Vec<SigstoreRoot>,
    /// Certificate revocation lists, PEM.
    pub revocation_lists: Vec<String>,
    /// Whether signatures of Model Signing v0.2 are looked at.
    pub legacy: Legacy,
    /// When the check is made.
    pub at: Timestamp,
}

impl Trust {
    /// Nobody's keys and no chains, and the two public Sigstore instances, so that a keyless signer can be shown.
    #[must_use]
    pub fn nobody(at: Timestamp) -> Self {
        let embedded = |name: &str| SigstoreRoot { name: name.to_owned(), json: None };
        Self {
            keys: Vec::new(),
            certificate_roots: Vec::new(),
            sigstore_roots: vec![embedded("public-good"), embedded("github")],
            revocation_lists: Vec::new(),
            legacy: Legacy::Refuse,
            at,
        }
    }
}

/// Certificates that one set of chains may end in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRoots {
    /// As policy names the file.
    pub name: String,
    /// One or more certificates.
    pub pem: String,
}

/// One Sigstore instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigstoreRoot {
    /// As policy names it; `public-good`, `github` and `staging` are built in.
    pub name: String,
    /// Its `trusted_root.json`; the built-in one of this name when absent.
    pub json: Option<String>,
}

/// Whether signatures of Model Signing v0.2 count. They sign a broken encoding and cover no manifest rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Legacy {
    /// They are unsupported.
    #[default]
    Refuse,
    /// They are checked as their writers meant them.
    Accept,
}

/// How a content is digested besides SHA-256 of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestKind {
    /// The hash.
    pub hash: Hash,
    /// Bytes of each shard that has a digest of its own; absent for one digest of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u64>,
}

impl DigestKind {
    /// The one that is always there.
    pub const SHA256: Self = Self { hash: Hash::Sha256, shard: None };
}

/// Hashes that manifests use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hash {
    /// `BLAKE2b`, 64 bytes.
    Blake2b,
    /// BLAKE3, 32 bytes.
    Blake3,
    /// SHA-256.
    Sha256,
}

impl Hash {
    /// As manifests write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blake2b => "blake2b",
            Self::Blake3 => "blake3",
            Self::Sha256 => "sha256",
        }
    }

    /// Bytes of a digest.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Blake2b => 64,
            Self::Blake3 | Self::Sha256 => 32,
        }
    }
}

/// Digests of one content that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentDigest {
    /// How it was digested.
    pub kind: DigestKind,
    /// Lower-case hex of one digest, or of one for each shard in order, without anything between.
    pub hex: String,
}

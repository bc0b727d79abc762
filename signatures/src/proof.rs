//! What checking one signature of one artifact gives, whatever its method.

use std::collections::BTreeMap;

use assay_core::{Sha256, Timestamp};

use crate::fault::Fault;

/// What checking one signature gave. Whether that is enough is policy's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The signature is good, of this artifact, by a signer who was given as trusted.
    Verified(Proof),
    /// It may be good, but nobody who is trusted made it.
    Untrusted {
        /// Who it says made it. Nothing proves that.
        named: String,
    },
    /// It is broken, of something else, out of its time, or of a kind that is not verified.
    Refused(Fault),
}

/// What a verified signature proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How it was signed.
    pub method: Method,
    /// Who signed.
    pub signer: SignedBy,
    /// When, by the signer's own word.
    pub claimed_at: Option<Timestamp>,
    /// What else the signer signed: comments, annotations, references. Claims, by name.
    pub claims: BTreeMap<String, String>,
}

/// How something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A cosign simple signing document, by key.
    CosignKey,
    /// An in-toto attestation in a DSSE envelope, by key.
    AttestationKey,
    /// A Notary Project envelope, by certificate.
    Notation,
    /// minisign.
    Minisign,
    /// An SSH signature of a file.
    Ssh,
    /// An OpenPGP signature of a file.
    OpenPgp,
    /// An SSH signature of a git commit or tag.
    GitSsh,
    /// An OpenPGP signature of a git commit or tag.
    GitOpenPgp,
}

impl Method {
    /// The method's name in signature facts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CosignKey => "cosign-key",
            Self::AttestationKey => "attestation-key",
            Self::Notation => "notation",
            Self::Minisign => "minisign",
            Self::Ssh => "ssh",
            Self::OpenPgp => "openpgp",
            Self::GitSsh => "git-ssh",
            Self::GitOpenPgp => "git-openpgp",
        }
    }

    /// Whether it signs the artifact itself. A signed commit names its files by SHA-1 and says who wrote it down, which
    /// is no signature of a model.
    #[must_use]
    pub const fn signs_the_artifact(self) -> bool {
        match self {
            Self::CosignKey
            | Self::AttestationKey
            | Self::Notation
            | Self::Minisign
            | Self::Ssh
            | Self::OpenPgp => true,
            Self::GitSsh | Self::GitOpenPgp => false,
        }
    }
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedBy {
    /// A key, as policy names it: `key:sha256:…`, `minisign:…`, `ssh:SHA256:…`, `openpgp:…`.
    Key {
        /// Its name.
        id: String,
        /// The identity that the operator's own list gives the key.
        identity: Option<String>,
    },
    /// A certificate whose chain ends at a trusted one.
    Certificate {
        /// Its subject, RFC 4514.
        subject: String,
        /// SHA-256 of its DER.
        sha256: Sha256,
        /// SHA-256 of the trusted certificate's DER.
        anchor: Sha256,
    },
}

impl SignedBy {
    /// How signature facts name the signer.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Key { id, identity: None } => id.clone(),
            Self::Key { id, identity: Some(identity) } => format!("{identity} ({id})"),
            Self::Certificate { subject, .. } => format!("x509:{subject}"),
        }
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl Outcome {
    /// Both ends of a check.
    pub(crate) fn of(checked: Result<Self, Fault>) -> Self {
        checked.unwrap_or_else(Self::Refused)
    }

    /// Whether the signature is good, of this artifact, and by a trusted signer.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self, Self::Verified(_))
    }
}

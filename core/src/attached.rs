//! What a registry keeps with a manifest: the kinds of signatures and attestations.

use serde::{Deserialize, Serialize};

/// What something is that a registry keeps with a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachedKind {
    /// A cosign simple signing document; its signature is an annotation.
    SimpleSigning,
    /// A DSSE envelope.
    Dsse,
    /// A Sigstore bundle.
    Bundle,
    /// A Notary Project envelope in JWS.
    NotationJws,
    /// A Notary Project envelope in COSE.
    NotationCose,
}

impl AttachedKind {
    /// The kind of a layer's media type.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/vnd.dev.cosign.simplesigning.v1+json" => Some(Self::SimpleSigning),
            "application/vnd.dsse.envelope.v1+json" => Some(Self::Dsse),
            "application/jose+json" => Some(Self::NotationJws),
            "application/cose" => Some(Self::NotationCose),
            bundle if bundle.starts_with("application/vnd.dev.sigstore.bundle") => Some(Self::Bundle),
            _ => None,
        }
    }
}

//! cosign: signatures and attestations of OCI manifests.
//!
//! Source: cosign `specs/SIGNATURE_SPEC.md`, `specs/ATTESTATION_SPEC.md`, `specs/BUNDLE_SPEC.md`. The older kind signs a
//! simple signing document that names the manifest's digest; the newer one is a Sigstore bundle with an in-toto statement.
//! Both are checked against keys, or keyless against Sigstore roots. What registries say in annotations is unsigned: only the signature among them is
//! used. The reference in a document is a claim of the signer and is shown, not compared.

mod bundle;
mod keyless;
mod simple;

use assay_core::Sha256;

pub use bundle::verify_bundle;
pub(crate) use bundle::{Material, open_bundle};
pub(crate) use keyless::prove as prove_keyless;
pub use simple::verify_signature;
pub(crate) use simple::{claims, signature};

/// The media type of a simple signing document.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// The media type of an attestation's envelope.
pub const ATTESTATION: &str = "application/vnd.dsse.envelope.v1+json";

/// The annotation with the signature of a simple signing document.
pub const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";

/// The annotation with the certificate of a keyless signature.
pub const CERTIFICATE_ANNOTATION: &str = "dev.sigstore.cosign/certificate";

/// The manifest that must be signed, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// SHA-256 of the manifest.
    pub subject: Sha256,
    /// Trusted keys, PEM.
    pub keys: &'w [String],
}

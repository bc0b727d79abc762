//! Any Sigstore bundle over any one artifact: what the Sigstore conformance suite asks of a client.

use sigstore_verify::types::{Artifact, ArtifactDigest, Bundle, DerPublicKey, HashAlgorithm, Sha256Hash};
use sigstore_verify::{PublicKeyVerificationPolicy, Verifier};

use assay_core::{Sha256, Signer, SigstoreRoot, UniqueKeys};

use super::{demands, roots, signer};
use crate::refusal::Refusal;

/// The largest bundle of one artifact.
const MAX_BUNDLE: usize = 64 << 20;

/// What a bundle is checked against.
#[derive(Debug, Clone)]
pub struct ArtifactCheck<'a> {
    /// What is signed.
    pub subject: Subject<'a>,
    /// The instance that must vouch for it.
    pub root: SigstoreRoot,
    /// The key of a bundle without certificate.
    pub key: ArtifactKey,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// Bytes with this SHA-256.
    Digest(Sha256),
    /// Bytes with this SHA-512, as npm's provenance names them.
    Sha512(assay_core::Digest<64>),
}

/// Whose signature is looked for.
#[derive(Debug, Clone)]
pub enum ArtifactKey {
    /// Whoever the certificate names.
    Certificate,
    /// The holder of this key, PEM.
    Pem(String),
}

/// Verifies a bundle over one artifact. The signer is `None` for a key, whom the caller knows already.
///
/// Whether the signer may sign is for the caller to decide from the answer.
///
/// # Errors
/// Why the bundle proves nothing, in words.
pub fn verify_artifact(bundle: &[u8], check: &ArtifactCheck<'_>) -> Result<Option<Signer>, String> {
    verify(bundle, check).map_err(|refusal| refusal.to_string())
}

fn verify(bundle: &[u8], check: &ArtifactCheck<'_>) -> Result<Option<Signer>, Refusal> {
    let malformed = |fault: String| Refusal::Malformed { part: "bundle", fault };
    if bundle.len() > MAX_BUNDLE {
        return Err(Refusal::TooLarge { max: MAX_BUNDLE });
    }
    serde_json::from_slice::<UniqueKeys>(bundle).map_err(|error| Refusal::json("bundle", &error))?;
    let text = std::str::from_utf8(bundle).map_err(|error| malformed(error.to_string()))?;
    let bundle = Bundle::from_json(text).map_err(|error| malformed(error.to_string()))?;
    let root = roots::parse(&check.root)?;
    let verifier = Verifier::new(&root).map_err(|error| Refusal::Keyless(error.to_string()))?;
    let artifact = artifact(&check.subject)?;
    match &check.key {
        ArtifactKey::Certificate => {
            let result = verifier.verify(artifact, &bundle, &demands(&root));
            signer(&result.map_err(|error| Refusal::Keyless(error.to_string()))?, &check.root.name).map(Some)
        }
        ArtifactKey::Pem(pem) => {
            let key = DerPublicKey::from_pem(pem).map_err(|error| malformed(error.to_string()))?;
            let policy = PublicKeyVerificationPolicy::new(key);
            let result = verifier.verify(artifact, &bundle, &policy);
            result.map(|_| None).map_err(|error| Refusal::Keyless(error.to_string()))
        }
    }
}

fn artifact<'a>(subject: &Subject<'a>) -> Result<Artifact<'a>, Refusal> {
    Ok(match subject {
        Subject::Bytes(bytes) => Artifact::from_blob(bytes),
        Subject::Digest(digest) => Artifact::from_digest(Sha256Hash::new(*digest.as_bytes())),
        Subject::Sha512(digest) => {
            let digest = ArtifactDigest::new(HashAlgorithm::Sha2512, digest.as_bytes().to_vec());
            Artifact::from_digest(digest.map_err(|error| Refusal::Keyless(error.to_string()))?)
        }
    })
}

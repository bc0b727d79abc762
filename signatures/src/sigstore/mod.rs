//! Keyless signatures: the only module that knows the Sigstore crates.
//!
//! Source: the Sigstore client specification, as `sigstore-verify` 0.15 implements it: certificate of Fulcio with SCT,
//! Rekor v1 and v2 (inclusion proof, checkpoint, signed entry timestamp), RFC 3161 time stamps, managed keys. It is
//! pinned, because every minor version so far renamed something. Nothing here goes to the network: roots are built in
//! or given. A root without transparency logs (GitHub's own) asks for no log entry, one without certificate logs for no
//! SCT: what an instance does not run cannot be demanded, and which instances count is policy's.

mod artifact;
mod roots;

use std::collections::BTreeMap;

use sigstore_trust_root::TrustedRoot;
use sigstore_verify::crypto::CertificateInfo;
use sigstore_verify::types::{
    Artifact, Bundle, Sha256Hash, SignatureBytes, SignatureContent, TimestampToken,
};
use sigstore_verify::{
    CertificateError, Error, SubjectAltName, VerificationPolicy, VerificationResult, Verifier,
};

use assay_core::{Clock, Sha256, SignedAt, Signer, SignerKind, SigstoreRoot, Timestamp, Trust, Validity};

use crate::refusal::Refusal;

pub use artifact::{ArtifactCheck, ArtifactKey, Subject, verify_artifact};
pub use roots::{RootAge, embedded_roots};

/// Proves who signed a keyless bundle over the artifact with this digest, under the first root that vouches for it.
///
/// # Errors
/// [`Refusal`] when the bundle is broken. One that is whole under no root is somebody's whom nobody trusted vouches for.
pub(crate) fn prove(bundle: &str, payload: &[u8], subject: Sha256, trust: &Trust) -> Result<Signer, Refusal> {
    let bundle = Bundle::from_json(bundle)
        .map_err(|error| Refusal::Malformed { part: "bundle", fault: error.to_string() })?;
    // Two readers of one bundle: what is proven must be what the manifest was read from.
    let proven = matches!(
        &bundle.content,
        SignatureContent::DsseEnvelope(envelope) if envelope.payload.as_bytes() == payload
    );
    if !proven {
        let fault = "its envelope can be read in two ways".to_owned();
        return Err(Refusal::Malformed { part: "bundle", fault });
    }
    let mut best: Option<Error> = None;
    for root in &trust.sigstore_roots {
        let parsed = roots::parse(root)?;
        match check(&bundle, subject, &parsed) {
            Ok(result) => return signer(&result, &root.name),
            Err(error) => best = Some(nearer(best, error)),
        }
    }
    match best {
        // No root knows its authority: whoever it says it is.
        None
        | Some(Error::Certificate(
            CertificateError::ChainInvalid(_) | CertificateError::NoValidAuthority { .. },
        )) => claimed(&bundle),
        Some(error) => Err(Refusal::Keyless(error.to_string())),
    }
}

/// Of two reasons, the one that got further: a chain that a root does not know says least.
fn nearer(one: Option<Error>, other: Error) -> Error {
    let strange = |error: &Error| {
        matches!(
            error,
            Error::Certificate(CertificateError::ChainInvalid(_) | CertificateError::NoValidAuthority { .. })
                | Error::TransparencyLog(sigstore_verify::TransparencyLogError::UnknownLog { .. })
        )
    };
    match one {
        Some(one) if strange(&other) || !strange(&one) => one,
        Some(_) | None => other,
    }
}

fn check(bundle: &Bundle, subject: Sha256, root: &TrustedRoot) -> Result<VerificationResult, Error> {
    let artifact = Artifact::from_digest(Sha256Hash::new(*subject.as_bytes()));
    Verifier::new(root)?.verify(artifact, bundle, &demands(root))
}

/// What the instance can be held to.
fn demands(root: &TrustedRoot) -> VerificationPolicy {
    // Who it is is policy's to say; what is proven is who it is.
    let mut policy = VerificationPolicy::any_identity();
    if root.tlogs.is_empty() {
        policy = policy.skip_tlog_unsafe();
    }
    if root.ctlogs.is_empty() {
        policy = policy.skip_sct();
    }
    policy
}

fn signer(result: &VerificationResult, root: &str) -> Result<Signer, Refusal> {
    let certificate = result.certificate().filter(|_| result.certificate_verified());
    let certificate =
        certificate.ok_or_else(|| Refusal::Keyless("its certificate was not verified".to_owned()))?;
    let integrated = result.integrated_time();
    let times = result.verified_timestamps().iter().map(|time| {
        let by = if Some(*time) == integrated { Clock::TransparencyLog } else { Clock::TimestampAuthority };
        SignedAt { by, at: Timestamp::from_millis(time.as_millisecond()) }
    });
    let mut signer = described(certificate)?;
    signer.times = times.collect();
    signer.times.sort();
    signer.times.dedup();
    signer.trust_root = Some(root.to_owned());
    Ok(signer)
}

/// Who the certificate says signed; nobody vouches for it.
fn claimed(bundle: &Bundle) -> Result<Signer, Refusal> {
    let certificate = bundle.signing_certificate();
    let certificate = certificate.ok_or_else(|| Refusal::Keyless("it holds no certificate".to_owned()))?;
    let parsed = sigstore_verify::crypto::parse_certificate_info(certificate);
    described(&parsed.map_err(|error| Refusal::Keyless(error.to_string()))?)
}

fn described(certificate: &CertificateInfo) -> Result<Signer, Refusal> {
    use sha2::{Digest as _, Sha256 as Hasher};
    let identity = certificate.identity.as_ref();
    let identity = identity.ok_or_else(|| Refusal::Keyless("its certificate names nobody".to_owned()))?;
    let alternative_names = match identity {
        SubjectAltName::Email(email) => vec![format!("email:{email}")],
        SubjectAltName::Uri(uri) => vec![format!("uri:{uri}")],
        _ => Vec::new(),
    };
    let millis = |time: jiff::Timestamp| Timestamp::from_millis(time.as_millisecond());
    Ok(Signer {
        kind: SignerKind::Keyless,
        name: identity.as_str().to_owned(),
        issuer: certificate.issuer.clone(),
        fingerprint: Sha256::new(Hasher::digest(certificate.public_key.as_bytes()).into()),
        alternative_names,
        usages: Vec::new(),
        claims: claims(certificate),
        valid: Some(Validity {
            not_before: millis(certificate.not_before),
            not_after: millis(certificate.not_after),
        }),
        times: Vec::new(),
        trust_root: None,
    })
}

/// What the certificate says about the build. `workflow` is the file of the build that asked for the signature, without
/// its revision.
fn claims(certificate: &CertificateInfo) -> BTreeMap<String, String> {
    let ci = &certificate.ci_claims;
    let old = &ci.deprecated_github;
    let repository = old.workflow_repository.as_ref().map(|name| format!("https://github.com/{name}"));
    let workflow = ci.build_config_uri.as_deref().or(ci.build_signer_uri.as_deref());
    let workflow = workflow.map(|uri| uri.split_once('@').map_or(uri, |(file, _)| file).to_owned());
    let all = [
        ("repository", ci.source_repository_uri.clone().or(repository)),
        ("workflow", workflow),
        ("ref", ci.source_repository_ref.clone().or_else(|| old.workflow_ref.clone())),
        ("commit", ci.source_repository_digest.clone().or_else(|| old.workflow_sha.clone())),
        ("owner", ci.source_repository_owner_uri.clone()),
        ("trigger", ci.build_trigger.clone().or_else(|| old.workflow_trigger.clone())),
        ("runner", ci.runner_environment.clone()),
        ("run", ci.run_invocation_uri.clone()),
        ("environment", ci.deployment_environment.clone()),
        ("visibility", ci.source_repository_visibility_at_signing.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The moments at which trusted time stamp authorities saw a signature. A token that no trusted authority made, or that
/// is over something else, says nothing.
pub(crate) fn timestamps(
    tokens: &[Vec<u8>],
    signature: &[u8],
    roots: &[SigstoreRoot],
) -> Result<Vec<SignedAt>, Refusal> {
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let signature = SignatureBytes::from_bytes(signature);
    let mut times = Vec::new();
    for root in roots {
        for authority in roots::parse(root)?.tsa_authorities() {
            for token in tokens {
                let token = TimestampToken::from_bytes(token);
                if let Ok(time) =
                    sigstore_verify::tsa::verify_timestamp_for_authority(&token, &signature, &authority)
                {
                    let at = Timestamp::from_millis(time.as_millisecond());
                    times.push(SignedAt { by: Clock::TimestampAuthority, at });
                }
            }
        }
    }
    times.sort();
    times.dedup();
    Ok(times)
}

//! What a signature proves that a registry keeps with a manifest.
//!
//! Such a signature is over the manifest's digest, and the manifest lists the digest of everything else: a good one
//! vouches for every file whose content is what the manifest says. An attestation says something about the manifest
//! other than that it is signed (how it was built, what is in it, that it failed a check), so it is shown with its
//! signer and its predicate, and vouches for no file.

use std::collections::BTreeMap;

use assay_core::wire::worker::AttachedCheck;
use assay_core::{AttachedKind, SignatureFact, SignatureState, Signer, SignerKind};

use crate::attestation;
use crate::certificate::Leaf;
use crate::cosign::{self, Material};
use crate::dsse::Envelope;
use crate::fault::Fault;
use crate::intoto::Predicate;
use crate::notation::{self, Target};
use crate::oms::short;
use crate::proof::Outcome;
use crate::sigstore;
use crate::x509::{Certificate, Identity, RevocationList};

/// Who signed as far as that is known, and what that vouches for.
struct Found {
    method: &'static str,
    by: Option<Signer>,
    /// What an attestation says, when it is more than a signature.
    predicate: Option<String>,
}

/// Checks one signature or attestation of a manifest.
#[must_use]
pub fn verify_attached(content: &[u8], check: &AttachedCheck) -> SignatureFact {
    let found = match check.kind {
        AttachedKind::SimpleSigning => simple_signing(content, check),
        AttachedKind::Dsse => Envelope::read(content).and_then(|envelope| by_key(&envelope, check)),
        AttachedKind::Bundle => bundle(content, check),
        AttachedKind::NotationJws => notation(content, notation::Envelope::Jws, check),
        AttachedKind::NotationCose => notation(content, notation::Envelope::Cose, check),
    };
    match found {
        Ok(Found { method, by, predicate }) => {
            let trusted = by.as_ref().filter(|by| by.trust_root.is_some());
            SignatureFact {
                method: method.to_owned(),
                state: trusted.map_or(SignatureState::UntrustedSigner, |_| SignatureState::Verified),
                signer: trusted.map(short),
                by: by.map(Box::new),
                coverage: if predicate.is_none() { check.files.clone() } else { Vec::new() },
                file: match predicate {
                    Some(predicate) => format!("{} ({predicate})", check.name),
                    None => check.name.clone(),
                },
            }
        }
        Err(fault) => SignatureFact::invalid(method(check.kind), &check.name, fault.to_string()),
    }
}

/// What a signature of this kind is called before anything in it was read.
const fn method(kind: AttachedKind) -> &'static str {
    match kind {
        AttachedKind::SimpleSigning => "cosign",
        AttachedKind::Dsse => "attestation",
        AttachedKind::Bundle => "sigstore-bundle",
        AttachedKind::NotationJws | AttachedKind::NotationCose => "notation",
    }
}

fn simple_signing(document: &[u8], check: &AttachedCheck) -> Result<Found, Fault> {
    let signature = cosign::signature(&check.annotations)?;
    let key = crate::dsse::signer_among(&check.trust.keys, document, &signature);
    let (method, by) = match key.map_err(|error| Fault::malformed("trusted key", error))? {
        Some(id) => ("cosign-key", Some(holder(id)?)),
        None if check.annotations.contains_key(cosign::CERTIFICATE_ANNOTATION) => {
            let by = cosign::prove_keyless(document, &signature, &check.annotations, &check.trust)?;
            ("cosign-keyless", Some(by))
        }
        None => ("cosign-key", None),
    };
    cosign::claims(document, check.digest)?;
    Ok(Found { method, by, predicate: None })
}

fn bundle(text: &[u8], check: &AttachedCheck) -> Result<Found, Fault> {
    let (material, envelope) = cosign::open_bundle(text)?;
    match material {
        Material::Key => by_key(&envelope, check),
        Material::Certificate => {
            let (statement, _) = attestation::about(&envelope, check.digest)?;
            let text = crate::fault::text(text, "bundle")?;
            let by = sigstore::prove(text, &envelope.payload, check.digest, &check.trust);
            let by = by.map_err(|refusal| Fault::Unproven { faults: refusal.to_string() })?;
            Ok(found("cosign-keyless", "attestation-keyless", Some(by), &statement))
        }
    }
}

fn by_key(envelope: &Envelope, check: &AttachedCheck) -> Result<Found, Fault> {
    let key = envelope.signer(&check.trust.keys);
    let key = key.map_err(|error| Fault::malformed("trusted key", error))?;
    let by = key.map(holder).transpose()?;
    let (statement, _) = attestation::about(envelope, check.digest)?;
    Ok(found("cosign-key", "attestation-key", by, &statement))
}

/// A statement that says "signed" is a signature; any other is an attestation.
fn found(
    signature: &'static str,
    attestation: &'static str,
    by: Option<Signer>,
    statement: &crate::intoto::Statement,
) -> Found {
    if statement.predicate == Predicate::CosignSign {
        return Found { method: signature, by, predicate: None };
    }
    Found { method: attestation, by, predicate: Some(statement.predicate_type.clone()) }
}

/// Under the first set of roots that the chain ends in.
fn notation(envelope: &[u8], kind: notation::Envelope, check: &AttachedCheck) -> Result<Found, Fault> {
    let target = Target { media_type: &check.media_type, digest: check.digest, size: check.size };
    let revoked: Result<Vec<_>, Fault> =
        check.trust.revocation_lists.iter().map(|pem| RevocationList::from_pem(pem)).collect();
    let revoked: Vec<RevocationList> = revoked?.into_iter().flatten().collect();
    // Policy compares the subject; here only the chain counts.
    let mut trust =
        notation::Trust { identities: vec![Identity::Any], revoked, ..notation::Trust::default() };
    for roots in &check.trust.certificate_roots {
        trust.authorities = Certificate::from_pem(&roots.pem)?;
        match notation::verify(envelope, kind, &target, &trust, check.trust.at) {
            Outcome::Verified(_) => return signed(envelope, kind, Some(&roots.name)),
            Outcome::Untrusted { .. } => {}
            Outcome::Refused(fault) => return Err(fault),
        }
    }
    trust.authorities = Vec::new();
    match notation::verify(envelope, kind, &target, &trust, check.trust.at) {
        Outcome::Verified(_) | Outcome::Untrusted { .. } => signed(envelope, kind, None),
        Outcome::Refused(fault) => Err(fault),
    }
}

/// Whom the leaf of an envelope that was checked names.
fn signed(envelope: &[u8], kind: notation::Envelope, root: Option<&str>) -> Result<Found, Fault> {
    let leaf = Leaf::read(&notation::leaf(envelope, kind)?);
    let leaf = leaf.map_err(|refusal| Fault::malformed("certificate", refusal))?;
    let by = Signer { trust_root: root.map(str::to_owned), ..leaf.signer(Vec::new()) };
    Ok(Found { method: "notation", by: Some(by), predicate: None })
}

/// The holder of a trusted key, by its name.
fn holder(name: String) -> Result<Signer, Fault> {
    let fingerprint = name.rsplit(':').next().and_then(|hex| hex.parse().ok());
    Ok(Signer {
        kind: SignerKind::Key,
        issuer: None,
        fingerprint: fingerprint.ok_or_else(|| Fault::malformed("trusted key", "its name has no digest"))?,
        name,
        alternative_names: Vec::new(),
        usages: Vec::new(),
        claims: BTreeMap::new(),
        valid: None,
        times: Vec::new(),
        trust_root: Some("key".to_owned()),
    })
}

#[cfg(test)]
mod tests;

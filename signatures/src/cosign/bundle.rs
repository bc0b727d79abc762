//! Sigstore bundles with an in-toto statement about a manifest, signed with a key or keyless.
//!
//! By key, entries of transparency logs in the bundle are not looked at: the operator's key is what is trusted.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Wanted;
use crate::attestation::{self, Attestation};
use crate::dsse::{Document as DsseDocument, Envelope, MAX_ENVELOPE};
use crate::fault::{Fault, bounded};
use crate::json::strict;

/// The spellings of a bundle that can hold a key.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: String,
    verification_material: VerificationMaterial,
    dsse_envelope: Option<DsseDocument>,
    message_signature: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerificationMaterial {
    public_key: Option<IgnoredAny>,
    certificate: Option<IgnoredAny>,
    x509_certificate_chain: Option<IgnoredAny>,
}

/// Checks a bundle over a statement about a manifest.
#[must_use]
pub fn verify_bundle(bundle: &[u8], wanted: &Wanted<'_>) -> Attestation {
    Attestation::of(check(bundle, wanted))
}

fn check(bundle: &[u8], wanted: &Wanted<'_>) -> Result<Attestation, Fault> {
    match open_bundle(bundle)? {
        (Material::Key, envelope) => attestation::check(&envelope, wanted.subject, wanted.keys),
        (Material::Certificate, _) => {
            Err(Fault::unsupported("bundle", "signed with a certificate, not a key"))
        }
    }
}

/// What a bundle is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Material {
    Key,
    Certificate,
}

/// Opens a bundle over a statement, before anything in it is believed.
pub(crate) fn open_bundle(bundle: &[u8]) -> Result<(Material, Envelope), Fault> {
    let document: Document = strict(bounded(bundle, "bundle", MAX_ENVELOPE)?, "bundle")?;
    if !MEDIA_TYPES.contains(&document.media_type.as_str()) {
        return Err(Fault::Unexpected { part: "the bundle's media type", found: document.media_type });
    }
    let VerificationMaterial { public_key, certificate, x509_certificate_chain } =
        document.verification_material;
    let material = match (public_key, certificate, x509_certificate_chain) {
        (Some(_), None, None) => Material::Key,
        (None, Some(_), None) | (None, None, Some(_)) => Material::Certificate,
        _ => return Err(Fault::malformed("bundle", "no key and no certificate, or several")),
    };
    let (Some(envelope), None) = (document.dsse_envelope, document.message_signature) else {
        return Err(Fault::malformed("bundle", "it holds no DSSE envelope, or something else too"));
    };
    Ok((material, Envelope::open(envelope)?))
}

#[cfg(test)]
mod tests {
    use assay_core::Sha256;

    use super::*;
    use crate::dsse::IN_TOTO;
    use crate::dsse::tests::envelope;
    use crate::intoto::Predicate;
    use crate::key::tests::Signer;

    const SUBJECT: Sha256 = Sha256::new([7; 32]);

    fn bundle(key: &Signer, material: &str) -> String {
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{SUBJECT}"}}}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{{}}}}"#
        );
        let envelope = envelope(key, IN_TOTO, statement.as_bytes());
        let media_type = MEDIA_TYPES[0];
        format!(
            r#"{{"mediaType":"{media_type}","verificationMaterial":{{{material}}},"dsseEnvelope":{envelope}}}"#
        )
    }

    fn checked(bundle: &str, key: &Signer) -> Attestation {
        verify_bundle(bundle.as_bytes(), &Wanted { subject: SUBJECT, keys: &[key.pem()] })
    }

    const KEY: &str = r#""publicKey":{"hint":"x"}"#;

    #[test]
    fn a_bundle_by_key_is_a_signature() {
        let key = Signer::p256();
        let checked = checked(&bundle(&key, KEY), &key);
        assert!(checked.outcome.is_verified(), "{:?}", checked.outcome);
        assert_eq!(checked.statement.map(|statement| statement.predicate), Some(Predicate::CosignSign));
    }

    #[test]
    fn bundles_that_leave_a_choice_are_refused() {
        let key = Signer::p256();
        let good = bundle(&key, KEY);
        for bad in [
            bundle(&key, ""),
            bundle(&key, r#""certificate":{}"#),
            bundle(&key, r#""publicKey":{},"certificate":{}"#),
            good.replace("v0.3", "v0.4"),
            good.replace("\"dsseEnvelope\"", "\"messageSignature\":{},\"dsseEnvelope\""),
            good.replace("\"dsseEnvelope\"", "\"other\""),
            good.replacen('{', r#"{"mediaType":"x","#, 1),
        ] {
            assert!(matches!(checked(&bad, &key).outcome, crate::Outcome::Refused(_)), "{bad:.120}");
        }
        assert!(!checked(&good, &Signer::p256()).outcome.is_verified());
    }
}

//! Simple signing documents.

use std::collections::BTreeMap;

use assay_core::Sha256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::{CERTIFICATE_ANNOTATION, SIGNATURE_ANNOTATION, Wanted};
use crate::dsse::signer_among;
use crate::fault::{Fault, bounded};
use crate::json::strict;
use crate::proof::{Method, Outcome, Proof, SignedBy};

/// The largest document; real ones have some hundred bytes.
const MAX_DOCUMENT: usize = 1 << 20;

/// The longest signature as base64.
const MAX_SIGNATURE: usize = 16 << 10;

/// The most optional claims that are kept.
const MAX_CLAIMS: usize = 256;

/// What every document says it is.
const TYPE: &str = "cosign container image signature";

#[derive(Deserialize)]
struct Document {
    critical: Critical,
    optional: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Identity {
    docker_reference: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Image {
    docker_manifest_digest: String,
}

/// Checks a simple signing document and the annotations of its layer.
pub fn verify_signature(
    document: &[u8],
    annotations: &BTreeMap<String, String>,
    wanted: &Wanted<'_>,
) -> Outcome {
    Outcome::of(check(document, annotations, wanted))
}

fn check(
    document: &[u8],
    annotations: &BTreeMap<String, String>,
    wanted: &Wanted<'_>,
) -> Result<Outcome, Fault> {
    let signature = signature(annotations)?;
    let signer = signer_among(wanted.keys, document, &signature);
    let Some(id) = signer.map_err(|error| Fault::malformed("trusted key", error))? else {
        if annotations.contains_key(CERTIFICATE_ANNOTATION) {
            return Err(Fault::unsupported("cosign signature", "keyless, not by a key"));
        }
        return Ok(Outcome::Untrusted { named: "an unknown key".to_owned() });
    };
    let claims = claims(document, wanted.subject)?;
    let signer = SignedBy::Key { id, identity: None };
    Ok(Outcome::Verified(Proof { method: Method::CosignKey, signer, claimed_at: None, claims }))
}

/// The signature among the annotations of a layer.
pub(crate) fn signature(annotations: &BTreeMap<String, String>) -> Result<Vec<u8>, Fault> {
    let signature = annotations
        .get(SIGNATURE_ANNOTATION)
        .ok_or_else(|| Fault::malformed("cosign signature", "there is no annotation with it"))?;
    bounded(signature.as_bytes(), "cosign signature", MAX_SIGNATURE)?;
    STANDARD.decode(signature).map_err(|error| Fault::malformed("cosign signature", error))
}

/// What a document claims besides being about this manifest. Whoever believes it has checked the signature.
pub(crate) fn claims(document: &[u8], subject: Sha256) -> Result<BTreeMap<String, String>, Fault> {
    bounded(document, "simple signing document", MAX_DOCUMENT)?;
    let read: Document = strict(document, "simple signing document")?;
    if read.critical.kind != TYPE {
        return Err(Fault::Unexpected { part: "the document's type", found: read.critical.kind });
    }
    if read.critical.image.docker_manifest_digest != format!("sha256:{subject}") {
        return Err(Fault::OtherSubject { found: read.critical.image.docker_manifest_digest });
    }
    let mut claims = optional(read.optional.unwrap_or_default())?;
    claims.insert("docker-reference".to_owned(), read.critical.identity.docker_reference);
    Ok(claims)
}

/// What the signer added, as text.
fn optional(values: BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, Fault> {
    if values.len() > MAX_CLAIMS {
        return Err(Fault::TooMany { part: "claims", max: MAX_CLAIMS });
    }
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(values.into_iter().map(|(name, value)| (format!("optional.{name}"), text(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::Signer;

    const SUBJECT: Sha256 = Sha256::new([7; 32]);

    fn document() -> String {
        format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"r.example/m"}},"image":{{"docker-manifest-digest":"sha256:{SUBJECT}"}},"type":"{TYPE}"}},"optional":{{"creator":"me","n":1}}}}"#
        )
    }

    fn checked(document: &str, signer: &Signer, keys: &[String]) -> Outcome {
        let annotations = annotations(document, signer);
        verify_signature(document.as_bytes(), &annotations, &Wanted { subject: SUBJECT, keys })
    }

    fn annotations(document: &str, signer: &Signer) -> BTreeMap<String, String> {
        let signature = STANDARD.encode(signer.sign(document.as_bytes()));
        BTreeMap::from([(SIGNATURE_ANNOTATION.to_owned(), signature)])
    }

    #[test]
    fn a_document_proves_its_manifest_and_claims_a_reference() {
        for key in Signer::of_each_kind() {
            let Outcome::Verified(proof) = checked(&document(), &key, &[key.pem()]) else { panic!() };
            assert_eq!(proof.claims["docker-reference"], "r.example/m");
            assert_eq!((&*proof.claims["optional.creator"], &*proof.claims["optional.n"]), ("me", "1"));
        }
    }

    #[test]
    fn a_document_about_another_manifest_or_of_another_type_is_refused() {
        let key = Signer::p256();
        let other = document().replace("07", "08");
        let outcome = checked(&other, &key, &[key.pem()]);
        assert!(matches!(outcome, Outcome::Refused(Fault::OtherSubject { .. })), "{outcome:?}");
        for bad in [
            document().replace(TYPE, "atomic container signature"),
            document().replacen("\"type\"", "\"type\":\"x\",\"type\"", 1),
            document().replace("sha256:", "sha512:"),
            "{}".to_owned(),
        ] {
            assert!(matches!(checked(&bad, &key, &[key.pem()]), Outcome::Refused(_)), "{bad}");
        }
    }

    #[test]
    fn strangers_and_keyless_signatures_are_not_verified() {
        let (key, other) = (Signer::p256(), Signer::p256());
        assert!(matches!(checked(&document(), &key, &[other.pem()]), Outcome::Untrusted { .. }));
        let wanted = Wanted { subject: SUBJECT, keys: &[] };
        let mut keyless = annotations(&document(), &key);
        keyless.insert(CERTIFICATE_ANNOTATION.to_owned(), String::new());
        let outcome = verify_signature(document().as_bytes(), &keyless, &wanted);
        assert!(matches!(outcome, Outcome::Refused(Fault::Unsupported { .. })));
        let outcome = verify_signature(document().as_bytes(), &BTreeMap::new(), &wanted);
        assert!(matches!(outcome, Outcome::Refused(Fault::Malformed { .. })));
    }

    #[test]
    fn any_flipped_bit_of_document_or_signature_is_refused() {
        let key = Signer::p256();
        let keys = [key.pem()];
        let wanted = Wanted { subject: SUBJECT, keys: &keys };
        let (document, annotations) = (document(), annotations(&document(), &key));
        for at in 0..document.len() {
            let mut flipped = document.clone().into_bytes();
            flipped[at] ^= 1 << (at % 8);
            assert!(!verify_signature(&flipped, &annotations, &wanted).is_verified(), "byte {at}");
        }
        let signature = &annotations[SIGNATURE_ANNOTATION];
        for at in 0..signature.len() {
            let mut flipped = signature.clone().into_bytes();
            flipped[at] ^= 1 << (at % 7);
            let Ok(flipped) = String::from_utf8(flipped) else { continue };
            let annotations = BTreeMap::from([(SIGNATURE_ANNOTATION.to_owned(), flipped)]);
            assert!(!verify_signature(document.as_bytes(), &annotations, &wanted).is_verified(), "byte {at}");
        }
    }
}

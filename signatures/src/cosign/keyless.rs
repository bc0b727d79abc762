//! Keyless cosign signatures of the kind before bundles: certificate, log entry and time stamp are annotations.
//!
//! They hold the same facts as a bundle of version 0.1, so one is made of them and proven like any other. The chain in
//! the annotations is left out: issuers come from the Sigstore root alone.

use std::collections::BTreeMap;

use assay_core::{Signer, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::CERTIFICATE_ANNOTATION;
use crate::fault::{Fault, bounded};
use crate::json::strict;
use crate::sigstore::{ArtifactCheck, ArtifactKey, Subject, verify_artifact};
use crate::x509::pem_blocks;

const BUNDLE_ANNOTATION: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP_ANNOTATION: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// The longest annotation of these.
const MAX_ANNOTATION: usize = 256 << 10;

/// What a log promised.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LogEntry {
    signed_entry_timestamp: String,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    body: String,
    #[serde(rename = "integratedTime")]
    integrated_time: i64,
    #[serde(rename = "logIndex")]
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeStamp {
    #[serde(rename = "SignedRFC3161Timestamp")]
    token: String,
}

/// The kind of a log entry, which its body names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    kind: String,
    api_version: String,
}

/// Proves who signed a document, under the first Sigstore root that vouches for it; nothing when none does.
pub(crate) fn prove(
    document: &[u8],
    signature: &[u8],
    annotations: &BTreeMap<String, String>,
    trust: &Trust,
) -> Result<Signer, Fault> {
    let bundle = bundle(document, signature, annotations)?.to_string();
    let mut faults = Vec::new();
    for root in &trust.sigstore_roots {
        let check = ArtifactCheck {
            subject: Subject::Bytes(document),
            root: root.clone(),
            key: ArtifactKey::Certificate,
        };
        match verify_artifact(bundle.as_bytes(), &check) {
            Ok(Some(signer)) => return Ok(signer),
            Ok(None) => {}
            Err(fault) => faults.push(format!("{}: {fault}", root.name)),
        }
    }
    Err(Fault::Unproven { faults: faults.join("; ") })
}

fn bundle(document: &[u8], signature: &[u8], annotations: &BTreeMap<String, String>) -> Result<Value, Fault> {
    let annotation = |name: &str| {
        let text = annotations.get(name).map(String::as_bytes);
        text.map(|text| bounded(text, "cosign annotation", MAX_ANNOTATION)).transpose()
    };
    let pem = annotation(CERTIFICATE_ANNOTATION)?.unwrap_or_default();
    let certificates = pem_blocks(crate::fault::text(pem, "certificate annotation")?, "CERTIFICATE")?;
    let [certificate] = certificates.as_slice() else {
        return Err(Fault::malformed("certificate annotation", "more than one certificate"));
    };
    let mut entries = Vec::new();
    if let Some(text) = annotation(BUNDLE_ANNOTATION)? {
        entries.push(log_entry(&strict(text, "log entry of a cosign signature")?)?);
    }
    let mut material = json!({
        "x509CertificateChain": {"certificates": [{"rawBytes": STANDARD.encode(certificate)}]},
        "tlogEntries": entries,
    });
    if let (Some(text), Some(material)) = (annotation(TIMESTAMP_ANNOTATION)?, material.as_object_mut()) {
        let stamp: TimeStamp = strict(text, "time stamp of a cosign signature")?;
        let stamps = json!({"rfc3161Timestamps": [{"signedTimestamp": stamp.token}]});
        material.insert("timestampVerificationData".to_owned(), stamps);
    }
    let digest = STANDARD.encode(sha2::Sha256::digest(document));
    Ok(json!({
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": material,
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
            "signature": STANDARD.encode(signature),
        },
    }))
}

fn log_entry(entry: &LogEntry) -> Result<Value, Fault> {
    let malformed =
        |fault: &dyn std::fmt::Display| Fault::malformed("log entry of a cosign signature", fault);
    let log = hex::decode(&entry.payload.log_id).map_err(|error| malformed(&error))?;
    let body = STANDARD.decode(&entry.payload.body).map_err(|error| malformed(&error))?;
    let body: Body = strict(&body, "log entry of a cosign signature")?;
    Ok(json!({
        "logIndex": entry.payload.log_index.to_string(),
        "logId": {"keyId": STANDARD.encode(log)},
        "kindVersion": {"kind": body.kind, "version": body.api_version},
        "integratedTime": entry.payload.integrated_time.to_string(),
        "inclusionPromise": {"signedEntryTimestamp": entry.signed_entry_timestamp},
        "canonicalizedBody": entry.payload.body,
    }))
}

#[cfg(test)]
mod tests {
    use assay_core::Timestamp;

    use super::*;

    /// A real bundle of the public instance, and the file it is over.
    const BUNDLE: &str = include_str!("../../tests/samples/sigstore/v0.1.sigstore.json");
    const FILE: &[u8] = include_bytes!("../../tests/samples/sigstore/a.txt");

    /// The bundle as cosign would have written it into annotations, with its signature.
    fn annotated() -> (Vec<u8>, BTreeMap<String, String>) {
        let bundle: Value = serde_json::from_str(BUNDLE).unwrap();
        let material = &bundle["verificationMaterial"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let number = |value: &Value| text(value).parse::<i64>().unwrap();
        let der = text(&material["x509CertificateChain"]["certificates"][0]["rawBytes"]);
        let entry = &material["tlogEntries"][0];
        let log = STANDARD.decode(text(&entry["logId"]["keyId"])).unwrap();
        let log_entry = json!({
            "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": entry["canonicalizedBody"],
                "integratedTime": number(&entry["integratedTime"]),
                "logIndex": number(&entry["logIndex"]),
                "logID": hex::encode(log),
            },
        });
        let annotations = BTreeMap::from([
            (
                CERTIFICATE_ANNOTATION.to_owned(),
                format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n"),
            ),
            (BUNDLE_ANNOTATION.to_owned(), log_entry.to_string()),
        ]);
        (STANDARD.decode(text(&bundle["messageSignature"]["signature"])).unwrap(), annotations)
    }

    fn trust() -> Trust {
        Trust::nobody(Timestamp::from_millis(1_793_491_200_000))
    }

    #[test]
    fn annotations_prove_as_much_as_a_bundle() {
        let (signature, annotations) = annotated();
        let signer = prove(FILE, &signature, &annotations, &trust()).unwrap();
        assert!(signer.name.starts_with("https://github.com/sigstore-conformance/"), "{signer:?}");
        assert_eq!(signer.trust_root.as_deref(), Some("public-good"));
    }

    #[test]
    fn without_every_part_of_the_proof_nobody_signed() {
        let (signature, annotations) = annotated();
        let refused = |file: &[u8], signature: &[u8], annotations: &BTreeMap<String, String>| {
            prove(file, signature, annotations, &trust()).is_err()
        };
        assert!(refused(b"another", &signature, &annotations));
        assert!(refused(FILE, b"another", &annotations));
        for name in [CERTIFICATE_ANNOTATION, BUNDLE_ANNOTATION] {
            let mut without = annotations.clone();
            without.remove(name);
            assert!(refused(FILE, &signature, &without), "{name}");
        }
        for (from, to) in
            [("\"logIndex\":2", "\"logIndex\":3"), ("\"integratedTime\":1", "\"integratedTime\":2")]
        {
            let mut other = annotations.clone();
            let entry = other.get_mut(BUNDLE_ANNOTATION).unwrap();
            assert!(entry.contains(from), "{entry}");
            *entry = entry.replace(from, to);
            assert!(refused(FILE, &signature, &other), "{from}");
        }
    }
}

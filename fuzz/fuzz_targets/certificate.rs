//! A chain nobody trusted issued is never verified.
#![no_main]

use assay_core::wire::worker::SignatureCheck;
use assay_core::{CertificateRoots, SignatureState, Timestamp, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A statement of v0.2 over one file: the shortest payload that is read to its end, so that the chain is looked at.
const PAYLOAD: &str = "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJwcmVkaWNhdGVUeXBlIjoiaHR0cHM6Ly9tb2RlbF9zaWduaW5nL0RpZ2VzdHMvdjAuMSIsInN1YmplY3QiOlt7Im5hbWUiOiJhIiwiZGlnZXN0Ijp7InNoYTI1NiI6IjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAifX1dfQ==";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (leaf, rest) = data.split_at(data.len() / 2);
    let bundle = format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"x509CertificateChain":{{"certificates":[{{"rawBytes":"{}"}},{{"rawBytes":"{}"}}]}}}},"dsseEnvelope":{{"payloadType":"application/vnd.in-toto+json","payload":"{PAYLOAD}","signatures":[{{"sig":"AA=="}}]}}}}"#,
        STANDARD.encode(leaf),
        STANDARD.encode(rest)
    );
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(rest));
    let mut trust = Trust::nobody(Timestamp::from_millis(1_700_000_000_000));
    trust.legacy = assay_core::Legacy::Accept;
    trust.certificate_roots.push(CertificateRoots { name: "roots".to_owned(), pem });
    let check = SignatureCheck { name: "model.sig".to_owned(), files: Vec::new(), trust };
    let fact = assay_signatures::verify_oms(bundle.as_bytes(), &check);
    assert_ne!(fact.state, SignatureState::Verified);
});

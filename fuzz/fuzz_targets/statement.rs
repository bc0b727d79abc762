//! A payload nobody signed is never verified, whatever it says.
#![no_main]

use assay_core::wire::worker::{HashedFile, SignatureCheck};
use assay_core::{Legacy, Sha256, SignatureState, Timestamp, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // The payload is read before the signature is looked at, so no key is needed to reach all of it.
    let bundle = format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{}}}},"dsseEnvelope":{{"payloadType":"application/vnd.in-toto+json","payload":"{}","signatures":[{{"sig":"AA=="}}]}}}}"#,
        STANDARD.encode(data)
    );
    let file = |name: &str| HashedFile {
        name: name.to_owned(),
        size: 1,
        sha256: Sha256::new([0; 32]),
        digests: Vec::new(),
    };
    let trust = Trust { legacy: Legacy::Accept, ..Trust::nobody(Timestamp::from_millis(0)) };
    let check = SignatureCheck { name: "model.sig".to_owned(), files: vec![file("a"), file("b/c")], trust };
    let fact = assay_signatures::verify_oms(bundle.as_bytes(), &check);
    assert_ne!(fact.state, SignatureState::Verified);
    let wanted = assay_signatures::wanted_digests(bundle.as_bytes());
    assert!(wanted.len() <= 200_000);
});

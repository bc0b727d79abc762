//! Resources of a well-formed statement: names, shards and ignored paths, with a root digest that is right.
#![no_main]

use assay_core::wire::worker::{HashedFile, SignatureCheck};
use assay_core::{FileState, Sha256, SignatureState, Timestamp, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

// One resource or ignored path for each line; the first byte of the input picks the serialization.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((pick, text)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let (mut resources, mut ignored) = (Vec::new(), Vec::new());
    let mut root = sha2::Sha256::new();
    for line in text.lines() {
        match line.strip_prefix('!') {
            Some(path) => ignored.push(path.to_owned()),
            None => {
                root.update([0; 32]);
                resources.push(serde_json::json!({"name": line, "algorithm": "sha256", "digest": "00".repeat(32)}));
            }
        }
    }
    let method = if pick & 1 == 0 { "files" } else { "shards" };
    let statement = serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://model_signing/signature/v1.0",
        "subject": [{"digest": {"sha256": hex::encode(root.finalize())}}],
        "predicate": {
            "serialization": {
                "method": method, "hash_type": "sha256", "shard_size": pick >> 1, "ignore_paths": ignored
            },
            "resources": resources,
        },
    });
    let bundle = serde_json::json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {}},
        "dsseEnvelope": {
            "payloadType": "application/vnd.in-toto+json",
            "payload": STANDARD.encode(statement.to_string()),
            "signatures": [{"sig": "AA=="}],
        },
    });
    let file = |name: &str| HashedFile {
        name: name.to_owned(),
        size: 1,
        sha256: Sha256::new([0; 32]),
        digests: Vec::new(),
    };
    let files = vec![file("../a"), file("/a"), file("a"), file("a/../b"), file("b/c")];
    let trust = Trust::nobody(Timestamp::from_millis(0));
    let fact = assay_signatures::verify_oms(
        bundle.to_string().as_bytes(),
        &SignatureCheck { name: "model.sig".to_owned(), files, trust },
    );
    assert_ne!(fact.state, SignatureState::Verified);
    for entry in fact.coverage.iter().filter(|entry| entry.state == FileState::Verified) {
        assert!(!entry.name.contains("..") && !entry.name.starts_with('/'), "{}", entry.name);
    }
});

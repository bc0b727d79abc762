//! A signature nobody made is never verified.
#![no_main]

use assay_core::wire::worker::{HashedFile, SignatureCheck};
use assay_core::{Sha256, SignatureState, Timestamp, Trust};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let files = vec![HashedFile { name: "a".to_owned(), size: 1, sha256: Sha256::new([0; 32]), digests: Vec::new() }];
    let check = SignatureCheck { name: "model.sig".to_owned(), files, trust: Trust::nobody(Timestamp::from_millis(0)) };
    let fact = assay_signatures::verify_oms(data, &check);
    assert_ne!(fact.state, SignatureState::Verified);
});

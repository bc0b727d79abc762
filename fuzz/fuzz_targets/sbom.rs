//! A document is never bound by itself.
#![no_main]

use assay_core::wire::worker::{HashedFile, SbomCheck};
use assay_core::{Sha256, SbomLevel};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let files = vec![HashedFile { name: "a".to_owned(), size: 1, sha256: Sha256::new([0; 32]), digests: Vec::new() }];
    let fact = assay_sbom::check(data, &SbomCheck { name: "bom.json".to_owned(), files });
    assert!(fact.level < SbomLevel::Bound);
});

//! Nothing that is changed leaves `verified` unless it proves exactly what it did before.
//!
//! Over signatures by other tools. `ASSAY_VECTORS` names a folder with `signatures/`; without it the tests say so and
//! pass.
#![cfg(test)]

use std::path::{Path, PathBuf};

use assay_core::wire::worker::{HashedFile, SignatureCheck};
use assay_core::{
    CertificateRoots, FileState, Sha256, SignatureFact, SignatureState, SigstoreRoot, Timestamp, Trust,
};
use assay_signatures::{Digests, verify_oms, wanted_digests};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256 as Hasher};

/// When the vectors were made.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

/// A signature with its files.
struct Case {
    signature: Vec<u8>,
    request: SignatureCheck,
}

impl Case {
    fn check(&self) -> SignatureFact {
        verify_oms(&self.signature, &self.request)
    }
}

/// One signature of each method, and one with shards of BLAKE2b digests.
fn cases() -> Vec<Case> {
    let Some(root) = std::env::var_os("ASSAY_VECTORS") else {
        println!("skipped: ASSAY_VECTORS names no folder of vectors");
        return Vec::new();
    };
    let root = PathBuf::from(root).join("signatures");
    let mut trust = Trust { sigstore_roots: Vec::new(), ..Trust::nobody(NOW) };
    trust.keys.push(text(&root.join("gen/keys/p256.pub.pem")));
    let pem = text(&root.join("gen/keys/root.cert.pem"));
    trust.certificate_roots.push(CertificateRoots { name: "root".to_owned(), pem });
    trust.sigstore_roots.push(SigstoreRoot { name: "public-good".to_owned(), json: None });
    let case = |folder: &str, model: &str| {
        let folder = root.join(folder);
        let signature = bytes(&folder.join("model.sig"));
        let files = files(&folder.join(model), &signature);
        Case {
            signature,
            request: SignatureCheck { name: "model.sig".to_owned(), files, trust: trust.clone() },
        }
    };
    vec![
        case("gen/cases/key-p256", "model"),
        case("gen/cases/cert-chain", "model"),
        case("gen/cases/shards-1000-blake2", "model"),
        case("oms-reference/v1.0.0-sigstore", ""),
    ]
}

fn files(folder: &Path, signature: &[u8]) -> Vec<HashedFile> {
    let wanted = wanted_digests(signature);
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name != "model.sig" {
                let content = bytes(&path);
                let kinds: Vec<_> = wanted
                    .iter()
                    .filter(|one| one.name.as_ref().is_none_or(|wanted| *wanted == name))
                    .map(|one| one.kind)
                    .collect();
                let mut digests = Digests::new(&kinds);
                digests.update(&content);
                let sha256 = Sha256::new(Hasher::digest(&content).into());
                files.push(HashedFile {
                    name,
                    size: content.len() as u64,
                    sha256,
                    digests: digests.finish(),
                });
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

#[expect(clippy::disallowed_methods, reason = "test vectors")]
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn text(path: &Path) -> String {
    String::from_utf8(bytes(path)).unwrap()
}

/// Signed by somebody trusted, and every file is what it was.
fn whole(fact: &SignatureFact) -> bool {
    fact.state == SignatureState::Verified
        && fact.coverage.iter().all(|file| matches!(file.state, FileState::Verified | FileState::Ignored))
}

#[test]
fn each_case_is_whole_before_anything_is_changed() {
    for case in cases() {
        assert!(whole(&case.check()), "{:?}", case.check());
    }
}

#[test]
fn a_flipped_bit_of_a_signature_leaves_what_it_proves_or_nothing() {
    for mut case in cases() {
        let before = case.check();
        // Every byte of the smallest; every few bytes of the others, always another bit.
        let step = (case.signature.len() / 1_500).max(1);
        for at in (0..case.signature.len()).step_by(step) {
            let bit = 1 << (at % 8);
            case.signature[at] ^= bit;
            let fact = case.check();
            assert!(fact.state != SignatureState::Verified || fact == before, "byte {at}: {fact:?}");
            case.signature[at] ^= bit;
        }
    }
}

#[test]
fn a_changed_added_dropped_or_renamed_file_never_stays_whole() {
    for mut case in cases() {
        // What a signer left out on purpose is not part of the promise; policy looks at it all the same.
        let coverage = case.check().coverage;
        let ignored =
            |name: &str| coverage.iter().any(|file| file.name == name && file.state == FileState::Ignored);
        let files: Vec<_> = case.request.files.iter().filter(|file| !ignored(&file.name)).cloned().collect();
        for index in 0..files.len() {
            let mut changed = files.clone();
            changed[index].sha256 = Sha256::new([7; 32]);
            for digest in &mut changed[index].digests {
                digest.hex.replace_range(..1, if digest.hex.starts_with('0') { "1" } else { "0" });
            }
            let mut dropped = files.clone();
            let gone = dropped.remove(index);
            let mut added = files.clone();
            added.push(HashedFile { name: format!("{}.bin", gone.name), ..gone.clone() });
            let mut renamed = files.clone();
            renamed[index].name.push('x');
            // A model of one file may be called anything; that is what its name "." means.
            let single = files.len() == 1;
            for (what, files) in
                [("changed", changed), ("dropped", dropped), ("added", added), ("renamed", renamed)]
            {
                case.request.files = files;
                let fact = case.check();
                assert!(!whole(&fact) || (single && what == "renamed"), "{what} {}: {fact:?}", gone.name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_written_over_a_signature_prove_nothing_new(
        at in 0_usize..6_000,
        bytes in proptest::collection::vec(any::<u8>(), 1..40),
    ) {
        static CASES: std::sync::OnceLock<Vec<Case>> = std::sync::OnceLock::new();
        for case in CASES.get_or_init(cases) {
            let mut signature = case.signature.clone();
            let at = at % signature.len();
            for (old, new) in signature[at..].iter_mut().zip(&bytes) {
                *old = *new;
            }
            let fact = verify_oms(&signature, &case.request);
            let same = fact.state == SignatureState::Verified && fact == case.check();
            prop_assert!(fact.state != SignatureState::Verified || same, "{fact:?}");
        }
    }
}

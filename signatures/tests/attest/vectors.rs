//! Signatures of other methods than model signing, with what is known about each.
//!
//! `ASSAY_VECTORS` names a folder with `signatures/manifest.tsv`; without it the tests say so and pass.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use assay_core::{Sha256, Timestamp};
use assay_signatures::git::{self, SignedObject};
use assay_signatures::intoto::{Predicate, Statement};
use assay_signatures::minisign::{self, Legacy, MinisignKey};
use assay_signatures::notation::{self, Envelope, Target, Trust};
use assay_signatures::openpgp::{self, OpenPgpCertificate};
use assay_signatures::ssh::{self, AllowedSigners, Wanted};
use assay_signatures::x509::{Certificate, Identity};
use assay_signatures::{Outcome, cosign};
use base64::Engine as _;
use serde_json::Value;
use sha2::Digest as _;

/// 2026-11-22, the day after the vectors were made.
const NOW: Timestamp = Timestamp::from_millis(1_795_305_600_000);

/// One row of the manifest.
struct Row {
    signature: String,
    must_verify: String,
    method: String,
    key: PathBuf,
}

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("ASSAY_VECTORS");
    if root.is_none() {
        println!("skipped: ASSAY_VECTORS names no folder of vectors");
    }
    Some(PathBuf::from(root?).join("signatures"))
}

#[test]
fn agrees_with_every_vector_of_these_methods() {
    let Some(root) = root() else { return };
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows(&root) {
        let Some(outcome) = check(&root, &row, Legacy::Refuse) else { continue };
        let expected = match row.must_verify.as_str() {
            "yes" => true,
            "no" => false,
            // The one row that policy decides: a legacy signature, verified only when asked for.
            "policy" => {
                assert!(check(&root, &row, Legacy::Verify).unwrap().is_verified());
                false
            }
            other => panic!("{other}"),
        };
        let verdict = if outcome.is_verified() == expected { "right" } else { "wrong" };
        *counts.entry((row.method.clone(), verdict)).or_default() += 1;
        println!("{verdict}: {} must verify: {}: {outcome:?}", row.signature, row.must_verify);
        if verdict == "wrong" {
            wrong.push(row.signature);
        }
    }
    println!("{counts:?}");
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(counts.values().sum::<usize>(), 18);
}

/// Real attestations of others: what they say, whoever signed them.
#[test]
fn real_statements_are_typed() {
    let Some(root) = root() else { return };
    let bundles = root.join("sigstore-rust");
    for (name, expected) in [
        ("bundles/dsse.sigstore.json", "provenance"),
        ("bundles/sigstore.js@2.0.0-provenance.sigstore.json", "provenance"),
        ("bundles/conda-attestation.sigstore.json", "other"),
        ("bundles/conda-attestation-rekor2.sigstore.json", "other"),
        ("bundles/github-private-attestation.sigstore.json", "other"),
        ("oci-attestation.sigstore.json", "other"),
    ] {
        let statement = Statement::read(&payload(&bundles.join(name))).unwrap();
        let kind = if let Predicate::Provenance(provenance) = &statement.predicate {
            assert!(provenance.builder.starts_with("https://"), "{name}: {provenance:?}");
            "provenance"
        } else {
            assert_eq!(statement.predicate, Predicate::Other, "{name}");
            "other"
        };
        assert_eq!(kind, expected, "{name}: {}", statement.predicate_type);
    }
}

fn payload(bundle: &Path) -> Vec<u8> {
    let json: Value = serde_json::from_slice(&bytes(bundle).unwrap()).unwrap();
    let payload = json["dsseEnvelope"]["payload"].as_str().unwrap();
    base64::engine::general_purpose::STANDARD.decode(payload).unwrap()
}

/// The outcome of a row, if its method is one of these.
fn check(root: &Path, row: &Row, legacy: Legacy) -> Option<Outcome> {
    let content = bytes(&root.join("other/artifact.bin")).unwrap();
    let signature = || bytes(&root.join(&row.signature)).unwrap();
    let text = || String::from_utf8(bytes(&row.key).unwrap()).unwrap();
    Some(match row.method.as_str() {
        "minisign" => {
            let key = MinisignKey::read(&text()).unwrap();
            minisign::verify(&signature(), &mut content.as_slice(), &[key], legacy)
        }
        "sshsig" => {
            let signers = AllowedSigners::read(&text()).unwrap();
            let wanted = Wanted { signers: &signers, namespace: "model", now: NOW };
            ssh::verify(&signature(), &mut content.as_slice(), &wanted)
        }
        "openpgp" => {
            let key = OpenPgpCertificate::read(&text()).unwrap();
            openpgp::verify(&signature(), &mut content.as_slice(), &[key], NOW)
        }
        "git-gpg" => {
            let key = OpenPgpCertificate::read(&text()).unwrap();
            commit(&signature(), &[key], &AllowedSigners::default())
        }
        "git-ssh" => {
            let signers = AllowedSigners::read(&format!("a namespaces=\"git\" {}", text())).unwrap();
            commit(&signature(), &[], &signers)
        }
        "cosign-legacy" | "cosign-bundle" | "notation" => oci(root, row, &text()),
        _ => return None,
    })
}

fn commit(object: &[u8], certificates: &[OpenPgpCertificate], signers: &AllowedSigners) -> Outcome {
    let object = SignedObject::read(git::Kind::Commit, object).unwrap().unwrap();
    object.verify(&git::Trust { certificates, signers, now: NOW })
}

/// A signature in the layout of an OCI registry, about the manifest `tiny:v1`.
fn oci(root: &Path, row: &Row, key: &str) -> Outcome {
    let layout = root.join("other/oci-layout");
    let subject = manifest(&layout, "tiny:v1");
    let digest = Sha256::new(sha2::Sha256::digest(&subject).into());
    let tag = row.signature.split_once('#').unwrap().1;
    let signature: Value = serde_json::from_slice(&manifest(&layout, tag)).unwrap();
    let layer = &signature["layers"][0];
    let content = blob(&layout, layer["digest"].as_str().unwrap());
    let wanted = cosign::Wanted { subject: digest, keys: &[key.to_owned()] };
    match layer["mediaType"].as_str().unwrap() {
        cosign::SIMPLE_SIGNING => {
            let annotations = serde_json::from_value(layer["annotations"].clone()).unwrap();
            cosign::verify_signature(&content, &annotations, &wanted)
        }
        "application/vnd.dev.sigstore.bundle.v0.3+json" => cosign::verify_bundle(&content, &wanted).outcome,
        media_type => {
            let target = Target {
                media_type: "application/vnd.oci.image.manifest.v1+json",
                digest,
                size: subject.len() as u64,
            };
            let authorities = Certificate::from_pem(key).unwrap();
            let trust = Trust { authorities, identities: vec![Identity::Any], ..Trust::default() };
            notation::verify(&content, Envelope::of_media_type(media_type).unwrap(), &target, &trust, NOW)
        }
    }
}

fn manifest(layout: &Path, tag: &str) -> Vec<u8> {
    let index: Value = serde_json::from_slice(&bytes(&layout.join("index.json")).unwrap()).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    let named = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == tag;
    blob(layout, entries.iter().find(named).unwrap()["digest"].as_str().unwrap())
}

fn blob(layout: &Path, digest: &str) -> Vec<u8> {
    bytes(&layout.join("blobs").join(digest.replace(':', "/"))).unwrap()
}

fn rows(root: &Path) -> Vec<Row> {
    let table = String::from_utf8(bytes(&root.join("manifest.tsv")).unwrap()).unwrap();
    let row = |line: &str| match line.split('\t').collect::<Vec<_>>().as_slice() {
        ["other", signature, _, _, must_verify, method, _, _, key, ..] => Some(Row {
            signature: (*signature).to_owned(),
            must_verify: (*must_verify).to_owned(),
            method: (*method).to_owned(),
            key: root.join(key),
        }),
        _ => None,
    };
    table.lines().filter_map(row).collect()
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "test vectors, and the take stands here")]
    fs::File::open(path)?.take(64 << 20).read_to_end(&mut content)?;
    Ok(content)
}

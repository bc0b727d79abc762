//! `assay verify` from outside: the verdict under a policy.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::program::{assert_valid, denied, has_worker, json, published, run, safetensors};

/// A public key on P-256, made for this test; its private half is gone.
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE838Wjr+SUwyleasNrjo7WHcqp71z
0Y2PEqCQlH/TOg4uPRq8X29qFscAF2k2FmWOzGcpw79V2c0bM90tIVrg5g==
-----END PUBLIC KEY-----
";

fn model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("m")).unwrap();
    fs::write(folder.path().join("m/model.safetensors"), safetensors()).unwrap();
    fs::write(folder.path().join("key.pem"), KEY).unwrap();
    folder
}

fn verify(folder: &Path, more: &[&str]) -> (i32, Value) {
    let subject = folder.join("m");
    let ran = run(&[&["verify", "--format", "json", subject.to_str().unwrap()], more].concat());
    assert!(!ran.stdout.is_empty(), "{}", ran.stderr);
    (ran.code, json(&ran.stdout))
}

#[test]
fn a_benign_folder_is_allowed_by_the_built_in_policy() {
    if !has_worker() {
        return;
    }
    let folder = model();
    let (code, report) = verify(folder.path(), &[]);
    assert_eq!((code, report["schema"].as_str().unwrap()), (0, "assay.verify/1"));
    let artifact = &report["artifacts"][0];
    assert_eq!(
        (&artifact["verdict"]["decision"], report["policy"].as_str()),
        (&json("\"allow\""), Some("built-in"))
    );
    let real = folder.path().canonicalize().unwrap();
    assert_eq!(artifact["reference"], format!("dir:{}", real.join("m").display()));
}

#[test]
fn one_denied_file_denies_the_folder() {
    if !has_worker() {
        return;
    }
    let folder = model();
    fs::write(folder.path().join("m/other.safetensors"), denied()).unwrap();
    let (code, report) = verify(folder.path(), &[]);
    assert_eq!((code, &report["artifacts"][0]["verdict"]["decision"]), (1, &json("\"deny\"")));
}

#[test]
fn naming_a_key_demands_its_signature() {
    if !has_worker() {
        return;
    }
    let folder = model();
    let key = folder.path().join("key.pem");
    let (code, report) = verify(folder.path(), &["--key", key.to_str().unwrap()]);
    assert_eq!((code, &report["artifacts"][0]["verdict"]["decision"]), (1, &json("\"deny\"")));
    let reasons = report["artifacts"][0]["verdict"]["reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|reason| reason["policy_rule"].as_str().unwrap().starts_with("--key ")));
}

#[test]
fn a_broken_signature_is_named_and_not_trusted() {
    if !has_worker() {
        return;
    }
    let folder = model();
    fs::write(folder.path().join("m/model.sig"), "{}").unwrap();
    let (_, report) = verify(folder.path(), &[]);
    assert_valid(&published("assay.verify-1"), &report);
    let signature = &report["artifacts"][0]["signatures"][0];
    assert_eq!(
        (&signature["file"], &signature["state"]["state"]),
        (&json("\"model.sig\""), &json("\"invalid\""))
    );
}

#[test]
fn an_sbom_is_checked_against_the_bytes() {
    if !has_worker() {
        return;
    }
    let folder = model();
    let bom = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]}"#;
    fs::write(folder.path().join("m/model.cdx.json"), bom).unwrap();
    let (_, report) = verify(folder.path(), &[]);
    assert_valid(&published("assay.verify-1"), &report);
    let sbom = &report["artifacts"][0]["sboms"][0];
    assert_eq!(sbom["file"], "model.cdx.json");
    let files = sbom["files"].as_array().unwrap();
    assert!(
        files.iter().any(|file| file["name"] == "model.safetensors" && file["state"] == "unlisted"),
        "{sbom}"
    );
}

#[test]
fn a_policy_with_a_mistake_is_refused_with_its_line() {
    let folder = model();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "schema = 1\nmach = 2\n").unwrap();
    let ran = run(&["verify", "--policy", policy.to_str().unwrap(), folder.path().to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("policy.toml:2: "), "{}", ran.stderr);
}

#[test]
fn a_reference_that_is_none_is_an_error() {
    if !has_worker() {
        return;
    }
    let ran = run(&["verify", "oci://"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
}

#[test]
fn a_blob_that_is_not_what_its_cache_claims_is_denied() {
    if !has_worker() {
        return;
    }
    let hub = tempfile::tempdir().unwrap();
    let repository = hub.path().join("models--org--name");
    let snapshot = repository.join("snapshots").join("c".repeat(40));
    fs::create_dir_all(&snapshot).unwrap();
    fs::create_dir_all(repository.join("blobs")).unwrap();
    let blob = "ab".repeat(32);
    fs::write(repository.join("blobs").join(&blob), safetensors()).unwrap();
    std::os::unix::fs::symlink(format!("../../blobs/{blob}"), snapshot.join("model.safetensors")).unwrap();
    let ran = run(&["verify", "--format", "json", snapshot.to_str().unwrap()]);
    let artifact = &json(&ran.stdout)["artifacts"][0];
    assert_eq!((ran.code, &artifact["verdict"]["decision"]), (1, &json("\"deny\"")));
    assert_eq!(artifact["reference"], format!("hf://org/name@{}", "c".repeat(40)));
    let reasons = artifact["verdict"]["reasons"].to_string();
    assert!(reasons.contains("blob name"), "{reasons}");
}

#[test]
fn a_folder_signed_by_the_reference_implementation_is_verified_until_it_changes() {
    let Some(vectors) = std::env::var_os("ASSAY_VECTORS") else {
        eprintln!("skipped: ASSAY_VECTORS names no folder of test vectors");
        return;
    };
    if !has_worker() {
        return;
    }
    let reference = Path::new(&vectors).join("signatures/oms-reference");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("m")).unwrap();
    for name in ["model.sig", "signme-1"] {
        fs::copy(reference.join("v1.0.0-elliptic-key").join(name), folder.path().join("m").join(name))
            .unwrap();
    }
    let key = reference.join("signing-key-pub.pem");
    let key = ["--key", key.to_str().unwrap()];
    let (code, report) = verify(folder.path(), &key);
    assert_eq!(
        (code, &report["artifacts"][0]["signatures"][0]["state"]["state"]),
        (0, &json("\"verified\""))
    );
    fs::write(folder.path().join("m/signme-1"), "changed").unwrap();
    let (code, report) = verify(folder.path(), &key);
    assert_eq!(
        (code, &report["artifacts"][0]["signatures"][0]["coverage"][0]["state"]),
        (1, &json("\"changed\""))
    );
}

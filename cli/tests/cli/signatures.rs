//! `assay verify` over signatures by other tools: every method, through the walk, the scan and the policy.
//!
//! `ASSAY_VECTORS` names a folder with `signatures/`; without it the tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::program::{assert_valid, has_worker, json, published, run};

fn vectors() -> Option<PathBuf> {
    let vectors = std::env::var_os("ASSAY_VECTORS").map(|root| PathBuf::from(root).join("signatures"));
    if vectors.is_none() {
        eprintln!("skipped: ASSAY_VECTORS names no folder of test vectors");
    }
    vectors.filter(|_| has_worker())
}

/// Whether the rule that demands a signature by these is met, and all that is said about the model. What the scan says
/// about made-up weights is not what these tests are about.
fn verified(model: &Path, authority: &str) -> (bool, Value) {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let rule = "[[rule]]\nname = \"signed\"\nmatch = [\"**\"]\n";
    std::fs::write(&policy, format!("{rule}signature = {{ any-of = [{{ {authority} }}] }}\n")).unwrap();
    let arguments =
        ["verify", "--format", "json", "--policy", policy.to_str().unwrap(), model.to_str().unwrap()];
    let ran = run(&arguments);
    assert!(!ran.stdout.is_empty(), "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_valid(&published("assay.verify-1"), &report);
    let artifact = report["artifacts"][0].clone();
    let reasons = artifact["verdict"]["reasons"].as_array().unwrap();
    let of_rule = reasons.iter().filter(|reason| reason["policy_rule"] == "signed");
    let decisions: Vec<_> = of_rule.map(|reason| reason["decision"].as_str().unwrap()).collect();
    (decisions == ["allow"], artifact)
}

/// A case's model with its signature put inside.
fn model(case: &Path, inner: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .args(["-R", case.join(inner).to_str().unwrap(), folder.path().join("m").to_str().unwrap()])
        .status()
        .unwrap();
    assert!(copied.success());
    std::fs::copy(case.join("model.sig"), folder.path().join("m/model.sig")).unwrap();
    folder
}

fn key(path: &Path) -> String {
    format!("kind = \"key\", path = \"{}\"", path.display())
}

#[test]
fn shards_and_other_digests_are_taken_in_the_same_read() {
    let Some(root) = vectors() else { return };
    for case in ["shards-1000", "shards-1000-blake2", "hash-blake2", "hash-blake3"] {
        let folder = model(&root.join("gen/cases").join(case), "model");
        let key = key(&root.join("gen/keys/p256.pub.pem"));
        let (met, artifact) = verified(&folder.path().join("m"), &key);
        assert!(met && artifact["signatures"][0]["state"]["state"] == "verified", "{artifact}");
        std::fs::write(folder.path().join("m/model-00001.safetensors"), "changed").unwrap();
        let (met, artifact) = verified(&folder.path().join("m"), &key);
        assert!(!met, "{case}");
        assert!(artifact["signatures"][0]["coverage"].to_string().contains("\"changed\""), "{artifact}");
    }
}

#[test]
fn a_certificate_verifies_by_its_name_under_the_named_root() {
    let Some(root) = vectors() else { return };
    let folder = model(&root.join("gen/cases/cert-chain"), "model");
    let roots = root.join("gen/keys/root.cert.pem");
    let authority = |subject: &str| {
        format!("kind = \"certificate\", path = \"{}\", subject-regex = \"{subject}\"", roots.display())
    };
    let (met, artifact) = verified(&folder.path().join("m"), &authority(".*O=Assay Test.*"));
    assert!(met, "{artifact}");
    assert_eq!(artifact["signatures"][0]["by"]["kind"], "certificate");
    let (met, artifact) = verified(&folder.path().join("m"), &authority("CN=Somebody Else"));
    assert!(!met && artifact["signatures"][0]["state"]["state"] == "untrusted-signer", "{artifact}");
    // Whom it is by is shown all the same.
    assert!(artifact["signatures"][0]["by"]["name"].as_str().unwrap().contains("Assay Test"), "{artifact}");
}

#[test]
fn a_keyless_signature_verifies_for_its_identity_and_is_a_strangers_for_another() {
    let Some(root) = vectors() else { return };
    let folder = model(&root.join("oms-reference/v1.0.0-sigstore"), "");
    let authority = |identity: &str| {
        format!(
            "kind = \"keyless\", issuer = \"https://sigstore.verify.ibm.com/oauth2\", identity = \"{identity}\""
        )
    };
    let (met, artifact) = verified(&folder.path().join("m"), &authority("stefanb@us.ibm.com"));
    assert!(met, "{artifact}");
    let by = &artifact["signatures"][0]["by"];
    assert_eq!(
        (by["trust_root"].as_str(), by["times"].as_array().map(Vec::len)),
        (Some("public-good"), Some(1))
    );
    let (met, artifact) = verified(&folder.path().join("m"), &authority("somebody@example.com"));
    assert!(!met && artifact["signatures"][0]["state"]["state"] == "untrusted-signer", "{artifact}");
}

#[test]
fn a_snapshot_of_a_hub_verifies_through_its_links_and_no_further() {
    let Some(root) = vectors() else { return };
    let key = key(&root.join("gen/keys/p256.pub.pem"));
    for (name, right) in [("tiny", true), ("tiny-tampered", false), ("tiny-linkout", false)] {
        let snapshot =
            root.join(format!("other/hf-cache/models--org--{name}/snapshots")).join("a".repeat(40));
        let (met, artifact) = verified(&snapshot, &key);
        assert_eq!(met, right, "{name}: {artifact}");
    }
}

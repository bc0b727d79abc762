//! A folder signed by the reference implementation of `OpenSSF` Model Signing, verified by us.

use std::path::Path;
use std::process::{Command, Output};

use assay_tests::programs::{assay, python};
use assay_tests::samples;

/// Runs `model_signing` with these arguments.
fn model_signing(arguments: &[&str]) {
    let program = python().unwrap().with_file_name("model_signing");
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A signed model with its key pair beside it.
fn signed(folder: &Path) -> (String, String) {
    let model = folder.join("model");
    std::fs::create_dir_all(model.join("sub")).unwrap();
    std::fs::write(model.join("model.safetensors"), samples::safetensors(64)).unwrap();
    std::fs::write(model.join("sub/notes.txt"), "notes").unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &path("key.pem")]);
    openssl(&["ec", "-in", &path("key.pem"), "-pubout", "-out", &path("pub.pem")]);
    model_signing(&[
        "sign",
        "key",
        &path("model"),
        "--private_key",
        &path("key.pem"),
        "--signature",
        &path("model/model.sig"),
    ]);
    (path("model"), path("pub.pem"))
}

/// Verifies under a policy that demands a signature by this key over every file.
fn verify(model: &str, key: &str) -> (Option<i32>, serde_json::Value) {
    let policy = format!("{key}.toml");
    let rule = "[[rule]]\nname = \"signed\"\nmatch = [\"dir:/**\"]\n";
    std::fs::write(
        &policy,
        format!("{rule}signature = {{ any-of = [{{ kind = \"key\", path = \"{key}\" }}] }}\n"),
    )
    .unwrap();
    let Output { status, stdout, stderr } =
        assay(&["verify", "--policy", &policy, "--format", "json", model]).unwrap();
    let report = serde_json::from_slice(&stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)));
    (status.code(), report)
}

#[test]
#[ignore = "needs root: the real signer is installed by the test command"]
fn a_folder_signed_by_the_reference_client_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let (model, key) = signed(folder.path());
    let (code, report) = verify(&model, &key);
    assert_eq!(code, Some(0), "{report:#}");
    let text = report.to_string();
    assert!(text.contains("\"verified\"") && text.contains("key:sha256:"), "{report:#}");
}

#[test]
#[ignore = "needs root: the real signer is installed by the test command"]
fn a_changed_a_missing_and_an_unlisted_file_are_named_and_denied() {
    let folder = tempfile::tempdir().unwrap();
    let (model, key) = signed(folder.path());
    let model_path = Path::new(&model);
    std::fs::write(model_path.join("sub/notes.txt"), "other").unwrap();
    std::fs::write(model_path.join("extra.txt"), "extra").unwrap();
    let (code, report) = verify(&model, &key);
    assert_eq!(code, Some(1), "{report:#}");
    let text = report.to_string();
    assert!(text.contains("\"changed\"") && text.contains("\"unlisted\""), "{report:#}");
    std::fs::remove_file(model_path.join("sub/notes.txt")).unwrap();
    assert!(verify(&model, &key).1.to_string().contains("\"missing\""));
}

#[test]
#[ignore = "needs root: the real signer is installed by the test command"]
fn somebody_elses_signature_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    let (model, _) = signed(folder.path());
    let other = folder.path().join("other.pem").to_str().unwrap().to_owned();
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &other]);
    let public = format!("{other}.pub");
    openssl(&["ec", "-in", &other, "-pubout", "-out", &public]);
    assert_eq!(verify(&model, &public).0, Some(1));
}

//! `assay scan` as a user runs it.

use assay_tests::programs::assay;
use assay_tests::samples;
use serde_json::Value;

fn scan(folder: &std::path::Path) -> (Option<i32>, Value) {
    let output = assay(&["scan", "--format", "json", folder.to_str().unwrap()]).unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_malicious_checkpoint_is_denied_and_its_call_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = samples::torch_zip(Some(&samples::malicious_pickle())).unwrap();
    std::fs::write(folder.path().join("model.pt"), model).unwrap();
    let (code, report) = scan(folder.path());
    assert_eq!(code, Some(1), "{report}");
    let finding = &report["files"][0]["findings"][0];
    assert_eq!(finding["rule"], "pickle-unsafe-global");
    assert_eq!(finding["detail"]["global"], "posix.system");
    assert!(finding["location"].as_str().unwrap().contains("!archive/data.pkl@0x"), "{finding}");
}

#[test]
fn benign_models_pass() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.safetensors"), samples::safetensors(1024)).unwrap();
    std::fs::write(folder.path().join("b.pt"), samples::torch_zip(None).unwrap()).unwrap();
    let (code, report) = scan(folder.path());
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["summary"]["allow"], 2, "{report}");
}

#[test]
fn a_truncated_model_is_never_clean() {
    let folder = tempfile::tempdir().unwrap();
    let whole = samples::safetensors(1024);
    std::fs::write(folder.path().join("a.safetensors"), &whole[..whole.len() - 1]).unwrap();
    let (code, report) = scan(folder.path());
    assert_ne!(code, Some(0), "{report}");
    assert_ne!(report["files"][0]["verdict"], "allow", "{report}");
}

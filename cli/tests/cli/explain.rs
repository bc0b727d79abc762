//! `assay explain` without a daemon.

use std::fs;

use super::program::{assert_valid, denied, has_worker, json, malicious_pickle, published, run, safetensors};

#[test]
fn a_denied_file_is_explained_from_digest_to_remedy() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, denied()).unwrap();
    let ran = run(&["explain", "--local", path.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let heads: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for head in ["subject", "digest", "content", "coverage", "finding", "rule", "verdict", "deny", "remedy:"]
    {
        assert!(heads.contains(&head), "{head} in {}", ran.stdout);
    }
}

#[test]
fn a_clean_file_is_allowed_and_says_why() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, safetensors()).unwrap();
    let ran = run(&["explain", "--local", "--format", "json", path.to_str().unwrap()]);
    let report = json(&ran.stdout);
    assert_eq!((ran.code, report["schema"].as_str().unwrap()), (0, "assay.explain/1"));
    assert_eq!(report["held_by"][0]["verdict"]["decision"], "allow");
    assert!(!report["held_by"][0]["verdict"]["reasons"].as_array().unwrap().is_empty());
}

#[test]
fn a_pickle_is_explained_by_what_loading_it_would_do() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pkl");
    fs::write(&path, malicious_pickle()).unwrap();
    let ran = run(&["explain", "--local", "--format", "json", path.to_str().unwrap()]);
    let report = json(&ran.stdout);
    assert_valid(&published("assay.explain-1"), &report);
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> =
        report["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(
        lines.iter().any(|line| line.contains("model.pkl@0x") && line.contains("system('true')")),
        "{lines:?}"
    );
    assert!(report["file"]["findings"][0]["severity"] == "critical");
}

#[test]
fn a_folder_is_refused_with_what_to_do() {
    let ran = run(&["explain", "--local", "/"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("assay verify"), "{}", ran.stderr);
}

#[test]
fn explanations_have_no_sarif() {
    let ran = run(&["explain", "--format", "sarif", "x"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("assay scan"), "{}", ran.stderr);
}

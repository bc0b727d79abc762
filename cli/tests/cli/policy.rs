//! `assay policy` from outside.

use std::fs;

use super::program::{json, run};

#[test]
fn the_built_in_policy_is_shown_and_is_itself_valid() {
    let shown = json(&run(&["policy", "show", "--format", "json"]).stdout);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, shown["text"].as_str().unwrap()).unwrap();
    let checked = run(&["policy", "check", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert_eq!(json(&checked.stdout)["digest"], shown["digest"]);
}

#[test]
fn a_mistake_is_named_with_file_line_and_hint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, "schema = 1\n\n[default]\n").unwrap();
    let ran = run(&["policy", "check", path.to_str().unwrap()]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("policy.toml:3: ") && ran.stderr.contains("did you mean"), "{}", ran.stderr);
}

#[test]
fn a_policy_of_any_size_is_not_read() {
    let ran = run(&["policy", "check", "/dev/zero"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("larger than"), "{}", ran.stderr);
}

//! `assay policy` from outside.

use std::fs;

use std::path::Path;

use super::program::{Ran, has_worker, json, run};

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

/// A pickle of one instance of `mypkg.Net` with state: inert, and never loaded.
const NET: &[u8] = b"\x80\x02cmypkg\nNet\n)\x81}X\x01\0\0\0wK\x01sb.";

fn approve(policy: &Path, pattern: &str) -> Ran {
    let policy = policy.to_str().unwrap();
    run(&["policy", "approve", "mypkg.Net", policy, "--for", pattern, "--reason", "I wrote it"])
}

#[test]
fn one_command_approves_an_unknown_global_for_a_source() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let (model, policy) = (real.join("net.pkl"), real.join("policy.toml"));
    fs::write(&model, NET).unwrap();
    let verify = |more: &[&str]| run(&[&["verify", model.to_str().unwrap()], more].concat());
    let unapproved = verify(&[]);
    assert_eq!(unapproved.code, 1);
    let command = "assay policy approve mypkg.Net POLICY --for PATTERN --reason TEXT";
    assert!(unapproved.stdout.contains(command), "{}", unapproved.stdout);

    assert_eq!(approve(&policy, &format!("dir:{}/**", real.display())).code, 0);
    let approved = verify(&["--policy", policy.to_str().unwrap()]);
    assert_eq!(approved.code, 0, "{}{}", approved.stdout, approved.stderr);
    assert_eq!(verify(&[]).code, 1, "without the policy nothing has changed");

    fs::write(&policy, "schema = 1\n").unwrap();
    assert_eq!(approve(&policy, "hf://other/**").code, 0);
    assert_eq!(verify(&["--policy", policy.to_str().unwrap()]).code, 1, "another source");
}

#[test]
fn an_approval_that_makes_no_policy_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "schema = 1\n").unwrap();
    let refused = approve(&policy, "hf://a**");
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("policy.toml:5: pattern"), "{}", refused.stderr);
    assert_eq!(std::io::read_to_string(fs::File::open(&policy).unwrap()).unwrap(), "schema = 1\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}

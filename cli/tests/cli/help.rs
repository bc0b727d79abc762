//! What people read first: help texts, man pages and completions.

use std::fs;

use super::program::run;

#[test]
fn the_help_of_every_command_is_reviewed() {
    for command in [
        "",
        "scan",
        "verify",
        "explain",
        "attest",
        "status",
        "artifacts",
        "loads",
        "events",
        "log",
        "mode",
        "demo",
        "policy",
        "rules",
    ] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let ran = run(&arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
        insta::assert_snapshot!(format!("help-{command}"), ran.stdout);
    }
}

#[test]
fn every_command_has_a_man_page_that_names_its_flags() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["man", folder.path().to_str().unwrap()]).code, 0);
    let page =
        |name: &str| std::io::read_to_string(fs::File::open(folder.path().join(name)).unwrap()).unwrap();
    assert!(page("assay.1").contains("Exit codes"));
    assert!(page("assay-scan.1").contains("fail\\-on"));
    assert!(page("assay-verify.1").contains("policy"));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("verify"), "{shell}");
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(run(&["--version"]).stdout, concat!("assay ", env!("CARGO_PKG_VERSION"), "\n"));
}

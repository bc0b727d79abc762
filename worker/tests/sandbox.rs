//! The sandbox holds: what it must prevent ends the process.
#![cfg(test)]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

fn attempt(what: &str) -> ExitStatus {
    Command::new(env!("CARGO_BIN_EXE_assay-worker"))
        .env_clear()
        .args(["--attempt", what])
        .output()
        .unwrap()
        .status
}

#[test]
fn opening_connecting_and_executing_end_by_sigsys() {
    for what in ["open", "connect", "execute"] {
        assert_eq!(attempt(what).signal(), Some(libc::SIGSYS), "{what}");
    }
}

#[test]
fn too_much_memory_ends_by_sigabrt() {
    assert_eq!(attempt("memory").signal(), Some(libc::SIGABRT));
}

#[test]
fn an_attempt_nobody_knows_is_no_proof() {
    assert_eq!(attempt("nothing").code(), Some(1));
}

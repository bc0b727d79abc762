//! The pool and the real worker together.
#![cfg(test)]

use std::io::Write;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use assay_core::wire::worker::{Lines, Scan};
use assay_core::{Coverage, GapKind, Limits};
use assay_pool::{Config, Event, Outcome, Pool};

/// SHA-256 of `hello\n`.
const HELLO: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

fn pool(worker: &Path) -> Pool {
    Pool::new(Config { worker: worker.to_owned(), workers: 1, spool_dir: std::env::temp_dir() })
}

fn real() -> PathBuf {
    env!("CARGO_BIN_EXE_assay-worker").into()
}

fn request() -> Scan {
    Scan { name: "x".to_owned(), limits: Limits::default(), lines: Lines::Omit, digests: Vec::new() }
}

fn scan_hello(worker: &Path) -> Outcome {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"hello\n").unwrap();
    pool(worker).scan(file.as_fd(), &request(), &mut |_: Event<'_>| ())
}

/// A program that speaks the worker's protocol badly.
fn bad_worker(directory: &Path, script: &str) -> PathBuf {
    let path = directory.join("worker.sh");
    std::fs::write(&path, format!("#!/bin/sh\nprintf '\\007\\000\\000\\000\"ready\"' >&0\n{script}\n"))
        .unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_file_is_hashed_and_looked_at_to_its_end() {
    let outcome = scan_hello(&real());
    assert_eq!(outcome.sha256.unwrap().to_string(), HELLO);
    assert_eq!(outcome.git_sha1.unwrap().to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
    assert_eq!((outcome.size, outcome.coverage), (6, Coverage::Whole));
}

#[test]
fn a_pipe_is_hashed_while_it_is_spooled() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"hello\n").unwrap();
    drop(writer);
    let outcome = pool(&real()).scan(reader.as_fd(), &request(), &mut |_| ());
    assert_eq!(outcome.sha256.unwrap().to_string(), HELLO);
    assert_eq!(outcome.coverage, Coverage::Whole);
}

#[test]
fn progress_is_told_on_large_files() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(64 << 20).unwrap();
    let mut told = Vec::new();
    pool(&real()).scan(file.as_fd(), &request(), &mut |event| {
        if let Event::Progress(bytes) = event {
            told.push(bytes);
        }
    });
    assert!(told.len() >= 3 && told.is_sorted() && told.iter().all(|bytes| *bytes <= 64 << 20), "{told:?}");
}

#[test]
fn a_file_above_its_limit_is_hashed_and_never_clean() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"hello\n").unwrap();
    for (limit, message) in [(6, None), (5, Some("limit reached: max-file-size"))] {
        let small = Scan { limits: Limits { max_file_size: limit, ..Limits::default() }, ..request() };
        let outcome = pool(&real()).scan(file.as_fd(), &small, &mut |_| ());
        assert_eq!(outcome.sha256.unwrap().to_string(), HELLO);
        assert_eq!(outcome.coverage.gaps().first().map(|gap| gap.message.as_str()), message);
    }
}

#[test]
fn one_worker_serves_many_files() {
    let pool = pool(&real());
    for _ in 0..600 {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(pool.scan(file.as_fd(), &request(), &mut |_| ()).coverage, Coverage::Whole);
    }
}

#[test]
fn a_worker_that_dies_costs_the_file_its_coverage_and_not_its_digest() {
    let directory = tempfile::tempdir().unwrap();
    let outcome = scan_hello(&bad_worker(directory.path(), "echo cannot go on >&2; exit 7"));
    assert_eq!(outcome.sha256.unwrap().to_string(), HELLO);
    let gap = &outcome.coverage.gaps()[0];
    assert_eq!(gap.kind, GapKind::WorkerDied);
    assert!(gap.message.contains("exit status: 7: cannot go on"), "{}", gap.message);
}

#[test]
fn a_worker_that_hangs_is_killed_at_its_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let worker = bad_worker(directory.path(), "exec sleep 1000");
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"hello\n").unwrap();
    let hasty = Scan { limits: Limits { max_scan_time_ms: 10, ..Limits::default() }, ..request() };
    let outcome = pool(&worker).scan(file.as_fd(), &hasty, &mut |_| ());
    assert_eq!(outcome.coverage.gaps()[0].kind, GapKind::Deadline);
    assert_eq!(outcome.sha256.unwrap().to_string(), HELLO);
}

#[test]
fn a_worker_that_talks_nonsense_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    for nonsense in ["printf '\\377\\377\\377\\377' >&0", "printf '\\002\\000\\000\\000{}' >&0; sleep 1000"] {
        let outcome = scan_hello(&bad_worker(directory.path(), nonsense));
        assert_eq!(outcome.coverage.gaps()[0].kind, GapKind::WorkerDied, "{nonsense}");
    }
}

#[test]
fn a_worker_that_cannot_start_is_an_error_before_any_file() {
    assert!(pool(Path::new("/nonexistent/worker")).probe().is_err());
    assert!(pool(Path::new("/bin/true")).probe().is_err());
    assert!(pool(&real()).probe().is_ok());
}

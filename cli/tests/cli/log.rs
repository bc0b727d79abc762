//! `assay log verify` over files.

use std::fs;
use std::path::{Path, PathBuf};

use assay_core::Timestamp;
use assay_proof::SigningKey;
use assay_proof::log::{Event, Head, LogId, checkpoint};

use super::program::{Ran, assert_valid, json, published, run};

/// A log in a file, its key in another.
struct Log {
    folder: tempfile::TempDir,
    lines: Vec<String>,
}

impl Log {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (key, _) = SigningKey::generate().unwrap();
        fs::write(folder.path().join("key.pub"), key.public().to_pem()).unwrap();
        let at = Timestamp::from_millis(1_700_000_000_000);
        let id = LogId::random().unwrap();
        let (mut head, mut lines) = (Head::EMPTY, Vec::new());
        for event in [Event::Opened { log: id.clone() }, Event::Guard { connected: true }, Event::Stopped] {
            let entry = head.next(at, event);
            lines.push(entry.line().unwrap());
            head = Head::of(entry.seq, lines.last().unwrap().as_bytes());
        }
        lines.push(checkpoint(head, &id, at, &key).unwrap().line().unwrap());
        Self { folder, lines }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn verify(&self, lines: &[String], more: &[&str]) -> Ran {
        fs::write(self.path("log.jsonl"), lines.join("\n") + "\n").unwrap();
        let (log, key) = (self.path("log.jsonl"), self.path("key.pub"));
        let given = ["log", "verify", text(&log), "--key", text(&key)];
        run(&[&given, more].concat())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_whole_log_says_up_to_where_it_is_signed() {
    let log = Log::new();
    let ran = log.verify(&log.lines, &["--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let verified = json(&ran.stdout);
    assert_valid(&published("assay.log-verify-1"), &verified);
    assert_eq!((verified["whole"].as_bool(), verified["signed"].as_u64()), (Some(true), Some(4)));
    assert!(log.verify(&log.lines, &[]).stdout.contains("rows 1 to 4 are as they were written"));
}

#[test]
fn a_changed_log_is_denied_with_the_line() {
    let log = Log::new();
    let mut lines = log.lines.clone();
    lines[1] = lines[1].replace("true", "false");
    let ran = log.verify(&lines, &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("changed: line 3: row 3 follows"), "{}", ran.stdout);
    let ran = log.verify(&lines, &["--format", "json"]);
    assert_valid(&published("assay.log-verify-1"), &json(&ran.stdout));
}

#[test]
fn an_end_without_a_signature_is_incomplete_and_a_kept_head_shows_a_cut() {
    let log = Log::new();
    assert_eq!(log.verify(&log.lines[..3], &[]).code, 4);
    let head =
        json(&log.verify(&log.lines, &["--format", "json"]).stdout)["head"].as_str().unwrap().to_owned();
    assert_eq!(log.verify(&log.lines, &["--head", &head]).code, 0);
    assert_eq!(log.verify(&log.lines[..3], &["--head", &head]).code, 1);
    assert_eq!(log.verify(&log.lines, &["--head", "x"]).code, 2);
}

#[test]
fn nobody_is_trusted_unasked() {
    let log = Log::new();
    fs::write(log.path("log.jsonl"), log.lines.join("\n")).unwrap();
    let ran = run(&["log", "verify", text(&log.path("log.jsonl"))]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("whose signatures"), "{}", ran.stderr);
}

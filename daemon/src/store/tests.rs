//! What was acknowledged survives `kill -9` at any moment.
//!
//! The test starts itself again as a writer that says on its standard output what it has committed, and kills it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use assay_core::{Answer, Decision};
use assay_proof::log::Verifier;

use super::artifacts::tests::judged;
use super::contents::tests::{content, known};
use super::{LoadsQuery, Opened, Store, test_load};

/// Tells the test program where to write for ever.
const WRITER: &str = "ASSAY_TEST_STORE_WRITER";

/// Kills in one run; `ASSAY_KILLS=500` for the campaign.
const KILLS: usize = 12;

#[test]
#[ignore = "not a test: the program that `nothing_acknowledged_is_lost_by_a_kill` starts and kills"]
fn writer() {
    let Some(directory) = std::env::var_os(WRITER) else { return };
    let (store, _) = Store::open(Path::new(&directory)).unwrap();
    let first = store.loads(&LoadsQuery { limit: 1, ..LoadsQuery::default() }).unwrap();
    let mut number = first.first().map_or(0, |row| row.id);
    let mut out = std::io::stderr();
    loop {
        number += 1;
        let reference = format!("dir:{number}");
        store.remember(&known(1), "s", &content(1)).unwrap();
        store.commit_verdict(&judged(&reference, Decision::Allow, 1)).unwrap();
        store.record_loads(&[test_load(known(1).key, 1, Answer::Allow)], 1 << 40).unwrap();
        writeln!(out, "done {number}").unwrap();
    }
}

/// Checks the whole audit log; returns the number of its last row.
fn log_is_whole(store: &Store) -> u64 {
    let mut verifier = Verifier::new(Vec::new(), Vec::new());
    let mut after = 0;
    loop {
        let batch = store.log_lines(after, 1_000).unwrap();
        let Some((last, _)) = batch.last() else { return verifier.finish().unwrap().head.seq };
        after = *last;
        batch.iter().for_each(|(_, line)| drop(verifier.line(line.as_bytes()).unwrap()));
    }
}

#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    let kills = std::env::var("ASSAY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    for round in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::writer", "--ignored", "--nocapture"])
            .env(WRITER, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        for line in
            lines.by_ref().map_while(Result::ok).filter(|line| line.starts_with("done ")).take(round % 40 + 1)
        {
            acknowledged = line[5..].parse::<i64>().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok).filter(|line| line.starts_with("done ")) {
            acknowledged = line[5..].parse().unwrap();
        }
        let (store, opened) = Store::open(dir.path()).unwrap();
        assert_eq!(opened, Opened::Continued);
        let newest = store.loads(&LoadsQuery { limit: 1, ..LoadsQuery::default() }).unwrap();
        assert!(newest[0].id >= acknowledged, "load {acknowledged} is lost");
        let reference = format!("dir:{acknowledged}");
        assert!(store.evidence(&reference, "/r").unwrap().is_some(), "verdict {acknowledged} is lost");
        let whole: String =
            store.lock().pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        // Each round of the writer is a verdict and a load; the log begins with a row of its own.
        assert!(log_is_whole(&store) > acknowledged.cast_unsigned() * 2, "a row of the log is lost");
    }
    assert!(acknowledged > 0);
}

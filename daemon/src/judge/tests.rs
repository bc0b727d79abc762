//! The pipeline with a scanner that reads a word and a guard that remembers.

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use assay_core::wire::guard::Ruling;
use assay_core::{Decision, Sha256};

use crate::files;
use crate::queue::{Question, Takes};
use crate::rescan::{Pace, Signal};
use crate::testing::Fixture;

fn decisions(fixture: &Fixture) -> Vec<(String, Decision)> {
    let page = crate::store::Page { limit: 100, ..crate::store::Page::default() };
    let rows = fixture.shared.store.artifacts(&page).unwrap();
    let prefix = format!("dir:{}/", fixture.path());
    rows.into_iter()
        .map(|(row, _)| (row.reference.trim_start_matches(&prefix).to_owned(), row.decision))
        .collect()
}

fn decision(fixture: &Fixture, name: &str) -> Option<Decision> {
    decisions(fixture).into_iter().find(|(known, _)| known.ends_with(name)).map(|(_, decision)| decision)
}

fn ask(path: &std::path::Path, hint: &str) -> Question {
    let (file, key) = files::open(path).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    Question { id: 2, key, hint: hint.to_owned(), file, deadline }
}

fn answer(fixture: &Fixture, question: Question) {
    super::place::place_all(&fixture.shared, vec![question]);
    fixture.work_off();
}

#[test]
fn what_lies_there_is_judged() {
    let fixture = Fixture::new();
    fixture.write("good/model.bin", "fine");
    fixture.write("bad/model.bin", "EVIL");
    fixture.settle();
    assert_eq!(decision(&fixture, "good"), Some(Decision::Allow));
    assert_eq!(decision(&fixture, "bad"), Some(Decision::Deny));
}

#[test]
fn a_restart_scans_nothing_again() {
    let fixture = Fixture::new();
    fixture.write("good/model.bin", "fine");
    fixture.write("bad/model.bin", "EVIL");
    fixture.settle();
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 2);
    let before = decisions(&fixture);
    let fixture = fixture.restart();
    fixture.settle();
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 0);
    assert_eq!(decisions(&fixture), before);
}

#[test]
fn a_restart_rules_without_scanning() {
    let fixture = Fixture::new();
    let good = fixture.write("good/model.bin", "fine");
    let bad = fixture.write("bad/model.bin", "EVIL");
    fixture.connect_guard();
    fixture.settle();
    let fixture = fixture.restart();
    let guard = fixture.connect_guard();
    fixture.settle();
    guard.wait_for(&good, Ruling::Allow);
    guard.wait_for(&bad, Ruling::Deny);
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 0);
}

#[test]
fn what_was_read_without_a_lease_is_read_again_under_one() {
    let fixture = Fixture::new();
    let good = fixture.write("good/model.bin", "fine");
    fixture.settle();
    let guard = fixture.connect_guard();
    for target in fixture.shared.catalogue().targets() {
        fixture.shared.queue.judge(target);
    }
    fixture.settle();
    guard.wait_for(&good, Ruling::Allow);
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 2);
}

#[test]
fn a_changed_file_is_judged_again() {
    let fixture = Fixture::new();
    let path = fixture.write("m/model.bin", "fine");
    let guard = fixture.connect_guard();
    fixture.settle();
    guard.wait_for(&path, Ruling::Allow);
    let path = fixture.write("m/model.bin", "now EVIL");
    fixture.settle();
    assert_eq!(decision(&fixture, "m"), Some(Decision::Deny));
    guard.wait_for(&path, Ruling::Deny);
}

#[test]
fn a_file_beside_a_bad_one_is_held_by_a_denied_artifact() {
    let fixture = Fixture::new();
    let beside = fixture.write("m/tokenizer.json", "harmless");
    fixture.write("m/model.bin", "EVIL");
    let guard = fixture.connect_guard();
    fixture.settle();
    guard.wait_for(&beside, Ruling::Deny);
    // The same bytes in an artifact that is accepted: the content is accepted under this root, wherever it lies.
    let accepted = fixture.write("n/tokenizer.json", "harmless");
    fixture.settle();
    guard.wait_for(&accepted, Ruling::Allow);
    guard.wait_for(&beside, Ruling::Allow);
    // And no longer, when that artifact is gone.
    std::fs::remove_dir_all(accepted.parent().unwrap()).unwrap();
    fixture.settle();
    guard.wait_for(&beside, Ruling::Deny);
}

#[test]
fn a_file_that_is_being_written_waits() {
    let fixture = Fixture::new();
    let path = fixture.write("m/model.bin", "fine");
    let guard = fixture.connect_guard();
    let ino = files::key_at(&path).unwrap().ino;
    guard.writers.lock().unwrap().push(ino);
    fixture.settle();
    assert_eq!(decision(&fixture, "m"), None);
    guard.writers.lock().unwrap().clear();
    for target in fixture.shared.catalogue().targets() {
        fixture.shared.queue.judge(target);
    }
    fixture.settle();
    assert_eq!(decision(&fixture, "m"), Some(Decision::Allow));
}

#[test]
fn an_open_of_an_unknown_file_is_answered_before_any_walk() {
    let fixture = Fixture::new();
    let good = fixture.write("good/model.bin", "fine");
    let bad = fixture.write("bad/model.bin", "EVIL");
    let guard = fixture.connect_guard();
    for path in [&good, &bad] {
        let question = ask(path, path.to_str().unwrap());
        answer(&fixture, question);
    }
    guard.wait_for(&good, Ruling::Allow);
    guard.wait_for(&bad, Ruling::Deny);
    assert_eq!(decision(&fixture, "good"), Some(Decision::Allow));
}

#[test]
fn a_wrong_hint_changes_nothing() {
    let fixture = Fixture::new();
    let good = fixture.write("good/model.bin", "fine");
    let bad = fixture.write("bad/model.bin", "EVIL");
    let guard = fixture.connect_guard();
    answer(&fixture, ask(&bad, good.to_str().unwrap()));
    guard.wait_for(&bad, Ruling::Deny);
    answer(&fixture, ask(&good, "/elsewhere/model.bin"));
    guard.wait_for(&good, Ruling::Allow);
}

#[test]
fn a_file_under_no_root_is_outside() {
    let fixture = Fixture::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().canonicalize().unwrap().join("EVIL.bin");
    std::fs::write(&path, "EVIL").unwrap();
    let guard = fixture.connect_guard();
    answer(&fixture, ask(&path, path.to_str().unwrap()));
    guard.wait_for(&path, Ruling::Outside);
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 0);
}

#[test]
fn a_download_in_flight_is_judged_on_its_own() {
    let fixture = Fixture::new();
    let partial = fixture.write("m/model.bin.incomplete", "EVIL");
    let guard = fixture.connect_guard();
    answer(&fixture, ask(&partial, partial.to_str().unwrap()));
    guard.wait_for(&partial, Ruling::Deny);
}

#[test]
fn known_content_under_another_name_is_not_scanned_again() {
    let fixture = Fixture::new();
    let path = fixture.write("a/model.bin", "fine");
    fixture.settle();
    std::fs::create_dir(format!("{}/b", fixture.path())).unwrap();
    std::fs::hard_link(&path, format!("{}/b/other.bin", fixture.path())).unwrap();
    // A hard link changes the status change time, so the key is another one: the bytes are read once more, not twice.
    fixture.settle();
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 2);
    let sha256: Sha256 = fixture.shared.store.content_at(path.to_str().unwrap()).unwrap().unwrap();
    assert_eq!(fixture.shared.store.holdings(&sha256, 10).unwrap().len(), 2);
}

#[test]
fn an_artifact_that_is_gone_is_forgotten() {
    let fixture = Fixture::new();
    let path = fixture.write("m/model.bin", "fine");
    fixture.settle();
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let fixture = fixture.restart();
    fixture.settle();
    assert_eq!(decisions(&fixture), []);
}

#[test]
fn another_policy_decides_again_without_scanning() {
    let fixture = Fixture::new();
    let path = fixture.write("m/model.bin", "fine");
    fixture.connect_guard();
    fixture.settle();
    assert_eq!(decision(&fixture, "m"), Some(Decision::Allow));
    let fixture = fixture.restart_under("schema = 1\n[defaults]\nno-match = \"deny\"\n");
    let guard = fixture.connect_guard();
    fixture.settle();
    assert_eq!(decision(&fixture, "m"), Some(Decision::Deny));
    guard.wait_for(&path, Ruling::Deny);
    assert_eq!(fixture.scans.load(Ordering::SeqCst), 0);
}

#[test]
fn an_abandoned_lease_leaves_no_ruling() {
    let fixture = Fixture::new();
    let one = fixture.write("m/a.bin", "fine");
    let two = fixture.write("m/b.bin", "fine too");
    let guard = fixture.connect_guard();
    guard.writers.lock().unwrap().push(files::key_at(&two).unwrap().ino);
    fixture.settle();
    assert_eq!(fixture.shared.guard.ruled(files::key_at(&one).unwrap().inode()), None);
    guard.writers.lock().unwrap().clear();
    for target in fixture.shared.catalogue().targets() {
        fixture.shared.queue.judge(target);
    }
    fixture.work_off();
    guard.wait_for(&one, Ruling::Allow);
}

/// The threads of a running assayd, without guard and API.
fn running(fixture: &Fixture) -> (crate::watch::Watch, mpsc::Sender<Signal>) {
    let (signals, inbox) = mpsc::channel();
    let watch = crate::watch::start(&fixture.shared.roots(), &signals);
    let shared = Arc::clone(&fixture.shared);
    let pace = Pace { debounce: Duration::from_millis(50), reconcile: Duration::from_secs(3600) };
    std::thread::spawn(move || crate::rescan::run(&shared, &inbox, &pace));
    let shared = Arc::clone(&fixture.shared);
    std::thread::spawn(move || super::run(&shared, Takes::Anything));
    (watch, signals)
}

/// Waits until so many artifacts are judged.
fn wait_for(fixture: &Fixture, count: u64) {
    for _ in 0..3_000 {
        let tally = fixture.shared.store.tally().unwrap();
        if tally.allow + tally.warn + tally.deny == count {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{:?} of {count}", fixture.shared.store.tally().unwrap());
}

#[test]
fn what_appears_is_judged_without_being_asked() {
    let fixture = Fixture::new();
    let (_watch, signals) = running(&fixture);
    fixture.write("m/model.bin", "EVIL");
    wait_for(&fixture, 1);
    std::fs::remove_dir_all(format!("{}/m", fixture.path())).unwrap();
    wait_for(&fixture, 0);
    signals.send(Signal::Stop).unwrap();
}

#[test]
fn no_file_of_a_storm_is_missed() {
    const MODELS: u64 = 200;
    let fixture = Fixture::new();
    let (_watch, signals) = running(&fixture);
    for number in 0..MODELS {
        let partial = fixture.write(&format!("m{number}/blobs/w.incomplete"), &format!("fine {number}"));
        std::fs::rename(&partial, partial.with_file_name("w.bin")).unwrap();
    }
    wait_for(&fixture, MODELS);
    signals.send(Signal::Stop).unwrap();
}

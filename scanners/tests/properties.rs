//! What holds for every sample: it is found behind every container, and random damage is survived.

mod samples;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use assay_core::Limits;
use assay_scanners::{Budget, Collected, Input, MemorySpool, Report, SCANNERS, examine, rules};
use proptest::prelude::*;
use proptest::sample::Index;
use samples::gzip::gzip;
use samples::tar::{archive, member};
use samples::zip_bytes::{Zip, honest};
use samples::{Sample, samples};

/// Findings kept per scan.
const MAX_FINDINGS: u32 = 50;

fn facts(name: &str, bytes: &[u8]) -> Collected {
    let limits = Limits { max_scan_size: 16 << 20, ..Limits::default() };
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, MAX_FINDINGS);
    // The deadline's gap is already in the report.
    let _deadline = examine(&Input::file(name, &bytes, &budget, &spool), &mut report).is_err();
    facts
}

/// The sample in each container, and the container's name.
fn contained(file: &str, bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let tar = archive(&[member("first", b'0', b"text"), member(file, b'0', bytes)]);
    vec![
        ("stored", Zip::of([honest(file, bytes)]).bytes()),
        ("deflated", Zip::of([honest("first", b"text"), honest(file, bytes).deflated()]).bytes()),
        ("gzip", gzip(bytes)),
        ("tar.gz", gzip(&tar)),
        ("tar", tar),
    ]
}

#[test]
fn what_a_sample_hits_is_hit_behind_every_container() {
    for Sample { name, file, format, bytes, rules } in samples() {
        for (container, outer) in contained(file, &bytes) {
            // gzip takes the name of its content from its own.
            let facts = facts(&format!("{file}.gz"), &outer);
            let hit = facts.rules();
            for rule in rules {
                assert!(hit.contains(rule), "{rule} of {format} sample {name:?} is not hit in {container}");
            }
        }
    }
}

#[test]
fn a_rule_of_no_scanner_has_its_page_and_is_hit_too() {
    let owned: BTreeSet<&str> =
        SCANNERS.iter().flat_map(|scanner| scanner.rules()).map(|rule| rule.id.as_str()).collect();
    let hit: BTreeSet<&str> = samples().iter().flat_map(|sample| sample.rules.iter().copied()).collect();
    for rule in rules().map(|rule| rule.id.as_str()).filter(|id| !owned.contains(id)) {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
        assert!(pages.join(format!("{rule}.md")).is_file(), "{rule} has no page");
        assert!(hit.contains(rule), "no sample hits {rule}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_survived_and_told_the_same_way_twice(
        parts in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>()), 1..4),
        edits in prop::collection::vec((any::<Index>(), any::<u8>()), 0..8),
    ) {
        let samples = samples();
        let mut bytes = Vec::new();
        for (pick, from, to) in &parts {
            let sample = &pick.get(&samples).bytes;
            let (from, to) = (from.index(sample.len() + 1), to.index(sample.len() + 1));
            bytes.extend(&sample[from.min(to)..from.max(to)]);
        }
        for (at, value) in edits.iter().filter(|_| !bytes.is_empty()).collect::<Vec<_>>() {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let first = facts("x", &bytes);
        prop_assert!(first.findings.len() <= MAX_FINDINGS as usize);
        prop_assert_eq!(first, facts("x", &bytes));
    }
}

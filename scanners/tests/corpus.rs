//! Examines every file of an outside corpus of labelled samples and prints what was flagged, per format.
//!
//! The corpus is a folder with `manifest.tsv` (path, label, format, technique, source). It is not part of this
//! repository; `ASSAY_CORPUS` names it. Flagged means a finding at severity high or above, or partial coverage.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assay_core::{Limits, Severity};
use assay_scanners::{Budget, Bytes, Collected, Input, MemorySpool, Report, examine};

/// The longest manifest that is read.
const MAX_MANIFEST: u64 = 16 << 20;

struct Opened(File, u64);

impl Bytes for Opened {
    fn size(&self) -> u64 {
        self.1
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

struct Row {
    path: String,
    label: String,
    format: String,
}

#[derive(Default)]
struct Count {
    files: u32,
    found: u32,
    partial: u32,
    errors: u32,
}

fn rows(manifest: &Path) -> io::Result<Vec<Row>> {
    let mut text = String::new();
    #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
    File::open(manifest)?.take(MAX_MANIFEST).read_to_string(&mut text)?;
    let row = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        Some(Row { path: columns.next()?, label: columns.next()?, format: columns.next()? })
    };
    Ok(text.lines().skip(1).filter_map(row).collect())
}

fn facts(path: &Path) -> io::Result<(Collected, String)> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let file = Opened(file, size);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(120));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, 1000);
    // The deadline's gap is already in the report.
    let _deadline = examine(&Input::file(&name, &file, &budget, &spool), &mut report).is_err();
    let formats = report.formats().iter().map(|format| format.name()).collect::<Vec<_>>().join("+");
    Ok((facts, formats))
}

/// What a reader of the table needs to know about one file, and how it counts.
fn judge(row: &Row, path: &Path, count: &mut Count) -> String {
    count.files += 1;
    match catch_unwind(AssertUnwindSafe(|| facts(path))) {
        Ok(Ok((facts, formats))) => {
            let worst = facts.findings.iter().max_by_key(|finding| finding.severity);
            let found = worst.is_some_and(|finding| finding.severity >= Severity::High);
            count.found += u32::from(found);
            count.partial += u32::from(!found && !facts.gaps.is_empty());
            let gap = facts.gaps.first().map(|gap| format!("{} at {}", gap.message, gap.location));
            let worst = worst.map(|worst| {
                format!("{} {} at {} ({})", worst.severity, worst.rule, worst.location, worst.message)
            });
            format!(
                "{}\t{}\t[{formats}]\t{}\t{}\t{}",
                row.label,
                row.format,
                row.path,
                worst.unwrap_or_default(),
                gap.unwrap_or_default()
            )
        }
        Ok(Err(error)) => {
            count.errors += 1;
            format!("{}\t{}\tmissing\t{}\t{error}\t", row.label, row.format, row.path)
        }
        Err(_) => {
            count.errors += 1;
            format!("{}\t{}\tpanic\t{}\t\t", row.label, row.format, row.path)
        }
    }
}

#[test]
#[ignore = "needs ASSAY_CORPUS: a folder of labelled samples"]
fn every_row_of_the_corpus_is_examined_without_a_panic() {
    let Some(corpus) = std::env::var_os("ASSAY_CORPUS").map(PathBuf::from) else {
        println!("skipped: ASSAY_CORPUS is not set");
        return;
    };
    // A comma-separated list narrows the run to some formats of the manifest; ASSAY_CORPUS_ROWS=1 prints each row.
    let only = std::env::var("ASSAY_CORPUS_FORMATS").unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
    let every_row = std::env::var_os("ASSAY_CORPUS_ROWS").is_some();
    let rows = rows(&corpus.join("manifest.tsv")).unwrap();
    let mut counts: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    let mut surprises = Vec::new();
    for row in rows.iter().filter(|row| only.is_empty() || only.contains(&row.format.as_str())) {
        let count = counts.entry((&row.format, &row.label)).or_default();
        let flagged_before = count.found + count.partial;
        let line = judge(row, &corpus.join(&row.path), count);
        let flagged = count.found + count.partial > flagged_before;
        let surprise = (row.label == "malicious" && !flagged) || (row.label == "benign" && flagged);
        if surprise || every_row {
            surprises.push(line);
        }
    }
    println!(
        "{:<18} {:<11} {:>6} {:>6} {:>8} {:>7} {:>7}",
        "format", "label", "files", "found", "partial", "silent", "errors"
    );
    for ((format, label), count) in &counts {
        let silent = count.files - count.found - count.partial - count.errors;
        println!(
            "{format:<18} {label:<11} {:>6} {:>6} {:>8} {silent:>7} {:>7}",
            count.files, count.found, count.partial, count.errors
        );
    }
    for label in ["malicious", "suspicious", "benign"] {
        let of_label = || counts.iter().filter(|((_, each), _)| *each == label).map(|(_, count)| count);
        let (files, found) =
            of_label().fold((0, 0), |(files, found), count| (files + count.files, found + count.found));
        let partial: u32 = of_label().map(|count| count.partial).sum();
        println!("{label}: {files} files, {found} with findings, {partial} partial");
    }
    for line in &surprises {
        println!("{line}");
    }
    let errors: u32 = counts.values().map(|count| count.errors).sum();
    assert_eq!(errors, 0, "files that panicked or are missing");
}

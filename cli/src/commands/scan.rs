//! `assay scan`: the static scan, without a daemon.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

use anyhow::Result;
use assay_core::wire::worker::Lines;
use assay_core::{Decision, Severity};

use crate::args::{Scan, Show};
use crate::exit::Exit;
use crate::local::{FileRow, Job, Progress, ScanReport, Seen, Workers, walk};
use crate::output::{self, Reported, View};

/// Scans every file under the given paths.
pub(crate) fn run(args: &Scan, show: &Show) -> Result<Exit> {
    let started = Instant::now();
    let walked = walk(&args.paths)?;
    let workers = Workers::start()?;
    let progress =
        Progress::new(show, walked.files.iter().fold(0, |sum, file| file.size.saturating_add(sum)));
    let job = Job { limits: args.limits.or_default(), lines: Lines::Omit, digests: BTreeMap::new() };
    let seen = workers.scan(&walked.files, &job, &progress);
    drop(progress);
    let rows = seen.into_iter().map(|seen| row(seen, args.fail_on)).collect();
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = Scanned { all: args.all, report: ScanReport::new(rows, walked.skipped, elapsed) };
    output::show(&report, show)?;
    Ok(exit(&report.report))
}

/// The row of one file under the built-in scan policy.
pub(super) fn row(seen: Seen, fail_on: Severity) -> FileRow {
    let dropped = seen.outcome.findings_dropped;
    let fact = seen.outcome.into_fact(seen.name);
    let verdict = assay_policy::scan_verdict(&fact, fail_on);
    FileRow::new(fact, dropped, seen.links, verdict)
}

/// A file that could not be read at all was not looked at, which is another thing than denied.
fn exit(report: &ScanReport) -> Exit {
    let denied = report.files.iter().any(|file| file.verdict == Decision::Deny && file.sha256.is_some());
    Exit::of(denied, report.incomplete())
}

/// The report and how much of it a person wants to see.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Scanned {
    #[serde(skip)]
    all: bool,
    report: ScanReport,
}

impl View for Scanned {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        self.report.table(self.all, out)
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        self.report.markdown(out)
    }

    fn sarif(&self) -> Option<Reported<'_>> {
        Some(Reported {
            files: self.report.files.iter().collect(),
            skipped: self.report.skipped.iter().collect(),
            verdicts: Vec::new(),
            incomplete: self.report.incomplete(),
        })
    }
}

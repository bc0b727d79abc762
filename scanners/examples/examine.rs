//! Examines files and prints what it took: `cargo run --release -p assay-scanners --example examine -- model.pt`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits};
use assay_scanners::{Budget, Bytes, Input, MemorySpool, Report, Sink, examine};

struct Opened(File, u64);

impl Bytes for Opened {
    fn size(&self) -> u64 {
        self.1
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

/// Shows every fact as it comes.
struct Shown;

#[expect(clippy::print_stdout, reason = "the output of this program")]
impl Sink for Shown {
    fn finding(&mut self, finding: Finding) {
        println!("{} {} {} {}", finding.severity, finding.rule, finding.location, finding.message);
    }

    fn gap(&mut self, gap: Gap) {
        println!("gap {} {} {}", gap.kind, gap.location, gap.message);
    }

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

#[expect(clippy::print_stdout, reason = "the output of this program")]
fn one(path: &str) -> io::Result<()> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let file = Opened(file, size);
    let started = Instant::now();
    let budget = Budget::new(Limits::default(), started + Duration::from_secs(600));
    let spool = MemorySpool::default();
    let mut sink = Shown;
    let mut report = Report::new(&mut sink, Limits::default().max_findings);
    let ended = examine(&Input::file(path, &file, &budget, &spool), &mut report);
    let formats: Vec<_> = report.formats().iter().map(|format| format.name()).collect();
    let state = if ended.is_ok() { "to the end" } else { "out of time" };
    println!("{path}: {size} bytes, {}, {state}, {:?}", formats.join("+"), started.elapsed());
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the output of this program")]
fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        if let Err(error) = one(&path) {
            eprintln!("error: {path}: {error}");
            return ExitCode::from(3);
        }
    }
    ExitCode::SUCCESS
}

//! Compares the scanner's pickle machine with CPython's unpicklers on programs that follow from a seed.
//!
//! Usage: oracle PROGRAMS SEED COMMAND…, where the command runs `child.py`; oracle show SEED NUMBER; or
//! oracle file PATH.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints figures")]

mod child;
mod compare;
mod generate;
mod minimise;
mod operands;
mod random;
mod scan;
mod stream;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use serde_json::Value;

use crate::child::Python;
use crate::scan::Said;

/// Programs that are asked about together.
const BATCH: u64 = 128;

/// Misses that are shown.
const SHOWN: u32 = 20;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [show, seed, number] if show == "show" => {
            let (encoding, program) = stream::stream(seed.parse()?, number.parse()?);
            println!("encoding {}: b\"{}\"", encoding % 4, program.escape_ascii());
            tell(&program);
            Ok(ExitCode::SUCCESS)
        }
        [file, path] if file == "file" => {
            #[expect(clippy::disallowed_methods, reason = "a small file of the caller's own")]
            tell(&std::fs::read(path)?);
            Ok(ExitCode::SUCCESS)
        }
        [programs, seed, command @ ..] if !command.is_empty() => {
            run(programs.parse().context("PROGRAMS")?, seed.parse().context("SEED")?, command)
        }
        _ => anyhow::bail!("usage: oracle PROGRAMS SEED COMMAND… | oracle show SEED NUMBER"),
    }
}

/// Prints what the scanner says of a program.
fn tell(program: &[u8]) {
    let said = Said::of(program);
    for deed in &said.deeds {
        println!("{deed:?}");
    }
    for gap in &said.gaps {
        println!("gap: {} at {}", gap.message, gap.location);
    }
    for finding in &said.findings {
        println!("{}: {} at {}", finding.rule, finding.message, finding.location);
    }
}

/// What was seen in one run.
#[derive(Default)]
struct Figures {
    programs: u64,
    bytes: u64,
    /// Programs that did something, by CPython's account.
    active: u64,
    globals: u64,
    calls: u64,
    /// Programs of which every event of every reader is explained.
    whole: u64,
    /// Those that did something, without gap and without readers that differ.
    followed: u64,
    /// Programs with something that is not explained and is denied for that reason.
    excused: BTreeMap<&'static str, u64>,
    /// How Python's unpickler ended.
    ends: BTreeMap<String, u64>,
    misses: u32,
}

fn run(programs: u64, seed: u64, command: &[String]) -> anyhow::Result<ExitCode> {
    let mut python = Python::start(command)?;
    let mut figures = Figures::default();
    let started = Instant::now();
    for first in (0..programs).step_by(usize::try_from(BATCH)?) {
        let batch: Vec<_> = (first..programs.min(first + BATCH))
            .map(|number| (number, stream::stream(seed, number)))
            .collect();
        for (_, (encoding, program)) in &batch {
            python.ask(*encoding, program)?;
        }
        let answers: Vec<_> = batch.iter().map(|_| python.answer()).collect();
        for ((number, (encoding, program)), answer) in batch.iter().zip(answers) {
            let readers = answer.with_context(|| format!("seed {seed}, program {number}"))?;
            if !judge(&mut figures, program, &readers) {
                figures.misses += 1;
                if figures.misses <= SHOWN {
                    println!("MISS: seed {seed}, program {number}");
                    minimise::show(&mut python, *encoding, program)?;
                }
            }
        }
    }
    print(&figures, &python.version, seed, started.elapsed().as_secs_f64());
    Ok(if figures.misses == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the scanner's account of a program holds, and the figures of it.
fn judge(figures: &mut Figures, program: &[u8], readers: &[(Vec<Value>, String)]) -> bool {
    let said = Said::of(program);
    let events = || readers.iter().flat_map(|(events, _)| events);
    let count = |kind: &str| events().filter(|event| event[0] == kind).count() as u64;
    let active = events().next().is_some();
    let whole = readers.iter().all(|(events, _)| compare::unexplained(events, &said).is_none());
    figures.programs += 1;
    if let Some((_, end)) = readers.first() {
        *figures.ends.entry(end.clone()).or_default() += 1;
    }
    figures.bytes += program.len() as u64;
    figures.active += u64::from(active);
    figures.globals += count("G");
    figures.calls += count("C");
    figures.whole += u64::from(whole);
    figures.followed += u64::from(whole && active && said.excuse().is_none());
    if whole {
        return true;
    }
    match said.excuse() {
        Some(excuse) => {
            *figures.excused.entry(excuse).or_default() += 1;
            true
        }
        None => false,
    }
}

fn print(figures: &Figures, version: &str, seed: u64, seconds: f64) {
    #[expect(clippy::cast_precision_loss, reason = "rates to read")]
    let (share, rate) =
        (figures.whole as f64 * 100.0 / figures.programs.max(1) as f64, figures.programs as f64 / seconds);
    println!(
        "CPython {version}, seed {seed}: {} programs, {} bytes, {} of them act: {} globals and {} calls by three readers",
        figures.programs, figures.bytes, figures.active, figures.globals, figures.calls
    );
    println!(
        "  explained whole {} ({share:.3} %), acting ones followed to their end {}; not whole and denied for it {:?}; misses {}; \
         {rate:.0} programs/s\n  ends: {:?}",
        figures.whole, figures.followed, figures.excused, figures.misses, figures.ends
    );
}

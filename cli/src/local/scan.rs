//! Files to workers and back: one thread for each worker, results in the order of the files.

use std::fs::File;
use std::num::NonZeroUsize;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result};
use assay_core::wire::worker::{Lines, Scan};
use assay_core::{Gap, GapKind, Limits, Location};
use assay_pool::{Config, Event, Outcome, Pool};

use super::digests::Wanted;
use super::walk::path_text;
use super::{Candidate, Progress};

/// The workers of this run.
#[derive(Debug)]
pub(crate) struct Workers {
    pool: Pool,
    count: usize,
}

/// What is asked about each file.
#[derive(Debug)]
pub(crate) struct Job {
    /// What one file may cost.
    pub(crate) limits: Limits,
    /// Whether to tell what pickles would do.
    pub(crate) lines: Lines,
    /// Digests to take besides SHA-256, by the name a file is shown under.
    pub(crate) digests: Wanted,
}

/// One file that was looked at.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The name it is shown under.
    pub(crate) name: String,
    /// Links that lead to it.
    pub(crate) links: Vec<String>,
    /// What the scan gave.
    pub(crate) outcome: Outcome,
}

impl Workers {
    /// As many workers as this machine has processors; the first one is started, to fail early.
    pub(crate) fn start() -> Result<Self> {
        let worker = assay_pool::locate_worker().context("looking for the worker program")?;
        let count = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let pool = Pool::new(Config { worker, workers: count, spool_dir: std::env::temp_dir() });
        pool.probe().context("starting a worker")?;
        Ok(Self { pool, count })
    }

    /// The pool, for requests that are not scans.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Looks at every file; the results are in the order of `files`.
    pub(crate) fn scan(&self, files: &[Candidate], job: &Job, progress: &Progress) -> Vec<Seen> {
        let next = AtomicUsize::new(0);
        let (done, results) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.count.min(files.len()) {
                let (done, next) = (done.clone(), &next);
                scope.spawn(move || {
                    while let Some((index, file)) = take(files, next) {
                        if done.send((index, self.look(file, job, progress))).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        drop(done);
        let mut seen: Vec<(usize, Seen)> = results.iter().collect();
        seen.sort_by_key(|(index, _)| *index);
        seen.into_iter().map(|(_, seen)| seen).collect()
    }

    fn look(&self, candidate: &Candidate, job: &Job, progress: &Progress) -> Seen {
        let name = path_text(&candidate.path);
        progress.at(&name);
        let mut counted = 0;
        let outcome = match candidate.open() {
            Ok(file) => self.outcome(&file, &name, job, &mut |bytes| {
                progress.add(bytes.saturating_sub(counted));
                counted = counted.max(bytes);
            }),
            Err(error) => Outcome::unreadable(&name, &error.to_string()),
        };
        progress.add(candidate.size.saturating_sub(counted));
        let links = candidate.links.iter().map(|link| path_text(link)).collect();
        Seen { name, links, outcome }
    }

    fn outcome(&self, file: &File, name: &str, job: &Job, hashed: &mut dyn FnMut(u64)) -> Outcome {
        let digests = job.digests.get(name).cloned().unwrap_or_default();
        let request = Scan { name: name.to_owned(), limits: job.limits.clone(), lines: job.lines, digests };
        let before = stamp(file);
        let mut outcome = self.pool.scan(file.as_fd(), &request, &mut |event| match event {
            Event::Progress(bytes) => hashed(bytes),
            Event::Finding(_) | Event::Line(_) => {}
        });
        if before.is_none() || before != stamp(file) {
            outcome.coverage.lose(Gap {
                kind: GapKind::Changed,
                message: "the file changed while it was read".to_owned(),
                location: Location::file(name),
            });
        }
        outcome
    }
}

fn take<'f>(files: &'f [Candidate], next: &AtomicUsize) -> Option<(usize, &'f Candidate)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    files.get(index).map(|file| (index, file))
}

/// What changes whenever a file's content does.
fn stamp(file: &File) -> Option<(u64, i64, i64, i64, i64)> {
    let now = file.metadata().ok()?;
    Some((now.size(), now.mtime(), now.mtime_nsec(), now.ctime(), now.ctime_nsec()))
}

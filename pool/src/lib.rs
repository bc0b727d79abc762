//! Starts sandboxed workers, hands them descriptors, and holds them to a deadline.
//!
//! The programs that talk to people and registries do not parse artifacts: they open a file, hand the descriptor to a
//! worker of this pool, and get facts back. A worker that dies, hangs or lies about its frames costs one file its
//! whole coverage, never the caller.
#![forbid(unsafe_code)]

mod error;
pub mod frame;
mod hash;
mod locate;
mod outcome;
mod process;
mod spool;

use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_core::wire::worker::{
    Answer, AttachedCheck, Request, SbomCheck, Scan, SignatureCheck, WantedDigest,
};
use assay_core::{Finding, GapKind, SbomFact, SignatureFact};

pub use error::PoolError;
pub use locate::locate_worker;
pub use outcome::Outcome;
use process::Worker;

/// Requests one worker serves before it is replaced, so that nothing one file did to it lasts.
const REQUESTS_PER_WORKER: u32 = 256;

/// How long past its own deadline a worker may stay silent before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Time for a signature or SBOM check: hashing is done, so only a document is read.
const DOCUMENT_TIME: Duration = Duration::from_secs(60);

/// What a pool is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// The worker program; see [`locate_worker`].
    pub worker: PathBuf,
    /// How many run at once, at least one.
    pub workers: usize,
    /// A directory on which unnamed files for inflated members are made.
    pub spool_dir: PathBuf,
}

/// What a scan tells while it runs.
#[derive(Debug)]
pub enum Event<'e> {
    /// Bytes of this file hashed so far.
    Progress(u64),
    /// A finding. If the worker dies and the file is scanned again, it comes again.
    Finding(&'e Finding),
    /// One step of a program inside the file.
    Line(&'e str),
}

/// A number of workers, started when needed. Share it by `Arc`; a call blocks until a worker is free.
#[derive(Debug)]
pub struct Pool {
    config: Config,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Worker>,
    running: usize,
}

impl Pool {
    /// A pool without any worker yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Starts one worker, to know early whether that works.
    ///
    /// # Errors
    /// [`PoolError`] when the program is missing or its sandbox cannot be set up.
    pub fn probe(&self) -> Result<(), PoolError> {
        self.with_worker(|_| Ok(()))
    }

    /// Hashes and scans one file, or whatever comes out of a pipe.
    ///
    /// It never fails: what could not be looked at is a gap in the outcome. A worker that dies is replaced once for a
    /// regular file, so that an operator's `kill` is not held against the file.
    pub fn scan(&self, file: BorrowedFd<'_>, request: &Scan, on: &mut dyn FnMut(Event<'_>)) -> Outcome {
        let patience = Duration::from_millis(request.limits.max_scan_time_ms).saturating_add(GRACE);
        let mut outcome = self.scan_once(file, request, patience, on);
        if outcome.sha256.is_none() && outcome.lost_worker() && hash::is_regular(file) {
            outcome = self.scan_once(file, request, patience, on);
        }
        if outcome.sha256.is_none() {
            outcome.hash_here(file);
        }
        outcome
    }

    /// Checks a signature file over files already hashed.
    ///
    /// # Errors
    /// [`PoolError`] when no worker could answer; that is never "verified".
    pub fn signature(
        &self,
        file: BorrowedFd<'_>,
        request: &SignatureCheck,
    ) -> Result<SignatureFact, PoolError> {
        let answer = self.document(file, &Request::Signature(request.clone()))?;
        if let Answer::Signature(fact) = answer { Ok(fact) } else { Err(PoolError::OTHER_KIND) }
    }

    /// Checks a signature that a registry keeps with a manifest.
    ///
    /// # Errors
    /// [`PoolError`] when no worker could answer; that is never "valid".
    pub fn attached(
        &self,
        file: BorrowedFd<'_>,
        request: &AttachedCheck,
    ) -> Result<SignatureFact, PoolError> {
        let answer = self.document(file, &Request::Attached(request.clone()))?;
        if let Answer::Signature(fact) = answer { Ok(fact) } else { Err(PoolError::OTHER_KIND) }
    }

    /// Which digests a signature file lists, to be taken while the artifact's files are read.
    ///
    /// # Errors
    /// [`PoolError`] when no worker could answer.
    pub fn wanted(&self, file: BorrowedFd<'_>) -> Result<Vec<WantedDigest>, PoolError> {
        let answer = self.document(file, &Request::Wanted)?;
        if let Answer::Wanted(wanted) = answer { Ok(wanted) } else { Err(PoolError::OTHER_KIND) }
    }

    /// Checks an SBOM file against files already hashed.
    ///
    /// # Errors
    /// [`PoolError`] when no worker could answer; that is never "valid".
    pub fn sbom(&self, file: BorrowedFd<'_>, request: &SbomCheck) -> Result<SbomFact, PoolError> {
        let answer = self.document(file, &Request::Sbom(request.clone()))?;
        if let Answer::Sbom(fact) = answer { Ok(fact) } else { Err(PoolError::OTHER_KIND) }
    }

    fn document(&self, file: BorrowedFd<'_>, request: &Request) -> Result<Answer, PoolError> {
        let answer =
            self.with_worker(|worker| worker.ask(request, &[file], DOCUMENT_TIME)?.last(&mut |_| ()))?;
        if let Answer::Failed(why) = &answer {
            return Err(PoolError::Refused(assay_core::shown(why)));
        }
        Ok(answer)
    }

    fn scan_once(
        &self,
        file: BorrowedFd<'_>,
        request: &Scan,
        patience: Duration,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let ended = self.with_worker(|worker| {
            let spool = spool::unnamed(&self.config.spool_dir)?;
            let request = Request::Scan(request.clone());
            let answers = worker.ask(&request, &[file, std::os::fd::AsFd::as_fd(&spool)], patience)?;
            answers.last(&mut |answer| outcome.note(answer, on))
        });
        let lost = match ended {
            Ok(Answer::Scanned(scanned)) => {
                outcome.finish(scanned);
                return outcome;
            }
            Ok(Answer::Failed(why)) => (GapKind::Unreadable, why),
            Ok(_) => (GapKind::WorkerDied, PoolError::OTHER_KIND.to_string()),
            Err(PoolError::Deadline) => (GapKind::Deadline, "out of time".to_owned()),
            Err(error) => (GapKind::WorkerDied, error.to_string()),
        };
        outcome.lose(lost.0, &lost.1, &request.name);
        outcome
    }

    /// Runs `work` with a worker of its own; one that failed is not used again.
    fn with_worker<T>(&self, work: impl FnOnce(&mut Worker) -> Result<T, PoolError>) -> Result<T, PoolError> {
        let idle = self.take();
        let _seat = Seat(self);
        let mut worker = match idle {
            Some(worker) => worker,
            None => Worker::start(&self.config.worker)?,
        };
        let result = work(&mut worker)?;
        if worker.served() < REQUESTS_PER_WORKER {
            self.lock().idle.push(worker);
        }
        Ok(result)
    }

    fn take(&self) -> Option<Worker> {
        let mut state = self.lock();
        while state.running >= self.config.workers.max(1) {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.running = state.running.saturating_add(1);
        state.idle.pop()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the pool's running places, given back however the work ends.
struct Seat<'p>(&'p Pool);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = state.running.saturating_sub(1);
        drop(state);
        self.0.freed.notify_one();
    }
}

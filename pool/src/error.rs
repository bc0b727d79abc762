//! Why a worker gave no answer.

use std::io;
use std::path::PathBuf;

/// Why a worker gave no answer. None of these is the artifact's verdict: the caller records a gap.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The worker program is not where it should be.
    #[error("no assay-worker beside {0}")]
    NoWorker(PathBuf),
    /// The worker program could not be started, or its sandbox could not be set up.
    #[error("cannot start {program}: {detail}")]
    Start {
        /// The program.
        program: PathBuf,
        /// What it or the system said, escaped.
        detail: String,
    },
    /// The worker ended or was killed in the middle.
    #[error("the worker ended: {0}")]
    Died(String),
    /// The worker did not answer in time and was killed.
    #[error("the worker did not answer in time")]
    Deadline,
    /// The worker refused the request.
    #[error("the worker could not serve: {0}")]
    Refused(String),
    /// A frame that is too long, no JSON of ours, or out of order.
    #[error("the worker broke the protocol: {0}")]
    Protocol(&'static str),
    /// A system call of ours failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl PoolError {
    /// An answer of another kind than was asked for.
    pub(crate) const OTHER_KIND: Self = Self::Protocol("an answer of another kind");
}

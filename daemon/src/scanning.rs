//! Where facts about bytes come from: a pool of sandboxed workers, or a test.

use std::os::fd::BorrowedFd;

use assay_core::wire::worker::{SbomCheck, Scan, SignatureCheck, WantedDigest};
use assay_core::{SbomFact, SignatureFact};
use assay_pool::{Outcome, Pool, PoolError};

/// Looks at bytes. Calls block.
pub(crate) trait Scanning: Send + Sync {
    /// Hashes and scans one file or pipe; what could not be looked at is a gap.
    fn scan(&self, file: BorrowedFd<'_>, request: &Scan) -> Outcome;

    /// Checks a signature file over files already hashed.
    fn signature(&self, file: BorrowedFd<'_>, request: &SignatureCheck) -> Result<SignatureFact, PoolError>;

    /// Which digests a signature file lists.
    fn wanted(&self, file: BorrowedFd<'_>) -> Result<Vec<WantedDigest>, PoolError>;

    /// Checks an SBOM file against files already hashed.
    fn sbom(&self, file: BorrowedFd<'_>, request: &SbomCheck) -> Result<SbomFact, PoolError>;
}

impl Scanning for Pool {
    fn scan(&self, file: BorrowedFd<'_>, request: &Scan) -> Outcome {
        self.scan(file, request, &mut |_| ())
    }

    fn signature(&self, file: BorrowedFd<'_>, request: &SignatureCheck) -> Result<SignatureFact, PoolError> {
        self.signature(file, request)
    }

    fn wanted(&self, file: BorrowedFd<'_>) -> Result<Vec<WantedDigest>, PoolError> {
        self.wanted(file)
    }

    fn sbom(&self, file: BorrowedFd<'_>, request: &SbomCheck) -> Result<SbomFact, PoolError> {
        self.sbom(file, request)
    }
}

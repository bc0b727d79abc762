//! Looking at files here, without a daemon: walk, open once, hand the descriptor to a worker.

mod digests;
mod oci;
mod place;
pub(crate) mod policy_file;
mod progress;
mod report;
mod scan;
mod verify;
mod walk;

pub(crate) use oci::verify_reference;
pub(crate) use progress::Progress;
pub(crate) use report::{ENGINE, FileRow, ScanReport, Skipped, SkippedWhy};
pub(crate) use scan::{Job, Seen, Workers};
pub(crate) use verify::{Demands, VerifiedArtifact, VerifyReport, now, verify_path};
pub(crate) use walk::{Candidate, walk};

//! What one scan gave.

use std::os::fd::BorrowedFd;

use assay_core::wire::worker::{Answer, Scanned};
use assay_core::{
    ContentDigest, Coverage, FileFact, Finding, Format, Gap, GapKind, GitSha1, Location, Sha256,
};

use crate::{Event, hash};

/// The most gaps kept of one file; more say nothing new.
const MAX_GAPS: usize = 1_000;

/// The most findings kept of one file, whatever the worker sends.
const MAX_FINDINGS: usize = 100_000;

/// The most program lines kept of one file.
const MAX_LINES: usize = 100_000;

/// What one scan gave. Facts only; policy judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content; absent when it could not be read to the end.
    pub sha256: Option<Sha256>,
    /// SHA-1 as git names the blob, for files of at most 64 MiB.
    pub git_sha1: Option<GitSha1>,
    /// Digests that were asked for besides SHA-256, as far as they could be taken.
    pub digests: Vec<ContentDigest>,
    /// Formats recognised by content, outermost first.
    pub formats: Vec<Format>,
    /// How much was looked at.
    pub coverage: Coverage,
    /// What was found, in the order it was.
    pub findings: Vec<Finding>,
    /// Findings beyond the limit, counted only.
    pub findings_dropped: u64,
    /// What a program in the file would do, when asked for.
    pub lines: Vec<String>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            size: 0,
            sha256: None,
            git_sha1: None,
            digests: Vec::new(),
            formats: Vec::new(),
            coverage: Coverage::Whole,
            findings: Vec::new(),
            findings_dropped: 0,
            lines: Vec::new(),
        }
    }
}

impl Outcome {
    /// The facts of a file of this name, without claims.
    #[must_use]
    pub fn into_fact(self, name: String) -> FileFact {
        FileFact {
            name,
            size: self.size,
            sha256: self.sha256,
            formats: self.formats,
            coverage: self.coverage,
            findings: self.findings,
            claims: Vec::new(),
            digests: self.digests,
        }
    }

    /// A file that could not even be opened.
    #[must_use]
    pub fn unreadable(name: &str, why: &str) -> Self {
        let mut outcome = Self::default();
        outcome.lose(GapKind::Unreadable, why, name);
        outcome
    }

    pub(crate) fn note(&mut self, answer: Answer, on: &mut dyn FnMut(Event<'_>)) {
        match answer {
            Answer::Progress(bytes) => on(Event::Progress(bytes)),
            Answer::Finding(finding) if self.findings.len() < MAX_FINDINGS => {
                on(Event::Finding(&finding));
                self.findings.push(finding);
            }
            Answer::Finding(_) => self.findings_dropped = self.findings_dropped.saturating_add(1),
            Answer::Gap(gap) if self.coverage.gaps().len() < MAX_GAPS => self.coverage.lose(gap),
            Answer::Line(line) if self.lines.len() < MAX_LINES => {
                on(Event::Line(&line));
                self.lines.push(line);
            }
            Answer::Gap(_)
            | Answer::Line(_)
            | Answer::Ready
            | Answer::Scanned(_)
            | Answer::Signature(_)
            | Answer::Wanted(_)
            | Answer::Sbom(_)
            | Answer::Failed(_) => {}
        }
    }

    pub(crate) fn finish(&mut self, scanned: Scanned) {
        self.size = scanned.size;
        self.sha256 = Some(scanned.sha256);
        self.git_sha1 = scanned.git_sha1;
        self.digests = scanned.digests;
        self.formats = scanned.formats;
        self.findings_dropped = self.findings_dropped.saturating_add(scanned.findings_dropped);
    }

    pub(crate) fn lose(&mut self, kind: GapKind, message: &str, name: &str) {
        self.coverage.lose(Gap { kind, message: assay_core::shown(message), location: Location::file(name) });
    }

    pub(crate) fn lost_worker(&self) -> bool {
        self.coverage.gaps().iter().any(|gap| gap.kind == GapKind::WorkerDied)
    }

    /// Hashes a regular file here, because its worker could not.
    pub(crate) fn hash_here(&mut self, file: BorrowedFd<'_>) {
        if !hash::is_regular(file) {
            return;
        }
        if let Ok((size, sha256)) = hash::digest(file) {
            (self.size, self.sha256) = (size, Some(sha256));
        }
    }
}

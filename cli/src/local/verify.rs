//! One folder or file as an artifact: scan all, check signatures and SBOMs against the digests, decide.

use std::path::Path;

use anyhow::{Context as _, Result};
use assay_core::wire::worker::{HashedFile, Lines, SbomCheck, SignatureCheck};
use assay_core::{
    Evidence, FileFact, Limits, SbomFact, SbomLevel, SignatureFact, SignatureState, Source, Timestamp,
    Verdict, is_sbom_name, is_signature_name,
};
use assay_policy::Policy;
use assay_pool::PoolError;
use serde::Serialize;

use super::{Candidate, ENGINE, FileRow, Job, Progress, Seen, Skipped, Workers, walk};
use crate::args::Show;

/// What is demanded of every artifact.
#[derive(Debug)]
pub(crate) struct Demands {
    /// The policy.
    pub(crate) policy: Policy,
    /// Its keys, PEM.
    pub(crate) trusted_keys: Vec<String>,
}

/// The report of one verification, as `docs/schema/assay.verify-1.schema.json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyReport {
    schema: &'static str,
    engine: &'static str,
    elapsed_ms: u64,
    /// The policy's name.
    pub(crate) policy: String,
    /// One for each subject, in the order they were named.
    pub(crate) artifacts: Vec<VerifiedArtifact>,
}

/// One artifact and its verdict.
#[derive(Debug, Serialize)]
pub(crate) struct VerifiedArtifact {
    /// Its reference, as policy patterns match it.
    pub(crate) reference: String,
    /// What policy decided, and why.
    pub(crate) verdict: Verdict,
    /// What signatures say.
    pub(crate) signatures: Vec<SignatureFact>,
    /// What SBOMs say.
    pub(crate) sboms: Vec<SbomFact>,
    /// Its files, with what the built-in scan policy decides about each.
    pub(crate) files: Vec<FileRow>,
    /// What was not looked at.
    pub(crate) skipped: Vec<Skipped>,
}

impl VerifyReport {
    /// Completes a report.
    pub(crate) fn new(policy: &Policy, artifacts: Vec<VerifiedArtifact>, elapsed_ms: u64) -> Self {
        let policy = policy.name().to_owned();
        Self { schema: "assay.verify/1", engine: ENGINE, elapsed_ms, policy, artifacts }
    }
}

impl VerifiedArtifact {
    /// Whether something of it was not looked at to the end.
    pub(crate) fn incomplete(&self) -> bool {
        let partial = self.files.iter().any(|file| file.coverage != assay_core::Coverage::Whole);
        partial || self.skipped.iter().any(|skipped| skipped.why.leaves_a_gap())
    }
}

/// Judges one folder or file.
pub(crate) fn verify_path(
    path: &Path,
    limits: &Limits,
    workers: &Workers,
    demands: &Demands,
    show: &Show,
) -> Result<VerifiedArtifact> {
    let walked = walk(&[path.to_owned()])?;
    let progress =
        Progress::new(show, walked.files.iter().fold(0, |sum, file| file.size.saturating_add(sum)));
    let job = Job { limits: limits.clone(), lines: Lines::Omit };
    let seen = workers.scan(&walked.files, &job, &progress);
    drop(progress);
    let real = std::fs::canonicalize(path).with_context(|| path.display().to_string())?;
    let reference = format!("dir:{}", real.display());
    let (facts, rows) = facts_and_rows(path, seen);
    let companions = Companions { base: path, files: &walked.files, facts: &facts, workers };
    let signatures = companions.signatures(&demands.trusted_keys);
    let sboms = companions.sboms();
    let evidence = Evidence { source: Source::Dir, reference, files: facts, signatures, sboms };
    let verdict = demands.policy.decide(&evidence, ENGINE, now());
    let Evidence { reference, signatures, sboms, .. } = evidence;
    Ok(VerifiedArtifact { reference, verdict, signatures, sboms, files: rows, skipped: walked.skipped })
}

/// This moment.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Facts by name inside the artifact, and rows by path. A link inside is one more name of its content.
fn facts_and_rows(base: &Path, seen: Vec<Seen>) -> (Vec<FileFact>, Vec<FileRow>) {
    let (mut facts, mut rows) = (Vec::new(), Vec::new());
    for seen in seen {
        let dropped = seen.outcome.findings_dropped;
        let fact = seen.outcome.into_fact(seen.name);
        for name in std::iter::once(&fact.name).chain(&seen.links) {
            facts.push(FileFact { name: inside(base, Path::new(name)), ..fact.clone() });
        }
        let verdict = assay_policy::scan_verdict(&fact, assay_core::Severity::High);
        rows.push(FileRow::new(fact, dropped, seen.links, verdict));
    }
    facts.sort_by(|one, other| one.name.cmp(&other.name));
    (facts, rows)
}

/// The name inside the artifact; a single file is known by its base name.
fn inside(base: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(base).ok().filter(|relative| !relative.as_os_str().is_empty());
    let name = relative.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
    name.display().to_string()
}

/// The files of an artifact that speak about its other files.
struct Companions<'a> {
    base: &'a Path,
    files: &'a [Candidate],
    facts: &'a [FileFact],
    workers: &'a Workers,
}

impl Companions<'_> {
    fn signatures(&self, trusted_keys: &[String]) -> Vec<SignatureFact> {
        let check = |(name, file): (String, &Candidate)| {
            let request = SignatureCheck {
                name: name.clone(),
                files: self.hashed(is_signature),
                trusted_keys: trusted_keys.to_vec(),
            };
            let checked = open(file)
                .and_then(|file| self.workers.pool().signature(std::os::fd::AsFd::as_fd(&file), &request));
            checked.unwrap_or_else(|error| SignatureFact {
                method: "unknown".to_owned(),
                file: name,
                state: SignatureState::Invalid { reason: format!("could not be checked: {error}") },
                signer: None,
                coverage: Vec::new(),
            })
        };
        self.named(is_signature_name).map(check).collect()
    }

    fn sboms(&self) -> Vec<SbomFact> {
        let check = |(name, file): (String, &Candidate)| {
            let files = self.hashed(|fact| is_signature(fact) || is_sbom_name(&fact.name));
            let request = SbomCheck { name: name.clone(), files };
            let checked = open(file)
                .and_then(|file| self.workers.pool().sbom(std::os::fd::AsFd::as_fd(&file), &request));
            checked.unwrap_or_else(|error| SbomFact {
                file: name,
                format: "unknown".to_owned(),
                level: SbomLevel::Invalid,
                problems: vec![format!("could not be checked: {error}")],
                files: Vec::new(),
            })
        };
        self.named(is_sbom_name).map(check).collect()
    }

    /// The files of such a name, with their names inside the artifact.
    fn named(&self, wanted: fn(&str) -> bool) -> impl Iterator<Item = (String, &Candidate)> {
        self.files
            .iter()
            .map(|file| (inside(self.base, &file.path), file))
            .filter(move |(name, _)| wanted(name))
    }

    /// Every file with a digest, but those that are not subjects. One without a digest is missing, as far as anyone
    /// can tell.
    fn hashed(&self, left_out: impl Fn(&FileFact) -> bool) -> Vec<HashedFile> {
        let subjects = self.facts.iter().filter(|fact| !left_out(fact));
        let hashed = subjects.filter_map(|fact| {
            Some(HashedFile { name: fact.name.clone(), size: fact.size, sha256: fact.sha256? })
        });
        hashed.collect()
    }
}

/// A model with a signature's name is a model: only what loads as nothing stands outside a signature.
fn is_signature(fact: &FileFact) -> bool {
    is_signature_name(&fact.name) && fact.formats.is_empty()
}

fn open(file: &Candidate) -> Result<std::fs::File, PoolError> {
    Ok(file.open()?)
}

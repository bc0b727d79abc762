//! One folder or file as an artifact: scan all, check signatures and SBOMs against the digests, decide.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use assay_core::wire::worker::{HashedFile, Lines, SbomCheck, SignatureCheck};
use assay_core::{
    Evidence, FileFact, Limits, SbomFact, SbomLevel, SignatureFact, Source, Timestamp, Trust, Verdict,
    is_sbom_name,
};
use assay_policy::Policy;
use assay_pool::PoolError;
use serde::Serialize;

use super::place::Place;
use super::walk::path_text;
use super::{Candidate, ENGINE, FileRow, Job, Progress, Seen, Skipped, Workers, digests, walk};
use crate::args::Show;

/// What is demanded of every artifact.
#[derive(Debug)]
pub(crate) struct Demands {
    /// The policy, with the files it names.
    pub(crate) policy: Policy,
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
    let digests = digests::wanted(path, &walked.files, &demands.policy, workers);
    let job = Job { limits: limits.clone(), lines: Lines::Omit, digests };
    let seen = workers.scan(&walked.files, &job, &progress);
    drop(progress);
    let real = std::fs::canonicalize(path).with_context(|| path.display().to_string())?;
    let place = Place::of(&real);
    let (facts, rows) = facts_and_rows(path, &place, seen);
    let named = walked.files.iter().map(|file| (inside(path, Path::new(&path_text(&file.path))), file));
    let files: BTreeMap<String, &Candidate> = named.collect();
    let open = |name: &str| match files.get(name) {
        Some(candidate) => Ok(candidate.open()?),
        None => Err(PoolError::Io(io::ErrorKind::NotFound.into())),
    };
    let companions = Companions {
        names: files.keys().cloned().collect(),
        open: &open,
        facts: &facts,
        workers,
        attached: None,
    };
    let artifact = judge(place.source, place.reference, &companions, demands);
    Ok(VerifiedArtifact { files: rows, skipped: walked.skipped, ..artifact })
}

/// The verdict on an artifact whose files are known; the rows are the caller's.
pub(super) fn judge(
    source: Source,
    reference: String,
    companions: &Companions<'_>,
    demands: &Demands,
) -> VerifiedArtifact {
    let at = now();
    let signatures = companions.signatures(&demands.policy, at);
    let sboms = companions.sboms(&demands.policy);
    let files = companions.facts.to_vec();
    let mut evidence = Evidence { source, reference, files, signatures, sboms };
    demands.policy.recognise(&mut evidence, at);
    let verdict = demands.policy.decide(&evidence, ENGINE, at);
    let Evidence { reference, signatures, sboms, .. } = evidence;
    VerifiedArtifact { reference, verdict, signatures, sboms, files: Vec::new(), skipped: Vec::new() }
}

/// This moment.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Facts by name inside the artifact, and rows by path. A link inside is one more name of its content.
fn facts_and_rows(base: &Path, place: &Place, seen: Vec<Seen>) -> (Vec<FileFact>, Vec<FileRow>) {
    let (mut facts, mut rows) = (Vec::new(), Vec::new());
    for seen in seen {
        let dropped = seen.outcome.findings_dropped;
        let fact = seen.outcome.clone().into_fact(seen.name);
        for name in std::iter::once(&fact.name).chain(&seen.links) {
            let name = inside(base, Path::new(name));
            let claims = place.check(&name, &seen.outcome);
            facts.push(FileFact { name, claims, ..fact.clone() });
        }
        let verdict = assay_policy::scan_verdict(&fact, assay_core::Severity::High);
        rows.push(FileRow::new(fact, dropped, seen.links, verdict));
    }
    facts.sort_by(|one, other| one.name.cmp(&other.name));
    (facts, rows)
}

/// The name inside the artifact; a single file is known by its base name.
pub(super) fn inside(base: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(base).ok().filter(|relative| !relative.as_os_str().is_empty());
    let name = relative.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
    name.display().to_string()
}

/// Checks the signatures that are kept outside of an artifact.
pub(super) type Attached<'a> = &'a dyn Fn(&Trust) -> Vec<SignatureFact>;

/// The files of an artifact that speak about its other files.
pub(super) struct Companions<'a> {
    /// The names of all files inside the artifact.
    pub(super) names: Vec<String>,
    /// Opens one of them.
    pub(super) open: &'a dyn Fn(&str) -> Result<File, PoolError>,
    /// What is known about all of them.
    pub(super) facts: &'a [FileFact],
    /// Who checks them.
    pub(super) workers: &'a Workers,
    /// Checks what a registry keeps with the artifact.
    pub(super) attached: Option<Attached<'a>>,
}

impl Companions<'_> {
    fn signatures(&self, policy: &Policy, at: Timestamp) -> Vec<SignatureFact> {
        let trust = policy.trust(at);
        let check = |name: &String| {
            let request = SignatureCheck {
                name: name.clone(),
                files: self.hashed(|other| other != name),
                trust: trust.clone(),
            };
            let checked =
                (self.open)(name).and_then(|file| self.workers.pool().signature(file.as_fd(), &request));
            checked.unwrap_or_else(|error| {
                SignatureFact::invalid("unknown", name, format!("could not be checked: {error}"))
            })
        };
        let inside = self.names.iter().filter(|name| policy.is_signature_name(name)).map(check);
        let outside = self.attached.map(|attached| attached(&trust)).unwrap_or_default();
        inside.chain(outside).collect()
    }

    fn sboms(&self, policy: &Policy) -> Vec<SbomFact> {
        let check = |name: &String| {
            let files = self.hashed(|other| other != name && !policy.is_signature_name(other));
            let request = SbomCheck { name: name.clone(), files };
            let checked = (self.open)(name).and_then(|file| self.workers.pool().sbom(file.as_fd(), &request));
            checked.unwrap_or_else(|error| SbomFact {
                file: name.clone(),
                format: "unknown".to_owned(),
                level: SbomLevel::Invalid,
                problems: vec![format!("could not be checked: {error}")],
                files: Vec::new(),
            })
        };
        self.names.iter().filter(|name| is_sbom_name(name)).map(check).collect()
    }

    /// Every subject with a digest. One without is missing, as far as anyone can tell.
    fn hashed(&self, is_subject: impl Fn(&str) -> bool) -> Vec<HashedFile> {
        let subjects = self.facts.iter().filter(|fact| is_subject(&fact.name));
        let hashed = subjects.filter_map(|fact| {
            let digests = fact.digests.clone();
            Some(HashedFile { name: fact.name.clone(), size: fact.size, sha256: fact.sha256?, digests })
        });
        hashed.collect()
    }
}

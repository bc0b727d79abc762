//! Judging one artifact: facts of its files, signatures and SBOMs, then policy.

use std::os::fd::{AsFd, OwnedFd};

use assay_core::wire::guard::Ruling;
use assay_core::wire::worker::{HashedFile, SbomCheck, SignatureCheck, WantedDigest};
use assay_core::{
    Claim, ClaimCheck, DigestKind, Evidence, FileFact, FileKey, SbomFact, SbomLevel, Sha256, SignatureFact,
    is_sbom_name, shown,
};
use assay_registries::caches::{FoundArtifact, FoundFile};

use super::look::{Hold, Looked, look};
use super::ruling;
use crate::catalogue::{Entry, Target, fingerprint};
use crate::files;
use crate::guard::Ruled;
use crate::state::{ENGINE, Shared, now};
use crate::store::{Content, Judged, JudgedFile, StoreError};

/// Leases held at once for one artifact. Files beyond it are denied until the artifact is judged, then allowed: the
/// guard holds a descriptor for each lease, and models of more files are rare.
const MAX_HELD: usize = 512;

/// What judging came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Outcome {
    /// There is a verdict, or nothing left to judge.
    Settled,
    /// A file is being written, or the machine failed: look again soon.
    Again,
}

/// One file that was looked at.
struct Seen<'s> {
    found: &'s FoundFile,
    content: Content,
    key: Option<FileKey>,
    hold: Option<Hold<'s>>,
}

/// Judges an artifact, unless its stored verdict still stands; the guard knows the rulings of its files afterwards.
///
/// # Errors
/// The store's.
pub(crate) fn judge(shared: &Shared, target: &Target) -> Result<Outcome, StoreError> {
    let Some(entry) = shared.catalogue().entry(target) else { return Ok(Outcome::Settled) };
    let standing = shared.store.standing(&target.reference, &target.root)?;
    let unchanged = standing
        .filter(|standing| standing.fingerprint == entry.fingerprint && standing.scanner == shared.scanner);
    if let Some(standing) = unchanged {
        if standing.policy != shared.policy.digest() {
            decide_stored(shared, target)?;
        }
        return ruling::rule_known(shared, target, &entry);
    }
    judge_files(shared, target, &entry)
}

/// Decides again from the stored evidence, because policy has changed and the bytes have not.
///
/// # Errors
/// The store's.
pub(crate) fn decide_stored(shared: &Shared, target: &Target) -> Result<(), StoreError> {
    let Some((mut evidence, _)) = shared.store.evidence(&target.reference, &target.root)? else {
        return Ok(());
    };
    recheck(shared, target, &mut evidence);
    let verdict = shared.policy.decide(&evidence, ENGINE, now());
    shared.store.commit_decision(&target.root, &evidence, &verdict)?;
    let contents = evidence.files.iter().filter_map(|file| file.sha256).collect();
    ruling::revise(shared, &contents)
}

/// Checks signatures again, over the digests that are known: the new policy may trust other keys and roots.
fn recheck(shared: &Shared, target: &Target, evidence: &mut Evidence) {
    let Some(entry) = shared.catalogue().entry(target) else { return };
    let hashed = hashed(&evidence.files);
    let signatures = entry.found.files.iter().filter(|found| shared.policy.is_signature_name(&found.name));
    evidence.signatures = signatures
        .map(|found| {
            let opened = files::open(&found.path).map(|(file, _)| file).map_err(|error| error.to_string());
            signature(shared, &found.name, opened, &hashed)
        })
        .collect();
    shared.policy.recognise(evidence, now());
}

fn judge_files(shared: &Shared, target: &Target, entry: &Entry) -> Result<Outcome, StoreError> {
    let Some(seen) = look_at_all(shared, target, entry)? else { return Ok(Outcome::Again) };
    let keys: Vec<_> = seen.iter().map(|seen| seen.key).collect();
    let retry = seen.iter().any(|seen| seen.content.is_worth_retrying());
    let evidence = evidence(shared, &entry.found, &seen);
    let before = contents_before(shared, target)?;
    let judged = Judged {
        root: target.root.clone(),
        fingerprint: if retry { String::new() } else { fingerprint(&entry.found, &keys) },
        scanner: shared.scanner.clone(),
        files: seen.iter().map(judged_file).collect(),
        verdict: shared.policy.decide(&evidence, ENGINE, now()),
        evidence,
    };
    shared.store.commit_verdict(&judged)?;
    let (decision, files) = (judged.verdict.decision, judged.files.len());
    tracing::info!(reference = %shown(&target.reference), %decision, files, "verdict");
    for seen in seen {
        if let Some(hold) = seen.hold {
            let ruled = ruling::ruled(shared, hold.key(), &seen.content, &target.root)?;
            hold.rule(&ruled);
        }
    }
    let after = judged.files.iter().filter_map(|file| file.sha256);
    ruling::revise(shared, &before.into_iter().chain(after).collect())?;
    Ok(if retry { Outcome::Again } else { Outcome::Settled })
}

/// Looks at every file; `None` when one is being written or is gone. The walk that follows such a change says what the
/// artifact is then.
fn look_at_all<'s>(
    shared: &'s Shared,
    target: &Target,
    entry: &'s Entry,
) -> Result<Option<Vec<Seen<'s>>>, StoreError> {
    let mut seen: Vec<Seen<'s>> = Vec::new();
    let mut held = 0_usize;
    let wanted = wanted(shared, entry);
    for found in &entry.found.files {
        let (content, key, mut hold) =
            match look(shared, &found.name, &found.path, &kinds(&wanted, &found.name))? {
                Looked::InFlux | Looked::Gone => return Ok(None),
                Looked::Facts { content, key, hold } => (content, key, hold),
            };
        held = held.saturating_add(usize::from(hold.is_some()));
        if held > MAX_HELD
            && let Some(hold) = hold.take()
        {
            let (key, sha256) = (hold.key(), content.sha256);
            hold.rule(&Ruled { key, sha256, root: target.root.clone(), ruling: Ruling::Deny });
        }
        seen.push(Seen { found, content: *content, key, hold });
    }
    Ok(Some(seen))
}

fn contents_before(shared: &Shared, target: &Target) -> Result<Vec<Sha256>, StoreError> {
    let before = shared.store.evidence(&target.reference, &target.root)?;
    let files = before.map(|(evidence, _)| evidence.files).unwrap_or_default();
    Ok(files.into_iter().filter_map(|file| file.sha256).collect())
}

fn judged_file(seen: &Seen<'_>) -> JudgedFile {
    JudgedFile {
        name: seen.found.name.clone(),
        sha256: seen.content.sha256,
        path: seen.found.path.to_string_lossy().into_owned(),
    }
}

fn evidence(shared: &Shared, found: &FoundArtifact, seen: &[Seen<'_>]) -> Evidence {
    let mut files: Vec<FileFact> = seen.iter().map(fact).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let hashed = hashed(&files);
    let signatures = seen.iter().filter(|seen| shared.policy.is_signature_name(&seen.found.name));
    let sboms = seen.iter().filter(|seen| is_sbom_name(&seen.found.name));
    let mut evidence = Evidence {
        source: found.source,
        reference: found.reference.clone(),
        files,
        signatures: signatures
            .map(|seen| signature(shared, &seen.found.name, reopen(seen), &hashed))
            .collect(),
        sboms: sboms.map(|seen| sbom(shared, seen, &hashed)).collect(),
    };
    shared.policy.recognise(&mut evidence, now());
    evidence
}

/// Every file with a digest.
fn hashed(files: &[FileFact]) -> Vec<HashedFile> {
    let hashed = files.iter().filter_map(|file| {
        let digests = file.digests.clone();
        Some(HashedFile { name: file.name.clone(), size: file.size, sha256: file.sha256?, digests })
    });
    hashed.collect()
}

/// Which digests the signatures list, asked before anything is read. One that cannot be asked now is judged later,
/// and says then what is wrong.
fn wanted(shared: &Shared, entry: &Entry) -> Vec<WantedDigest> {
    let signatures = entry.found.files.iter().filter(|found| shared.policy.is_signature_name(&found.name));
    let opened = signatures.filter_map(|found| files::open(&found.path).ok());
    opened.flat_map(|(file, _)| shared.scanning.wanted(file.as_fd()).unwrap_or_default()).collect()
}

fn kinds(wanted: &[WantedDigest], name: &str) -> Vec<DigestKind> {
    let concerns = |one: &&WantedDigest| one.name.as_ref().is_none_or(|wanted| wanted == name);
    wanted.iter().filter(concerns).map(|one| one.kind).collect()
}

fn fact(seen: &Seen<'_>) -> FileFact {
    let mut fact = seen.content.to_fact(&seen.found.name);
    let claims = seen.found.claims.iter();
    fact.claims = claims.map(|(claim, by)| check(*claim, by, &seen.content)).collect();
    fact
}

/// Compares what a place claims with what the bytes are. What is not known is not borne out.
pub(super) fn check(claim: Claim, by: &str, content: &Content) -> ClaimCheck {
    let matches = match claim {
        Claim::GitSha1(digest) => content.git_sha1 == Some(digest),
        Claim::Sha256(digest) => content.sha256 == Some(digest),
        Claim::Size(bytes) => content.sha256.is_some() && content.size == bytes,
    };
    ClaimCheck { claim, by: by.to_owned(), matches }
}

fn signature(
    shared: &Shared,
    name: &str,
    opened: Result<OwnedFd, String>,
    hashed: &[HashedFile],
) -> SignatureFact {
    let files = hashed.iter().filter(|file| file.name != name).cloned().collect();
    let check = SignatureCheck { name: name.to_owned(), files, trust: shared.policy.trust(now()) };
    let checked = opened
        .and_then(|file| shared.scanning.signature(file.as_fd(), &check).map_err(|error| error.to_string()));
    checked.unwrap_or_else(|reason| SignatureFact::invalid("unknown", name, shown(&reason)))
}

fn sbom(shared: &Shared, seen: &Seen<'_>, hashed: &[HashedFile]) -> SbomFact {
    let name = &seen.found.name;
    let others =
        hashed.iter().filter(|file| file.name != *name && !shared.policy.is_signature_name(&file.name));
    let check = SbomCheck { name: name.clone(), files: others.cloned().collect() };
    let checked = reopen(seen)
        .and_then(|file| shared.scanning.sbom(file.as_fd(), &check).map_err(|error| error.to_string()));
    checked.unwrap_or_else(|problem| SbomFact {
        file: name.clone(),
        format: "unknown".to_owned(),
        level: SbomLevel::Invalid,
        problems: vec![shown(&problem)],
        files: Vec::new(),
    })
}

/// Opens a file again that was looked at; it must still be that one.
fn reopen(seen: &Seen<'_>) -> Result<OwnedFd, String> {
    let (file, key) = files::open(&seen.found.path).map_err(|error| error.to_string())?;
    if Some(key) == seen.key { Ok(file) } else { Err("changed while it was judged".to_owned()) }
}

#[cfg(test)]
mod tests {
    use assay_core::{Coverage, GitSha1};

    use super::*;

    fn content(sha256: Option<Sha256>) -> Content {
        Content {
            name: "f".to_owned(),
            size: 3,
            sha256,
            git_sha1: None,
            digests: Vec::new(),
            asked: Vec::new(),
            formats: Vec::new(),
            coverage: Coverage::Whole,
            findings: Vec::new(),
            findings_dropped: 0,
        }
    }

    #[test]
    fn a_claim_holds_only_when_the_bytes_bear_it_out() {
        let digest = Sha256::new([1; 32]);
        let holds = |claim, content: &Content| check(claim, "blob name", content).matches;
        assert!(holds(Claim::Sha256(digest), &content(Some(digest))));
        assert!(!holds(Claim::Sha256(Sha256::new([2; 32])), &content(Some(digest))));
        assert!(holds(Claim::Size(3), &content(Some(digest))));
        assert!(!holds(Claim::Size(4), &content(Some(digest))));
    }

    #[test]
    fn what_is_not_known_is_not_borne_out() {
        let holds = |claim| check(claim, "blob name", &content(None)).matches;
        assert!(!holds(Claim::Sha256(Sha256::new([1; 32]))));
        assert!(!holds(Claim::GitSha1(GitSha1::new([1; 20]))));
        assert!(!holds(Claim::Size(3)));
    }
}

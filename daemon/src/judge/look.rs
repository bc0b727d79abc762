//! Looking at one file: open, lease, scan, and make sure that it did not change meanwhile.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use assay_core::wire::worker::{Lines, Scan};
use assay_core::{DigestKind, FileKey, Gap, GapKind, Location, shown};
use assay_pool::Outcome;

use crate::files;
use crate::guard::{Consideration, Guard, Ruled};
use crate::state::{Shared, Waited};
use crate::store::{Content, KnownFile, StoreError};

/// A lease that the guard holds for us. Ending it is not to be forgotten: a writer may wait for it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Hold<'g> {
    guard: &'g Guard,
    id: u64,
    key: FileKey,
    ended: bool,
}

impl Hold<'_> {
    /// The file's key under the lease.
    pub(crate) const fn key(&self) -> FileKey {
        self.key
    }

    /// Ends the lease with a ruling.
    pub(crate) fn rule(mut self, ruled: &Ruled) {
        self.guard.rule(self.id, ruled);
        self.ended = true;
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.guard.abandon(self.id, self.key);
        }
    }
}

/// What looking at a file gave.
#[derive(Debug)]
pub(crate) enum Looked<'g> {
    /// Facts, the key they belong to, and the lease if there is a guard.
    Facts {
        /// What is in it.
        content: Box<Content>,
        /// The file, when it could be opened.
        key: Option<FileKey>,
        /// The lease.
        hold: Option<Hold<'g>>,
    },
    /// Somebody is writing it, or has while it was read.
    InFlux,
    /// It is not there any more.
    Gone,
}

/// Looks at the file at a path.
///
/// # Errors
/// The store's.
pub(crate) fn look<'g>(
    shared: &'g Shared,
    name: &str,
    path: &Path,
    digests: &[DigestKind],
) -> Result<Looked<'g>, StoreError> {
    let (file, opened) = match files::open(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Looked::Gone),
        Err(error) => {
            let content = Box::new(unreadable(name, &error.to_string()));
            return Ok(Looked::Facts { content, key: None, hold: None });
        }
    };
    let hold = match shared.guard.consider(file.as_fd()) {
        Consideration::Unguarded => None,
        Consideration::Writer => return Ok(Looked::InFlux),
        Consideration::Held { id, key } => Some(Hold { guard: &shared.guard, id, key, ended: false }),
    };
    let key = hold.as_ref().map_or(opened, Hold::key);
    let leased = if hold.is_some() { Leased::Yes } else { Leased::No };
    Ok(match facts(shared, name, file.as_fd(), key, leased, digests)? {
        Some(content) => Looked::Facts { content: Box::new(content), key: Some(key), hold },
        None => Looked::InFlux,
    })
}

/// Whether somebody holds a lease on the file while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leased {
    /// Nobody can write it.
    Yes,
    /// Nobody knows.
    No,
}

/// The facts of an open file, from the store when its key is known, else from a scan. `None` when it changed.
///
/// # Errors
/// The store's.
pub(crate) fn facts(
    shared: &Shared,
    name: &str,
    file: BorrowedFd<'_>,
    key: FileKey,
    leased: Leased,
    digests: &[DigestKind],
) -> Result<Option<Content>, StoreError> {
    if files::key_of(file).ok() != Some(key) {
        return Ok(None);
    }
    let before = known(shared, key, leased)?;
    if let Some(content) = before.as_ref().filter(|content| content.has(digests)) {
        return Ok(Some(content.clone()));
    }
    let (_scan, waited) = shared.in_progress.begin(key, name);
    if waited == Waited::Yes
        && let Some(content) = known(shared, key, leased)?.filter(|content| content.has(digests))
    {
        return Ok(Some(content));
    }
    // What another artifact of the same content asked for is kept, or the two would have it read in turns.
    let kept = before.iter().flat_map(|content| content.asked.iter().copied());
    let digests: BTreeSet<DigestKind> = digests.iter().copied().chain(kept).collect();
    let request = Scan {
        name: name.to_owned(),
        limits: shared.limits.clone(),
        lines: Lines::Omit,
        digests: digests.into_iter().collect(),
    };
    let outcome = shared.scanning.scan(file, &request);
    let content = Content { asked: request.digests, ..content_of(name, outcome) };
    if files::key_of(file).ok() != Some(key) {
        return Ok(None);
    }
    if let Some(sha256) = content.sha256.filter(|_| !content.is_worth_retrying()) {
        let known = KnownFile { key, leased: leased == Leased::Yes, sha256 };
        shared.store.remember(&known, &shared.scanner, &content)?;
    }
    Ok(Some(content))
}

/// What the store knows about a file of exactly this key. A lease is worth more than none, so what was read without
/// one is read again.
fn known(shared: &Shared, key: FileKey, leased: Leased) -> Result<Option<Content>, StoreError> {
    let Some(known) = shared.store.known_file(key.inode())? else { return Ok(None) };
    if known.key != key || (leased == Leased::Yes && !known.leased) {
        return Ok(None);
    }
    shared.store.content(&known.sha256, &shared.scanner)
}

fn content_of(name: &str, outcome: Outcome) -> Content {
    Content {
        name: name.to_owned(),
        size: outcome.size,
        sha256: outcome.sha256,
        git_sha1: outcome.git_sha1,
        digests: outcome.digests,
        asked: Vec::new(),
        formats: outcome.formats,
        coverage: outcome.coverage,
        findings: outcome.findings,
        findings_dropped: outcome.findings_dropped,
    }
}

fn unreadable(name: &str, why: &str) -> Content {
    let mut content = content_of(name, Outcome::default());
    content.coverage.lose(Gap {
        kind: GapKind::Unreadable,
        message: shown(why),
        location: Location::file(name),
    });
    content
}

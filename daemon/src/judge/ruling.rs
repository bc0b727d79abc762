//! From verdicts to what the guard answers.
//!
//! A file may be opened if its own content is not denied and at least one artifact that holds this content under the
//! same root is accepted by the policy in force.

use std::collections::BTreeSet;

use assay_core::wire::guard::Ruling;
use assay_core::{Decision, FileKey, Severity, Sha256};
use assay_policy::scan_verdict;

use super::artifact::Outcome;
use super::look::{Looked, look};
use crate::catalogue::{Entry, Target};
use crate::guard::Ruled;
use crate::state::Shared;
use crate::store::{Content, StoreError};

/// What the guard is to answer for a content under a root.
///
/// # Errors
/// The store's.
pub(crate) fn ruling_of(shared: &Shared, content: &Content, root: &str) -> Result<Ruling, StoreError> {
    let Some(sha256) = content.sha256 else { return Ok(Ruling::Deny) };
    if is_denied(content) || !shared.store.is_accepted(&sha256, root, &shared.policy.digest())? {
        return Ok(Ruling::Deny);
    }
    Ok(Ruling::Allow)
}

/// Whether the content itself is denied, whatever holds it.
pub(super) fn is_denied(content: &Content) -> bool {
    scan_verdict(&content.to_fact(&content.name), Severity::High).0 == Decision::Deny
}

/// A ruling for the file of this key.
///
/// # Errors
/// The store's.
pub(super) fn ruled(
    shared: &Shared,
    key: FileKey,
    content: &Content,
    root: &str,
) -> Result<Ruled, StoreError> {
    let ruling = ruling_of(shared, content, root)?;
    Ok(Ruled { key, sha256: content.sha256, root: root.to_owned(), ruling })
}

/// Tells the guard about the files of an artifact whose verdict stands, as far as it does not know them.
///
/// # Errors
/// The store's.
pub(super) fn rule_known(shared: &Shared, target: &Target, entry: &Entry) -> Result<Outcome, StoreError> {
    if !shared.guard.is_connected() {
        return Ok(Outcome::Settled);
    }
    let mut outcome = Outcome::Settled;
    let mut contents = BTreeSet::new();
    for (found, key) in entry.found.files.iter().zip(&entry.keys) {
        if key.is_some_and(|key| shared.guard.has_ruling_for(&key)) {
            continue;
        }
        match look(shared, &found.name, &found.path, &[])? {
            Looked::InFlux | Looked::Gone => outcome = Outcome::Again,
            Looked::Facts { content, hold: Some(hold), .. } => {
                contents.extend(content.sha256);
                let ruled = ruled(shared, hold.key(), &content, &target.root)?;
                hold.rule(&ruled);
            }
            Looked::Facts { hold: None, .. } => {}
        }
    }
    // A verdict may have changed between asking for it and telling it.
    revise(shared, &contents)?;
    Ok(outcome)
}

/// Tells the guard what has changed for files of these contents.
///
/// # Errors
/// The store's.
pub(super) fn revise(shared: &Shared, contents: &BTreeSet<Sha256>) -> Result<(), StoreError> {
    for sha256 in contents {
        let told = shared.guard.ruled_with(sha256);
        if told.is_empty() {
            continue;
        }
        let Some(content) = shared.store.content(sha256, &shared.scanner)? else { continue };
        for before in told {
            let ruling = ruling_of(shared, &content, &before.root)?;
            if ruling != before.ruling {
                shared.guard.revise(&Ruled { ruling, ..before });
            }
        }
    }
    Ok(())
}

/// Forgets an artifact that is gone; what only it held is no longer accepted.
///
/// # Errors
/// The store's.
pub(crate) fn forget(shared: &Shared, target: &Target) -> Result<(), StoreError> {
    let evidence = shared.store.evidence(&target.reference, &target.root)?;
    shared.store.forget_artifact(&target.reference, &target.root)?;
    let files = evidence.map(|(evidence, _)| evidence.files).unwrap_or_default();
    revise(shared, &files.into_iter().filter_map(|file| file.sha256).collect())
}

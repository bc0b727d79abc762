//! Answering for an open that the kernel holds.
//!
//! The file's place is known here; see [`super::place`].

use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use assay_core::wire::guard::Ruling;
use assay_core::{Decision, Evidence, Source};

use super::look::{Leased, facts};
use super::{artifact, ruling};
use crate::catalogue::Target;
use crate::guard::Ruled;
use crate::queue::{Place, Question};
use crate::state::{ENGINE, Shared, now};
use crate::store::{Content, StoreError};

/// How long to wait before a question is tried again whose artifact is being written.
const RETRY: Duration = Duration::from_millis(500);

/// What answering came to.
enum Answer {
    /// The guard knows.
    Given,
    /// Something it depends on is being written.
    Later,
}

/// Answers a question, or puts it back while there is time.
pub(super) fn answer(shared: &Shared, question: Question, place: &Place) {
    match try_answer(shared, &question, place) {
        Ok(Answer::Given) => {}
        Ok(Answer::Later) if Instant::now() + RETRY < question.deadline => {
            shared.queue.ask_later(question, Instant::now() + RETRY);
        }
        // The guard denies at its deadline, and says so in its own words.
        Ok(Answer::Later) => tracing::warn!(id = question.id, "question-unanswered"),
        Err(error) => tracing::error!(%error, id = question.id, "question"),
    }
}

fn try_answer(shared: &Shared, question: &Question, place: &Place) -> Result<Answer, StoreError> {
    match place {
        Place::Loose { root, path } => loose(shared, question, root, path),
        Place::Held(targets) => held(shared, question, targets),
    }
}

fn held(shared: &Shared, question: &Question, targets: &[Target]) -> Result<Answer, StoreError> {
    let name = targets.first().and_then(|target| name_in(shared, target, question)).unwrap_or_default();
    let content = facts(shared, &name, question.file.as_fd(), question.key, Leased::Yes, &[])?;
    let Some(content) = content else { return Ok(Answer::Later) };
    let mut later = false;
    let mut last = None;
    for target in targets {
        let mut ruled = ruling::ruled(shared, question.key, &content, &target.root)?;
        if ruled.ruling == Ruling::Deny && !ruling::is_denied(&content) {
            later |= artifact::judge(shared, target)? == artifact::Outcome::Again;
            ruled = ruling::ruled(shared, question.key, &content, &target.root)?;
        }
        if ruled.ruling == Ruling::Allow {
            shared.guard.rule(question.id, &ruled);
            return settle(shared, &content);
        }
        last = Some(ruled);
    }
    if later && !ruling::is_denied(&content) {
        return Ok(Answer::Later);
    }
    if let Some(ruled) = last {
        shared.guard.rule(question.id, &ruled);
    }
    settle(shared, &content)
}

/// A verdict may have changed between asking for it and telling it.
fn settle(shared: &Shared, content: &Content) -> Result<Answer, StoreError> {
    ruling::revise(shared, &content.sha256.into_iter().collect())?;
    shared.announce();
    Ok(Answer::Given)
}

fn name_in(shared: &Shared, target: &Target, question: &Question) -> Option<String> {
    let entry = shared.catalogue().entry(target)?;
    let inode = question.key.inode();
    let mut files = entry.found.files.iter().zip(&entry.keys);
    files.find_map(|(file, key)| (key.as_ref()?.inode() == inode).then(|| file.name.clone()))
}

/// A file that no artifact holds is judged on its own; it is not an artifact in the store, because it is none.
fn loose(shared: &Shared, question: &Question, root: &str, path: &Path) -> Result<Answer, StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = facts(shared, &name, question.file.as_fd(), question.key, Leased::Yes, &[])?;
    let Some(content) = content else { return Ok(Answer::Later) };
    let evidence = Evidence {
        source: Source::Dir,
        reference: format!("dir:{}", path.display()),
        files: vec![content.to_fact(&name)],
        signatures: Vec::new(),
        sboms: Vec::new(),
    };
    let accepted = shared.policy.decide(&evidence, ENGINE, now()).decision != Decision::Deny;
    let ruling = if accepted { Ruling::Allow } else { Ruling::Deny };
    // Without a content it is never revised: what holds here does not rest on any artifact.
    let ruled = Ruled { key: question.key, sha256: None, root: root.to_owned(), ruling };
    shared.guard.rule(question.id, &ruled);
    Ok(Answer::Given)
}

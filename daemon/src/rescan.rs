//! Walking the roots again: when something changed, when nobody knows what changed, and every now and then.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use assay_core::shown;
use assay_registries::caches::inventory;

use crate::catalogue::Changes;
use crate::judge;
use crate::roots::Root;
use crate::state::Shared;

/// However busy a place is, it is looked at this often.
const MAX_DEBOUNCE: u32 = 8;

/// Walking may take at most this fraction of the time: one part in four.
const REST: u32 = 3;

/// A late look after directories have moved: files that were written before a watch stood on them are seen then.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// What may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Something at this path.
    Path(std::path::PathBuf),
    /// Something in the directory of this device and inode.
    Directory((u64, u64)),
    /// Anything anywhere: events were lost, or there is a new guard to tell everything.
    Everything,
    /// assayd ends.
    Stop,
}

/// When to walk.
pub(crate) struct Pace {
    /// How long a place must be quiet.
    pub(crate) debounce: Duration,
    /// How often everything is walked whatever was signalled.
    pub(crate) reconcile: Duration,
}

/// Walks until told to stop. Everything is walked once at the start.
pub(crate) fn run(shared: &Arc<Shared>, signals: &Receiver<Signal>, pace: &Pace) {
    let all = |shared: &Shared| shared.roots().into_iter().map(|root| root.path).collect::<BTreeSet<_>>();
    let mut due = all(shared);
    let mut reconcile_at = Instant::now() + pace.reconcile;
    let mut again: Option<(Instant, BTreeSet<String>)> = None;
    loop {
        let began = Instant::now();
        walk(shared, &due);
        shared.walked.store(true, Ordering::Release);
        rest(began.elapsed());
        due.clear();
        let wake = again.as_ref().map_or(reconcile_at, |(at, _)| reconcile_at.min(*at));
        match gather(shared, signals, pace, wake) {
            None => return,
            Some(roots) => due.extend(roots),
        }
        if !due.is_empty() {
            let at = Instant::now() + SECOND_LOOK;
            again.get_or_insert_with(|| (at, BTreeSet::new())).1.extend(due.iter().cloned());
        }
        if again.as_ref().is_some_and(|(at, _)| *at <= Instant::now())
            && let Some((_, roots)) = again.take()
        {
            due.extend(roots);
        }
        if Instant::now() >= reconcile_at {
            due = all(shared);
            reconcile_at = Instant::now() + pace.reconcile;
        }
    }
}

/// Leaves the processor to others in proportion to what walking took.
fn rest(took: Duration) {
    if took > Duration::from_millis(50) {
        std::thread::sleep(took.saturating_mul(REST).min(Duration::from_secs(60)));
    }
}

/// Collects signals until it is quiet, or until `wake`. `None` when assayd ends.
fn gather(
    shared: &Shared,
    signals: &Receiver<Signal>,
    pace: &Pace,
    wake: Instant,
) -> Option<BTreeSet<String>> {
    let mut roots = BTreeSet::new();
    let mut until = wake;
    let mut latest = wake;
    loop {
        match signals.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => return Some(roots),
            Ok(signal) => {
                if roots.is_empty() {
                    latest = Instant::now() + pace.debounce * MAX_DEBOUNCE;
                }
                roots.extend(roots_of(shared, &signal));
                until = (Instant::now() + pace.debounce).min(latest);
            }
        }
    }
}

fn roots_of(shared: &Shared, signal: &Signal) -> Vec<String> {
    let every = || shared.roots().into_iter().map(|root| root.path);
    match signal {
        Signal::Path(path) => every().filter(|root| path.starts_with(root)).collect(),
        Signal::Directory(directory) => {
            let known = shared.catalogue().root_of_directory(*directory);
            known.map_or_else(|| every().collect(), |root| vec![root])
        }
        Signal::Everything => every().collect(),
        Signal::Stop => Vec::new(),
    }
}

/// Walks everything once.
#[cfg(test)]
pub(crate) fn walk_all(shared: &Shared) {
    walk(shared, &shared.roots().into_iter().map(|root| root.path).collect());
}

fn walk(shared: &Shared, due: &BTreeSet<String>) {
    for root in shared.roots().iter().filter(|root| due.contains(&root.path)) {
        walk_root(shared, root);
    }
}

fn walk_root(shared: &Shared, root: &Root) {
    let what = format!("walk {}", root.path);
    let found = match inventory(&root.cache) {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(root = %shown(&root.path), %error, "root-unreadable");
            shared.limit(&what, Some(format!("{}: cannot be read: {error}", shown(&root.path))));
            return;
        }
    };
    shared.limit(&what, None);
    for problem in found.problems.iter().take(20) {
        tracing::warn!(root = %shown(&root.path), %problem, "root-problem");
    }
    let changes = shared.catalogue().replace(&root.path, found);
    forget_stored(shared, root);
    follow(shared, changes);
}

/// Forgets what an earlier run stored and this walk did not find.
fn forget_stored(shared: &Shared, root: &Root) {
    let stored = shared.store.references(&root.path).unwrap_or_default();
    let gone: Vec<_> = {
        let catalogue = shared.catalogue();
        let targets = stored.iter().map(|reference| crate::catalogue::target(&root.path, reference));
        targets.filter(|target| catalogue.entry(target).is_none()).collect()
    };
    for target in gone {
        if let Err(error) = judge::forget(shared, &target) {
            tracing::error!(%error, "forget");
        }
    }
}

/// Does what a change in the catalogue asks for.
pub(crate) fn follow(shared: &Shared, changes: Changes) {
    for inode in changes.new_files {
        // It may have been outside until now, and the guard may have let it go.
        if shared.guard.ruled(inode).is_none() {
            shared.guard.protect(inode);
        }
    }
    for target in changes.gone {
        if let Err(error) = judge::forget(shared, &target) {
            tracing::error!(%error, "forget");
        }
    }
    for target in changes.touched {
        shared.queue.judge(target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    fn limits(fixture: &Fixture) -> Vec<String> {
        fixture.shared.limitations.lock().unwrap().values().cloned().collect()
    }

    #[test]
    fn a_root_that_cannot_be_read_is_told_until_it_can() {
        let fixture = Fixture::new();
        let path = fixture.path();
        std::fs::remove_dir(&path).unwrap();
        walk_all(&fixture.shared);
        assert!(limits(&fixture)[0].starts_with(&format!("{path}: cannot be read: ")));
        std::fs::create_dir(&path).unwrap();
        walk_all(&fixture.shared);
        assert_eq!(limits(&fixture), Vec::<String>::new());
    }
}

//! What assayd's threads share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assay_core::{FileKey, Limits, Mode, Timestamp};
use assay_policy::Policy;
use assay_proof::SigningKey;

use crate::audit;
use crate::catalogue::Catalogue;
use crate::guard::Guard;
use crate::queue::Queue;
use crate::roots::Root;
use crate::scanning::Scanning;
use crate::store::Store;

/// assayd's version, as verdicts carry it.
pub(crate) const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// What assayd's threads share, by `Arc`. No lock here is held across a scan, a walk or a system call that can wait.
pub(crate) struct Shared {
    /// What is remembered.
    pub(crate) store: Store,
    /// assay's own key.
    pub(crate) key: SigningKey,
    /// How the audit log is kept.
    pub(crate) audit: audit::Pace,
    /// What is demanded.
    pub(crate) policy: Policy,
    /// Where facts come from.
    pub(crate) scanning: Box<dyn Scanning>,
    /// Which scanner that is: facts of another one are facts no more.
    pub(crate) scanner: String,
    /// What one scan may cost.
    pub(crate) limits: Limits,
    /// How long the guard holds an open.
    pub(crate) hold: Duration,
    /// What waits to be judged.
    pub(crate) queue: Queue,
    /// What lies under the roots.
    pub(crate) catalogue: Mutex<Catalogue>,
    /// What is watched.
    pub(crate) roots: Mutex<Vec<Root>>,
    /// The privileged program.
    pub(crate) guard: Guard,
    /// Whether a guard is wanted at all.
    pub(crate) wants_guard: bool,
    /// Why something asked for is not there, by what it is: `guard`, `watch`, `walk <root>`.
    pub(crate) limitations: Mutex<BTreeMap<String, String>>,
    /// Files being scanned now.
    pub(crate) in_progress: InProgress,
    /// Rises with every change in the store that somebody may wait for.
    pub(crate) news: tokio::sync::watch::Sender<u64>,
    /// When assayd started.
    pub(crate) started_at: Timestamp,
    /// Whether every root was walked once.
    pub(crate) walked: AtomicBool,
    /// Whether everything found at the start was judged once.
    pub(crate) settled: AtomicBool,
}

impl Shared {
    /// The catalogue.
    pub(crate) fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is watched, now.
    pub(crate) fn roots(&self) -> Vec<Root> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the mode of one root, or of all; tells which.
    pub(crate) fn set_mode(&self, root: Option<&str>, mode: Mode) -> Vec<String> {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = roots.iter_mut().filter(|known| root.is_none_or(|root| root == known.path));
        chosen
            .map(|known| {
                known.mode = mode;
                known.path.clone()
            })
            .collect()
    }

    /// Says why something is missing, or that it is there again.
    pub(crate) fn limit(&self, what: &str, why: Option<String>) {
        let mut limitations = self.limitations.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => limitations.insert(what.to_owned(), why),
            None => limitations.remove(what),
        };
    }

    /// Something happened that somebody may wait for.
    pub(crate) fn announce(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Notes whether the start is over; tells whether everything that was there then is judged and gated.
    pub(crate) fn is_ready(&self) -> bool {
        if self.walked.load(Ordering::Acquire) && self.queue.outstanding() == 0 {
            self.settled.store(true, Ordering::Release);
        }
        let gated = !self.wants_guard || self.guard.refused_roots().is_some();
        self.settled.load(Ordering::Acquire) && gated
    }
}

/// The time now. The one place that asks the clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Files being scanned now: the same bytes are not scanned twice at once.
#[derive(Debug, Default)]
pub(crate) struct InProgress {
    state: Mutex<Running>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Running {
    keys: BTreeSet<FileKey>,
    names: BTreeMap<FileKey, String>,
}

impl InProgress {
    /// Begins a scan, after any other one of the same file has ended. Tells whether there was one: its facts are in the
    /// store now.
    pub(crate) fn begin(&self, key: FileKey, name: &str) -> (Scan<'_>, Waited) {
        let mut state = self.lock();
        let mut waited = Waited::No;
        while state.keys.contains(&key) {
            waited = Waited::Yes;
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.keys.insert(key);
        state.names.insert(key, assay_core::shown(name));
        (Scan { of: self, key }, waited)
    }

    /// The names of the files being scanned.
    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().names.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether another scan of the same file was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// One scan in progress; its drop is its end.
#[derive(Debug)]
#[must_use]
pub(crate) struct Scan<'s> {
    of: &'s InProgress,
    key: FileKey,
}

impl Drop for Scan<'_> {
    fn drop(&mut self) {
        let mut state = self.of.lock();
        state.keys.remove(&self.key);
        state.names.remove(&self.key);
        drop(state);
        self.of.ended.notify_all();
    }
}

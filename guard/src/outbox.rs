//! What waits to be sent to assayd. No thread that answers the kernel ever waits for assayd.

use std::{
    collections::{BTreeSet, VecDeque},
    os::fd::OwnedFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use assay_core::{
    Load,
    wire::guard::{Counters, FromGuard},
};

use crate::table::Inode;

/// The most answers and questions that wait. More than the questions there can be.
const MAX_URGENT: usize = 8_192;

/// The most loads kept for a daemon that is away, about 4 MB.
const MAX_LOADS: usize = 10_000;

/// The most changed directories kept; beyond it everything is to be rescanned.
const MAX_CHANGED: usize = 65_536;

/// How often counters are sent at most.
const COUNTERS: Duration = Duration::from_secs(1);

/// A message with the descriptor that goes with it.
pub(crate) type Outgoing = (FromGuard, Option<Arc<OwnedFd>>);

/// What waits to be sent.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Outgoing>,
    changed: BTreeSet<Inode>,
    overflow: bool,
    loads: VecDeque<Load>,
    counters: Counters,
    sent_counters: Counters,
    /// When counters may be sent again.
    counters_due: Option<Instant>,
    /// Grows when a connection ends, so that its sender ends too.
    connection: u64,
}

impl Outbox {
    /// Sends soon. Returns false when too much waits already: then it is not sent.
    pub(crate) fn urgent(&self, message: FromGuard, file: Option<Arc<OwnedFd>>) -> bool {
        let mut waiting = self.lock();
        if waiting.urgent.len() >= MAX_URGENT {
            return false;
        }
        waiting.urgent.push_back((message, file));
        self.wake.notify_one();
        true
    }

    /// Directories changed.
    pub(crate) fn changed(&self, directories: impl IntoIterator<Item = Inode>) {
        let mut waiting = self.lock();
        waiting.changed.extend(directories);
        if waiting.changed.len() > MAX_CHANGED {
            waiting.changed.clear();
            waiting.overflow = true;
        }
        self.wake.notify_one();
    }

    /// Changes were lost.
    pub(crate) fn overflowed(&self) {
        let mut waiting = self.lock();
        waiting.changed.clear();
        waiting.overflow = true;
        self.wake.notify_one();
    }

    /// An open was answered.
    pub(crate) fn load(&self, load: Load) {
        let mut waiting = self.lock();
        if waiting.loads.len() >= MAX_LOADS {
            waiting.counters.loads_dropped = waiting.counters.loads_dropped.saturating_add(1);
            return;
        }
        waiting.loads.push_back(load);
        self.wake.notify_one();
    }

    /// Counts.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.lock().counters);
    }

    /// Begins a connection: what only the last daemon wanted is dropped, loads and changes are kept.
    pub(crate) fn connected(&self) -> u64 {
        let mut waiting = self.lock();
        waiting.urgent.clear();
        waiting.sent_counters = Counters::default();
        waiting.counters_due = None;
        waiting.connection = waiting.connection.wrapping_add(1);
        waiting.connection
    }

    /// Ends a connection.
    pub(crate) fn disconnected(&self) {
        let mut waiting = self.lock();
        waiting.urgent.clear();
        waiting.connection = waiting.connection.wrapping_add(1);
        self.wake.notify_all();
    }

    /// The next message of a connection: questions first, then changes, loads, counters. `None` when it is over.
    pub(crate) fn next(&self, connection: u64) -> Option<Outgoing> {
        let mut waiting = self.lock();
        loop {
            if waiting.connection != connection {
                return None;
            }
            if let Some(message) = waiting.pop(Instant::now()) {
                return Some(message);
            }
            let woken = self.wake.wait_timeout(waiting, COUNTERS).unwrap_or_else(PoisonError::into_inner);
            waiting = woken.0;
        }
    }

    /// Puts a load back that could not be sent.
    pub(crate) fn unsent(&self, message: FromGuard) {
        if let FromGuard::Load(load) = message {
            self.lock().loads.push_front(load);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn pop(&mut self, now: Instant) -> Option<Outgoing> {
        if let Some(message) = self.urgent.pop_front() {
            return Some(message);
        }
        if self.counters != self.sent_counters && self.counters_due.is_none_or(|due| due <= now) {
            self.sent_counters = self.counters;
            self.counters_due = now.checked_add(COUNTERS);
            return Some((FromGuard::Counters(self.counters), None));
        }
        if std::mem::take(&mut self.overflow) {
            return Some((FromGuard::Overflow, None));
        }
        if let Some(directory) = self.changed.pop_first() {
            return Some((FromGuard::Changed { directory }, None));
        }
        self.loads.pop_front().map(|load| (FromGuard::Load(load), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_of_one_directory_are_one_message() {
        let outbox = Outbox::default();
        let connection = outbox.connected();
        outbox.changed([(1, 2), (1, 2)]);
        outbox.changed([(1, 2)]);
        outbox.overflowed();
        outbox.changed([(1, 3)]);
        assert_eq!(outbox.next(connection).unwrap().0, FromGuard::Overflow);
        assert_eq!(outbox.next(connection).unwrap().0, FromGuard::Changed { directory: (1, 3) });
        outbox.disconnected();
        assert!(outbox.next(connection).is_none());
    }

    #[test]
    fn too_many_changed_directories_become_one_overflow() {
        let outbox = Outbox::default();
        let connection = outbox.connected();
        outbox.changed((0..=u64::try_from(MAX_CHANGED).unwrap()).map(|ino| (1, ino)));
        assert_eq!(outbox.next(connection).unwrap().0, FromGuard::Overflow);
    }

    #[test]
    fn questions_overtake_changes() {
        let outbox = Outbox::default();
        let connection = outbox.connected();
        outbox.changed([(1, 2)]);
        assert!(outbox.urgent(FromGuard::RootsSet { refused: Vec::new() }, None));
        assert_eq!(outbox.next(connection).unwrap().0, FromGuard::RootsSet { refused: Vec::new() });
    }

    #[test]
    fn counters_are_sent_at_most_once_a_second_even_under_load() {
        let mut waiting = Waiting::default();
        let now = Instant::now();
        waiting.overflow = true;
        waiting.counters.allowed = 1;
        assert!(
            matches!(waiting.pop(now), Some((FromGuard::Counters(counters), None)) if counters.allowed == 1)
        );
        waiting.counters.allowed = 2;
        assert_eq!(waiting.pop(now).unwrap().0, FromGuard::Overflow);
        assert!(waiting.pop(now).is_none());
        assert!(matches!(waiting.pop(now + COUNTERS), Some((FromGuard::Counters(_), None))));
        assert!(waiting.pop(now + 2 * COUNTERS).is_none());
    }

    #[test]
    fn a_full_outbox_says_so() {
        let outbox = Outbox::default();
        for _ in 0..MAX_URGENT {
            assert!(outbox.urgent(FromGuard::Overflow, None));
        }
        assert!(!outbox.urgent(FromGuard::Overflow, None));
    }
}

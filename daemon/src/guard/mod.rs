//! The privileged program as assayd sees it: leases, rulings and what it tells.
//!
//! Everything here works without a guard too: a consideration then says so, and rulings go nowhere. What the guard was
//! told on this connection is remembered, so that a changed verdict reaches exactly the files it concerns.

mod child;
mod connection;
mod rulings;
pub(crate) mod service;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_core::FileKey;
use assay_core::wire::api::GuardStatus;
use assay_core::wire::guard::{Counters, Ruling, ToGuard};

pub(crate) use child::start;
pub(crate) use connection::{Connection, MAX_DESCRIPTORS};
pub(crate) use rulings::{Ruled, Rulings};

/// How long the guard may take to say whether it has a lease; it is one system call.
const LEASE_PATIENCE: Duration = Duration::from_secs(10);

/// What asking for a lease gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consideration {
    /// There is no guard to ask.
    Unguarded,
    /// A writer has the file open.
    Writer,
    /// Nobody writes until the file is ruled on.
    Held {
        /// Of the consideration.
        id: u64,
        /// The file's key under the lease.
        key: FileKey,
    },
}

/// The guard, connected or not. Share it by `Arc`.
#[derive(Debug)]
pub(crate) struct Guard {
    link: Mutex<Option<Arc<Connection>>>,
    waiting: Mutex<BTreeMap<u64, SyncSender<Option<FileKey>>>>,
    next: AtomicU64,
    view: Mutex<View>,
    rulings: Mutex<Rulings>,
}

/// What the guard has told about itself.
#[derive(Debug, Default)]
struct View {
    version: String,
    counters: Counters,
    /// One entry per root that could not be marked; `None` until the guard has answered.
    refused: Option<Vec<String>>,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            link: Mutex::default(),
            waiting: Mutex::default(),
            // Considerations are odd, the guard's own questions are even.
            next: AtomicU64::new(1),
            view: Mutex::default(),
            rulings: Mutex::default(),
        }
    }
}

impl Guard {
    /// A connection stands: what the guard was told before is forgotten.
    pub(crate) fn connected(&self, connection: Arc<Connection>, version: String) {
        *lock(&self.rulings) = Rulings::default();
        *lock(&self.view) = View { version, ..View::default() };
        *lock(&self.link) = Some(connection);
    }

    /// The connection is lost: nobody who waits for a lease gets one.
    pub(crate) fn lost(&self) {
        *lock(&self.link) = None;
        lock(&self.waiting).clear();
        *lock(&self.rulings) = Rulings::default();
    }

    /// Ends the connection from our side.
    pub(crate) fn disconnect(&self) {
        if let Some(link) = lock(&self.link).clone() {
            link.close();
        }
    }

    /// Whether a guard is connected.
    pub(crate) fn is_connected(&self) -> bool {
        lock(&self.link).is_some()
    }

    /// Waits until a guard has answered for the roots, at most `patience`.
    pub(crate) fn wait_gating(&self, patience: Duration) {
        let deadline = std::time::Instant::now() + patience;
        while self.refused_roots().is_none() && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The guard's version and counters.
    pub(crate) fn status(&self) -> Option<GuardStatus> {
        if !self.is_connected() {
            return None;
        }
        let view = lock(&self.view);
        Some(GuardStatus { version: view.version.clone(), counters: view.counters })
    }

    /// The roots that could not be marked; `None` while that is not known.
    pub(crate) fn refused_roots(&self) -> Option<Vec<String>> {
        if self.is_connected() { lock(&self.view).refused.clone() } else { None }
    }

    /// The guard has answered which roots it could not mark.
    pub(crate) fn roots_set(&self, refused: Vec<String>) {
        lock(&self.view).refused = Some(refused);
    }

    /// The guard's counters have changed.
    pub(crate) fn counted(&self, counters: Counters) {
        lock(&self.view).counters = counters;
    }

    /// Sends a message; a guard that is not there or does not take it is lost.
    ///
    /// # Errors
    /// There is no guard, or it is lost now.
    pub(crate) fn send(&self, message: &ToGuard, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let Some(link) = lock(&self.link).clone() else { return Err(io::ErrorKind::NotConnected.into()) };
        link.send(message, descriptors).inspect_err(|error| {
            tracing::warn!(%error, "guard-send");
            link.close();
        })
    }

    /// Asks for a lease on an open file, and waits for the answer.
    pub(crate) fn consider(&self, file: BorrowedFd<'_>) -> Consideration {
        if !self.is_connected() {
            return Consideration::Unguarded;
        }
        let id = self.next.fetch_add(2, Ordering::Relaxed);
        let (sender, receiver) = mpsc::sync_channel(1);
        lock(&self.waiting).insert(id, sender);
        if self.send(&ToGuard::Consider { id }, &[file]).is_err() {
            lock(&self.waiting).remove(&id);
            return Consideration::Unguarded;
        }
        let answer = receiver.recv_timeout(LEASE_PATIENCE);
        lock(&self.waiting).remove(&id);
        match answer {
            Ok(Some(key)) => Consideration::Held { id, key },
            Ok(None) => Consideration::Writer,
            // A guard that is late or lost has no lease for us.
            Err(_) => Consideration::Unguarded,
        }
    }

    /// The guard has answered a consideration.
    pub(crate) fn considered(&self, id: u64, key: Option<FileKey>) {
        let waiting = lock(&self.waiting).remove(&id);
        if let Some(sender) = waiting
            && sender.send(key).is_err()
        {
            tracing::debug!(id, "guard-late-lease");
        }
    }

    /// Tells what to answer for a file that was considered or asked about.
    pub(crate) fn rule(&self, id: u64, ruled: &Ruled) {
        // Remembered first: a verdict that changes in between must find the file to revise it.
        lock(&self.rulings).insert(ruled);
        let message = ToGuard::Rule { id, key: ruled.key, ruling: ruled.ruling };
        if self.send(&message, &[]).is_err() {
            tracing::debug!(id, "guard-rule-unsent");
        }
    }

    /// Ends a consideration without a ruling: the next open of the file asks.
    pub(crate) fn abandon(&self, id: u64, key: FileKey) {
        // A ruling under another key than the file's never counts, and ends the lease like any other.
        let key = FileKey { ctime_ns: key.ctime_ns.wrapping_add(1), ..key };
        if self.send(&ToGuard::Rule { id, key, ruling: Ruling::Deny }, &[]).is_err() {
            tracing::debug!(id, "guard-abandon-unsent");
        }
    }

    /// Tells that a file is under no root.
    pub(crate) fn rule_outside(&self, id: u64, key: FileKey) {
        if self.send(&ToGuard::Rule { id, key, ruling: Ruling::Outside }, &[]).is_err() {
            tracing::debug!(id, "guard-rule-unsent");
        }
    }

    /// Changes what is answered for a file that was ruled on under this key.
    pub(crate) fn revise(&self, ruled: &Ruled) {
        lock(&self.rulings).insert(ruled);
        let message = ToGuard::Revise { key: ruled.key, ruling: ruled.ruling };
        if self.send(&message, &[]).is_err() {
            tracing::debug!("guard-revise-unsent");
        }
    }

    /// What the guard was told about files of these contents.
    pub(crate) fn ruled_with(&self, sha256: &assay_core::Sha256) -> Vec<Ruled> {
        lock(&self.rulings).with_content(sha256)
    }

    /// What the guard was told about this file.
    pub(crate) fn ruled(&self, inode: (u64, u64)) -> Option<Ruled> {
        lock(&self.rulings).of(inode)
    }

    /// Whether the guard was told about the file of exactly this key.
    pub(crate) fn has_ruling_for(&self, key: &FileKey) -> bool {
        self.ruled(key.inode()).is_some_and(|ruled| ruled.key == *key)
    }

    /// Tells that a file is under a root, so that an earlier "outside" no longer counts.
    pub(crate) fn protect(&self, inode: (u64, u64)) {
        if self.is_connected() && self.send(&ToGuard::Protect { inode }, &[]).is_err() {
            tracing::debug!("guard-protect-unsent");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Keeping a connection to the guard, telling it the roots, and passing on what it tells.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use assay_core::wire::guard::{FromGuard, Root, ToGuard};
use rustix::fs::{Mode, OFlags};

use super::{Connection, MAX_DESCRIPTORS};
use crate::ledger::Ledger;
use crate::queue::Question;
use crate::rescan::Signal;
use crate::state::{Shared, now};

/// How long to wait before the next attempt to connect.
const RETRY: Duration = Duration::from_secs(1);

/// What the guard's news go to.
pub(crate) struct Outlets {
    /// Loads.
    pub(crate) ledger: Ledger,
    /// Changes on disk.
    pub(crate) signals: Sender<Signal>,
    /// Whether assayd ends.
    pub(crate) stopping: Arc<AtomicBool>,
    /// Whether what an earlier daemon told the guard no longer holds.
    pub(crate) forget: bool,
}

/// Serves the connection, and connects again when it is lost, until assayd ends.
pub(crate) fn run(shared: &Arc<Shared>, path: &Path, first: Option<Connection>, outlets: &Outlets) {
    let mut next = first;
    while !outlets.stopping.load(Ordering::Acquire) {
        let connection = match next.take().map_or_else(|| Connection::connect(path), Ok) {
            Ok(connection) => Arc::new(connection),
            Err(error) => {
                shared.limit("guard", Some(format!("no guard at {}: {error}", path.display())));
                std::thread::sleep(RETRY);
                continue;
            }
        };
        if let Err(error) = serve(shared, &connection, outlets) {
            tracing::warn!(%error, "guard-lost");
        }
        shared.guard.lost();
        if !outlets.stopping.load(Ordering::Acquire) {
            shared.limit("guard", Some("the connection to the guard is lost".to_owned()));
            note(shared, false);
            std::thread::sleep(RETRY);
        }
    }
}

fn serve(shared: &Arc<Shared>, connection: &Arc<Connection>, outlets: &Outlets) -> std::io::Result<()> {
    let hello = connection.receive()?;
    let Some((FromGuard::Hello { version, rulings }, _)) = hello else {
        return Err(std::io::Error::other("the guard did not introduce itself"));
    };
    tracing::info!(%version, rulings, "guard-connected");
    if outlets.forget {
        connection.send(&ToGuard::Forget, &[])?;
    }
    shared.guard.connected(Arc::clone(connection), version);
    shared.limit("guard", None);
    note(shared, true);
    send_roots(shared)?;
    // Every file is to be ruled on again: this connection has told nothing yet.
    for target in shared.catalogue().targets() {
        shared.queue.judge(target);
    }
    while let Some((message, descriptors)) = connection.receive()? {
        take(shared, message, descriptors, outlets);
    }
    Ok(())
}

/// Tells the guard the roots and their modes.
///
/// # Errors
/// There is no guard, or it is lost now.
pub(crate) fn send_roots(shared: &Shared) -> std::io::Result<()> {
    let mut roots = Vec::new();
    let mut directories: Vec<OwnedFd> = Vec::new();
    for root in shared.roots().into_iter().take(MAX_DESCRIPTORS) {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(PathBuf::from(&root.path), flags, Mode::empty()) {
            Ok(directory) => {
                roots.push(Root { path: root.path, mode: root.mode });
                directories.push(directory);
            }
            Err(error) => tracing::warn!(root = %root.path, %error, "root-ungated"),
        }
    }
    let hold_ms = u64::try_from(shared.hold.as_millis()).unwrap_or(u64::MAX);
    let descriptors: Vec<_> = directories.iter().map(AsFd::as_fd).collect();
    shared.guard.send(&ToGuard::SetRoots { roots, hold_ms }, &descriptors)
}

fn take(shared: &Shared, message: FromGuard, descriptors: Vec<OwnedFd>, outlets: &Outlets) {
    match message {
        FromGuard::Hello { .. } => {}
        FromGuard::RootsSet { refused } => {
            let why = (!refused.is_empty()).then(|| refused.join("; "));
            shared.limit("gate", why);
            shared.guard.roots_set(refused);
            shared.announce();
        }
        FromGuard::Ask { id, key, path } => match descriptors.into_iter().next() {
            Some(file) => {
                let deadline = Instant::now() + shared.hold;
                shared.queue.ask(Question { id, key, hint: path, file, deadline });
            }
            None => tracing::warn!(id, "question-without-file"),
        },
        FromGuard::Considered { id, key } => shared.guard.considered(id, key),
        FromGuard::Load(load) => outlets.ledger.record(load),
        FromGuard::Changed { directory } => signal(outlets, Signal::Directory(directory)),
        FromGuard::Overflow => signal(outlets, Signal::Everything),
        FromGuard::Counters(counters) => shared.guard.counted(counters),
    }
}

fn signal(outlets: &Outlets, signal: Signal) {
    if outlets.signals.send(signal).is_err() {
        tracing::debug!("signal-unheard");
    }
}

fn note(shared: &Shared, connected: bool) {
    if let Err(error) = shared.store.record_guard(now(), connected) {
        tracing::error!(%error, "event");
    }
    shared.announce();
}

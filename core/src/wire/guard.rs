//! What assayd tells assay-guard, and what the guard tells assayd.
//!
//! One message per packet of a `SOCK_SEQPACKET` Unix socket. The guard listens; only root and the user it runs as may
//! connect. When no daemon is connected the guard goes on: known files are answered, unknown ones are denied at their
//! deadline.

use serde::{Deserialize, Serialize};

use crate::{FileKey, Load, Mode};

/// The longest packet, bytes.
pub const MAX_PACKET: usize = 64 << 10;

/// A directory tree whose files are gated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// The path as the operator wrote it; used to widen protection, never to narrow it.
    pub path: String,
    /// Whether verdicts reach the kernel.
    pub mode: Mode,
}

/// What the guard is to answer for a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ruling {
    /// At least one artifact that holds it is accepted, and its content is not denied.
    Allow,
    /// Not accepted.
    Deny,
    /// Not under any root: open freely, and do not ask again while the inode stays cached.
    Outside,
}

/// What assayd tells the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToGuard {
    /// These roots from now on, replacing all others. Descriptors: one `O_PATH` directory for each, in order.
    /// Answered by [`FromGuard::RootsSet`].
    SetRoots {
        /// The roots.
        roots: Vec<Root>,
        /// How long an unknown file is held before it is denied, milliseconds.
        hold_ms: u64,
    },
    /// This file is under a root but has no verdict yet. No answer.
    Protect {
        /// Device and inode.
        inode: (u64, u64),
    },
    /// Take a read lease on this descriptor so that it can be judged. Descriptor: the file, opened for reading.
    /// Answered by [`FromGuard::Considered`] with the same `id`.
    Consider {
        /// Chosen by assayd, odd; the guard's own questions are even.
        id: u64,
    },
    /// The answer to a question or the end of a consideration. It counts only if the lease held and the key is still
    /// the file's.
    Rule {
        /// Of [`FromGuard::Ask`] or [`ToGuard::Consider`].
        id: u64,
        /// The key the judged content had.
        key: FileKey,
        /// What to answer.
        ruling: Ruling,
    },
    /// Change the ruling of a file whose content was judged before under this very key. No answer.
    Revise {
        /// The key under which it was judged.
        key: FileKey,
        /// What to answer from now on.
        ruling: Ruling,
    },
    /// Forget every ruling; everything is unverified again. No answer.
    Forget,
    /// Stop answering, remove all marks, and end. Opens held now are denied first.
    Shutdown,
}

/// What the guard tells assayd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromGuard {
    /// The first message on a connection.
    Hello {
        /// The guard's version.
        version: String,
        /// Rulings it still holds from an earlier daemon.
        rulings: u64,
    },
    /// The roots are marked; one entry per root that could not be, with the reason.
    RootsSet {
        /// `path: why`.
        refused: Vec<String>,
    },
    /// A process waits for this file. Descriptor: the file, read-only, opened by the kernel for the event, with a read
    /// lease held by the guard.
    Ask {
        /// Chosen by the guard, even.
        id: u64,
        /// The file's key when the event came.
        key: FileKey,
        /// The path it was reached by, unescaped, lossy; only a hint.
        path: String,
    },
    /// The lease that [`ToGuard::Consider`] asked for.
    Considered {
        /// The consideration.
        id: u64,
        /// The key under the lease; absent when a writer has the file open.
        key: Option<FileKey>,
    },
    /// An open was answered.
    Load(Load),
    /// Something changed in this directory: entries or their content. Rescan it.
    Changed {
        /// Device and inode of the directory.
        directory: (u64, u64),
    },
    /// The kernel dropped change events, or a directory could not be named: rescan everything.
    Overflow,
    /// Counters since start, at most once a second while they change.
    Counters(Counters),
}

/// Counters since the guard's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Permission events answered allow for gated files.
    pub allowed: u64,
    /// Answered deny because of a verdict.
    pub denied: u64,
    /// Answered deny because a writer existed.
    pub denied_writer: u64,
    /// Answered deny because no verdict came in time.
    pub denied_unknown: u64,
    /// Files found to be outside all roots.
    pub outside: u64,
    /// Load records that could not be delivered to a daemon and were dropped.
    pub loads_dropped: u64,
    /// Failed system calls on the answering path.
    pub errors: u64,
}

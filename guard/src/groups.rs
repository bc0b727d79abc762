//! The three fanotify groups and the marks in them.
//!
//! - *permission*: open and exec-open permission events of every file system with an enforce root;
//! - *notice*: open events of file systems with audit roots only, so that nothing can ever wait there;
//! - *changes*: directory changes by file handle, of every file system with a root.
//!
//! Only file system marks: a mount or directory mark misses bind mounts, mount namespaces and hard links. Marks on single
//! inodes are ignore marks for files outside the roots; a write removes them, and they never pin an inode.

use std::{
    collections::BTreeMap,
    io,
    os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
};

use assay_core::Mode;
use libc::{
    FAN_ATTRIB, FAN_CLASS_CONTENT, FAN_CLASS_NOTIF, FAN_CLASS_PRE_CONTENT, FAN_CLOEXEC, FAN_CLOSE_WRITE,
    FAN_CREATE, FAN_DELETE, FAN_MARK_ADD, FAN_MARK_EVICTABLE, FAN_MARK_FILESYSTEM, FAN_MARK_FLUSH,
    FAN_MARK_IGNORE, FAN_MARK_REMOVE, FAN_MOVED_FROM, FAN_MOVED_TO, FAN_ONDIR, FAN_OPEN, FAN_OPEN_EXEC,
    FAN_OPEN_EXEC_PERM, FAN_OPEN_PERM, FAN_REPORT_DFID_NAME_TARGET, FAN_REPORT_PIDFD, FAN_UNLIMITED_MARKS,
    FAN_UNLIMITED_QUEUE,
};

use crate::{
    opening::{Channel, Kernel, Reply},
    outbox::Outbox,
    scope::GatedRoot,
    sys,
};

const PERMISSION_MASK: u64 = FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM;
const NOTICE_MASK: u64 = FAN_OPEN | FAN_OPEN_EXEC;
const CHANGES_MASK: u64 =
    FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_ONDIR;

/// How the kernel opens the file for an event.
const EVENT_FLAGS: i32 = libc::O_RDONLY | libc::O_LARGEFILE | libc::O_CLOEXEC | libc::O_NOATIME;

/// The descriptors that must outlive a server.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    /// The permission group. Its last close lets waiting opens pass.
    pub(crate) permission: Arc<OwnedFd>,
    /// The notification group.
    pub(crate) notice: Arc<OwnedFd>,
    /// The change group.
    pub(crate) changes: Arc<OwnedFd>,
}

/// The groups with the marks that stand in them.
pub(crate) struct Marks {
    groups: Groups,
    outbox: Arc<Outbox>,
    marked: Mutex<BTreeMap<u64, Marked>>,
}

/// A file system with marks.
#[derive(Debug, Clone)]
struct Marked {
    mode: Mode,
    /// A directory on it; absent after a takeover.
    directory: Option<Arc<OwnedFd>>,
}

impl Groups {
    /// Makes the groups, or takes over the permission group that the service manager kept.
    pub(crate) fn create(permission: Option<OwnedFd>) -> io::Result<Self> {
        let permission = permission.map_or_else(permission_group, Ok)?;
        let notice = FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_UNLIMITED_MARKS | FAN_REPORT_PIDFD;
        let changes = FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_UNLIMITED_MARKS | FAN_REPORT_DFID_NAME_TARGET;
        Ok(Self {
            permission: Arc::new(permission),
            notice: Arc::new(sys::fanotify_init(notice, EVENT_FLAGS)?),
            changes: Arc::new(sys::fanotify_init(changes, EVENT_FLAGS)?),
        })
    }

    /// Answers with a denial every event that a dead server had read: its descriptor number names it.
    pub(crate) fn deny_in_flight(&self, numbers: std::ops::Range<i32>) -> usize {
        numbers.filter(|number| respond(self.permission.as_fd(), *number, Reply::Deny).is_ok()).count()
    }
}

/// PRE_CONTENT is asked before other groups and exists for permission events everywhere; CONTENT is for kernels that
/// refuse the combination.
fn permission_group() -> io::Result<OwnedFd> {
    let flags = FAN_CLOEXEC | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS | FAN_REPORT_PIDFD;
    sys::fanotify_init(flags | FAN_CLASS_PRE_CONTENT, EVENT_FLAGS)
        .or_else(|_| sys::fanotify_init(flags | FAN_CLASS_CONTENT, EVENT_FLAGS))
}

/// `struct fanotify_response`.
fn respond(group: BorrowedFd<'_>, event: i32, reply: Reply) -> io::Result<()> {
    let word = match reply {
        Reply::Allow => libc::FAN_ALLOW,
        Reply::Deny => libc::FAN_DENY,
    };
    let mut response = [0; 8];
    response[..4].copy_from_slice(&event.to_ne_bytes());
    response[4..].copy_from_slice(&word.to_ne_bytes());
    rustix::io::write(group, &response)?;
    Ok(())
}

impl Kernel for Marks {
    fn reply(&self, event: BorrowedFd<'_>, reply: Reply) {
        if respond(self.groups.permission.as_fd(), event.as_raw_fd(), reply).is_err() {
            self.outbox.count(|counters| counters.errors += 1);
        }
    }

    fn ignore(&self, file: BorrowedFd<'_>, channel: Channel) {
        let flags = FAN_MARK_ADD | FAN_MARK_IGNORE | FAN_MARK_EVICTABLE;
        let (group, mask) = self.side(channel);
        if sys::fanotify_mark(group, flags, mask, Some(file), None).is_err() {
            self.outbox.count(|counters| counters.errors += 1);
        }
    }
}

impl Marks {
    /// The marks of these groups; `standing` are file systems that a dead server had marked.
    pub(crate) fn new(
        groups: Groups,
        outbox: Arc<Outbox>,
        standing: impl IntoIterator<Item = (u64, Mode)>,
    ) -> Self {
        let standing = standing.into_iter().map(|(dev, mode)| (dev, Marked { mode, directory: None }));
        Self { groups, outbox, marked: Mutex::new(standing.collect()) }
    }

    /// The groups.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Marks the file systems of these roots and no others. Returns what could not be done, by root.
    pub(crate) fn set(&self, roots: &[GatedRoot]) -> Vec<String> {
        let mut wanted = BTreeMap::new();
        for root in roots {
            let mode = wanted.get(&root.dev).map_or(root.mode, |marked: &Marked| marked.mode.max(root.mode));
            wanted.insert(root.dev, Marked { mode, directory: root.directory.clone() });
        }
        let mut marked = self.marked.lock().unwrap_or_else(PoisonError::into_inner);
        // What stands is removed only after what is wanted stands: no open slips through in between. After a takeover
        // a file system that is not wanted cannot be named any more, and all marks go.
        let lost = marked.iter().any(|(dev, old)| !wanted.contains_key(dev) && old.directory.is_none());
        if lost {
            self.flush_filesystems();
        }
        let mut refused = Vec::new();
        for root in roots {
            if let Some(want) = wanted.get(&root.dev)
                && let Err(error) = self.mark(want)
            {
                refused.push(format!("{}: not gated: {error}", root.shown));
            }
            if let Err(error) = self.filesystem(&self.groups.changes, FAN_MARK_ADD, CHANGES_MASK, root) {
                refused.push(format!("{}: gated, but changes are not reported: {error}", root.shown));
            }
        }
        for (dev, old) in marked.iter() {
            match wanted.get(dev) {
                Some(want) => self.unmark_other_mode(want, old.mode),
                None => self.unmark(old),
            }
        }
        *marked = wanted;
        refused
    }

    /// Asks again about every file that was found to be outside.
    pub(crate) fn flush_ignored(&self) {
        for group in [&self.groups.permission, &self.groups.notice] {
            self.counted(sys::fanotify_mark(group.as_fd(), FAN_MARK_FLUSH, 0, None, None));
        }
    }

    /// Asks again about this inode, named by an `O_PATH` descriptor.
    pub(crate) fn unignore(&self, named: BorrowedFd<'_>) {
        let path = format!("/proc/self/fd/{}", named.as_raw_fd());
        let Ok(path) = std::ffi::CString::new(path) else { return };
        for channel in [Channel::Permission, Channel::Notice] {
            let (group, mask) = self.side(channel);
            // ENOENT, the usual answer: there was no such mark.
            let _absent =
                sys::fanotify_mark(group, FAN_MARK_REMOVE | FAN_MARK_IGNORE, mask, None, Some(&path));
        }
    }

    /// Removes all marks.
    pub(crate) fn clear(&self) {
        self.flush_filesystems();
        self.flush_ignored();
    }

    /// Whether a file system with this device number has permission marks.
    pub(crate) fn enforces_on(&self, dev: u64) -> bool {
        let marked = self.marked.lock().unwrap_or_else(PoisonError::into_inner);
        marked.get(&dev).is_some_and(|marked| marked.mode == Mode::Enforce)
    }

    fn mark(&self, want: &Marked) -> io::Result<()> {
        let (group, mask) = self.side(channel(want.mode));
        filesystem(group, FAN_MARK_ADD, mask, want.directory.as_ref())
    }

    fn unmark_other_mode(&self, want: &Marked, old: Mode) {
        if want.mode != old {
            let (group, mask) = self.side(channel(old));
            self.counted(filesystem(group, FAN_MARK_REMOVE, mask, want.directory.as_ref()));
        }
    }

    fn unmark(&self, old: &Marked) {
        if old.directory.is_some() {
            let (group, mask) = self.side(channel(old.mode));
            self.counted(filesystem(group, FAN_MARK_REMOVE, mask, old.directory.as_ref()));
            let changes = self.groups.changes.as_fd();
            // It may never have had this one.
            let _absent = filesystem(changes, FAN_MARK_REMOVE, CHANGES_MASK, old.directory.as_ref());
        }
    }

    fn flush_filesystems(&self) {
        for group in [&self.groups.permission, &self.groups.notice, &self.groups.changes] {
            let flags = FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM;
            self.counted(sys::fanotify_mark(group.as_fd(), flags, 0, None, None));
        }
    }

    fn filesystem(&self, group: &Arc<OwnedFd>, how: u32, mask: u64, root: &GatedRoot) -> io::Result<()> {
        filesystem(group.as_fd(), how, mask, root.directory.as_ref())
    }

    fn side(&self, channel: Channel) -> (BorrowedFd<'_>, u64) {
        match channel {
            Channel::Permission => (self.groups.permission.as_fd(), PERMISSION_MASK),
            Channel::Notice => (self.groups.notice.as_fd(), NOTICE_MASK),
        }
    }

    fn counted(&self, outcome: io::Result<()>) {
        if outcome.is_err() {
            self.outbox.count(|counters| counters.errors += 1);
        }
    }
}

fn channel(mode: Mode) -> Channel {
    match mode {
        Mode::Enforce => Channel::Permission,
        Mode::Audit => Channel::Notice,
    }
}

fn filesystem(
    group: BorrowedFd<'_>,
    how: u32,
    mask: u64,
    directory: Option<&Arc<OwnedFd>>,
) -> io::Result<()> {
    let directory = directory.ok_or(io::ErrorKind::NotFound)?;
    sys::fanotify_mark(group, how | FAN_MARK_FILESYSTEM, mask, Some(directory.as_fd()), None)
}

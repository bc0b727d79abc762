//! Directory changes under the roots, from the kernel's file handles.
//!
//! A file that comes to a root by rename or hard link loses its ignore mark and is gated before anything else is done. The
//! few microseconds between the rename and this are the one window that ignore marks leave (docs/enforcement.md).

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    os::fd::{AsFd as _, OwnedFd},
    sync::Arc,
};

use libc::{
    FAN_CREATE, FAN_EVENT_INFO_TYPE_DFID, FAN_EVENT_INFO_TYPE_DFID_NAME, FAN_EVENT_INFO_TYPE_FID,
    FAN_MOVED_FROM, FAN_MOVED_TO, FAN_ONDIR, FAN_Q_OVERFLOW,
};

use crate::{
    event::{self, Fid, RawEvent},
    gate::Gate,
    groups::Marks,
    outbox::Outbox,
    scope::{Identity, Scope, path_of},
    sys,
    table::Inode,
};

/// Bytes read at once: about a thousand events.
const BUFFER: usize = 64 << 10;

/// The most directories remembered as inside or outside.
const MAX_DIRECTORIES: usize = 65_536;

/// Reads changes and tells assayd which directories to look at.
pub(crate) struct Changes {
    gate: Arc<Gate<Marks>>,
    marks: Arc<Marks>,
    outbox: Arc<Outbox>,
    /// Directories under a root, and those outside (`None`), by handle; learnt in `generation`.
    directories: BTreeMap<Fid, Option<Inode>>,
    generation: u64,
}

impl Changes {
    /// A reader that knows no directory yet.
    pub(crate) fn new(gate: Arc<Gate<Marks>>, marks: Arc<Marks>, outbox: Arc<Outbox>) -> Self {
        Self { gate, marks, outbox, directories: BTreeMap::new(), generation: 0 }
    }

    /// Reads one batch.
    pub(crate) fn read(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        let len = rustix::io::read(&*self.marks.groups().changes, &mut buffer)?;
        let scope = self.gate.scope();
        let mut changed = BTreeSet::new();
        for event in event::events(buffer.get(..len).unwrap_or_default()) {
            if event.mask & FAN_Q_OVERFLOW != 0 {
                self.lost_track();
            } else if let Some(directory) = self.change(&scope, &event) {
                changed.insert(directory);
            }
        }
        if !changed.is_empty() {
            self.outbox.changed(changed);
        }
        Ok(())
    }

    /// One change; the directory, if it is under a root.
    fn change(&mut self, scope: &Scope, event: &RawEvent<'_>) -> Option<Inode> {
        let (mut directory, mut child) = (None, None);
        for (kind, body) in event.records() {
            match kind {
                FAN_EVENT_INFO_TYPE_DFID_NAME | FAN_EVENT_INFO_TYPE_DFID => directory = event::fid(body),
                FAN_EVENT_INFO_TYPE_FID => child = event::fid(body),
                _ => {}
            }
        }
        let is_directory = event.mask & FAN_ONDIR != 0;
        let moved = event.mask & (FAN_MOVED_FROM | FAN_MOVED_TO) != 0;
        if is_directory && moved {
            self.directories.clear();
        }
        let Some(mount) = scope.on_filesystem(directory.as_ref()?.fsid) else {
            self.lost_track();
            return None;
        };
        let inside = self.inside(scope, mount, directory?)?;
        if is_directory && moved {
            // Whatever the directory holds has moved with it.
            self.marks.flush_ignored();
            self.gate.names_moved();
        } else if event.mask & (FAN_CREATE | FAN_MOVED_TO) != 0 {
            self.arrived(mount, child.as_ref());
        }
        Some(inside)
    }

    /// A file has come to a root.
    fn arrived(&self, mount: &OwnedFd, child: Option<&Fid>) {
        // One that is gone already needs nothing.
        let Some(named) = child.and_then(|child| sys::open_handle(mount.as_fd(), child).ok()) else { return };
        self.marks.unignore(named.as_fd());
        if let Ok(identity) = Identity::of(&named)
            && identity.kind == rustix::fs::FileType::RegularFile
        {
            self.gate.protect(identity.inode());
        }
    }

    /// The inode of a directory under a root.
    fn inside(&mut self, scope: &Scope, mount: &OwnedFd, directory: Fid) -> Option<Inode> {
        if self.generation != scope.generation || self.directories.len() >= MAX_DIRECTORIES {
            self.directories.clear();
            self.generation = scope.generation;
        }
        if let Some(known) = self.directories.get(&directory) {
            return *known;
        }
        // A directory that is gone is not remembered: its parent has changed too, and says so.
        let named = sys::open_handle(mount.as_fd(), &directory).ok()?;
        let under = scope.mode_at(&path_of(&named)?).is_some();
        let inode = Identity::of(&named).ok().filter(|_| under).map(|identity| identity.inode());
        self.directories.insert(directory, inode);
        inode
    }

    /// Events were lost or cannot be understood: nothing learnt from them counts.
    fn lost_track(&mut self) {
        self.directories.clear();
        self.marks.flush_ignored();
        self.gate.names_moved();
        self.outbox.overflowed();
    }
}

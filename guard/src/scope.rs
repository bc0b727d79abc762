//! Which files are gated: the roots, and where an inode that nobody has told us about lies.
//!
//! A path says where a file lies only when it was reached through the very mount that holds a root. Through any other
//! mount (bind mount, container, mount namespace) the inode is looked up again through the root's mount by its handle.
//! A file with several names may have one under a root that nobody showed us: only assayd can tell.

use std::{
    os::{
        fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use assay_core::{FileKey, Mode};
use rustix::fs::{AtFlags, FileType, Statx, StatxFlags};

use crate::{event::Fid, sys, table::Inode};

/// A gated tree.
#[derive(Debug, Clone)]
pub(crate) struct GatedRoot {
    /// The path as the operator wrote it.
    pub(crate) shown: String,
    /// The path as the kernel spells it.
    pub(crate) path: PathBuf,
    /// Whether verdicts reach the kernel.
    pub(crate) mode: Mode,
    /// `st_dev`.
    pub(crate) dev: u64,
    /// The mount it was opened through.
    pub(crate) mount: u64,
    /// `f_fsid` of its file system.
    pub(crate) fsid: u64,
    /// The directory, opened for reading; absent after a takeover, until assayd sends the roots again.
    pub(crate) directory: Option<Arc<OwnedFd>>,
}

/// All gated trees; swapped whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The trees.
    pub(crate) roots: Vec<GatedRoot>,
    /// How long an unknown file is held.
    pub(crate) hold: Duration,
    /// Grows with every change, so that what was learnt under an older one is learnt again.
    pub(crate) generation: u64,
}

/// What a file is, as far as `statx` tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    /// Its key.
    pub(crate) key: FileKey,
    /// Regular file, directory, ….
    pub(crate) kind: FileType,
    /// How many names it has.
    links: u32,
    /// The mount it was reached through.
    mount: u64,
}

/// Where a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Under a root.
    Inside(Mode),
    /// Under none.
    Outside,
    /// Nothing here can tell; treated as gated in this mode until assayd has told.
    Uncertain(Mode),
}

/// The unique mount id (Linux 6.8), which is never reused; an older kernel ignores the bit and says the old id or none.
fn identity_flags() -> StatxFlags {
    StatxFlags::BASIC_STATS | StatxFlags::MNT_ID | StatxFlags::from_bits_retain(libc::STATX_MNT_ID_UNIQUE)
}

impl Identity {
    /// Looks at an open file.
    pub(crate) fn of(file: impl AsFd) -> rustix::io::Result<Self> {
        let stat = rustix::fs::statx(file, c"", AtFlags::EMPTY_PATH, identity_flags())?;
        Ok(Self {
            key: key(&stat),
            kind: FileType::from_raw_mode(stat.stx_mode.into()),
            links: stat.stx_nlink,
            mount: stat.stx_mnt_id,
        })
    }

    /// Device and inode.
    pub(crate) fn inode(&self) -> Inode {
        self.key.inode()
    }

    /// The mount it was reached through.
    pub(crate) fn mount(&self) -> u64 {
        self.mount
    }
}

fn key(stat: &Statx) -> FileKey {
    let nanos = |time: rustix::fs::StatxTimestamp| {
        time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec.into())
    };
    FileKey {
        dev: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
        ino: stat.stx_ino,
        size: stat.stx_size,
        mtime_ns: nanos(stat.stx_mtime),
        ctime_ns: nanos(stat.stx_ctime),
    }
}

/// The path a descriptor was reached by: a hint, chosen by whoever renames.
pub(crate) fn path_of(file: impl AsFd) -> Option<PathBuf> {
    let link = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    std::fs::read_link(link).ok()
}

impl Scope {
    /// Where a file lies.
    pub(crate) fn place(&self, file: BorrowedFd<'_>, identity: &Identity) -> Place {
        let path = path_of(file);
        if let Some(mode) = path.as_ref().and_then(|path| self.mode_at(path)) {
            return Place::Inside(mode);
        }
        let here = path.is_some() && self.roots.iter().any(|root| root.mount == identity.mount);
        match if here { Some(None) } else { self.resolve(file, identity.key.dev) } {
            Some(Some(mode)) => Place::Inside(mode),
            Some(None) if identity.links <= 1 => Place::Outside,
            Some(None) | None => Place::Uncertain(self.strictest()),
        }
    }

    /// The mode of a gated inode that was reached in a way that does not show its root.
    pub(crate) fn mode_of(&self, file: BorrowedFd<'_>, identity: &Identity) -> Mode {
        match self.place(file, identity) {
            Place::Inside(mode) | Place::Uncertain(mode) => mode,
            Place::Outside => self.strictest(),
        }
    }

    /// The mode of the deepest root that holds this path.
    pub(crate) fn mode_at(&self, path: &std::path::Path) -> Option<Mode> {
        let holding = self.roots.iter().filter(|root| path.starts_with(&root.path));
        holding.max_by_key(|root| root.path.as_os_str().as_bytes().len()).map(|root| root.mode)
    }

    /// A root's directory on this file system.
    pub(crate) fn on_filesystem(&self, fsid: u64) -> Option<&Arc<OwnedFd>> {
        self.roots.iter().filter(|root| root.fsid == fsid).find_map(|root| root.directory.as_ref())
    }

    /// Looks the inode up through each mount that holds a root on its file system. `None` when that cannot be done.
    fn resolve(&self, file: BorrowedFd<'_>, dev: u64) -> Option<Option<Mode>> {
        let (kind, handle) = sys::handle(file).ok()?;
        let fid = Fid { fsid: 0, kind, handle };
        let mut seen = false;
        for root in self.roots.iter().filter(|root| root.dev == dev) {
            let named = sys::open_handle(root.directory.as_ref()?.as_fd(), &fid).ok()?;
            seen = true;
            if let Some(mode) = self.mode_at(&path_of(&named)?) {
                return Some(Some(mode));
            }
        }
        seen.then_some(None)
    }

    fn strictest(&self) -> Mode {
        self.roots.iter().map(|root| root.mode).max().unwrap_or(Mode::Audit)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn root(path: &Path, mode: Mode) -> GatedRoot {
        let directory: OwnedFd = std::fs::File::open(path).unwrap().into();
        let identity = Identity::of(&directory).unwrap();
        GatedRoot {
            shown: path.display().to_string(),
            path: path_of(&directory).unwrap(),
            mode,
            dev: identity.key.dev,
            mount: identity.mount(),
            fsid: 0,
            directory: Some(Arc::new(directory)),
        }
    }

    fn place(scope: &Scope, path: &Path) -> Place {
        let file = std::fs::File::open(path).unwrap();
        scope.place(file.as_fd(), &Identity::of(&file).unwrap())
    }

    #[test]
    fn a_root_holds_its_components_not_its_letters() {
        let folder = tempfile::tempdir().unwrap();
        let (models, other) = (folder.path().join("models"), folder.path().join("models-2"));
        for directory in [&models, &other] {
            std::fs::create_dir(directory).unwrap();
            std::fs::write(directory.join("f"), b"x").unwrap();
        }
        let scope = Scope { roots: vec![root(&models, Mode::Enforce)], ..Scope::default() };
        assert_eq!(place(&scope, &models.join("f")), Place::Inside(Mode::Enforce));
        assert_eq!(place(&scope, &other.join("f")), Place::Outside);
    }

    #[test]
    fn the_deepest_root_decides_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("f"), b"x").unwrap();
        let scope = Scope {
            roots: vec![root(&inner, Mode::Audit), root(folder.path(), Mode::Enforce)],
            ..Scope::default()
        };
        assert_eq!(place(&scope, &inner.join("f")), Place::Inside(Mode::Audit));
    }

    #[test]
    fn a_second_name_outside_is_uncertain() {
        let folder = tempfile::tempdir().unwrap();
        let models = folder.path().join("models");
        std::fs::create_dir(&models).unwrap();
        std::fs::write(models.join("f"), b"x").unwrap();
        std::fs::hard_link(models.join("f"), folder.path().join("g")).unwrap();
        let scope = Scope { roots: vec![root(&models, Mode::Enforce)], ..Scope::default() };
        assert_eq!(place(&scope, &folder.path().join("g")), Place::Uncertain(Mode::Enforce));
    }

    #[test]
    fn writing_changes_the_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let before = Identity::of(&file).unwrap().key;
        std::fs::write(file.path(), b"more").unwrap();
        let after = Identity::of(&file).unwrap().key;
        assert_eq!(before.inode(), after.inode());
        assert_ne!(before, after);
    }
}

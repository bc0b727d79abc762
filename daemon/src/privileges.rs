//! What assayd may do once it has started: nothing but read.
//!
//! Started as root by hand it makes its directories, starts the guard, and then becomes the user `assay`, or uid and
//! gid 65533 where no such user exists: above every range that distributions give to people and services, outside
//! systemd's dynamic users (61184 to 65519), and neither `nobody` (65534) nor the reserved 65535; it needs no entry
//! in the user database. It keeps CAP_DAC_READ_SEARCH alone, because caches lie in home directories of mode 0700;
//! that capability is neither inheritable nor ambient, so workers start without any. Under systemd the unit has done
//! all of this and nothing here changes anything.
//!
//! Linux changes identities per thread: all of this happens before the first thread starts.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{Gid, Uid};
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CapabilitySets};

use crate::accounts;

/// The uid and gid where there is no user `assay`.
const UNNAMED: u32 = 65_533;

/// Who assayd is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Already without privilege: stay who we are.
    Unchanged,
    /// Root for now: become this user.
    Become {
        /// User id.
        uid: u32,
        /// Group id.
        gid: u32,
    },
}

impl Identity {
    /// Decides from the effective user id and the user database.
    pub(crate) fn choose() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self::Unchanged;
        }
        let (uid, gid) = accounts::ids_of("assay").unwrap_or((UNNAMED, UNNAMED));
        Self::Become { uid, gid }
    }

    /// The user assayd runs as in the end.
    pub(crate) fn uid(self) -> u32 {
        match self {
            Self::Unchanged => rustix::process::geteuid().as_raw(),
            Self::Become { uid, .. } => uid,
        }
    }
}

/// Makes a directory of this mode, and its parents, and gives it to `identity`.
///
/// # Errors
/// The system's; also when the path is no directory, or is one that somebody else owns.
pub(crate) fn make_directory(path: &Path, mode: u32, identity: Identity) -> io::Result<()> {
    if let Some(parent) = path.parent()
        && !parent.as_os_str().is_empty()
    {
        DirBuilder::new().recursive(true).mode(0o755).create(parent)?;
    }
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let flags = rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let directory = File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?);
    let owner = directory.metadata()?.uid();
    let own = rustix::process::geteuid().as_raw();
    if owner != own && owner != identity.uid() {
        return Err(io::Error::other(format!("{} belongs to uid {owner}", path.display())));
    }
    if let Identity::Become { uid, gid } = identity {
        fchown(&directory, Some(uid), Some(gid))?;
    }
    directory.set_permissions(Permissions::from_mode(mode))
}

/// As [`make_directory`], but takes over one that exists only if it is ours already: it is empty or holds one of `marks`.
///
/// # Errors
/// The system's; also when the directory is used for something else, such as `/tmp`.
pub(crate) fn adopt_directory(path: &Path, mode: u32, identity: Identity, marks: &[&str]) -> io::Result<()> {
    let mut entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return make_directory(path, mode, identity);
        }
        Err(error) => return Err(error),
    };
    let ours = entries.next().is_none() || marks.iter().any(|mark| path.join(mark).exists());
    if !ours {
        return Err(io::Error::other(format!("{} is used for something else", path.display())));
    }
    make_directory(path, mode, identity)
}

/// Gives a file or directory that an earlier run as root may have left to `identity`; a missing one is fine.
///
/// # Errors
/// The system's.
pub(crate) fn give(path: &Path, identity: Identity) -> io::Result<()> {
    let Identity::Become { uid, gid } = identity else { return Ok(()) };
    match std::os::unix::fs::lchown(path, Some(uid), Some(gid)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Gives up everything but reading. Call it before any thread exists.
///
/// # Errors
/// The system's. The caller must not go on then.
pub(crate) fn drop_privileges(identity: Identity) -> io::Result<()> {
    if let Identity::Become { uid, gid } = identity {
        become_user(uid, gid)?;
    }
    // A unit may grant CAP_DAC_READ_SEARCH as an ambient capability: it is ours, not the workers'. What stays inheritable
    // gives them nothing, because their file has no capabilities; and a unit's filter forbids capset(2).
    rustix::thread::clear_ambient_capability_set()?;
    Ok(rustix::thread::set_no_new_privs(true)?)
}

fn become_user(uid: u32, gid: u32) -> io::Result<()> {
    let kept = CapabilitySet::DAC_READ_SEARCH;
    let had = rustix::thread::capabilities(None)?.permitted;
    let bounded = CapabilitySet::from_bits_retain((1 << 41) - 1) - kept;
    for capability in bounded.iter() {
        // A capability this kernel does not know, or one outside our own bounding set, is not there to be kept.
        if rustix::thread::capability_is_in_bounding_set(capability).unwrap_or(false) {
            rustix::thread::remove_capability_from_bounding_set(capability)?;
        }
    }
    rustix::thread::set_capabilities_secure_bits(
        CapabilitiesSecureBits::KEEP_CAPS | CapabilitiesSecureBits::NO_ROOT,
    )?;
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(gid));
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(group, group, group)?;
    rustix::thread::set_thread_res_uid(user, user, user)?;
    let kept = kept & had;
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets)?;
    if rustix::process::geteuid() != user || rustix::process::getegid() != group {
        return Err(io::Error::other("still the old user"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_its_mode_from_the_first_moment() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        make_directory(&path, 0o700, Identity::Unchanged).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o700);
        make_directory(&path, 0o755, Identity::Unchanged).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o755);
    }

    #[test]
    fn a_directory_that_others_use_is_not_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let before = dir.path().metadata().unwrap().mode();
        std::fs::write(dir.path().join("other"), "").unwrap();
        assert!(adopt_directory(dir.path(), 0o755, Identity::Unchanged, &["store.db"]).is_err());
        assert_eq!(dir.path().metadata().unwrap().mode(), before);
        std::fs::write(dir.path().join("store.db"), "").unwrap();
        assert!(adopt_directory(dir.path(), 0o755, Identity::Unchanged, &["store.db"]).is_ok());
    }

    #[test]
    fn a_symbolic_link_is_no_directory_of_ours() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/tmp", dir.path().join("link")).unwrap();
        assert!(make_directory(&dir.path().join("link"), 0o700, Identity::Unchanged).is_err());
    }

    #[test]
    #[ignore = "needs root: changes the thread's identity"]
    fn only_reading_is_left() {
        let left = std::thread::spawn(|| {
            drop_privileges(Identity::Become { uid: UNNAMED, gid: UNNAMED }).unwrap();
            let sets = rustix::thread::capabilities(None).unwrap();
            (sets.effective, sets.permitted, sets.inheritable, rustix::thread::no_new_privs().unwrap())
        });
        let kept = CapabilitySet::DAC_READ_SEARCH;
        assert_eq!(left.join().unwrap(), (kept, kept, CapabilitySet::empty(), true));
    }
}

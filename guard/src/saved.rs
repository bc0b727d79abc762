//! The roots, kept where a server's death cannot reach them: a memory file that the keeper holds.
//!
//! Two slots are written in turn, so that a server killed while it writes leaves the other one whole.

use std::{
    io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use assay_core::Mode;
use rustix::fs::MemfdFlags;
use serde::{Deserialize, Serialize};

use crate::scope::{GatedRoot, Scope};

/// Bytes of a slot; a packet of roots has at most 64 KiB.
const SLOT: u64 = 256 << 10;

/// Bytes before a slot's body: sequence, length, checksum.
const HEADER: usize = 24;

/// The memory file.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    file: Arc<OwnedFd>,
    last: Arc<Mutex<u64>>,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedScope {
    roots: Vec<SavedRoot>,
    hold_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedRoot {
    shown: String,
    path: Vec<u8>,
    mode: Mode,
    dev: u64,
    mount: u64,
    fsid: u64,
}

impl Saved {
    /// Makes the memory file, or takes over the one that the service manager kept.
    pub(crate) fn create(kept: Option<OwnedFd>) -> io::Result<Self> {
        let file = match kept {
            Some(kept) => kept,
            None => rustix::fs::memfd_create(c"assay-guard-roots", MemfdFlags::CLOEXEC)?,
        };
        let saved = Self { file: Arc::new(file), last: Arc::default() };
        saved.remember(saved.newest().map_or(0, |(sequence, _)| sequence));
        Ok(saved)
    }

    /// The descriptor to keep.
    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.file
    }

    /// Keeps these roots.
    pub(crate) fn store(&self, scope: &Scope) -> io::Result<()> {
        use std::os::unix::ffi::OsStrExt as _;
        let root = |root: &GatedRoot| SavedRoot {
            shown: root.shown.clone(),
            path: root.path.as_os_str().as_bytes().to_vec(),
            mode: root.mode,
            dev: root.dev,
            mount: root.mount,
            fsid: root.fsid,
        };
        let hold_ms = u64::try_from(scope.hold.as_millis()).unwrap_or(u64::MAX);
        let kept = SavedScope { roots: scope.roots.iter().map(root).collect(), hold_ms };
        let body = postcard::to_allocvec(&kept).map_err(io::Error::other)?;
        let sequence = self.newest().map_or(0, |(sequence, _)| sequence).wrapping_add(1);
        if HEADER.saturating_add(body.len()) > usize::try_from(SLOT).unwrap_or(usize::MAX) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut slot = Vec::with_capacity(HEADER.saturating_add(body.len()));
        slot.extend(sequence.to_ne_bytes());
        slot.extend(u64::try_from(body.len()).unwrap_or(u64::MAX).to_ne_bytes());
        slot.extend(checksum(sequence, &body).to_ne_bytes());
        slot.extend(body);
        let written = rustix::io::pwrite(&*self.file, &slot, offset(sequence))?;
        if written != slot.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.remember(sequence);
        Ok(())
    }

    /// The roots kept last, without descriptors.
    pub(crate) fn load(&self) -> Option<Scope> {
        use std::os::unix::ffi::OsStringExt as _;
        let (_, kept) = self.newest()?;
        let root = |root: SavedRoot| GatedRoot {
            shown: root.shown,
            path: std::ffi::OsString::from_vec(root.path).into(),
            mode: root.mode,
            dev: root.dev,
            mount: root.mount,
            fsid: root.fsid,
            directory: None,
        };
        let roots = kept.roots.into_iter().map(root).collect();
        Some(Scope { roots, hold: Duration::from_millis(kept.hold_ms), generation: 0 })
    }

    fn newest(&self) -> Option<(u64, SavedScope)> {
        [0, 1].into_iter().filter_map(|slot| self.slot(slot)).max_by_key(|(sequence, _)| *sequence)
    }

    fn slot(&self, slot: u64) -> Option<(u64, SavedScope)> {
        let mut bytes = vec![0; usize::try_from(SLOT).ok()?];
        let len = rustix::io::pread(&*self.file, &mut bytes, offset(slot)).ok()?;
        let bytes = bytes.get(..len)?;
        let word = |at: usize| bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_ne_bytes);
        let (sequence, length, sum) = (word(0)?, usize::try_from(word(8)?).ok()?, word(16)?);
        let body = bytes.get(HEADER..HEADER.checked_add(length)?)?;
        if sum != checksum(sequence, body) {
            return None;
        }
        Some((sequence, postcard::from_bytes(body).ok()?))
    }

    fn remember(&self, sequence: u64) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = sequence;
    }
}

fn offset(sequence: u64) -> u64 {
    (sequence % 2).saturating_mul(SLOT)
}

/// FNV-1a: it finds a write that was cut short; nobody else can write here.
fn checksum(sequence: u64, body: &[u8]) -> u64 {
    let bytes = sequence.to_ne_bytes().into_iter().chain(body.iter().copied());
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(path: &str) -> Scope {
        let root = GatedRoot {
            shown: path.into(),
            path: path.into(),
            mode: Mode::Enforce,
            dev: 1,
            mount: 2,
            fsid: 3,
            directory: None,
        };
        Scope { roots: vec![root], hold: Duration::from_secs(3), generation: 7 }
    }

    fn path(saved: &Saved) -> Option<String> {
        saved.load().map(|scope| scope.roots[0].path.display().to_string())
    }

    #[test]
    fn the_last_roots_are_kept() {
        let saved = Saved::create(None).unwrap();
        assert_eq!(path(&saved), None);
        for expected in ["/a", "/b", "/c"] {
            saved.store(&scope(expected)).unwrap();
            assert_eq!(path(&saved).unwrap(), expected);
        }
        assert_eq!(saved.load().unwrap().hold, Duration::from_secs(3));
    }

    #[test]
    fn a_cut_write_leaves_the_roots_before_it() {
        let saved = Saved::create(None).unwrap();
        saved.store(&scope("/a")).unwrap();
        saved.store(&scope("/b")).unwrap();
        rustix::io::pwrite(saved.descriptor(), &[0xff; 4], offset(2) + 30).unwrap();
        assert_eq!(path(&saved).unwrap(), "/a");
    }
}

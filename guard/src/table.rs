//! What is known of inodes: gated and unverified, or ruled under a key.

#[expect(clippy::disallowed_types, reason = "looked up at every open, never iterated for output")]
use std::collections::HashMap;

use assay_core::{Answer, FileKey, Mode, wire::guard::Ruling};

/// Device and inode.
pub(crate) type Inode = (u64, u64);

/// The most inodes remembered, about 150 MB. The largest caches known hold 100,000 files. When it is full, further
/// files under a root are still gated (by their path) and asked about at each open.
const MAX_INODES: usize = 1 << 20;

/// What is known of one inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// The key and ruling of the content that was judged; absent while unverified.
    pub(crate) ruled: Option<(FileKey, Verdict)>,
    /// The mode of the root it was found under, and the generation of roots and names that this was learnt in.
    pub(crate) mode: Option<(u64, Mode)>,
}

/// A ruling that says something about content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Accepted.
    Allow,
    /// Not accepted.
    Deny,
}

impl Verdict {
    /// What the kernel is told.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Allow => Answer::Allow,
            Self::Deny => Answer::Deny,
        }
    }
}

/// The table of known inodes.
#[derive(Debug, Default)]
#[expect(clippy::disallowed_types, reason = "looked up at every open, never iterated for output")]
pub(crate) struct Table {
    inodes: HashMap<Inode, Known>,
}

impl Table {
    /// What is known.
    pub(crate) fn find(&self, inode: Inode) -> Option<Known> {
        self.inodes.get(&inode).copied()
    }

    /// Gates an inode that has no verdict yet. Returns whether there was room.
    pub(crate) fn protect(&mut self, inode: Inode) -> bool {
        self.entry(inode).is_some()
    }

    /// Remembers under which mode an inode is gated.
    pub(crate) fn learn(&mut self, inode: Inode, generation: u64, mode: Mode) -> bool {
        self.entry(inode).map(|known| known.mode = Some((generation, mode))).is_some()
    }

    /// Stores a ruling. `Outside` forgets the inode. Returns whether there was room.
    pub(crate) fn rule(&mut self, key: FileKey, ruling: Ruling) -> bool {
        let verdict = match ruling {
            Ruling::Allow => Verdict::Allow,
            Ruling::Deny => Verdict::Deny,
            Ruling::Outside => {
                self.inodes.remove(&key.inode());
                return true;
            }
        };
        self.entry(key.inode()).map(|known| known.ruled = Some((key, verdict))).is_some()
    }

    /// Changes a ruling, if it was given under this very key.
    pub(crate) fn revise(&mut self, key: FileKey, ruling: Ruling) {
        let ruled = self.inodes.get(&key.inode()).and_then(|known| known.ruled);
        if ruled.is_some_and(|(stored, _)| stored == key) {
            self.rule(key, ruling);
        }
    }

    /// Forgets all rulings; what was gated stays gated.
    pub(crate) fn forget(&mut self) {
        self.inodes.values_mut().for_each(|known| known.ruled = None);
    }

    /// How many rulings there are.
    pub(crate) fn rulings(&self) -> u64 {
        self.inodes.values().filter(|known| known.ruled.is_some()).count().try_into().unwrap_or(u64::MAX)
    }

    fn entry(&mut self, inode: Inode) -> Option<&mut Known> {
        if self.inodes.len() >= MAX_INODES && !self.inodes.contains_key(&inode) {
            return None;
        }
        Some(self.inodes.entry(inode).or_insert(Known { ruled: None, mode: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(size: u64) -> FileKey {
        FileKey { dev: 1, ino: 2, size, mtime_ns: 3, ctime_ns: 4 }
    }

    #[test]
    fn a_revision_needs_the_very_key() {
        let mut table = Table::default();
        table.rule(key(5), Ruling::Allow);
        table.revise(key(6), Ruling::Deny);
        assert_eq!(table.find((1, 2)).unwrap().ruled, Some((key(5), Verdict::Allow)));
        table.revise(key(5), Ruling::Deny);
        assert_eq!(table.find((1, 2)).unwrap().ruled, Some((key(5), Verdict::Deny)));
    }

    #[test]
    fn a_revision_of_the_unknown_says_nothing() {
        let mut table = Table::default();
        table.revise(key(5), Ruling::Allow);
        assert_eq!(table.find((1, 2)), None);
        table.protect((1, 2));
        table.revise(key(5), Ruling::Allow);
        assert_eq!(table.find((1, 2)).unwrap().ruled, None);
    }

    #[test]
    fn forgetting_keeps_files_gated() {
        let mut table = Table::default();
        table.rule(key(5), Ruling::Allow);
        assert_eq!(table.rulings(), 1);
        table.forget();
        assert_eq!(table.rulings(), 0);
        assert_eq!(table.find((1, 2)).unwrap().ruled, None);
    }

    #[test]
    fn protecting_again_keeps_the_ruling() {
        let mut table = Table::default();
        table.rule(key(5), Ruling::Deny);
        assert!(table.protect((1, 2)));
        assert_eq!(table.find((1, 2)).unwrap().ruled, Some((key(5), Verdict::Deny)));
    }

    #[test]
    fn outside_forgets() {
        let mut table = Table::default();
        table.rule(key(5), Ruling::Allow);
        table.rule(key(5), Ruling::Outside);
        assert_eq!(table.find((1, 2)), None);
    }
}

//! What the guard was told on this connection, by file and by content.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::wire::guard::Ruling;
use assay_core::{FileKey, Sha256};

/// One file the guard was told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruled {
    /// The key its content was judged under.
    pub(crate) key: FileKey,
    /// Its content; absent when it could not be read.
    pub(crate) sha256: Option<Sha256>,
    /// The root it is under.
    pub(crate) root: String,
    /// What the guard answers.
    pub(crate) ruling: Ruling,
}

/// What the guard was told.
#[derive(Debug, Default)]
pub(crate) struct Rulings {
    files: BTreeMap<(u64, u64), Ruled>,
    contents: BTreeMap<Sha256, BTreeSet<(u64, u64)>>,
}

impl Rulings {
    /// Remembers a ruling in place of an earlier one about the same file.
    pub(crate) fn insert(&mut self, ruled: &Ruled) {
        let inode = ruled.key.inode();
        if let Some(sha256) = self.files.get(&inode).and_then(|before| before.sha256)
            && let Some(inodes) = self.contents.get_mut(&sha256)
        {
            inodes.remove(&inode);
            if inodes.is_empty() {
                self.contents.remove(&sha256);
            }
        }
        if let Some(sha256) = ruled.sha256 {
            self.contents.entry(sha256).or_default().insert(inode);
        }
        self.files.insert(inode, ruled.clone());
    }

    /// What was told about one file.
    pub(crate) fn of(&self, inode: (u64, u64)) -> Option<Ruled> {
        self.files.get(&inode).cloned()
    }

    /// What was told about every file of one content.
    pub(crate) fn with_content(&self, sha256: &Sha256) -> Vec<Ruled> {
        let inodes = self.contents.get(sha256).into_iter().flatten();
        inodes.filter_map(|inode| self.files.get(inode).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(ino: u64, byte: u8) -> Ruled {
        let key = FileKey { dev: 1, ino, size: 0, mtime_ns: 0, ctime_ns: 0 };
        let sha256 = Some(Sha256::new([byte; 32]));
        Ruled { key, sha256, root: "/r".to_owned(), ruling: Ruling::Allow }
    }

    #[test]
    fn files_are_found_by_content() {
        let mut rulings = Rulings::default();
        rulings.insert(&ruled(1, 7));
        rulings.insert(&ruled(2, 7));
        assert_eq!(rulings.with_content(&Sha256::new([7; 32])), [ruled(1, 7), ruled(2, 7)]);
    }

    #[test]
    fn a_changed_file_is_no_longer_found_by_its_old_content() {
        let mut rulings = Rulings::default();
        rulings.insert(&ruled(1, 7));
        rulings.insert(&ruled(1, 8));
        assert_eq!(rulings.with_content(&Sha256::new([7; 32])), []);
        assert_eq!(rulings.of((1, 1)), Some(ruled(1, 8)));
    }
}

//! What lies under the roots now: artifacts, by reference and by inode. In memory only; the disk is the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::FileKey;
use assay_registries::caches::{FoundArtifact, Inventory};
use sha2::{Digest, Sha256};

use crate::files;

/// One artifact: the root it is under, and its reference there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The root's path.
    pub(crate) root: String,
    /// The reference, unique in the root.
    pub(crate) reference: String,
}

/// An artifact on disk as the last walk saw it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its files.
    pub(crate) found: FoundArtifact,
    /// The key of each file, in the same order; absent when it was not a regular file any more.
    pub(crate) keys: Vec<Option<FileKey>>,
    /// See [`fingerprint`].
    pub(crate) fingerprint: String,
}

impl Entry {
    /// Looks at each file of an artifact once more.
    pub(crate) fn new(found: FoundArtifact) -> Self {
        let keys: Vec<_> = found.files.iter().map(|file| files::key_at(&file.path).ok()).collect();
        let fingerprint = fingerprint(&found, &keys);
        Self { found, keys, fingerprint }
    }
}

/// Names, claims and keys of an artifact's files as one value: equal when nothing a verdict rests on has changed.
pub(crate) fn fingerprint(found: &FoundArtifact, keys: &[Option<FileKey>]) -> String {
    let mut hasher = Sha256::new();
    for (file, key) in found.files.iter().zip(keys) {
        let line = format!("{:?} {:?} {:?} {key:?}\n", file.name, file.path, file.claims);
        hasher.update(line);
    }
    hex::encode(hasher.finalize())
}

/// What a walk changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Artifacts that are new, or not as they were.
    pub(crate) touched: Vec<Target>,
    /// Artifacts that are gone.
    pub(crate) gone: Vec<Target>,
    /// Files that no artifact held before.
    pub(crate) new_files: Vec<(u64, u64)>,
}

/// Everything under the roots.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    entries: BTreeMap<Target, Arc<Entry>>,
    holders: BTreeMap<(u64, u64), BTreeSet<Target>>,
    directories: BTreeMap<(u64, u64), String>,
}

impl Catalogue {
    /// Takes what a walk over a whole root found.
    pub(crate) fn replace(&mut self, root: &str, inventory: Inventory) -> Changes {
        for directory in &inventory.directories {
            self.note_directory(root, directory);
        }
        let found: BTreeMap<Target, Entry> = inventory
            .artifacts
            .into_iter()
            .map(|found| (target(root, &found.reference), Entry::new(found)))
            .collect();
        let gone: Vec<Target> = self
            .entries
            .keys()
            .filter(|known| known.root == root && !found.contains_key(known))
            .cloned()
            .collect();
        let mut changes = Changes::default();
        for target in &gone {
            self.remove(target);
        }
        changes.gone = gone;
        for (target, entry) in found {
            self.insert(target, entry, &mut changes);
        }
        changes
    }

    /// Takes what a walk over a part of a root found; what it did not find may still be there.
    pub(crate) fn merge(&mut self, root: &str, inventory: Inventory) -> Changes {
        let mut changes = Changes::default();
        for directory in &inventory.directories {
            self.note_directory(root, directory);
        }
        for found in inventory.artifacts {
            self.insert(target(root, &found.reference), Entry::new(found), &mut changes);
        }
        changes
    }

    /// One artifact.
    pub(crate) fn entry(&self, target: &Target) -> Option<Arc<Entry>> {
        self.entries.get(target).cloned()
    }

    /// Every artifact.
    pub(crate) fn targets(&self) -> Vec<Target> {
        self.entries.keys().cloned().collect()
    }

    /// Every artifact that holds a file.
    pub(crate) fn holders(&self, inode: (u64, u64)) -> Vec<Target> {
        self.holders.get(&inode).into_iter().flatten().cloned().collect()
    }

    /// The root a directory is under.
    pub(crate) fn root_of_directory(&self, directory: (u64, u64)) -> Option<String> {
        self.directories.get(&directory).cloned()
    }

    fn note_directory(&mut self, root: &str, directory: &Path) {
        if let Ok(metadata) = directory.symlink_metadata() {
            self.directories.insert((metadata.dev(), metadata.ino()), root.to_owned());
        }
    }

    fn insert(&mut self, target: Target, entry: Entry, changes: &mut Changes) {
        if self.entries.get(&target).is_some_and(|known| known.fingerprint == entry.fingerprint) {
            return;
        }
        self.remove(&target);
        for key in entry.keys.iter().flatten() {
            let holders = self.holders.entry(key.inode()).or_default();
            if holders.is_empty() {
                changes.new_files.push(key.inode());
            }
            holders.insert(target.clone());
        }
        changes.touched.push(target.clone());
        self.entries.insert(target, Arc::new(entry));
    }

    fn remove(&mut self, target: &Target) {
        let Some(entry) = self.entries.remove(target) else { return };
        for key in entry.keys.iter().flatten() {
            if let Some(holders) = self.holders.get_mut(&key.inode()) {
                holders.remove(target);
                if holders.is_empty() {
                    self.holders.remove(&key.inode());
                }
            }
        }
    }
}

/// The artifact of this reference under a root.
pub(crate) fn target(root: &str, reference: &str) -> Target {
    Target { root: root.to_owned(), reference: reference.to_owned() }
}

/// Where files were found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Located {
    /// A path for each file that was seen.
    pub(crate) found: BTreeMap<(u64, u64), PathBuf>,
    /// Whether everything could be listed, so that what was not seen is not there.
    pub(crate) everything: bool,
}

/// Looks for files below a directory, by device and inode, without following links.
pub(crate) fn locate(root: &Path, wanted: &BTreeSet<(u64, u64)>) -> Located {
    let mut located = Located { found: BTreeMap::new(), everything: true };
    for entry in walkdir::WalkDir::new(root).follow_links(false) {
        if located.found.len() == wanted.len() {
            break;
        }
        match entry {
            Ok(entry) if entry.file_type().is_file() => match entry.metadata() {
                Ok(metadata) => {
                    let inode = (metadata.dev(), metadata.ino());
                    if wanted.contains(&inode) {
                        located.found.insert(inode, entry.into_path());
                    }
                }
                Err(error) => located.everything &= is_gone(&error),
            },
            Ok(_) => {}
            Err(error) => located.everything &= is_gone(&error),
        }
    }
    located
}

/// Whether an entry could not be looked at because it is not there any more.
fn is_gone(error: &walkdir::Error) -> bool {
    error.depth() > 0 && error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use assay_core::Source;
    use assay_registries::caches::FoundFile;

    use super::*;

    fn artifact(reference: &str, path: &Path) -> FoundArtifact {
        let file = FoundFile { name: "f".to_owned(), path: path.to_owned(), claims: Vec::new() };
        FoundArtifact { source: Source::Dir, reference: reference.to_owned(), files: vec![file] }
    }

    fn inventory(artifacts: Vec<FoundArtifact>) -> Inventory {
        Inventory { artifacts, ..Inventory::default() }
    }

    #[test]
    fn only_what_changed_is_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "one").unwrap();
        let inode = files::key_at(&path).unwrap().inode();
        let mut catalogue = Catalogue::default();
        let changes = catalogue.replace("/r", inventory(vec![artifact("a", &path)]));
        assert_eq!((changes.touched, changes.new_files), (vec![target("/r", "a")], vec![inode]));
        let changes = catalogue.replace("/r", inventory(vec![artifact("a", &path)]));
        assert_eq!(changes, Changes::default());
        std::fs::write(&path, "longer").unwrap();
        let changes = catalogue.merge("/r", inventory(vec![artifact("a", &path)]));
        assert_eq!(changes.touched, [target("/r", "a")]);
    }

    #[test]
    fn what_is_gone_is_known_to_be_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "one").unwrap();
        let inode = files::key_at(&path).unwrap().inode();
        let mut catalogue = Catalogue::default();
        catalogue.replace("/r", inventory(vec![artifact("a", &path), artifact("b", &path)]));
        assert_eq!(catalogue.holders(inode).len(), 2);
        let changes = catalogue.replace("/r", inventory(vec![artifact("b", &path)]));
        assert_eq!(changes.gone, [target("/r", "a")]);
        assert_eq!(catalogue.holders(inode), [target("/r", "b")]);
        assert_eq!(catalogue.replace("/other", inventory(Vec::new())).gone, []);
    }

    #[test]
    fn a_file_is_located_by_inode_under_any_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(dir.path().join("f"), "x").unwrap();
        let inode = files::key_at(&dir.path().join("f")).unwrap().inode();
        std::fs::hard_link(dir.path().join("f"), dir.path().join("sub/g")).unwrap();
        std::fs::remove_file(dir.path().join("f")).unwrap();
        let located = locate(dir.path(), &BTreeSet::from([inode, (0, 0)]));
        assert_eq!(located.found, BTreeMap::from([(inode, dir.path().join("sub/g"))]));
        assert!(located.everything);
    }

    #[test]
    fn what_could_not_be_listed_proves_nothing() {
        assert!(!locate(Path::new("/nonexistent/root"), &BTreeSet::from([(0, 0)])).everything);
    }
}

//! A scratch root, and what tests ask of its inventory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use assay_core::{Claim, Source};
use assay_registries::caches::{CacheRoot, FoundArtifact, Inventory, inventory, inventory_below};
use tempfile::TempDir;

/// SHA-256 of nothing, as a name; the layouts never read content.
pub(crate) const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Another SHA-256.
pub(crate) const OTHER_SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/// The git SHA-1 of the empty blob.
pub(crate) const GIT: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// A scratch root.
pub(crate) struct Scratch {
    held: TempDir,
    pub(crate) root: CacheRoot,
}

impl Scratch {
    pub(crate) fn new(source: Source) -> Self {
        let held = TempDir::new().unwrap();
        let path = held.path().canonicalize().unwrap().join("root");
        fs::create_dir(&path).unwrap();
        Self { held, root: CacheRoot { source, path } }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.path.join(below)
    }

    /// A place beside the root, not in it.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.held.path().join(name)
    }

    pub(crate) fn file(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn link(&self, below: &str, target: impl AsRef<Path>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let first = inventory(&self.root).unwrap();
        assert_eq!(first, inventory(&self.root).unwrap(), "two looks at the same root differ");
        let references: Vec<_> = first.artifacts.iter().map(|artifact| &artifact.reference).collect();
        assert!(references.is_sorted_by(|a, b| a < b), "references are ordered and unique: {references:?}");
        first
    }

    pub(crate) fn below(&self, changed: &str) -> Inventory {
        inventory_below(&self.root, &self.path(changed)).unwrap()
    }
}

pub(crate) fn references(inventory: &Inventory) -> Vec<&str> {
    inventory.artifacts.iter().map(|artifact| artifact.reference.as_str()).collect()
}

pub(crate) fn artifact<'a>(inventory: &'a Inventory, reference: &str) -> &'a FoundArtifact {
    let found = inventory.artifacts.iter().find(|artifact| artifact.reference == reference);
    found.unwrap_or_else(|| panic!("{reference} is not among {:?}", references(inventory)))
}

pub(crate) fn names(artifact: &FoundArtifact) -> Vec<&str> {
    artifact.files.iter().map(|file| file.name.as_str()).collect()
}

pub(crate) fn sha256(hex: &str) -> Claim {
    Claim::Sha256(hex.parse().unwrap())
}

pub(crate) fn git(hex: &str) -> Claim {
    Claim::GitSha1(hex.parse().unwrap())
}

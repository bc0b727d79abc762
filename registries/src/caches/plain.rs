//! A plain directory: a file at its top is an artifact of one file, a directory at its top is one artifact with every
//! file below it.
//!
//! This is how people lay out model folders: one directory per model, and single checkpoints beside them. References
//! are absolute paths: `dir:/srv/models/bert`. The layout claims nothing.

use std::path::Path;

use assay_core::Source;

use super::units::unit;
use super::walk::{Entry, Walk, relative};

/// Every artifact.
pub(super) fn whole(walk: &mut Walk) {
    for entry in walk.list_root() {
        one(walk, &entry);
    }
}

/// The artifact around one changed path, given relative to the root.
pub(super) fn part(walk: &mut Walk, below: &Path) {
    let Some(first) = below.iter().next() else { return };
    if let Some(entry) = walk.entry(&walk.root().join(first)) {
        one(walk, &entry);
    }
}

fn one(walk: &mut Walk, entry: &Entry) {
    let path = relative(&entry.path, Path::new("/"));
    unit(walk, Source::Dir, format!("dir:/{path}"), entry);
}

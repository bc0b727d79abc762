//! Layouts without a manifest: each entry of a folder is one artifact.
//!
//! A file is an artifact of one file; a directory is one artifact with every file below it.

use std::path::{Path, PathBuf};

use assay_core::Source;

use super::FoundFile;
use super::links::Resolved;
use super::walk::{Entry, Kind, Walk, relative, text, unclaimed};

/// Endings of names whose download has not finished: `huggingface_hub` and `datasets`, `torch.hub`, browsers and curl.
const UNFINISHED: &[&str] = &[".incomplete", ".partial", ".part", ".crdownload"];

/// Whether a name says that its download has not finished.
pub(super) fn is_unfinished(entry: &Entry) -> bool {
    entry.name.to_str().is_some_and(|name| UNFINISHED.iter().any(|ending| name.ends_with(ending)))
}

/// A layout of folders whose entries are artifacts, some of which hold such entries themselves.
///
/// A reference is the artifact's place: `torch://checkpoints/resnet18.pth`.
pub(super) struct Units {
    /// The source, whose scheme its references have.
    pub(super) source: Source,
    /// Folders whose entries are artifacts, instead of being one: paths below the root, where `*` is any one name.
    pub(super) shelves: &'static [&'static str],
}

impl Units {
    /// Every artifact.
    pub(super) fn whole(&self, walk: &mut Walk) {
        for entry in walk.list_root() {
            self.place(walk, Path::new(&entry.name), &entry);
        }
    }

    /// The artifacts around one changed path, given relative to the root.
    pub(super) fn part(&self, walk: &mut Walk, below: &Path) {
        let mut place = PathBuf::new();
        let mut around = None;
        for component in below {
            place.push(component);
            let Some(entry) = walk.entry(&walk.root().join(&place)) else {
                // The change took this entry away, and with it every artifact that it was or held.
                return;
            };
            let shelf = self.is_shelf(&place, &entry);
            around = Some(entry);
            if !shelf {
                break;
            }
        }
        if let Some(entry) = around {
            self.place(walk, &place, &entry);
        }
    }

    /// One entry: an artifact, or a shelf of them. Shelves nest no deeper than the patterns.
    fn place(&self, walk: &mut Walk, place: &Path, entry: &Entry) {
        if !self.is_shelf(place, entry) {
            let reference = format!("{}://{}", self.source, relative(place, Path::new("")));
            unit(walk, self.source, reference, entry);
            return;
        }
        for inner in walk.list(&entry.path) {
            self.place(walk, &place.join(&inner.name), &inner);
        }
    }

    fn is_shelf(&self, place: &Path, entry: &Entry) -> bool {
        let matches = |shelf: &&str| {
            let names = shelf.split('/');
            names.clone().count() == place.iter().count()
                && names.zip(place).all(|(pattern, name)| pattern == "*" || name == pattern)
        };
        entry.kind == Kind::Directory && !is_unfinished(entry) && self.shelves.iter().any(matches)
    }
}

/// Lists one entry as one artifact.
pub(super) fn unit(walk: &mut Walk, source: Source, reference: String, entry: &Entry) {
    if is_unfinished(entry) && matches!(entry.kind, Kind::Directory | Kind::File) {
        walk.in_flight(entry.path.clone());
        return;
    }
    let files = match entry.kind {
        Kind::Directory => files_below(walk, &entry.path, &entry.path),
        Kind::File | Kind::Link | Kind::Special => file(walk, entry, text(&entry.name)).into_iter().collect(),
    };
    walk.artifact(source, reference, files);
}

/// Every finished file below a directory, named relative to `base`.
pub(super) fn files_below(walk: &mut Walk, directory: &Path, base: &Path) -> Vec<FoundFile> {
    let entries = walk.below(directory, |walk, entry| {
        let unfinished = is_unfinished(entry) && matches!(entry.kind, Kind::Directory | Kind::File);
        if unfinished {
            walk.in_flight(entry.path.clone());
        }
        unfinished
    });
    let mut files = Vec::new();
    for entry in entries {
        files.extend(file(walk, &entry, relative(&entry.path, base)));
    }
    files
}

/// One file, or the file in the same root that a link names.
fn file(walk: &mut Walk, entry: &Entry, name: String) -> Option<FoundFile> {
    match entry.kind {
        Kind::File => return Some(unclaimed(name, entry.path.clone())),
        Kind::Directory => {}
        Kind::Link => match walk.resolve(&entry.path, |_| true) {
            Resolved::File(mut hops) => return hops.pop().map(|path| unclaimed(name, path)),
            // Its files are listed where they are.
            Resolved::Directory => {}
            Resolved::Refused(why) => walk.problem(&entry.path, why),
        },
        Kind::Special => walk.problem(&entry.path, "is no regular file"),
    }
    None
}

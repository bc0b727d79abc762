//! Layouts without a manifest: each entry of a folder is one artifact.
//!
//! A file is an artifact of one file; a directory is one artifact with every file below it.

use std::path::{Path, PathBuf};

use assay_core::Source;

use super::FoundFile;
use super::links::Resolved;
use super::walk::{Entry, Kind, Walk, text, unclaimed};

/// Endings of names whose download has not finished: `huggingface_hub` and `datasets`, `torch.hub`, browsers and curl.
const UNFINISHED: &[&str] = &[".incomplete", ".partial", ".part", ".crdownload"];

/// Whether a name says that its download has not finished.
pub(super) fn is_unfinished(entry: &Entry) -> bool {
    entry.name.to_str().is_some_and(|name| UNFINISHED.iter().any(|ending| name.ends_with(ending)))
}

/// A layout of folders whose entries are artifacts, some of which hold such entries themselves.
pub(super) struct Units {
    /// The source, whose scheme its references have.
    pub(super) source: Source,
    /// Folders at the top whose entries are artifacts, instead of being one.
    pub(super) shelves: &'static [&'static str],
}

impl Units {
    /// Every artifact.
    pub(super) fn whole(&self, walk: &mut Walk) {
        for entry in walk.list_root() {
            self.top(walk, &entry);
        }
    }

    /// The artifacts around one changed path, given relative to the root.
    pub(super) fn part(&self, walk: &mut Walk, below: &Path) {
        let mut components = below.iter();
        let (Some(first), second) = (components.next(), components.next()) else { return };
        let top = walk.root().join(first);
        let Some(entry) = walk.entry(&top) else { return };
        match second {
            Some(second) if self.is_shelf(&entry) => {
                if let Some(entry) = walk.entry(&top.join(second)) {
                    unit(walk, self.source, self.reference(&[first.into(), second.into()]), &entry);
                }
            }
            _ => self.top(walk, &entry),
        }
    }

    fn top(&self, walk: &mut Walk, entry: &Entry) {
        if !self.is_shelf(entry) {
            unit(walk, self.source, self.reference(&[entry.name.clone().into()]), entry);
            return;
        }
        for inner in walk.list(&entry.path) {
            let reference = self.reference(&[entry.name.clone().into(), inner.name.clone().into()]);
            unit(walk, self.source, reference, &inner);
        }
    }

    fn is_shelf(&self, entry: &Entry) -> bool {
        entry.kind == Kind::Directory && self.shelves.iter().any(|shelf| entry.name == *shelf)
    }

    fn reference(&self, names: &[PathBuf]) -> String {
        let names: Vec<_> = names.iter().map(|name| text(name.as_os_str())).collect();
        format!("{}://{}", self.source, names.join("/"))
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
        files.extend(file(walk, &entry, super::walk::relative(&entry.path, base)));
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

//! Bounded, ordered listing of directories, and what was found on the way.
//!
//! Types come from the listing, and a directory is opened without following any link on its way: whoever owns a cache
//! can put a link in the place of a directory between two looks, and this program may read more than they may.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use assay_core::{Claim, Source, shown};
use rustix::fs::DirEntry;

use super::{FoundArtifact, FoundFile, Inventory, read};

/// Directory entries in one inventory; the largest shared caches measured have 100,000 files.
const MAX_ENTRIES: usize = 400_000;

/// Directories inside directories below a root; model repositories have under ten.
const MAX_DEPTH: usize = 64;

/// Problems that are kept; the rest are counted.
const MAX_PROBLEMS: usize = 1_000;

/// Bytes of JSON in one inventory; a listing or manifest of a model has some kilobytes.
const MAX_JSON_BYTES: u64 = 256 << 20;

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A device, a socket, a FIFO.
    Special,
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        if kind.is_dir() {
            Self::Directory
        } else if kind.is_file() {
            Self::File
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Special
        }
    }
}

/// One directory entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its last component.
    pub(super) name: OsString,
    /// Its path, without any link on the way.
    pub(super) path: PathBuf,
    /// What it is.
    pub(super) kind: Kind,
}

/// One pass over a root.
pub(super) struct Walk {
    root: PathBuf,
    entries: usize,
    max_entries: usize,
    json_left: u64,
    unlisted_problems: usize,
    inventory: Inventory,
    /// Directories known to be directories and no links, for [`Walk::resolve`].
    pub(super) real: BTreeSet<PathBuf>,
}

impl Walk {
    /// Starts at a root, given without links.
    pub(super) fn new(root: &Path) -> io::Result<Self> {
        read::directory(root)?;
        Ok(Self {
            root: root.to_owned(),
            entries: 0,
            max_entries: MAX_ENTRIES,
            json_left: MAX_JSON_BYTES,
            unlisted_problems: 0,
            inventory: Inventory::default(),
            real: BTreeSet::new(),
        })
    }

    /// The root.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The entries of the root, ordered by name.
    pub(super) fn list_root(&mut self) -> Vec<Entry> {
        let root = self.root.clone();
        self.list(&root)
    }

    /// The entries of a directory, ordered by name. What cannot be listed is a problem and an empty list.
    pub(super) fn list(&mut self, directory: &Path) -> Vec<Entry> {
        let listing = match read::directory(directory) {
            Ok(listing) => listing,
            // It vanished since its parent was listed; the event of that brings a new look.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.problem(directory, &format!("cannot be listed: {error}"));
                return Vec::new();
            }
        };
        self.inventory.directories.push(directory.to_owned());
        self.real.insert(directory.to_owned());
        let mut entries = Vec::new();
        for item in listing {
            if self.entries >= self.max_entries {
                self.problem(directory, "has more entries than the limit; the rest is not listed");
                break;
            }
            match item {
                Ok(item) if matches!(item.file_name().to_bytes(), b"." | b"..") => {}
                Ok(item) => {
                    self.entries = self.entries.saturating_add(1);
                    entries.extend(entry(directory, &item));
                }
                Err(error) => {
                    self.problem(directory, &format!("cannot be listed to its end: {error}"));
                    break;
                }
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    /// Charges one entry that is named in a file instead of a directory; false when there were too many.
    pub(super) fn charge(&mut self) -> bool {
        self.entries = self.entries.saturating_add(1);
        self.entries <= self.max_entries
    }

    /// Reads a small file of the layout, within what all of them may have together.
    ///
    /// # Errors
    /// As [`read::small`], and when they have more together.
    pub(super) fn small(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = read::small(path)?;
        let len = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.json_left =
            self.json_left.checked_sub(len).ok_or_else(|| io::Error::other("too many such files"))?;
        Ok(bytes)
    }

    /// One entry by its path, which must not have links before its last component; nothing if it is not there.
    pub(super) fn entry(&mut self, path: &Path) -> Option<Entry> {
        let parent = path.parent()?;
        if !self.is_real_directory(parent) {
            return None;
        }
        let kind = fs::symlink_metadata(path).ok()?.file_type().into();
        Some(Entry { name: path.file_name()?.to_owned(), path: path.to_owned(), kind })
    }

    /// Every entry below a directory that is no directory, in the order of their paths.
    ///
    /// `skip` is asked for each entry before it is entered or returned.
    pub(super) fn below(
        &mut self,
        top: &Path,
        mut skip: impl FnMut(&mut Self, &Entry) -> bool,
    ) -> Vec<Entry> {
        let mut found = Vec::new();
        let mut pending = vec![(top.to_owned(), 0_usize)];
        while let Some((directory, depth)) = pending.pop() {
            for entry in self.list(&directory) {
                if skip(self, &entry) {
                    continue;
                }
                match entry.kind {
                    Kind::Directory if depth >= MAX_DEPTH => {
                        self.problem(&entry.path, "is too deep; nothing below it is listed");
                    }
                    Kind::Directory => pending.push((entry.path, depth.saturating_add(1))),
                    Kind::File | Kind::Link | Kind::Special => found.push(entry),
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// Lists an artifact, unless it has no files.
    pub(super) fn artifact(&mut self, source: Source, reference: String, mut files: Vec<FoundFile>) {
        if !files.is_empty() {
            files.sort_by(|a, b| a.name.cmp(&b.name));
            self.inventory.artifacts.push(FoundArtifact { source, reference, files });
        }
    }

    /// Lists a download that has not finished.
    pub(super) fn in_flight(&mut self, path: PathBuf) {
        self.inventory.in_flight.push(path);
    }

    /// Lists a problem with a path.
    pub(super) fn problem(&mut self, path: &Path, what: &str) {
        if self.inventory.problems.len() < MAX_PROBLEMS {
            let text = format!("{} {what}", shown(&path.to_string_lossy()));
            if self.inventory.problems.last() != Some(&text) {
                self.inventory.problems.push(text);
            }
        } else {
            self.unlisted_problems = self.unlisted_problems.saturating_add(1);
        }
    }

    /// What was found, in order.
    pub(super) fn finish(self) -> Inventory {
        let mut inventory = self.inventory;
        if self.unlisted_problems > 0 {
            inventory.problems.push(format!("and {} more problems", self.unlisted_problems));
        }
        inventory.artifacts.sort_by(|a, b| a.reference.cmp(&b.reference));
        inventory.in_flight.sort();
        inventory.directories.sort();
        inventory.directories.dedup();
        inventory
    }
}

/// One entry of a listing; nothing if it is gone already.
fn entry(directory: &Path, item: &DirEntry) -> Option<Entry> {
    let name = OsStr::from_bytes(item.file_name().to_bytes()).to_owned();
    let path = directory.join(&name);
    let kind = match item.file_type() {
        rustix::fs::FileType::Directory => Kind::Directory,
        rustix::fs::FileType::RegularFile => Kind::File,
        rustix::fs::FileType::Symlink => Kind::Link,
        // Not every file system says it in the listing.
        rustix::fs::FileType::Unknown => fs::symlink_metadata(&path).ok()?.file_type().into(),
        rustix::fs::FileType::BlockDevice
        | rustix::fs::FileType::CharacterDevice
        | rustix::fs::FileType::Fifo
        | rustix::fs::FileType::Socket => Kind::Special,
    };
    Some(Entry { name, path, kind })
}

/// One path component as text; two components never become the same text.
pub(super) fn text(component: &OsStr) -> String {
    match component.to_str() {
        Some(text) => text.to_owned(),
        // No component holds a slash, so the doubled one marks what follows as ours.
        None => format!("{}//{}", component.to_string_lossy(), hex::encode(component.as_bytes())),
    }
}

/// A path below `base` as text, `/`-separated; the whole path when it is not below it.
pub(super) fn relative(path: &Path, base: &Path) -> String {
    let relative = path.strip_prefix(base).unwrap_or(path);
    relative.iter().map(text).collect::<Vec<_>>().join("/")
}

/// A file without claims.
pub(super) fn unclaimed(name: String, path: PathBuf) -> FoundFile {
    FoundFile { name, path, claims: Vec::<(Claim, String)>::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_above_the_limit_are_a_problem_and_not_silence() {
        let scratch = tempfile::TempDir::new().unwrap();
        let base = scratch.path().canonicalize().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(base.join(name), "").unwrap();
        }
        for (max_entries, listed, problems) in [(3, 3, 0), (2, 2, 1)] {
            let mut walk = Walk { max_entries, ..Walk::new(&base).unwrap() };
            assert_eq!(walk.list_root().len(), listed);
            assert_eq!(walk.finish().problems.len(), problems);
        }
    }

    #[test]
    fn entries_in_files_and_the_bytes_of_files_are_charged() {
        let scratch = tempfile::TempDir::new().unwrap();
        let base = scratch.path().canonicalize().unwrap();
        fs::write(base.join("a"), "12345").unwrap();
        let mut walk = Walk { max_entries: 2, json_left: 12, ..Walk::new(&base).unwrap() };
        assert_eq!([walk.charge(), walk.charge(), walk.charge()], [true, true, false]);
        let mut read = || walk.small(&base.join("a")).is_ok();
        assert_eq!([read(), read(), read()], [true, true, false]);
    }

    #[test]
    fn problems_above_the_limit_are_counted() {
        let scratch = tempfile::TempDir::new().unwrap();
        let mut walk = Walk::new(&scratch.path().canonicalize().unwrap()).unwrap();
        for number in 0..MAX_PROBLEMS + 5 {
            walk.problem(Path::new("x"), &number.to_string());
        }
        let problems = walk.finish().problems;
        assert_eq!(problems.len(), MAX_PROBLEMS + 1);
        assert_eq!(problems.last().unwrap(), "and 5 more problems");
    }
}

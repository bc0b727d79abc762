//! Which files a scan looks at: every regular file under the given paths, each once, in path order.
//!
//! Symbolic links are never a way out of what was named. A link inside a folder whose target is in that folder adds a
//! name to its target's row. A link of a Hugging Face snapshot into its own repository's (or hub's) `blobs` has a row
//! of its own, because that is how the cache holds a model. Any other link that leaves is listed as not looked at.

use std::collections::BTreeMap;
use std::fs::{self, File, FileType};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::{Skipped, SkippedWhy};

/// How every file is opened: a FIFO must not hang us, and a terminal must not become ours.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// How the repositories of a Hugging Face hub begin.
const REPOSITORIES: [&str; 3] = ["models--", "datasets--", "spaces--"];

/// What there is to look at, and what is not looked at.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Ordered by path.
    pub(crate) files: Vec<Candidate>,
    /// Ordered by path.
    pub(crate) skipped: Vec<Skipped>,
}

/// One file to look at.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The name it is shown under.
    pub(crate) path: PathBuf,
    /// Links that lead to it, inside what was named.
    pub(crate) links: Vec<PathBuf>,
    /// Bytes when it was listed; only for progress.
    pub(crate) size: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Named by the user: links on the way are theirs to follow.
    Named,
    /// Found inside a folder: no link is followed, and nothing leads out.
    Beneath { root: Arc<OwnedFd>, relative: PathBuf },
}

impl Candidate {
    /// Opens it for reading, and makes sure that it is still a regular file.
    pub(crate) fn open(&self) -> io::Result<File> {
        let descriptor = match &self.place {
            Place::Named => rustix::fs::openat(CWD, &self.path, READ, Mode::empty())?,
            Place::Beneath { root, relative } => {
                let inside = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
                openat2(root, relative, READ | OFlags::NOFOLLOW, Mode::empty(), inside)?
            }
        };
        let file = File::from(descriptor);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::other("no longer a regular file")),
        }
    }
}

/// The path as text. One that is not UTF-8 ends in `//` and its bytes, so that two paths never become one name.
pub(super) fn path_text(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => {
            let bytes: String =
                path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{}//{bytes}", path.display())
        }
    }
}

/// Lists every regular file under `paths`.
///
/// # Errors
/// When one of `paths` itself does not exist or cannot be looked at.
pub(crate) fn walk(paths: &[PathBuf]) -> Result<Walk> {
    let mut listing = Listing::default();
    for path in paths {
        let kind = fs::metadata(path).with_context(|| path.display().to_string())?.file_type();
        let real = fs::canonicalize(path).with_context(|| path.display().to_string())?;
        if kind.is_dir() {
            listing.folder(path, real)?;
        } else if kind.is_file() {
            listing.named(path, real)?;
        } else {
            // It was asked for by name, so leaving it out is not completing the scan.
            listing.skip(path, SkippedWhy::Unreadable, format!("{} cannot be scanned", describe(kind)));
        }
    }
    Ok(listing.finish())
}

/// A walk in progress. Keyed by canonical path, so that overlapping arguments list nothing twice.
#[derive(Debug, Default)]
struct Listing {
    files: BTreeMap<PathBuf, Candidate>,
    links: Vec<(PathBuf, PathBuf)>,
    skipped: Vec<Skipped>,
}

/// One folder that was named.
struct Folder<'p> {
    /// As it was named.
    shown: &'p Path,
    /// Without links.
    real: PathBuf,
    root: Arc<OwnedFd>,
    hub: Option<Hub>,
}

impl Listing {
    fn named(&mut self, path: &Path, real: PathBuf) -> Result<()> {
        let size = fs::metadata(path).with_context(|| path.display().to_string())?.len();
        let candidate = Candidate { path: path.to_owned(), links: Vec::new(), size, place: Place::Named };
        self.files.entry(real).or_insert(candidate);
        Ok(())
    }

    fn folder(&mut self, shown: &Path, real: PathBuf) -> Result<()> {
        let root = Arc::new(open_folder(&real).with_context(|| shown.display().to_string())?);
        let hub = Hub::around(&real);
        let folder = Folder { shown, real, root, hub };
        for entry in walkdir::WalkDir::new(&folder.real).min_depth(1).follow_links(false) {
            match entry {
                Ok(entry) => self.entry(&folder, &entry),
                Err(error) => {
                    let place = error.path().unwrap_or(&folder.real);
                    let message =
                        error.io_error().map_or_else(|| "cannot be listed".to_owned(), io::Error::to_string);
                    self.skip(&folder.show(place), SkippedWhy::Unreadable, message);
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, folder: &Folder<'_>, entry: &walkdir::DirEntry) {
        let kind = entry.file_type();
        let path = folder.show(entry.path());
        if kind.is_dir() {
        } else if kind.is_symlink() {
            self.link(folder, entry.path(), path);
        } else if kind.is_file() {
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            if let Ok(relative) = entry.path().strip_prefix(&folder.real) {
                let place = Place::Beneath { root: Arc::clone(&folder.root), relative: relative.to_owned() };
                let candidate = Candidate { path, links: Vec::new(), size, place };
                self.files.entry(entry.path().to_owned()).or_insert(candidate);
            }
        } else {
            self.skip(&path, SkippedWhy::SpecialFile, describe(kind).to_owned());
        }
    }

    fn link(&mut self, folder: &Folder<'_>, link: &Path, path: PathBuf) {
        let target = match fs::canonicalize(link).and_then(|real| Ok((fs::metadata(&real)?, real))) {
            Ok(target) => target,
            Err(error) => {
                return self.skip(
                    &path,
                    SkippedWhy::DanglingLink,
                    format!("the link leads nowhere: {error}"),
                );
            }
        };
        let (metadata, real) = target;
        if real.starts_with(&folder.real) {
            self.links.push((real, path));
        } else if let Some(place) = folder.hub.as_ref().and_then(|hub| hub.blob(&real))
            && metadata.is_file()
        {
            let candidate = Candidate { path, links: Vec::new(), size: metadata.len(), place };
            self.files.entry(link.to_owned()).or_insert(candidate);
        } else {
            let message = format!("the link leads out of the folder, to {}", real.display());
            self.skip(&path, SkippedWhy::LinkLeaves, message);
        }
    }

    fn skip(&mut self, path: &Path, why: SkippedWhy, message: String) {
        self.skipped.push(Skipped { path: path_text(path), why, message });
    }

    fn finish(mut self) -> Walk {
        for (target, link) in self.links {
            if let Some(candidate) = self.files.get_mut(&target) {
                candidate.links.push(link);
            }
        }
        let mut files: Vec<Candidate> = self.files.into_values().collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        for file in &mut files {
            file.links.sort();
        }
        self.skipped.sort();
        self.skipped.dedup();
        Walk { files, skipped: self.skipped }
    }
}

impl Folder<'_> {
    /// The path under the name the user gave.
    fn show(&self, real: &Path) -> PathBuf {
        match real.strip_prefix(&self.real) {
            Ok(relative) if relative.as_os_str().is_empty() => self.shown.to_owned(),
            Ok(relative) => self.shown.join(relative),
            Err(_) => real.to_owned(),
        }
    }
}

/// The Hugging Face hub that a folder is part of.
struct Hub {
    real: PathBuf,
    root: Arc<OwnedFd>,
    /// Where blobs may be, relative to the hub: the repository's own, and the shared ones.
    blobs: [PathBuf; 2],
}

impl Hub {
    fn around(folder: &Path) -> Option<Self> {
        let repository = folder.ancestors().find(|ancestor| {
            let name = ancestor.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            REPOSITORIES.iter().any(|prefix| name.starts_with(prefix))
        })?;
        let real = repository.parent()?.to_owned();
        let root = Arc::new(open_folder(&real).ok()?);
        let own = Path::new(repository.file_name()?).join("blobs");
        Some(Self { real, root, blobs: [own, PathBuf::from("blobs")] })
    }

    fn blob(&self, target: &Path) -> Option<Place> {
        let relative = target.strip_prefix(&self.real).ok()?;
        let blob = self.blobs.iter().any(|blobs| relative.starts_with(blobs));
        blob.then(|| Place::Beneath { root: Arc::clone(&self.root), relative: relative.to_owned() })
    }
}

fn open_folder(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

fn describe(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names_below(walk: &Walk, base: &Path) -> Vec<String> {
        let relative =
            |candidate: &Candidate| candidate.path.strip_prefix(base).unwrap().display().to_string();
        walk.files.iter().map(relative).collect()
    }

    #[test]
    fn every_regular_file_has_one_row_in_path_order() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path();
        fs::create_dir_all(base.join("b/c")).unwrap();
        for name in ["z", "a", "b/c/x", "b/y", ".hidden"] {
            fs::write(base.join(name), name).unwrap();
        }
        let walked = walk(&[base.to_owned(), base.join("b"), base.join("a")]).unwrap();
        assert_eq!(names_below(&walked, base), [".hidden", "a", "b/c/x", "b/y", "z"]);
        assert!(walked.skipped.is_empty());
    }

    #[test]
    fn a_link_inside_is_another_name_of_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path();
        fs::write(base.join("blob"), "x").unwrap();
        symlink("blob", base.join("model.pt")).unwrap();
        symlink(".", base.join("loop")).unwrap();
        let walked = walk(&[base.to_owned()]).unwrap();
        assert_eq!(names_below(&walked, base), ["blob"]);
        assert_eq!(walked.files[0].links, [base.join("model.pt")]);
    }

    #[test]
    fn a_link_that_leaves_is_listed_and_not_followed() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret"), "x").unwrap();
        symlink(outside.path().join("secret"), folder.path().join("out")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let walked = walk(&[folder.path().to_owned()]).unwrap();
        assert!(walked.files.is_empty());
        let why: Vec<SkippedWhy> = walked.skipped.iter().map(|skipped| skipped.why).collect();
        assert_eq!(why, [SkippedWhy::DanglingLink, SkippedWhy::LinkLeaves]);
    }

    #[test]
    fn a_hub_snapshot_leads_to_its_blobs_and_nowhere_else() {
        let hub = tempfile::tempdir().unwrap();
        let repository = hub.path().join("models--org--name");
        let snapshot = repository.join("snapshots/abc");
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir_all(repository.join("blobs")).unwrap();
        fs::create_dir_all(hub.path().join("blobs")).unwrap();
        fs::write(repository.join("blobs/1"), "own").unwrap();
        fs::write(hub.path().join("blobs/2"), "shared").unwrap();
        fs::write(hub.path().join("token"), "secret").unwrap();
        symlink("../../blobs/1", snapshot.join("model.safetensors")).unwrap();
        symlink("../../../blobs/2", snapshot.join("pytorch_model.bin")).unwrap();
        symlink("../../../token", snapshot.join("config.json")).unwrap();
        let walked = walk(std::slice::from_ref(&snapshot)).unwrap();
        assert_eq!(names_below(&walked, &snapshot), ["model.safetensors", "pytorch_model.bin"]);
        assert_eq!(walked.skipped[0].why, SkippedWhy::LinkLeaves);
        let text = io::read_to_string(walked.files[0].open().unwrap()).unwrap();
        assert_eq!(text, "own");
    }

    #[test]
    fn a_fifo_is_listed_and_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("pipe");
        rustix::fs::mkfifoat(CWD, &fifo, Mode::RUSR).unwrap();
        let walked = walk(&[folder.path().to_owned()]).unwrap();
        assert_eq!(walked.skipped[0].why, SkippedWhy::SpecialFile);
        assert!(walked.files.is_empty());
    }

    #[test]
    fn a_folder_swapped_for_a_link_after_listing_is_not_followed() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("model"), "listed").unwrap();
        fs::write(outside.path().join("model"), "secret").unwrap();
        let walked = walk(&[folder.path().to_owned()]).unwrap();
        fs::remove_dir_all(&inner).unwrap();
        symlink(outside.path(), &inner).unwrap();
        assert!(walked.files[0].open().is_err());
    }

    #[test]
    fn two_names_that_are_not_text_stay_two() {
        let (one, other) = (std::ffi::OsStr::from_bytes(b"a\xff"), std::ffi::OsStr::from_bytes(b"a\xfe"));
        assert_eq!(path_text(Path::new(one)), "a\u{fffd}//61ff");
        assert_ne!(path_text(Path::new(one)), path_text(Path::new(other)));
    }

    #[test]
    fn a_path_that_does_not_exist_is_an_error() {
        assert!(walk(&[PathBuf::from("/nonexistent/model")]).is_err());
    }
}

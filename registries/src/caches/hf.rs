//! The Hugging Face hub cache.
//!
//! Source: `huggingface_hub` 2.4 (`file_download.py`, `_tree_cache.py`, `utils/_shared_blobs.py`). A repository is
//! `models--org--name/` (`datasets--`, `spaces--`, `kernels--`) with `blobs/<etag>`, `snapshots/<commit>/<path>` as
//! relative links to blobs, `refs/`, `trees/<commit>.json` and `.no_exist/`. With Xet, a blob is itself a link to
//! `<hub>/blobs/<2 hex>/<xet hash>`, which all repositories share.
//!
//! Artifacts: each snapshot is `hf://org/name@<commit>`; each blob that no snapshot names yet is
//! `hf://org/name!blobs/<etag>`; a repository's own small files are `hf://org/name!cache`; shared blobs nobody names are
//! `hf://!blobs/<2 hex>/<xet hash>`; anything else in the hub is `hf://!<entry>`.
//! Claims: a blob's name is the SHA-256 of its content (64 digits) or its git SHA-1 (40 digits); `trees/` gives size
//! and digest by file. Names in the shared store are Xet hashes and claim nothing that can be checked here.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use assay_core::{Claim, Source};

use super::FoundFile;
use super::hf_trees::Tree;
use super::links::Resolved;
use super::units::{files_below, is_unfinished, unit};
use super::walk::{Entry, Kind, Walk, relative, text, unclaimed};

/// Who makes the claim in a blob's name.
const BY_NAME: &str = "blob name";

/// Why a link to a directory is refused in this layout.
const DIRECTORY: &str = "is a link to a directory, which this layout does not have";

/// Every artifact.
pub(super) fn whole(walk: &mut Walk) {
    let mut used = BTreeSet::new();
    let mut store = None;
    for entry in walk.list_root() {
        if entry.name == "blobs" && entry.kind == Kind::Directory {
            store = Some(entry);
        } else {
            top(walk, &entry, &mut used);
        }
    }
    if let Some(store) = store {
        shared_store(walk, &store, &used);
    }
}

/// The artifacts around one changed path, given relative to the root.
pub(super) fn part(walk: &mut Walk, below: &Path) {
    let Some(first) = below.iter().next() else { return };
    if first == "blobs" {
        // Only all repositories together say who names a shared blob.
        whole(walk);
    } else if let Some(entry) = walk.entry(&walk.root().join(first)) {
        top(walk, &entry, &mut BTreeSet::new());
    }
}

/// One entry of the hub other than the shared store. The shared blobs it names are added to `used`.
fn top(walk: &mut Walk, entry: &Entry, used: &mut BTreeSet<PathBuf>) {
    if entry.kind == Kind::Directory && entry.name == ".locks" {
        // One artifact per repository's locks, so that one download does not touch all of them.
        for inner in walk.list(&entry.path) {
            unit(walk, Source::Hf, format!("hf://!.locks/{}", text(&inner.name)), &inner);
        }
        return;
    }
    match repository_id(&entry.name).filter(|_| entry.kind == Kind::Directory) {
        Some(id) => Repository::new(walk, entry, id).list(walk, used),
        None => unit(walk, Source::Hf, format!("hf://!{}", text(&entry.name)), entry),
    }
}

/// The hub's name for a repository directory: `models--org--name` is `org/name`, `datasets--x` is `datasets/x`.
///
/// Only what the hub allows as a name; so no directory can pass for another repository, or for a part of one.
fn repository_id(directory: &OsStr) -> Option<String> {
    let (kind, name) = directory.to_str()?.split_once("--")?;
    let parts: Vec<_> = name.split("--").collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            && !matches!(*part, "." | "..")
    };
    if parts.len() > 2 || !parts.iter().all(plain) {
        return None;
    }
    let id = parts.join("/");
    match kind {
        "models" if parts.first().is_some_and(|org| !matches!(*org, "datasets" | "spaces" | "kernels")) => {
            Some(id)
        }
        "datasets" | "spaces" | "kernels" => Some(format!("{kind}/{id}")),
        _ => None,
    }
}

/// A blob: where its bytes are.
struct Blob {
    file: PathBuf,
    named: bool,
}

/// One repository directory.
struct Repository {
    id: String,
    path: PathBuf,
    blobs_path: PathBuf,
    entries: Vec<Entry>,
    blobs: BTreeMap<OsString, Blob>,
}

impl Repository {
    fn new(walk: &mut Walk, entry: &Entry, id: String) -> Self {
        let entries = walk.list(&entry.path);
        let blobs_path = entry.path.join("blobs");
        Self { id, path: entry.path.clone(), blobs_path, entries, blobs: BTreeMap::new() }
    }

    fn list(mut self, walk: &mut Walk, used: &mut BTreeSet<PathBuf>) {
        let mut own = Vec::new();
        let mut snapshots = None;
        for entry in std::mem::take(&mut self.entries) {
            match (entry.name.to_str(), entry.kind) {
                (Some("blobs"), Kind::Directory) => self.blobs(walk, used),
                (Some("snapshots"), Kind::Directory) => snapshots = Some(entry.path),
                (_, Kind::Directory) => own.extend(files_below(walk, &entry.path, &self.path)),
                (_, Kind::File) => own.push(unclaimed(text(&entry.name), entry.path)),
                (_, Kind::Link | Kind::Special) => {
                    walk.problem(&entry.path, "is no file or directory of this layout");
                }
            }
        }
        if let Some(snapshots) = snapshots {
            for entry in walk.list(&snapshots) {
                self.snapshot(walk, &entry, used);
            }
        }
        for (name, blob) in &self.blobs {
            if !blob.named {
                let name = text(name);
                let reference = format!("hf://{}!blobs/{name}", self.id);
                let file = FoundFile { claims: name_claims(&name).collect(), path: blob.file.clone(), name };
                walk.artifact(Source::Hf, reference, vec![file]);
            }
        }
        walk.artifact(Source::Hf, format!("hf://{}!cache", self.id), own);
    }

    fn blobs(&mut self, walk: &mut Walk, used: &mut BTreeSet<PathBuf>) {
        for entry in walk.list(&self.blobs_path) {
            if is_unfinished(&entry) && entry.kind == Kind::File {
                walk.in_flight(entry.path);
                continue;
            }
            let file = match entry.kind {
                Kind::File => Some(entry.path),
                Kind::Link => self.follow(walk, &entry.path, used).and_then(|mut hops| hops.pop()),
                Kind::Directory => {
                    // No client writes here, but whatever lies here can be opened.
                    let files = files_below(walk, &entry.path, &self.blobs_path);
                    let reference = format!("hf://{}!blobs/{}", self.id, text(&entry.name));
                    walk.artifact(Source::Hf, reference, files);
                    None
                }
                Kind::Special => {
                    walk.problem(&entry.path, "is no regular file");
                    None
                }
            };
            if let Some(file) = file {
                self.blobs.insert(entry.name, Blob { file, named: false });
            }
        }
    }

    fn snapshot(&mut self, walk: &mut Walk, entry: &Entry, used: &mut BTreeSet<PathBuf>) {
        let commit = text(&entry.name);
        let reference = format!("hf://{}@{commit}", self.id);
        if entry.kind != Kind::Directory {
            let file = self.file(walk, entry, commit, used);
            walk.artifact(Source::Hf, reference, file.into_iter().collect());
            return;
        }
        let by = format!("trees/{commit}.json");
        let tree = self.tree(walk, &entry.name);
        let mut files = Vec::new();
        for found in walk.below(&entry.path, |_, _| false) {
            let name = relative(&found.path, &entry.path);
            if let Some(mut file) = self.file(walk, &found, name, used) {
                file.claims.extend(tree.claims(&file.name).into_iter().map(|claim| (claim, by.clone())));
                files.push(file);
            }
        }
        walk.artifact(Source::Hf, reference, files);
    }

    /// One file of a snapshot: a link to a blob, or the file itself where links were not possible.
    fn file(
        &mut self,
        walk: &mut Walk,
        entry: &Entry,
        name: String,
        used: &mut BTreeSet<PathBuf>,
    ) -> Option<FoundFile> {
        match entry.kind {
            Kind::File => return Some(unclaimed(name, entry.path.clone())),
            Kind::Directory => {}
            Kind::Special => walk.problem(&entry.path, "is no regular file"),
            Kind::Link => {
                let mut hops = self.follow(walk, &entry.path, used)?;
                let blob = hops.iter().find(|hop| hop.parent() == Some(&self.blobs_path));
                let blob = blob.and_then(|hop| hop.file_name()).map(OsStr::to_owned);
                if let Some(blob) = blob.as_ref().and_then(|blob| self.blobs.get_mut(blob)) {
                    blob.named = true;
                }
                let claims = blob.map(|blob| name_claims(&text(&blob)).collect()).unwrap_or_default();
                return Some(FoundFile { name, path: hops.pop()?, claims });
            }
        }
        None
    }

    /// Follows a link to this repository's blobs or to the shared store.
    fn follow(&self, walk: &mut Walk, link: &Path, used: &mut BTreeSet<PathBuf>) -> Option<Vec<PathBuf>> {
        let store = walk.root().join("blobs");
        let allowed = |target: &Path| target.parent() == Some(&self.blobs_path) || is_shared(target, &store);
        match walk.resolve(link, allowed) {
            Resolved::File(hops) => {
                used.extend(hops.iter().filter(|hop| is_shared(hop, &store)).cloned());
                return Some(hops);
            }
            Resolved::Directory => walk.problem(link, DIRECTORY),
            Resolved::Refused(why) => walk.problem(link, why),
        }
        None
    }

    /// What `trees/<commit>.json` claims; nothing when it is not there.
    fn tree(&self, walk: &mut Walk, commit: &OsStr) -> Tree {
        let mut name = commit.to_owned();
        name.push(".json");
        let path = self.path.join("trees").join(name);
        match walk.entry(&path).map(|entry| entry.kind) {
            None => Tree::default(),
            Some(Kind::File) => Tree::read(walk, &path).unwrap_or_else(|error| {
                walk.problem(&path, &format!("is no listing that counts: {error}"));
                Tree::default()
            }),
            Some(Kind::Directory | Kind::Link | Kind::Special) => {
                walk.problem(&path, "is no regular file, so its claims are not read");
                Tree::default()
            }
        }
    }
}

/// What a blob's name claims about its content.
fn name_claims(name: &str) -> impl Iterator<Item = (Claim, String)> + use<> {
    let sha256 = name.parse().map(Claim::Sha256).ok();
    let git = name.parse().map(Claim::GitSha1).ok();
    sha256.or(git).map(|claim| (claim, BY_NAME.to_owned())).into_iter()
}

/// Whether a path is where the shared store keeps content: `<store>/<2 hex>/<name>`.
fn is_shared(path: &Path, store: &Path) -> bool {
    path.strip_prefix(store).is_ok_and(|below| below.components().count() == 2)
}

/// The shared store: blobs nobody names, and its own small files as one artifact.
fn shared_store(walk: &mut Walk, store: &Entry, used: &BTreeSet<PathBuf>) {
    let mut own = Vec::new();
    for file in files_below(walk, &store.path, &store.path) {
        if used.contains(&file.path) {
            continue;
        }
        if is_own(&file.name) {
            own.push(file);
        } else {
            walk.artifact(Source::Hf, format!("hf://!blobs/{}", file.name), vec![file]);
        }
    }
    walk.artifact(Source::Hf, "hf://!blobs".to_owned(), own);
}

/// Whether a name in the shared store is bookkeeping: the marker, `<xet hash>.refs`, `<xet hash>.lock`.
fn is_own(name: &str) -> bool {
    name == ".huggingface-shared-blobs" || name.ends_with(".refs") || name.ends_with(".lock")
}

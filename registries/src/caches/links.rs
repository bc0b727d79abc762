//! Symbolic links, followed one step at a time and never out of the root.
//!
//! The kernel's own resolution would touch whatever a link names (another user's directory, a dead network mount), so
//! each target is computed first, checked, and only then looked at. A path that passes through a second link on its
//! way is refused: its text does not say where it ends.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::walk::{Kind, Walk};

/// Links to links. Hugging Face needs two: snapshot to blob, blob to shared store.
const MAX_HOPS: usize = 4;

/// Where a link ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// At a regular file; every target on the way, the file last.
    File(Vec<PathBuf>),
    /// At a directory inside the root, which is listed under its own name.
    Directory,
    /// Nowhere that may be followed; why.
    Refused(&'static str),
}

impl Walk {
    /// Follows a link whose own path has no links before its last component. Targets that `allowed` refuses are not
    /// looked at.
    pub(super) fn resolve(&mut self, link: &Path, allowed: impl Fn(&Path) -> bool) -> Resolved {
        let mut hops: Vec<PathBuf> = Vec::new();
        let mut at = link.to_owned();
        while hops.len() < MAX_HOPS {
            let Ok(text) = fs::read_link(&at) else { return Resolved::Refused("cannot be read") };
            let Some(target) = target(&at, &text) else {
                return Resolved::Refused("is a link that does not say plainly where it ends");
            };
            if !target.starts_with(self.root()) || !allowed(&target) {
                return Resolved::Refused(
                    "is a link out of its cache; protect its target as a root of its own",
                );
            }
            if target == self.root() {
                return Resolved::Directory;
            }
            if !target.parent().is_some_and(|parent| self.is_real_directory(parent)) {
                return Resolved::Refused("is a link to nothing, or through another link");
            }
            match fs::symlink_metadata(&target).map(|metadata| Kind::from(metadata.file_type())) {
                Ok(Kind::Directory) => return Resolved::Directory,
                Ok(Kind::Special) => return Resolved::Refused("is a link to something that is no file"),
                Ok(Kind::File) => {
                    hops.push(target);
                    return Resolved::File(hops);
                }
                Ok(Kind::Link) => {
                    at.clone_from(&target);
                    hops.push(target);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Resolved::Refused("is a link to nothing");
                }
                Err(_) => return Resolved::Refused("is a link to something that cannot be looked at"),
            }
        }
        Resolved::Refused("is a link to a link, too often")
    }

    /// Whether a directory lies in the root (or is it) and no component below the root is a link.
    pub(super) fn is_real_directory(&mut self, directory: &Path) -> bool {
        let mut unknown = Vec::new();
        for ancestor in directory.ancestors() {
            if ancestor == self.root() || self.real.contains(ancestor) {
                self.real.extend(unknown);
                return true;
            }
            // A link to a directory is no directory to `symlink_metadata`.
            if !ancestor.starts_with(self.root())
                || !fs::symlink_metadata(ancestor).is_ok_and(|metadata| metadata.is_dir())
            {
                return false;
            }
            unknown.push(ancestor.to_owned());
        }
        false
    }
}

/// The path that the text of a link at `link` names, if leading `..` is all that has to be resolved.
fn target(link: &Path, text: &Path) -> Option<PathBuf> {
    let mut path = if text.is_absolute() { PathBuf::new() } else { link.parent()?.to_owned() };
    let mut named = false;
    for component in text.components() {
        match component {
            Component::RootDir => path.push("/"),
            Component::CurDir => {}
            // After a name, `..` means the parent of wherever that name leads.
            Component::ParentDir if named || text.is_absolute() => return None,
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::Normal(name) => {
                named = true;
                path.push(name);
            }
            Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

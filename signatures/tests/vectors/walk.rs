//! A folder as whoever calls the check would hash it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::rows::{Row, bytes};

#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Names without content to hash: links that are not followed. They are files nobody could read.
    pub(crate) unread: BTreeSet<String>,
}

/// Reads the subject. Links are followed where they stay inside it, or lead to a blob of the same Hugging Face
/// repository; any other makes a file that nobody could read. So walk `assay verify` and assayd.
pub(crate) fn walk(root: &Path, row: &Row, follow_links: bool) -> io::Result<Walk> {
    let mut walk = Walk::default();
    let subject = root.join(&row.subject);
    if subject.is_file() {
        let name = subject.file_name().unwrap_or_default().to_string_lossy().into_owned();
        walk.files.insert(name, bytes(&subject)?);
        return Ok(walk);
    }
    let top = fs::canonicalize(&subject)?;
    let signature = fs::canonicalize(root.join(&row.signature))?;
    let blobs = top.parent().and_then(Path::parent).map(|repository| repository.join("blobs"));
    let inside = |target: &Path| {
        (follow_links && target.starts_with(&top))
            || blobs.as_ref().is_some_and(|blobs| target.starts_with(blobs))
    };
    let mut folders: Vec<(PathBuf, String)> = vec![(top.clone(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{prefix}{base}");
            match fs::canonicalize(&path) {
                Ok(target) if target == signature => {}
                Ok(target) if path.is_symlink() && !inside(&target) => {
                    walk.unread.insert(name);
                }
                Ok(target) if target.is_dir() => folders.push((target, format!("{name}/"))),
                Ok(target) => {
                    walk.files.insert(name, bytes(&target)?);
                }
                Err(_) => {
                    walk.unread.insert(name);
                }
            }
        }
    }
    Ok(walk)
}

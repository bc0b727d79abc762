//! Names that a manifest lists or leaves out: plain relative paths, and never one as the other.

use std::collections::BTreeMap;

use crate::manifest::Listed;
use crate::refusal::Refusal;

/// The most paths a manifest may leave out.
const MAX_IGNORED_PATHS: usize = 1_000;

/// Something is listed, and every name is safe.
pub(crate) fn check_names(resources: &BTreeMap<String, Listed>) -> Result<(), Refusal> {
    if resources.is_empty() {
        return Err(Refusal::NoResources);
    }
    for name in resources.keys() {
        // A model that is one file is named "." by the reference implementation.
        let single_file = name == "." && resources.len() == 1;
        if let (Some(fault), false) = (unsafe_name(name), single_file) {
            return Err(Refusal::Resource { name: name.clone(), fault });
        }
    }
    Ok(())
}

/// Why a name is not a plain relative path. Backslashes and control characters are legal in names and match only
/// themselves.
fn unsafe_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("has no name")
    } else if name.starts_with('/') {
        Some("is absolute")
    } else if name.contains('\0') {
        Some("holds a NUL")
    } else if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("is not a plain relative path")
    } else {
        None
    }
}

/// Nothing that is left out is listed too, and each path is one path.
pub(crate) fn check_ignored(paths: &[String], resources: &BTreeMap<String, Listed>) -> Result<(), Refusal> {
    if paths.len() > MAX_IGNORED_PATHS {
        let path = format!("{} paths", paths.len());
        return Err(Refusal::IgnoredPath { path, fault: "are too many" });
    }
    for path in paths {
        let fault = |fault| Refusal::IgnoredPath { path: path.clone(), fault };
        if let Some(found) = unsafe_name(path) {
            return Err(fault(found));
        }
        if path.contains(['*', '?', '[']) {
            return Err(fault("is a pattern"));
        }
        if is_listed(path, resources) {
            return Err(fault("covers a file that is listed"));
        }
    }
    Ok(())
}

/// Whether a resource is at `path` or below it.
fn is_listed(path: &str, resources: &BTreeMap<String, Listed>) -> bool {
    let below = format!("{path}/");
    let next = resources.range(below.clone()..).next();
    resources.contains_key(path) || next.is_some_and(|(name, _)| name.starts_with(&below))
}

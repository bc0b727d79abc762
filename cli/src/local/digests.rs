//! Which digests signatures list for which file, asked before anything is read, so that one read gives them all.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::AsFd as _;
use std::path::Path;

use assay_core::DigestKind;
use assay_core::wire::worker::WantedDigest;
use assay_policy::Policy;

use super::verify::inside;
use super::walk::path_text;
use super::{Candidate, Workers};

/// The digests to take besides SHA-256, by the path that a file is shown under.
pub(crate) type Wanted = BTreeMap<String, Vec<DigestKind>>;

/// Asks every signature of the artifact. One that cannot be asked is judged later, and says then what is wrong.
pub(super) fn wanted(base: &Path, files: &[Candidate], policy: &Policy, workers: &Workers) -> Wanted {
    let mut all = Vec::new();
    for file in
        files.iter().filter(|file| names(base, file).iter().any(|name| policy.is_signature_name(name)))
    {
        let asked = file.open().map(|opened| workers.pool().wanted(opened.as_fd()).unwrap_or_default());
        all.extend(asked.unwrap_or_default());
    }
    let kinds = |file: &Candidate| {
        let names = names(base, file);
        let concerns = |one: &&WantedDigest| one.name.as_ref().is_none_or(|name| names.contains(name));
        let kinds: BTreeSet<DigestKind> = all.iter().filter(concerns).map(|one| one.kind).collect();
        (path_text(&file.path), kinds.into_iter().collect())
    };
    if all.is_empty() { Wanted::new() } else { files.iter().map(kinds).collect() }
}

/// Every name of a file inside the artifact.
fn names(base: &Path, file: &Candidate) -> BTreeSet<String> {
    let paths = std::iter::once(&file.path).chain(&file.links);
    paths.map(|path| inside(base, Path::new(&path_text(path)))).collect()
}

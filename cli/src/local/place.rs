//! What the place of an artifact on disk says about it: its reference, and digests claimed for its files.
//!
//! A snapshot of a Hugging Face cache is the artifact `hf://org/name@<commit>`, and its blobs' names and its tree claim
//! digests. Everything else is a plain directory, which claims nothing.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Claim, ClaimCheck, Source};
use assay_pool::Outcome;
use assay_registries::caches::{CacheRoot, FoundFile, inventory_below};

/// What the place of an artifact says.
#[derive(Debug)]
pub(super) struct Place {
    /// Where it comes from.
    pub(super) source: Source,
    /// Its reference.
    pub(super) reference: String,
    claims: BTreeMap<String, Vec<(Claim, String)>>,
}

impl Place {
    /// Of a canonical path.
    pub(super) fn of(real: &Path) -> Self {
        let plain = || Self {
            source: Source::Dir,
            reference: format!("dir:{}", real.display()),
            claims: BTreeMap::new(),
        };
        snapshot(real).unwrap_or_else(plain)
    }

    /// Each claim about a file of this name, held against what was read of it.
    pub(super) fn check(&self, name: &str, outcome: &Outcome) -> Vec<ClaimCheck> {
        let claims = self.claims.get(name).map(Vec::as_slice).unwrap_or_default();
        claims.iter().map(|(claim, by)| check(*claim, by, outcome)).collect()
    }
}

/// What is not known is not borne out.
fn check(claim: Claim, by: &str, outcome: &Outcome) -> ClaimCheck {
    let matches = match claim {
        Claim::GitSha1(digest) => outcome.git_sha1 == Some(digest),
        Claim::Sha256(digest) => outcome.sha256 == Some(digest),
        Claim::Size(bytes) => outcome.sha256.is_some() && outcome.size == bytes,
    };
    ClaimCheck { claim, by: by.to_owned(), matches }
}

/// `<hub>/models--org--name/snapshots/<commit>`.
fn snapshot(real: &Path) -> Option<Place> {
    let commit = real.file_name()?.to_str()?;
    let snapshots = real.parent().filter(|parent| parent.ends_with("snapshots"))?;
    let hub = snapshots.parent()?.parent()?;
    let root = CacheRoot { source: Source::Hf, path: hub.to_owned() };
    let end = format!("@{commit}");
    let found = inventory_below(&root, real).ok()?.artifacts;
    let found = found.into_iter().find(|artifact| artifact.reference.ends_with(&end))?;
    let claims = found.files.into_iter().map(|FoundFile { name, claims, .. }| (name, claims)).collect();
    Some(Place { source: found.source, reference: found.reference, claims })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_plain_folder_claims_nothing() {
        let place = Place::of(Path::new("/srv/models/x"));
        assert_eq!((place.source, place.reference.as_str()), (Source::Dir, "dir:/srv/models/x"));
        assert!(place.check("model.pt", &Outcome::default()).is_empty());
    }

    #[test]
    fn a_snapshot_has_its_reference_and_the_blobs_names_are_claims() {
        let hub = tempfile::tempdir().unwrap();
        let repository = hub.path().canonicalize().unwrap().join("models--org--name");
        let snapshot = repository.join("snapshots").join("c".repeat(40));
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir_all(repository.join("blobs")).unwrap();
        fs::write(repository.join("blobs").join("ab".repeat(32)), "x").unwrap();
        symlink(format!("../../blobs/{}", "ab".repeat(32)), snapshot.join("model.pt")).unwrap();
        let place = Place::of(&snapshot);
        assert_eq!(place.reference, format!("hf://org/name@{}", "c".repeat(40)));
        let checked = place.check("model.pt", &Outcome::default());
        assert!(!checked.is_empty() && checked.iter().all(|check| !check.matches), "{checked:?}");
    }
}

//! Each file's standing under a manifest.

use std::collections::BTreeMap;

use assay_core::wire::worker::HashedFile;
use assay_core::{DigestKind, FileCoverage, FileState};

use crate::manifest::{Listed, Manifest};

/// Left out by signers unless they list them: `OpenSSF` Model Signing v1.0, default ignored paths, at the root only.
const DEFAULT_IGNORED: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// Every file that is there or listed, ordered by name, each with its standing. Nothing is left out silently.
pub(crate) fn coverage(manifest: &Manifest, files: &[HashedFile]) -> Vec<FileCoverage> {
    let mut states: BTreeMap<&str, FileState> =
        manifest.resources.keys().map(|name| (name.as_str(), FileState::Missing)).collect();
    // A model of one file: its resource is named "." and means whatever the file is called.
    let single = match (files, manifest.resources.get(".")) {
        ([_], Some(digest)) => Some(digest),
        _ => None,
    };
    if single.is_some() {
        states.remove(".");
    }
    for file in files {
        let listed = single.or_else(|| manifest.resources.get(&file.name));
        let state = match listed {
            Some(listed) => held(manifest, listed, file),
            None if is_ignored(&file.name, manifest) => FileState::Ignored,
            None => FileState::Unlisted,
        };
        // Two files of one name: the worse standing counts.
        let entry = states.entry(&file.name).or_insert(state);
        *entry = if *entry == FileState::Missing { state } else { worse(*entry, state) };
    }
    states.into_iter().map(|(name, state)| FileCoverage { name: name.to_owned(), state }).collect()
}

/// Whether a file holds what is listed.
fn held(manifest: &Manifest, listed: &Listed, file: &HashedFile) -> FileState {
    if listed.size.is_some_and(|size| size != file.size) {
        return FileState::Changed;
    }
    let whole = (manifest.kind == DigestKind::SHA256).then(|| file.sha256.to_string());
    let taken =
        || file.digests.iter().find(|digest| digest.kind == manifest.kind).map(|digest| digest.hex.clone());
    match whole.or_else(taken) {
        Some(hex) if hex == listed.hex => FileState::Verified,
        Some(_) => FileState::Changed,
        // Nobody took this digest while the file was read, so nothing is known.
        None => FileState::Unhashed,
    }
}

fn worse(one: FileState, other: FileState) -> FileState {
    if one == FileState::Verified { other } else { one }
}

fn is_ignored(name: &str, manifest: &Manifest) -> bool {
    let recorded = manifest.ignored.iter().map(String::as_str);
    recorded
        .chain(DEFAULT_IGNORED)
        .any(|path| name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use assay_core::{ContentDigest, Hash, Sha256};

    use super::*;
    use crate::manifest::Version;

    fn manifest(names: &[&str], ignored: &[&str]) -> Manifest {
        let listed = Listed { hex: "01".repeat(32), size: None };
        Manifest {
            kind: DigestKind::SHA256,
            resources: names.iter().map(|&name| (name.to_owned(), listed.clone())).collect(),
            ignored: ignored.iter().map(|&path| path.to_owned()).collect(),
            version: Version::V1,
            subject: None,
        }
    }

    fn file(name: &str, byte: u8) -> HashedFile {
        HashedFile { name: name.to_owned(), size: 1, sha256: Sha256::new([byte; 32]), digests: Vec::new() }
    }

    fn states(manifest: &Manifest, files: &[HashedFile]) -> Vec<(String, FileState)> {
        coverage(manifest, files).into_iter().map(|entry| (entry.name, entry.state)).collect()
    }

    fn expected(list: &[(&str, FileState)]) -> Vec<(String, FileState)> {
        list.iter().map(|&(name, state)| (name.to_owned(), state)).collect()
    }

    #[test]
    fn every_file_there_or_listed_has_a_standing() {
        let manifest = manifest(&["a", "b", "c"], &["cache"]);
        let files = [
            file(".gitignore", 9),
            file("a", 1),
            file("b", 2),
            file("cache/x", 9),
            file("cached", 9),
            file("d", 1),
        ];
        assert_eq!(
            states(&manifest, &files),
            expected(&[
                (".gitignore", FileState::Ignored),
                ("a", FileState::Verified),
                ("b", FileState::Changed),
                ("c", FileState::Missing),
                ("cache/x", FileState::Ignored),
                ("cached", FileState::Unlisted),
                ("d", FileState::Unlisted),
            ])
        );
    }

    #[test]
    fn git_paths_are_left_out_at_the_root_only_and_verified_when_listed() {
        let manifest = manifest(&[".gitattributes"], &[]);
        let files = [file(".gitattributes", 2), file("sub/.git/config", 1)];
        assert_eq!(
            states(&manifest, &files),
            expected(&[(".gitattributes", FileState::Changed), ("sub/.git/config", FileState::Unlisted)])
        );
    }

    #[test]
    fn a_dot_is_the_only_file_and_never_one_of_several() {
        let manifest = manifest(&["."], &[]);
        assert_eq!(states(&manifest, &[file("w", 1)]), expected(&[("w", FileState::Verified)]));
        assert_eq!(states(&manifest, &[file("w", 2)]), expected(&[("w", FileState::Changed)]));
        assert_eq!(
            states(&manifest, &[file("v", 1), file("w", 1)]),
            expected(&[(".", FileState::Missing), ("v", FileState::Unlisted), ("w", FileState::Unlisted)])
        );
    }

    #[test]
    fn of_two_files_with_one_name_the_worse_counts() {
        let manifest = manifest(&["a"], &[]);
        for pair in [[file("a", 1), file("a", 2)], [file("a", 2), file("a", 1)]] {
            assert_eq!(states(&manifest, &pair), expected(&[("a", FileState::Changed)]));
        }
    }

    #[test]
    fn another_digest_counts_only_when_it_was_taken_and_the_size_is_right() {
        let kind = DigestKind { hash: Hash::Sha256, shard: Some(4) };
        let listed = Listed { hex: "aabb".to_owned(), size: Some(6) };
        let resources = [("a".to_owned(), listed)].into();
        let manifest = Manifest { kind, resources, ..manifest(&[], &[]) };
        let with = |size, hex: &str| {
            let digests = vec![ContentDigest { kind, hex: hex.to_owned() }];
            HashedFile { size, digests, ..file("a", 1) }
        };
        for (file, state) in [
            (with(6, "aabb"), FileState::Verified),
            (with(6, "aabc"), FileState::Changed),
            (with(6, "aa"), FileState::Changed),
            (with(7, "aabb"), FileState::Changed),
            (HashedFile { size: 6, ..file("a", 1) }, FileState::Unhashed),
        ] {
            assert_eq!(states(&manifest, &[file]), expected(&[("a", state)]));
        }
    }
}

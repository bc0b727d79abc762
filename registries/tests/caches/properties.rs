//! What holds for every layout, whatever lies in it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use assay_core::Source;
use assay_registries::caches::inventory;
use proptest::prelude::*;

use crate::scratch::Scratch;

const SOURCES: &[Source] = &[
    Source::Dir,
    Source::Hf,
    Source::Kagglehub,
    Source::Keras,
    Source::LlamaCpp,
    Source::LmStudio,
    Source::Mlflow,
    Source::Modelscope,
    Source::Nltk,
    Source::Oci,
    Source::Ollama,
    Source::Torch,
    Source::Whisper,
];

/// Names that mean something in one layout or another.
const NAMES: &[&str] = &[
    "blobs",
    "snapshots",
    "trees",
    "refs",
    "models--a--b",
    "models",
    "manifests",
    "checkpoints",
    "hub",
    "versions",
    ".locks",
    "main",
    "main.json",
    "x.incomplete",
    "00",
    "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// Places where layouts expect files.
const SHELVES: &[&str] = &[
    "",
    "",
    "models--a--b",
    "models--a--b/blobs",
    "models--a--b/snapshots/main",
    "blobs",
    "blobs/00",
    "manifests/registry/library/tiny",
    "models/a/b/c/d",
    "hub/models",
];

fn place() -> impl Strategy<Value = PathBuf> {
    let names = prop::collection::vec(prop::sample::select(NAMES), 1..4);
    (prop::sample::select(SHELVES), names).prop_map(|(shelf, names)| {
        let mut place = PathBuf::from(shelf);
        place.extend(names);
        place
    })
}

fn target() -> impl Strategy<Value = PathBuf> {
    (0_usize..6, place()).prop_map(|(up, place)| {
        let mut target: PathBuf = ["..", "..", "..", "..", "..", ".."].iter().take(up).collect();
        target.push(place);
        target
    })
}

/// The regular files that could be made.
fn make(scratch: &Scratch, files: &[PathBuf], links: &[(PathBuf, PathBuf)]) -> BTreeSet<PathBuf> {
    let root = &scratch.root.path;
    let mut made = BTreeSet::new();
    for file in files {
        let path = root.join(file);
        if fs::create_dir_all(path.parent().unwrap()).is_ok() && fs::write(&path, "{}").is_ok() {
            made.insert(path);
        }
    }
    for (link, target) in links {
        let path = root.join(link);
        if fs::create_dir_all(path.parent().unwrap()).is_ok() {
            // Where a file or directory stands already, it stays.
            drop(symlink(target, path));
        }
    }
    made.retain(|path| path.canonicalize().is_ok_and(|real| real == *path));
    made
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_regular_file_is_in_an_artifact_or_in_flight_and_no_link_leads_out(
        files in prop::collection::vec(place(), 0..12),
        links in prop::collection::vec((place(), target()), 0..8),
    ) {
        let mut scratch = Scratch::new(Source::Dir);
        let made = make(&scratch, &files, &links);
        for source in SOURCES {
            scratch.root.source = *source;
            let found = inventory(&scratch.root).unwrap();
            let listed: BTreeSet<_> =
                found.artifacts.iter().flat_map(|artifact| &artifact.files).map(|file| file.path.clone()).collect();
            for path in &made {
                let waits = found.in_flight.iter().any(|waiting| path.starts_with(waiting));
                prop_assert!(listed.contains(path) || waits, "{source}: {} of {found:#?}", path.display());
            }
            for path in &listed {
                prop_assert!(made.contains(path), "{source}: {}", path.display());
            }
            let references: Vec<_> = found.artifacts.iter().map(|artifact| &artifact.reference).collect();
            prop_assert!(references.is_sorted_by(|a, b| a < b), "{source}: {references:?}");
        }
    }
}

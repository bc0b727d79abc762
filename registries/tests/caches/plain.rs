use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use assay_core::Source;
use assay_registries::caches::inventory;
use proptest::prelude::*;

use crate::scratch::{Scratch, artifact, names, references};

#[test]
fn a_top_file_and_a_top_directory_are_one_artifact_each() {
    let scratch = Scratch::new(Source::Dir);
    scratch.file("single.gguf", "x");
    scratch.file("bert/config.json", "x");
    scratch.file("bert/onnx/model.onnx", "x");
    let inventory = scratch.inventory();
    let root = scratch.root.path.to_str().unwrap();
    assert_eq!(references(&inventory), [format!("dir:{root}/bert"), format!("dir:{root}/single.gguf")]);
    assert_eq!(names(&inventory.artifacts[0]), ["config.json", "onnx/model.onnx"]);
    assert_eq!(names(&inventory.artifacts[1]), ["single.gguf"]);
    assert_eq!(inventory.directories.len(), 3);
}

#[test]
fn a_link_inside_the_root_is_the_file_it_names() {
    let scratch = Scratch::new(Source::Dir);
    scratch.file("store/weights", "x");
    scratch.link("bert/model.bin", "../store/weights");
    scratch.link("bert/also.bin", scratch.path("store/weights"));
    scratch.link("latest", "bert");
    let inventory = scratch.inventory();
    let bert = artifact(&inventory, &format!("dir:{}", scratch.path("bert").display()));
    assert_eq!(names(bert), ["also.bin", "model.bin"]);
    assert!(bert.files.iter().all(|file| file.path == scratch.path("store/weights")));
    assert_eq!(inventory.artifacts.len(), 2);
    assert_eq!(inventory.problems, [""; 0]);
}

#[test]
fn a_link_through_another_link_is_refused() {
    let scratch = Scratch::new(Source::Dir);
    fs::create_dir(scratch.outside("elsewhere")).unwrap();
    fs::write(scratch.outside("elsewhere/x"), "x").unwrap();
    scratch.link("door", scratch.outside("elsewhere"));
    scratch.link("bert/through", "../door/x");
    scratch.link("bert/around", "../door/../elsewhere/x");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert_eq!(inventory.problems.len(), 3, "{:#?}", inventory.problems);
}

#[test]
fn a_loop_and_a_chain_that_is_too_long_end() {
    let scratch = Scratch::new(Source::Dir);
    scratch.link("a", "b");
    scratch.link("b", "a");
    scratch.file("c/file", "x");
    scratch.link("c/back", "..");
    scratch.link("l0", "c/file");
    for step in 1..10 {
        scratch.link(&format!("l{step}"), format!("l{}", step - 1));
    }
    let inventory = scratch.inventory();
    let linked = references(&inventory).iter().filter(|reference| reference.contains("/l")).count();
    assert_eq!(linked, 4, "{:?}", references(&inventory));
    assert_eq!(inventory.problems.len(), 8, "{:#?}", inventory.problems);
}

#[test]
fn names_that_are_not_text_stay_apart_and_can_be_opened() {
    let scratch = Scratch::new(Source::Dir);
    for name in [&b"a\xff"[..], b"a\xfe", "a\u{fffd}".as_bytes()] {
        fs::write(scratch.root.path.join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let inventory = scratch.inventory();
    assert_eq!(inventory.artifacts.len(), 3);
    assert!(inventory.artifacts.iter().all(|artifact| artifact.files[0].path.is_file()));
    let marked = inventory.artifacts.iter().filter(|artifact| artifact.reference.contains("//61f")).count();
    assert_eq!(marked, 2, "{:?}", references(&inventory));
}

#[test]
fn a_problem_with_a_hostile_name_is_safe_to_show() {
    let scratch = Scratch::new(Source::Dir);
    let _socket = UnixListener::bind(scratch.path("x\u{1b}[2J")).unwrap();
    let inventory = scratch.inventory();
    assert!(inventory.problems[0].contains("x\\u{1b}[2J is no regular file"), "{:?}", inventory.problems);
}

#[test]
fn unfinished_files_and_directories_wait() {
    let scratch = Scratch::new(Source::Dir);
    scratch.file("bert/model.bin.part", "x");
    scratch.file("text.incomplete/data.arrow", "x");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert_eq!(inventory.in_flight, [scratch.path("bert/model.bin.part"), scratch.path("text.incomplete")]);
}

#[test]
fn a_directory_that_is_too_deep_is_a_problem() {
    let scratch = Scratch::new(Source::Dir);
    scratch.file(&format!("{}x", "d/".repeat(70)), "x");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert!(inventory.problems[0].ends_with("is too deep; nothing below it is listed"));
}

#[test]
fn a_change_lists_the_artifact_it_lies_in() {
    let scratch = Scratch::new(Source::Dir);
    scratch.file("bert/config.json", "x");
    scratch.file("gpt/config.json", "x");
    let root = scratch.root.path.to_str().unwrap();
    assert_eq!(references(&scratch.below("bert/new/deep")), [format!("dir:{root}/bert")]);
    assert_eq!(references(&scratch.below("bert")), [format!("dir:{root}/bert")]);
    assert_eq!(scratch.below("gone").artifacts, []);
}

#[test]
fn a_root_that_is_no_directory_is_an_error() {
    let mut scratch = Scratch::new(Source::Dir);
    scratch.file("x", "x");
    scratch.root.path.push("x");
    assert!(inventory(&scratch.root).is_err());
    scratch.root.path.push("y");
    assert!(inventory(&scratch.root).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_regular_file_of_a_plain_root_is_in_exactly_one_artifact(
        paths in prop::collection::btree_set("[ab]{1,2}(/[abc.]{1,3}){0,3}", 0..20),
    ) {
        let scratch = Scratch::new(Source::Dir);
        let mut written = BTreeSet::new();
        for path in &paths {
            let path = scratch.path(path);
            let inside = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
            let made = inside && fs::create_dir_all(path.parent().unwrap()).is_ok();
            if made && fs::write(&path, "x").is_ok() {
                written.insert(path.canonicalize().unwrap());
            }
        }
        let mut found: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for artifact in scratch.inventory().artifacts {
            for file in artifact.files {
                *found.entry(file.path).or_default() += 1;
            }
        }
        prop_assert!(found.values().all(|count| *count == 1));
        prop_assert_eq!(found.into_keys().collect::<BTreeSet<_>>(), written);
    }
}

use std::fs;

use assay_core::{Claim, Source};

use crate::scratch::{GIT, OTHER_SHA256, SHA256, Scratch, artifact, git, names, references, sha256};

const COMMIT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// One repository with a large and a small file, as `snapshot_download` leaves it.
fn repository(scratch: &Scratch, directory: &str) {
    scratch.file(&format!("{directory}/refs/main"), COMMIT);
    scratch.file(&format!("{directory}/blobs/{SHA256}"), "weights");
    scratch.file(&format!("{directory}/blobs/{GIT}"), "{}");
    scratch
        .link(&format!("{directory}/snapshots/{COMMIT}/model.safetensors"), format!("../../blobs/{SHA256}"));
    scratch.link(&format!("{directory}/snapshots/{COMMIT}/sub/config.json"), format!("../../../blobs/{GIT}"));
}

#[test]
fn a_snapshot_is_an_artifact_whose_blob_names_are_claims() {
    let scratch = Scratch::new(Source::Hf);
    repository(&scratch, "models--org--tiny");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), ["hf://org/tiny!cache", &format!("hf://org/tiny@{COMMIT}")]);
    let snapshot = artifact(&inventory, &format!("hf://org/tiny@{COMMIT}"));
    assert_eq!(snapshot.source, Source::Hf);
    assert_eq!(names(snapshot), ["model.safetensors", "sub/config.json"]);
    assert_eq!(snapshot.files[0].path, scratch.path(&format!("models--org--tiny/blobs/{SHA256}")));
    assert_eq!(snapshot.files[0].claims, [(sha256(SHA256), "blob name".to_owned())]);
    assert_eq!(snapshot.files[1].claims, [(git(GIT), "blob name".to_owned())]);
    assert_eq!(names(artifact(&inventory, "hf://org/tiny!cache")), ["refs/main"]);
    assert_eq!(inventory.problems, [""; 0]);
}

#[test]
fn the_listing_of_a_commit_adds_its_claims() {
    let scratch = Scratch::new(Source::Hf);
    repository(&scratch, "models--org--tiny");
    let listing = format!(
        r#"{{"format_version": 1, "files": {{
            "model.safetensors": {{"size": 7, "blob_id": "{GIT}", "lfs_sha256": "{OTHER_SHA256}", "lfs_size": 7}},
            "sub/config.json": {{"size": 2, "blob_id": "{GIT}"}},
            "not/here.bin": {{"size": 2, "blob_id": "{GIT}", "xet_hash": "{SHA256}"}}}}}}"#
    );
    scratch.file(&format!("models--org--tiny/trees/{COMMIT}.json"), listing);
    let inventory = scratch.inventory();
    let snapshot = artifact(&inventory, &format!("hf://org/tiny@{COMMIT}"));
    let by = format!("trees/{COMMIT}.json");
    assert_eq!(
        snapshot.files[0].claims,
        [
            (sha256(SHA256), "blob name".to_owned()),
            (sha256(OTHER_SHA256), by.clone()),
            (Claim::Size(7), by.clone())
        ]
    );
    assert_eq!(snapshot.files[1].claims[1..], [(git(GIT), by.clone()), (Claim::Size(2), by)]);
}

#[test]
fn a_listing_that_is_no_listing_is_a_problem_and_claims_nothing() {
    let file = format!(r#""a": {{"size": 1, "blob_id": "{GIT}"}}"#);
    for listing in [
        "[".repeat(100_000),
        "{}".to_owned(),
        r#"{"format_version": 2, "files": {}}"#.to_owned(),
        format!(r#"{{"format_version": 1, "files": {{{file}, {file}}}}}"#),
        r#"{"format_version": 1, "files": {"a": {"size": -1, "blob_id": "zz"}}}"#.to_owned(),
        format!("{}{{}}", " ".repeat(16 << 20)),
    ] {
        let scratch = Scratch::new(Source::Hf);
        repository(&scratch, "models--org--tiny");
        scratch.file(&format!("models--org--tiny/trees/{COMMIT}.json"), &listing);
        let inventory = scratch.inventory();
        let problem = inventory.problems.join("\n");
        assert!(
            problem.contains("is no listing that counts"),
            "{problem}: {}",
            &listing[..listing.len().min(80)]
        );
        let snapshot = artifact(&inventory, &format!("hf://org/tiny@{COMMIT}"));
        assert_eq!(snapshot.files[0].claims.len(), 1);
    }
}

#[test]
fn a_blob_in_the_shared_store_keeps_the_claim_of_its_own_name_only() {
    let scratch = Scratch::new(Source::Hf);
    let xet = OTHER_SHA256;
    let shared = format!("blobs/{}/{xet}", &xet[..2]);
    scratch.file("blobs/.huggingface-shared-blobs", "1\n");
    scratch.file(&shared, "weights");
    scratch.file(&format!("{shared}.refs"), "models--org--tiny/blobs/x\n");
    scratch.file(&format!("blobs/00/{SHA256}"), "nobody's");
    scratch.link(&format!("models--org--tiny/blobs/{SHA256}"), format!("../../{shared}"));
    scratch.link(&format!("models--org--tiny/blobs/{GIT}"), format!("../../{shared}"));
    scratch.link(&format!("models--org--tiny/snapshots/{COMMIT}/model.bin"), format!("../../blobs/{SHA256}"));
    let inventory = scratch.inventory();
    assert_eq!(inventory.problems, [""; 0]);
    let snapshot = artifact(&inventory, &format!("hf://org/tiny@{COMMIT}"));
    assert_eq!(snapshot.files[0].path, scratch.path(&shared));
    assert_eq!(snapshot.files[0].claims, [(sha256(SHA256), "blob name".to_owned())]);
    assert_eq!(
        references(&inventory),
        [
            "hf://!blobs",
            &format!("hf://!blobs/00/{SHA256}"),
            &format!("hf://org/tiny!blobs/{GIT}"),
            &format!("hf://org/tiny@{COMMIT}"),
        ]
    );
    assert_eq!(artifact(&inventory, &format!("hf://!blobs/00/{SHA256}")).files[0].claims, []);
}

#[test]
fn a_blob_no_snapshot_names_yet_is_an_artifact_of_its_own() {
    let scratch = Scratch::new(Source::Hf);
    scratch.file(&format!("models--org--tiny/blobs/{SHA256}"), "weights");
    scratch.file("models--org--tiny/blobs/W-etag", "small");
    let inventory = scratch.inventory();
    let orphan = artifact(&inventory, &format!("hf://org/tiny!blobs/{SHA256}"));
    assert_eq!(orphan.files[0].claims, [(sha256(SHA256), "blob name".to_owned())]);
    assert_eq!(artifact(&inventory, "hf://org/tiny!blobs/W-etag").files[0].claims, []);
}

#[test]
fn an_unfinished_download_waits_for_its_name() {
    let scratch = Scratch::new(Source::Hf);
    let unfinished = format!("models--org--tiny/blobs/{SHA256}.0a1b2c3d.incomplete");
    scratch.file(&unfinished, "wei");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert_eq!(inventory.in_flight, [scratch.path(&unfinished)]);
}

#[test]
fn links_out_of_the_repository_are_refused_and_named() {
    let scratch = Scratch::new(Source::Hf);
    repository(&scratch, "models--org--tiny");
    repository(&scratch, "models--other--one");
    fs::write(scratch.outside("secret"), "s").unwrap();
    let snapshot = format!("models--org--tiny/snapshots/{COMMIT}");
    for (name, target) in [
        ("absolute", "/etc/passwd".to_owned()),
        ("outside", "../../../../secret".to_owned()),
        ("other", format!("../../../models--other--one/blobs/{SHA256}")),
        ("nothing", "../../blobs/missing".to_owned()),
        ("itself", "itself".to_owned()),
        ("winding", format!("../../blobs/../blobs/{SHA256}")),
        ("folder", "../../blobs".to_owned()),
    ] {
        scratch.link(&format!("{snapshot}/{name}"), target);
    }
    scratch.link("models--org--tiny/blobs/one", "two");
    scratch.link("models--org--tiny/blobs/two", "one");
    scratch.link("models--elsewhere", scratch.outside(""));
    let inventory = scratch.inventory();
    let found = artifact(&inventory, &format!("hf://org/tiny@{COMMIT}"));
    assert_eq!(names(found), ["model.safetensors", "sub/config.json"]);
    assert_eq!(inventory.problems.len(), 10, "{:#?}", inventory.problems);
    let root = &scratch.root.path;
    let files = inventory.artifacts.iter().flat_map(|artifact| &artifact.files);
    assert!(files.map(|file| file.path.canonicalize().unwrap()).all(|path| path.starts_with(root)));
}

#[test]
fn data_sets_and_names_without_organisation_have_their_own_references() {
    let scratch = Scratch::new(Source::Hf);
    repository(&scratch, "datasets--org--text");
    repository(&scratch, "models--gpt2");
    let inventory = scratch.inventory();
    artifact(&inventory, &format!("hf://datasets/org/text@{COMMIT}"));
    artifact(&inventory, &format!("hf://gpt2@{COMMIT}"));
}

#[test]
fn no_directory_can_pass_for_another_repository() {
    let scratch = Scratch::new(Source::Hf);
    let odd = [
        "models--datasets--text",
        "models--a--b--c",
        "models--a!blobs",
        "models--a@b",
        "models--..--x",
        "models--",
        "plain",
    ];
    for directory in odd {
        scratch.file(&format!("{directory}/blobs/x"), "x");
    }
    let inventory = scratch.inventory();
    let expected = odd.map(|directory| format!("hf://!{directory}"));
    assert!(expected.iter().all(|reference| references(&inventory).contains(&reference.as_str())));
    assert_eq!(inventory.artifacts.len(), odd.len());
}

#[test]
fn a_file_without_links_and_an_odd_place_are_listed_too() {
    let scratch = Scratch::new(Source::Hf);
    scratch.file(&format!("models--org--tiny/snapshots/{COMMIT}/model.bin"), "copied");
    scratch.file("models--org--tiny/snapshots/stray.bin", "stray");
    scratch.file("models--org--tiny/blobs/deep/er.bin", "deeper");
    scratch.file("models--org--tiny/odd/model.bin", "odd");
    scratch.file(".locks/models--org--tiny/x.lock", "");
    scratch.file("CACHEDIR.TAG", "Signature");
    assert_eq!(
        references(&scratch.inventory()),
        [
            "hf://!.locks/models--org--tiny",
            "hf://!CACHEDIR.TAG",
            "hf://org/tiny!blobs/deep",
            "hf://org/tiny!cache",
            &format!("hf://org/tiny@{COMMIT}"),
            "hf://org/tiny@stray.bin",
        ]
    );
}

#[test]
fn a_change_lists_its_repository_and_the_shared_store_lists_all() {
    let scratch = Scratch::new(Source::Hf);
    repository(&scratch, "models--org--tiny");
    repository(&scratch, "models--other--one");
    scratch.file(&format!("blobs/00/{SHA256}"), "nobody's");
    let one = scratch.below(&format!("models--org--tiny/blobs/{SHA256}"));
    assert_eq!(references(&one), ["hf://org/tiny!cache", &format!("hf://org/tiny@{COMMIT}")]);
    assert_eq!(scratch.below(&format!("blobs/00/{SHA256}")), scratch.inventory());
    assert_eq!(scratch.below(""), scratch.inventory());
    assert_eq!(scratch.below("models--gone/blobs/x").artifacts, []);
}

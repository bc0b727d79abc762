use std::fs;

use assay_core::{Claim, Source};

use crate::scratch::{GIT, OTHER_SHA256, SHA256, Scratch, artifact, names, references, sha256};

const MANIFEST: &str = "manifests/registry.ollama.ai/library/tiny/latest";

fn manifest(layers: &[(&str, &str, u64)]) -> String {
    let layers: Vec<_> = layers
        .iter()
        .map(|(kind, hex, size)| {
            format!(
                r#"{{"mediaType": "application/vnd.ollama.image.{kind}", "digest": "sha256:{hex}", "size": {size}}}"#
            )
        })
        .collect();
    format!(r#"{{"schemaVersion": 2, "config": {}, "layers": [{}]}}"#, layers[0], layers[1..].join(","))
}

#[test]
fn a_manifest_is_an_artifact_of_its_blobs_with_their_claims() {
    let scratch = Scratch::new(Source::Ollama);
    scratch.file(&format!("blobs/sha256-{SHA256}"), "{}");
    scratch.file(&format!("blobs/sha256-{OTHER_SHA256}"), "GGUF");
    scratch.file(
        MANIFEST,
        manifest(&[("config", SHA256, 2), ("model", OTHER_SHA256, 4), ("model", OTHER_SHA256, 4)]),
    );
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), ["ollama://registry.ollama.ai/library/tiny:latest"]);
    let tiny = &inventory.artifacts[0];
    assert_eq!(names(tiny), ["config", "manifest.json", "model", "model.2"]);
    assert_eq!(tiny.files[2].path, scratch.path(&format!("blobs/sha256-{OTHER_SHA256}")));
    assert_eq!(
        tiny.files[2].claims,
        [(sha256(OTHER_SHA256), "blob name".to_owned()), (Claim::Size(4), "manifest".to_owned())]
    );
    assert_eq!(inventory.problems, [""; 0]);
}

#[test]
fn a_missing_blob_and_a_digest_that_is_none_are_problems() {
    let scratch = Scratch::new(Source::Ollama);
    scratch.file(MANIFEST, manifest(&[("config", SHA256, 2), ("model", "../../../etc/passwd", 4)]));
    let inventory = scratch.inventory();
    assert_eq!(names(&inventory.artifacts[0]), ["manifest.json"]);
    assert_eq!(inventory.problems.len(), 2, "{:#?}", inventory.problems);
}

#[test]
fn what_no_manifest_names_stands_on_its_own() {
    let scratch = Scratch::new(Source::Ollama);
    let upper = SHA256.to_uppercase();
    scratch.file(&format!("blobs/sha256-{upper}"), "another spelling");
    scratch.file(&format!("blobs/sha256-{SHA256}"), "x");
    scratch.file(&format!("blobs/sha256:{OTHER_SHA256}"), "old spelling");
    scratch.file("blobs/notes.txt", "x");
    scratch.file("blobs/deep/model.gguf", "x");
    scratch.file("manifests/registry.ollama.ai/library/tiny/a:b", "{}");
    scratch.file("manifests/short", "{}");
    scratch.file("history", "x");
    let inventory = scratch.inventory();
    assert_eq!(
        references(&inventory),
        [
            "ollama://!blobs/deep/model.gguf",
            "ollama://!blobs/notes.txt",
            &format!("ollama://!blobs/sha256-{upper}"),
            &format!("ollama://!blobs/sha256-{SHA256}"),
            &format!("ollama://!blobs/sha256:{OTHER_SHA256}"),
            "ollama://!history",
            "ollama://!manifests/registry.ollama.ai/library/tiny/a:b",
            "ollama://!manifests/short",
        ]
    );
    let usual = artifact(&inventory, &format!("ollama://!blobs/sha256-{SHA256}"));
    assert_eq!(usual.files[0].path, scratch.path(&format!("blobs/sha256-{SHA256}")));
}

#[test]
fn a_manifest_that_is_none_is_still_a_file() {
    let long = format!("{{}}{}", " ".repeat(4 << 20));
    let many = format!("{0}{1}]}}", r#"{"layers": ["#, vec![r#"{"digest":"","size":0}"#; 50_001].join(","));
    for text in ["", "[1]", r#"{"layers": 1}"#, &"[".repeat(1_000_000), &long, &many] {
        let scratch = Scratch::new(Source::Ollama);
        scratch.file(MANIFEST, text);
        let inventory = scratch.inventory();
        assert_eq!(names(&inventory.artifacts[0]), ["manifest.json"]);
        assert_eq!(inventory.problems.len(), 1);
    }
}

#[test]
fn downloads_in_flight_wait() {
    let scratch = Scratch::new(Source::Ollama);
    for name in ["-partial", "-partial-0", ".tmp"] {
        scratch.file(&format!("blobs/sha256-{SHA256}{name}"), "x");
    }
    let inventory = scratch.inventory();
    assert_eq!(inventory.in_flight.len(), 3);
    assert_eq!(references(&inventory), [""; 0]);
}

#[test]
fn a_port_is_part_of_the_host_and_any_change_lists_all() {
    let scratch = Scratch::new(Source::Ollama);
    scratch.file("manifests/localhost:5000/me/tiny/v1", "{}");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), ["ollama://localhost:5000/me/tiny:v1"]);
    assert_eq!(scratch.below("blobs/x"), inventory);
}

#[test]
fn a_blob_that_leads_out_of_the_store_is_refused() {
    let scratch = Scratch::new(Source::Ollama);
    fs::write(scratch.outside("secret"), "s").unwrap();
    scratch.link(&format!("blobs/sha256-{SHA256}"), "../../secret");
    scratch.link(&format!("blobs/{GIT}"), "/etc/passwd");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert_eq!(inventory.problems.len(), 2);
}

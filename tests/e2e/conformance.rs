//! `assay-conformance` over the cases of two outside suites, as their runners would call it.
//!
//! `ASSAY_VECTORS` names a folder with `signatures/manifest.tsv`; without it the tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::Command;

use assay_tests::programs::program;
use assay_tests::text;

fn vectors() -> Option<PathBuf> {
    let vectors = std::env::var_os("ASSAY_VECTORS").map(|root| PathBuf::from(root).join("signatures"));
    if vectors.is_none() {
        println!("skipped: ASSAY_VECTORS names no folder of vectors");
    }
    vectors
}

/// Whether the program verifies; anything but yes and no is a fault of the program or of its caller.
fn verifies(arguments: &[String]) -> bool {
    let output = Command::new(program("assay-conformance").unwrap()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("{other:?}: {arguments:?}: {said}"),
    }
}

fn sha256(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    format!("sha256:{}", line.split_whitespace().next().unwrap())
}

/// The rows of one group, by column.
fn rows(root: &Path, group: &str) -> Vec<Vec<String>> {
    let table = text(&root.join("manifest.tsv")).unwrap();
    let rows = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row[0] == group && row[4] != "n/a").collect()
}

#[test]
fn every_case_of_the_sigstore_suite_is_right_by_path_and_by_digest() {
    let Some(root) = vectors() else { return };
    let (mut right, mut wrong) = (0, Vec::new());
    for row in rows(&root, "sigstore-conformance") {
        let mut arguments =
            vec!["verify-bundle".to_owned(), "--bundle".to_owned(), root.join(&row[1]).display().to_string()];
        for trusted in row[8].split_whitespace() {
            let path = root.join(trusted).display().to_string();
            let option = if trusted.ends_with(".json") { "--trusted-root" } else { "--key" };
            arguments.extend([option.to_owned(), path]);
        }
        if row[5] != "bundle-key" {
            let named = ["--certificate-identity", &row[6], "--certificate-oidc-issuer", &row[7]];
            arguments.extend(named.map(str::to_owned));
        }
        let artifact = root.join(&row[2]);
        for artifact in [artifact.display().to_string(), sha256(&artifact)] {
            let verified = verifies(&[arguments.clone(), vec![artifact]].concat());
            if verified == (row[4] == "yes") { right += 1 } else { wrong.push(row[1].clone()) }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(right, 140);
}

#[test]
fn every_case_of_the_model_signing_suite_is_right() {
    let Some(root) = vectors() else { return };
    let (mut right, mut wrong) = (0, Vec::new());
    for row in rows(&root, "oms-conformance") {
        let scratch = tempfile::tempdir().unwrap();
        let model = scratch.path().join("model");
        copy(&root.join(&row[2]), &model);
        let (options, changes) = row[9].split_once("modify:").unwrap_or((&row[9], "{}"));
        modify(&model, &serde_json::from_str(changes).unwrap());
        let mut arguments = vec!["verify-model".to_owned(), "--method".to_owned(), row[5].clone()];
        arguments.extend(["--model-path".to_owned(), model.display().to_string()]);
        arguments.extend(["--bundle".to_owned(), root.join(&row[1]).display().to_string()]);
        let trusted = root.join(&row[8]).display().to_string();
        match row[5].as_str() {
            "key" => arguments.extend(["--public-key".to_owned(), trusted]),
            "certificate" => arguments.extend(["--cert-chain".to_owned(), trusted]),
            _ => {
                let named =
                    ["--identity", &row[6], "--identity-provider", &row[7], "--trusted-root", &trusted];
                arguments.extend(named.map(str::to_owned));
            }
        }
        arguments.extend(options.split_whitespace().map(str::to_owned));
        if verifies(&arguments) == (row[4] == "yes") { right += 1 } else { wrong.push(row[1].clone()) }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(right, 43);
}

/// The model on its own, so that a case can change it.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-R").args([from, to]).status().unwrap();
    assert!(copied.success());
}

/// What a case does to the model before it is verified.
fn modify(model: &Path, changes: &serde_json::Value) {
    for key in ["inject", "tamper"] {
        for (name, content) in changes[key].as_object().into_iter().flatten() {
            std::fs::write(model.join(name), content.as_str().unwrap()).unwrap();
        }
    }
    for name in changes["delete"].as_array().into_iter().flatten() {
        std::fs::remove_file(model.join(name.as_str().unwrap())).unwrap();
    }
}

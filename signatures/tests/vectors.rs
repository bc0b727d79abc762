//! Signatures by other tools, with what is known about each.
//!
//! `ASSAY_VECTORS` names a folder with `signatures/manifest.tsv`; without it the tests say so and pass.

#[path = "vectors/artifacts.rs"]
mod artifacts;
#[path = "vectors/models.rs"]
mod models;
#[path = "vectors/rows.rs"]
mod rows;
#[path = "vectors/walk.rs"]
mod walk;

use std::collections::BTreeMap;

use rows::{Expected, Row, rows};

/// What a row came to.
struct Outcome {
    accepted: bool,
    why: String,
}

/// Rows of the methods that other modules of this package check.
const ELSEWHERE: &[&str] = &[
    "minisign",
    "sshsig",
    "openpgp",
    "git-gpg",
    "git-ssh",
    "cosign-legacy",
    "cosign-bundle",
    "notation",
    "roundtrip",
];

/// A row that another one contradicts: the schema demands `tlogEntries`, and bundles of the Go client, which must verify
/// (`go-no-tlog-no-keyid`), have none.
const CONTRADICTED: &str = "missing-tlog-entries";

/// Rows that the manifest leaves to policy, and what this crate proves about each without any option. The option that
/// decides is in docs/signatures.md, in the table "What policy decides".
const DECIDED: &[(&str, bool)] = &[
    ("predicate-v1.1", true),
    ("ignore-unsigned-added", false),
    ("empty-dir-added", true),
    ("git-dir-added", true),
    ("github-dir-added", true),
    ("gitignore-changed", true),
    ("git-dir-strict", true),
    ("empty-file-added-shards", false),
    ("empty-file-removed-shards", true),
    ("symlinkdir-allowed", false),
    ("hint-mismatch", true),
    ("hint-der-b64", true),
    ("mediatype-v0.3-old", true),
    ("key-k256", false),
    ("key-bp256", false),
    ("key-ed25519", true),
    ("key-rsa2048", true),
    ("cert-int-as-anchor", true),
    ("manifest-reordered", true),
    ("neg-name-dot-slash", false),
    ("neg-name-double-slash", false),
    ("neg-name-trailing-slash", false),
    ("neg-hex-uppercase", false),
    ("allow-symlinks-string", false),
    ("predicate-extra-field", true),
    ("neg-v02-compat-subject-digests", false),
    ("neg-payload-bom", false),
    ("tsa/bundle.txt.sigstore", false),
    ("tsa/bundle.duplicate.sigstore", false),
    ("othername", false),
];

#[test]
fn agrees_with_every_vector_in_scope() {
    let Some(root) = std::env::var_os("ASSAY_VECTORS") else {
        println!("skipped: ASSAY_VECTORS names no folder of vectors");
        return;
    };
    let root = std::path::PathBuf::from(root).join("signatures");
    let rows = rows(&root).unwrap();
    assert!(rows.len() > 300, "{} rows", rows.len());
    let (mut counts, mut wrong) = (BTreeMap::<(String, &str), usize>::new(), Vec::new());
    let here =
        |row: &&Row| !ELSEWHERE.contains(&row.method.as_str()) && !row.signature.contains(CONTRADICTED);
    for row in rows.iter().filter(here) {
        let outcome = match row.method.as_str() {
            "key" | "certificate" | "sigstore" => models::check(&root, row),
            "bundle" | "bundle-key" => artifacts::check(&root, row),
            "schema" => models::shape(&root, row),
            other => panic!("{other}: no such method"),
        };
        let outcome = outcome.map_err(|error| format!("{}: {error}", row.signature)).unwrap();
        let right = match row.expected {
            Expected::Yes => outcome.accepted,
            Expected::No => !outcome.accepted,
            Expected::Policy => decided(row) == Some(outcome.accepted),
        };
        let name = if right { "right" } else { "wrong" };
        *counts.entry((row.group.clone(), name)).or_default() += 1;
        if !right {
            wrong.push(format!(
                "{} ({:?}): accepted {}: {}",
                row.signature, row.expected, outcome.accepted, outcome.why
            ));
        }
    }
    println!("{counts:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What was decided about a row that the manifest leaves to policy; nothing is left undecided.
fn decided(row: &Row) -> Option<bool> {
    let known = DECIDED.iter().find(|(name, _)| row.signature.contains(&format!("/{name}")));
    known.map(|(_, accepted)| *accepted)
}

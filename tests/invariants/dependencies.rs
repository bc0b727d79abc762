//! Which program can call what.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// Each program or library, and the packages it must never be able to call.
const NEVER: &[(&str, &[&str])] = &[
    (
        "assay-guard",
        &[
            "assay-pool",
            "assay-scanners",
            "assay-signatures",
            "assay-sbom",
            "assay-policy",
            "assay-registries",
            "tokio",
            "rustls",
            "reqwest",
            "rusqlite",
            "serde_json",
            "toml",
            "zip",
            "tar",
            "flate2",
            "aws-lc-rs",
        ],
    ),
    ("assay-worker", &["assay-registries", "assay-policy", "tokio", "rustls", "reqwest", "rusqlite"]),
    ("assay-daemon", &["assay-scanners", "assay-signatures", "assay-sbom", "zip", "tar"]),
    ("assay-cli", &["assay-scanners", "assay-signatures", "assay-sbom", "rusqlite", "zip", "tar"]),
    ("assay-core", &["tokio", "rustix", "serde_json", "assay-pool", "assay-policy"]),
    ("assay-policy", &["tokio", "rustix", "serde_json", "assay-pool", "assay-scanners"]),
    ("assay-proof", &["tokio", "rustix", "rusqlite", "reqwest", "assay-pool", "assay-policy"]),
    ("assay-scanners", &["tokio", "rustix", "assay-pool", "assay-policy", "assay-registries"]),
    ("assay-signatures", &["tokio", "rustix", "assay-pool", "assay-policy", "assay-registries"]),
    ("assay-sbom", &["tokio", "rustix", "reqwest", "assay-pool", "assay-policy", "assay-registries"]),
];

#[test]
fn nobody_reaches_what_it_must_never_call() {
    let metadata = MetadataCommand::new().other_options(vec!["--locked".to_owned()]).exec().unwrap();
    for (program, never) in NEVER {
        let reached = reached(&metadata, program);
        assert!(reached.len() > 1, "{program} reaches something");
        for package in *never {
            assert!(!reached.contains(*package), "{program} reaches {package}");
        }
    }
}

/// Names of all packages that a package is linked with, itself included.
fn reached(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = &metadata.packages.iter().find(|package| package.name.as_str() == name).unwrap().id;
    let (mut seen, mut left) = (BTreeSet::from([start]), vec![start]);
    while let Some(id) = left.pop() {
        for dependency in &nodes[id].deps {
            let linked = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if linked && seen.insert(&dependency.pkg) {
                left.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

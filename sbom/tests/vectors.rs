//! Documents by the CycloneDX project and by other tools, with whether each is valid.
//!
//! `ASSAY_VECTORS` names a folder with `sbom/manifest.tsv`; without it the test says so and passes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use assay_core::wire::worker::{HashedFile, SbomCheck};
use assay_core::{FileState, SbomLevel, Sha256};
use assay_sbom::check;
use sha2::{Digest as _, Sha256 as Hasher};

const SKIPPED: &str = "skipped: ASSAY_VECTORS names no folder of vectors";

fn vectors() -> Option<PathBuf> {
    std::env::var_os("ASSAY_VECTORS").map(|root| PathBuf::from(root).join("sbom"))
}

#[test]
fn agrees_with_every_vector_on_what_is_valid() {
    let Some(root) = vectors() else { return println!("{SKIPPED}") };
    let table = String::from_utf8(bytes(&root.join("manifest.tsv")).unwrap()).unwrap();
    let mut counts: BTreeMap<(String, String, bool), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        let (file, kind, version, expected) = (row[0], row[1], row[2], row[3]);
        if !["cyclonedx-json", "cyclonedx-json-dev", "spdx2-json", "spdx3-jsonld"].contains(&kind) {
            continue;
        }
        let request = SbomCheck { name: file.to_owned(), files: Vec::new() };
        let fact = check(&bytes(&root.join(file)).unwrap(), &request);
        let accepted = fact.level > SbomLevel::Invalid;
        let agrees = match (kind, expected) {
            ("cyclonedx-json", "valid") => accepted,
            ("cyclonedx-json", "invalid") => !accepted,
            ("cyclonedx-json", _) => true,
            // Not supported: refused by name, never taken for valid.
            (_, "valid" | "unknown") => !accepted && fact.problems[0].contains("not supported"),
            (_, _) => !accepted,
        };
        *counts.entry((format!("{kind} {version}"), expected.to_owned(), accepted)).or_default() += 1;
        if !agrees {
            wrong.push(format!("{file}: {expected}: {:?} {:?}", fact.level, fact.problems));
        }
    }
    for ((kind, expected, accepted), count) in &counts {
        println!("{kind}: {expected}, {}: {count}", if *accepted { "accepted" } else { "refused" });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(counts.values().sum::<usize>() > 300);
}

#[test]
fn a_document_of_another_tool_is_checked_against_its_files() {
    let Some(root) = vectors() else { return println!("{SKIPPED}") };
    let folder = root.join("aibom-wild/generated-artifact");
    let mut files = Vec::new();
    for name in ["bad.pkl", "config.json", "model.safetensors", "ok.pkl"] {
        let content = bytes(&folder.join(name)).unwrap();
        let sha256 = Sha256::new(Hasher::digest(&content).into());
        files.push(HashedFile {
            name: name.to_owned(),
            size: content.len() as u64,
            sha256,
            digests: Vec::new(),
        });
    }
    let request = SbomCheck { name: "aisbom.cdx.json".to_owned(), files };
    let fact = check(&bytes(&root.join("aibom-wild/generated-aisbom-cli.cdx.json")).unwrap(), &request);
    let states: Vec<_> = fact.files.iter().map(|entry| (entry.name.as_str(), entry.state)).collect();
    let verified = |name| (name, FileState::Verified);
    let unlisted = ("config.json", FileState::Unlisted);
    assert_eq!(states, [verified("bad.pkl"), unlisted, verified("model.safetensors"), verified("ok.pkl")]);
    assert_eq!(fact.level, SbomLevel::Document);
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "test vectors, and the take stands here")]
    fs::File::open(path)?.take(64 << 20).read_to_end(&mut content)?;
    Ok(content)
}

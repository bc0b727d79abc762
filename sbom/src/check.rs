//! How far one document holds for one artifact.

use assay_core::wire::worker::{HashedFile, SbomCheck};
use assay_core::{FileCoverage, FileState, SbomFact, SbomLevel, shown};
use serde_json::Value;

use crate::claims::claims;
use crate::document;
use crate::matching::standing;
use crate::references;

/// Names shown in one problem; the rest is counted.
const MAX_NAMES: usize = 3;

/// Checks a document against the files of its artifact, which were already hashed.
#[must_use]
pub fn check(document: &[u8], request: &SbomCheck) -> SbomFact {
    let (format, read) = document::read(document);
    let judged = match read {
        Ok(document) => judge(&document, &request.files),
        Err(fault) => Err(fault.to_string()),
    };
    let (level, problems, files) =
        judged.unwrap_or_else(|problem| (SbomLevel::Invalid, vec![problem], Vec::new()));
    SbomFact { file: request.name.clone(), format, level, problems, files }
}

type Judged = (SbomLevel, Vec<String>, Vec<FileCoverage>);

fn judge(document: &Value, files: &[HashedFile]) -> Result<Judged, String> {
    let claims = claims(document).map_err(|error| error.to_string())?;
    let files = standing(&claims, files);
    let mut problems: Vec<String> = [
        (FileState::Unlisted, "not listed"),
        (FileState::Missing, "listed, but not there"),
        (FileState::Changed, "listed with another digest than they have"),
        (FileState::Unhashed, "listed without a usable SHA-256"),
    ]
    .into_iter()
    .filter_map(|(state, what)| problem(&files, state, what))
    .collect();
    if !files.iter().any(|entry| described(entry.state)) {
        problems.push("no file of the artifact is described".to_owned());
    }
    if document.pointer("/metadata/component").is_none() {
        problems.push("it does not say what it is about: no metadata.component".to_owned());
    }
    problems.extend(references::problems(document));
    Ok((level(&files), problems, files))
}

/// The highest level that every file allows.
fn level(files: &[FileCoverage]) -> SbomLevel {
    let allowed = files.iter().map(|entry| match entry.state {
        FileState::Changed | FileState::Missing | FileState::Unlisted => SbomLevel::Document,
        FileState::Unhashed => SbomLevel::Inventory,
        FileState::Ignored | FileState::Verified => SbomLevel::Integrity,
    });
    let lowest = allowed.min().unwrap_or(SbomLevel::Document);
    if files.iter().any(|entry| described(entry.state)) { lowest } else { SbomLevel::Document }
}

fn described(state: FileState) -> bool {
    match state {
        FileState::Verified | FileState::Unhashed | FileState::Changed => true,
        FileState::Ignored | FileState::Missing | FileState::Unlisted => false,
    }
}

/// `2 files not listed: "a", "b"`.
fn problem(files: &[FileCoverage], state: FileState, what: &str) -> Option<String> {
    let names: Vec<&str> =
        files.iter().filter(|entry| entry.state == state).map(|entry| entry.name.as_str()).collect();
    let count = names.len();
    let first: Vec<String> =
        names.iter().take(MAX_NAMES).map(|name| format!("\"{}\"", shown(name))).collect();
    let more = if count > MAX_NAMES { ", …" } else { "" };
    (count > 0).then(|| {
        format!("{count} {} {what}: {}{more}", if count == 1 { "file" } else { "files" }, first.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use assay_core::Sha256;
    use serde_json::json;
    use sha2::{Digest as _, Sha256 as Hasher};

    use super::*;

    fn digest(name: &str) -> Sha256 {
        Sha256::new(Hasher::digest(name).into())
    }

    /// A document that lists these files, each holding its own name.
    fn listing(names: &[&str]) -> Value {
        let files: Vec<Value> = names
            .iter()
            .map(|name| {
                let hashes = json!([{"alg": "SHA-256", "content": digest(name).to_string()}]);
                json!({"type": "file", "name": name, "bom-ref": name, "hashes": hashes})
            })
            .collect();
        let subject = json!({"type": "machine-learning-model", "name": "m", "bom-ref": "subject"});
        json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": {"component": subject}, "components": files,
        })
    }

    fn checked(document: &Value, names: &[&str]) -> SbomFact {
        let file = |name: &&str| HashedFile {
            name: (*name).to_owned(),
            size: 1,
            sha256: digest(name),
            digests: Vec::new(),
        };
        let request = SbomCheck { name: "bom.json".to_owned(), files: names.iter().map(file).collect() };
        check(document.to_string().as_bytes(), &request)
    }

    #[test]
    fn every_file_listed_with_its_digest_is_integrity() {
        for version in ["1.4", "1.5", "1.6", "1.7"] {
            let mut document = listing(&["a", "sub/b"]);
            document["specVersion"] = json!(version);
            // 1.4 knows no models yet.
            document["metadata"]["component"]["type"] = json!("application");
            let fact = checked(&document, &["a", "sub/b"]);
            assert_eq!(
                (fact.level, fact.problems.as_slice()),
                (SbomLevel::Integrity, [].as_slice()),
                "{version}"
            );
            assert_eq!((fact.file.as_str(), fact.format), ("bom.json", format!("CycloneDX {version}")));
            assert!(fact.files.iter().all(|entry| entry.state == FileState::Verified));
        }
    }

    #[test]
    fn each_fault_lowers_the_level_and_is_named() {
        type Change = fn(&mut Value);
        let changes: [(SbomLevel, &str, Change); 6] = [
            (SbomLevel::Document, "1 file not listed: \"a\"", |d| {
                d["components"].as_array_mut().unwrap().remove(0);
            }),
            (SbomLevel::Document, "1 file listed, but not there: \"c\"", |d| {
                d["components"].as_array_mut().unwrap().push(json!({"type": "file", "name": "c"}));
            }),
            (SbomLevel::Document, "1 file listed with another digest", |d| {
                d["components"][0]["hashes"][0]["content"] = json!("00".repeat(32));
            }),
            (SbomLevel::Inventory, "1 file listed without a usable SHA-256: \"a\"", |d| {
                d["components"][0]["hashes"] = json!([]);
            }),
            (SbomLevel::Inventory, "listed without a usable SHA-256", |d| {
                d["components"][0]["hashes"] = json!([{"alg": "SHA-1", "content": "00".repeat(20)}]);
            }),
            (SbomLevel::Invalid, "breaks its schema at /components/0/hashes/0/content", |d| {
                d["components"][0]["hashes"][0]["content"] = json!("sha256");
            }),
        ];
        for (level, says, change) in changes {
            let mut document = listing(&["a", "b"]);
            change(&mut document);
            let fact = checked(&document, &["a", "b"]);
            assert_eq!(fact.level, level, "{says}");
            assert!(
                fact.problems.iter().any(|problem| problem.contains(says)),
                "{says}: {:?}",
                fact.problems
            );
        }
    }

    #[test]
    fn a_document_about_nothing_that_is_there_is_only_a_document() {
        assert_eq!(checked(&listing(&[]), &[]).level, SbomLevel::Document);
        let fact = checked(&listing(&[]), &[".git/config"]);
        assert_eq!(fact.level, SbomLevel::Document);
        assert_eq!(fact.problems, ["no file of the artifact is described"]);
        assert_eq!(fact.files[0].state, FileState::Ignored);
    }

    #[test]
    fn a_subject_that_is_the_only_file_counts() {
        let mut document = listing(&[]);
        let hashes = json!([{"alg": "SHA-256", "content": digest("w").to_string()}]);
        document["metadata"]["component"] =
            json!({"type": "machine-learning-model", "name": "w", "hashes": hashes});
        assert_eq!(checked(&document, &["w"]).level, SbomLevel::Integrity);
    }

    #[test]
    fn what_does_not_lower_the_level_is_still_said() {
        let mut document = listing(&["a"]);
        document["metadata"] = json!({});
        document["dependencies"] = json!([{"ref": "nowhere"}]);
        let fact = checked(&document, &["a"]);
        assert_eq!(fact.level, SbomLevel::Integrity);
        assert_eq!(fact.problems.len(), 2, "{:?}", fact.problems);
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let fact = checked(&listing(&["a"]), &["a", "b", "c", "d", "e\n"]);
        assert_eq!(fact.problems[0], "4 files not listed: \"b\", \"c\", \"d\", …");
    }

    #[test]
    fn no_cut_of_a_good_document_is_integrity() {
        let text = listing(&["a"]).to_string();
        for end in 0..text.len() {
            let request = SbomCheck { name: "bom.json".to_owned(), files: Vec::new() };
            assert_eq!(check(&text.as_bytes()[..end], &request).level, SbomLevel::Invalid, "cut at {end}");
        }
    }

    #[test]
    fn no_flipped_bit_makes_a_wrong_document_hold() {
        // Of the wrong digest: no single bit makes it the right one.
        let mut bytes = listing(&["b"]).to_string().into_bytes();
        let file = HashedFile { name: "a".to_owned(), size: 1, sha256: digest("a"), digests: Vec::new() };
        let request = SbomCheck { name: "bom.json".to_owned(), files: vec![file] };
        for byte in 0..bytes.len() {
            for bit in 0..8 {
                bytes[byte] ^= 1 << bit;
                assert!(check(&bytes, &request).level < SbomLevel::Integrity, "byte {byte} bit {bit}");
                bytes[byte] ^= 1 << bit;
            }
        }
    }
}

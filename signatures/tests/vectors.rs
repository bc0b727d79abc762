//! Signatures by other tools, with what is known about each.
//!
//! `ASSAY_VECTORS` names a folder with `signatures/manifest.tsv`; without it the test says so and passes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use assay_core::wire::worker::{HashedFile, SignatureCheck};
use assay_core::{FileState, Sha256, SignatureFact, SignatureState};
use assay_signatures::verify_oms;
use sha2::{Digest as _, Sha256 as Hasher};

/// One row of the manifest.
struct Row {
    signature: PathBuf,
    subject: PathBuf,
    what: String,
    must_verify: String,
    key: PathBuf,
    flags: String,
}

/// A folder as whoever calls the check would hash it.
#[derive(Default)]
struct Walk {
    files: BTreeMap<String, Vec<u8>>,
    /// Names without content to hash: links that are not followed. They are files nobody could read.
    unread: BTreeSet<String>,
}

/// What the flags of the row ask of the caller.
struct Flags {
    follow_links: bool,
    ignored: Vec<String>,
    modify: Option<serde_json::Value>,
}

#[test]
fn agrees_with_every_vector_in_scope() {
    let Some(root) = std::env::var_os("ASSAY_VECTORS") else {
        println!("skipped: ASSAY_VECTORS names no folder of vectors");
        return;
    };
    let root = PathBuf::from(root).join("signatures");
    let rows = rows(&root).unwrap();
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in &rows {
        let (fact, whole) = check(&root, row).map_err(|error| format!("{}: {error}", row.what)).unwrap();
        let accepted = fact.state == SignatureState::Verified && whole;
        let unsupported = match &fact.state {
            SignatureState::Invalid { reason } => reason.starts_with("unsupported"),
            SignatureState::Verified | SignatureState::UntrustedSigner => false,
        };
        let outcome = match (row.must_verify.as_str(), accepted) {
            ("yes", true) => "verified, rightly",
            ("yes", false) if unsupported => "unsupported",
            ("no", false) => "refused, rightly",
            ("policy", _) => "either way",
            _ => "wrong",
        };
        *counts.entry(outcome).or_default() += 1;
        if outcome != "verified, rightly" && outcome != "refused, rightly" {
            println!("{outcome} (accepted: {accepted}): {}: {:?}", row.what, fact.state);
        }
        if outcome == "wrong" {
            wrong.push(format!("{}: {fact:?}", row.signature.display()));
        }
    }
    println!("{counts:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn rows(root: &Path) -> io::Result<Vec<Row>> {
    let table = text(&root.join("manifest.tsv"))?;
    let groups = ["gen", "oms-conformance", "oms-reference", "oms-spec"];
    Ok(table
        .lines()
        .skip(1)
        .filter_map(|line| match line.split('\t').collect::<Vec<_>>().as_slice() {
            [group, signature, subject, what, must_verify, "key", _, _, key, flags, ..]
                if groups.contains(group) =>
            {
                Some(Row {
                    signature: root.join(signature),
                    subject: root.join(subject),
                    what: format!("{what} ({signature})"),
                    must_verify: (*must_verify).to_owned(),
                    key: root.join(key),
                    flags: (*flags).to_owned(),
                })
            }
            _ => None,
        })
        .collect())
}

fn check(root: &Path, row: &Row) -> io::Result<(SignatureFact, bool)> {
    let flags = flags(&row.flags);
    let mut walk = walk_subject(row, flags.follow_links)?;
    modify(&mut walk, flags.modify.as_ref());
    let kept = |name: &String| {
        !flags.ignored.iter().any(|path| name == path || name.starts_with(&format!("{path}/")))
    };
    let files: Vec<HashedFile> = walk.files.iter().filter(|(name, _)| kept(name)).map(hashed).collect();
    let request = SignatureCheck {
        name: row.signature.strip_prefix(root).unwrap_or(&row.signature).display().to_string(),
        files,
        // One case names a key that its suite does not hold; it must be refused without any.
        trusted_keys: if row.key.exists() { vec![text(&row.key)?] } else { Vec::new() },
    };
    let fact = verify_oms(&bytes(&row.signature)?, &request);
    let whole = !walk.unread.iter().any(kept)
        && fact.coverage.iter().all(|entry| matches!(entry.state, FileState::Verified | FileState::Ignored));
    Ok((fact, whole))
}

fn flags(text: &str) -> Flags {
    let (options, modify) = text.split_once("modify:").map_or((text, None), |(o, m)| (o, Some(m)));
    let mut words = options.split_whitespace();
    let mut ignored = Vec::new();
    let mut follow_links = false;
    while let Some(word) = words.next() {
        match word {
            "--ignore-paths" => {
                ignored.extend(words.next().map(|path| path.trim_start_matches("<model>/").to_owned()));
            }
            "--allow_symlinks" => follow_links = true,
            _ => {}
        }
    }
    Flags { follow_links, ignored, modify: modify.and_then(|json| serde_json::from_str(json).ok()) }
}

/// What a conformance case does to the folder before it is checked.
fn modify(walk: &mut Walk, change: Option<&serde_json::Value>) {
    let Some(change) = change else { return };
    for key in ["inject", "tamper"] {
        for (name, content) in change.get(key).and_then(|files| files.as_object()).into_iter().flatten() {
            walk.files.insert(name.clone(), content.as_str().unwrap_or_default().as_bytes().to_vec());
        }
    }
    let deleted = change.get("delete").and_then(|names| names.as_array()).into_iter().flatten();
    for name in deleted.filter_map(|name| name.as_str()) {
        walk.files.remove(name);
    }
}

fn walk_subject(row: &Row, follow_links: bool) -> io::Result<Walk> {
    let mut walk = Walk::default();
    if row.subject.is_file() {
        let name = row.subject.file_name().unwrap_or_default().to_string_lossy().into_owned();
        walk.files.insert(name, bytes(&row.subject)?);
        return Ok(walk);
    }
    let top = fs::canonicalize(&row.subject)?;
    let signature = fs::canonicalize(&row.signature)?;
    let mut folders = vec![(top.clone(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{prefix}{base}");
            let target = fs::canonicalize(&path);
            let link = path.is_symlink();
            match target {
                Ok(target) if target == signature => {}
                Ok(target) if link && !(follow_links && target.starts_with(&top)) => {
                    walk.unread.insert(name);
                }
                Ok(target) if target.is_dir() => folders.push((target, format!("{name}/"))),
                Ok(target) => {
                    walk.files.insert(name, bytes(&target)?);
                }
                Err(_) => {
                    walk.unread.insert(name);
                }
            }
        }
    }
    Ok(walk)
}

fn hashed((name, content): (&String, &Vec<u8>)) -> HashedFile {
    let sha256 = Sha256::new(Hasher::digest(content).into());
    HashedFile { name: name.clone(), size: content.len() as u64, sha256 }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "test vectors, and the take stands here")]
    fs::File::open(path)?.take(64 << 20).read_to_end(&mut content)?;
    Ok(content)
}

fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

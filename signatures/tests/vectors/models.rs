//! Rows about models: a folder or file, and a signature over it.

use std::io;
use std::path::Path;

use assay_core::wire::worker::{HashedFile, SignatureCheck, WantedDigest};
use assay_core::{
    CertificateRoots, FileState, Legacy, Sha256, SignatureFact, SignatureState, SigstoreRoot, Timestamp,
    Trust,
};
use assay_signatures::{Digests, verify_oms, wanted_digests};
use sha2::{Digest as _, Sha256 as Hasher};

use super::Outcome;
use super::rows::{Row, bytes, text};
use super::walk::{Walk, walk};

/// When the vectors were made: 2026-11-21. Certificates in them are valid, expired or not valid yet then.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

/// What the flags of the row ask of the caller.
struct Flags {
    follow_links: bool,
    ignored: Vec<String>,
    ignore_unsigned: bool,
    modify: Option<serde_json::Value>,
}

pub(crate) fn check(root: &Path, row: &Row) -> io::Result<Outcome> {
    let flags = flags(&row.flags);
    let mut walk = walk(root, row, flags.follow_links)?;
    modify(&mut walk, flags.modify.as_ref());
    let kept = |name: &String| {
        !flags.ignored.iter().any(|path| name == path || name.starts_with(&format!("{path}/")))
    };
    let signature = bytes(&root.join(&row.signature))?;
    let wanted = wanted_digests(&signature);
    let request = SignatureCheck {
        name: row.signature.clone(),
        files: walk.files.iter().filter(|(name, _)| kept(name)).map(|file| hashed(file, &wanted)).collect(),
        trust: trust(row)?,
    };
    let fact = verify_oms(&signature, &request);
    let covered = fact.coverage.iter().all(|entry| match entry.state {
        FileState::Verified | FileState::Ignored => true,
        // What `cover = "every-loadable-file"` does for files that nothing loads, asked for by the row. Rows that add
        // something loadable are left to policy.
        FileState::Unlisted => flags.ignore_unsigned && row.group == "oms-conformance",
        FileState::Changed | FileState::Missing | FileState::Unhashed => false,
    });
    let whole = covered && !walk.unread.iter().any(kept);
    let accepted = fact.state == SignatureState::Verified && whole && identity(row, &fact);
    Ok(Outcome { accepted, why: format!("{:?} {:?} {:?}", fact.state, fact.by, fact.coverage) })
}

/// A bundle alone: whether it has the shape of one.
pub(crate) fn shape(root: &Path, row: &Row) -> io::Result<Outcome> {
    let signature = bytes(&root.join(&row.signature))?;
    let request = SignatureCheck { name: String::new(), files: Vec::new(), trust: Trust::nobody(NOW) };
    let fact = verify_oms(&signature, &request);
    // These carry placeholders instead of keys and proofs, so a good one goes as far as its proof.
    let why = format!("{:?}", fact.state);
    let shapeless =
        ["the bundle is malformed", "verification material", "predicate type", "no DSSE envelope"];
    Ok(Outcome { accepted: !shapeless.iter().any(|text| why.contains(text)), why })
}

fn trust(row: &Row) -> io::Result<Trust> {
    let mut trust = Trust { sigstore_roots: Vec::new(), ..Trust::nobody(NOW) };
    // The one option rows need: signatures of v0.2 exist only in the historical cases.
    if row.signature.contains("v0.2.0") {
        trust.legacy = Legacy::Accept;
    }
    // One case names a key that its suite does not hold; it must be refused without any.
    for path in row.trusted.iter().filter(|path| path.exists()) {
        match row.method.as_str() {
            "key" => trust.keys.push(text(path)?),
            "certificate" => {
                // A file named beside another is part of one set.
                let pem = text(path)?;
                match trust.certificate_roots.first_mut() {
                    Some(roots) => roots.pem.push_str(&pem),
                    None => trust.certificate_roots.push(CertificateRoots { name: "roots".to_owned(), pem }),
                }
            }
            _ => trust.sigstore_roots.push(SigstoreRoot { name: "root".to_owned(), json: Some(text(path)?) }),
        }
    }
    Ok(trust)
}

/// Whether the signer is the one the row asks for.
fn identity(row: &Row, fact: &SignatureFact) -> bool {
    let by = fact.by.as_ref();
    let name = row.identity.is_empty() || by.is_some_and(|by| by.name == row.identity);
    name && (row.issuer.is_empty() || by.and_then(|by| by.issuer.as_deref()) == Some(&row.issuer))
}

fn hashed((name, content): (&String, &Vec<u8>), wanted: &[WantedDigest]) -> HashedFile {
    let concerns = |one: &&WantedDigest| one.name.as_ref().is_none_or(|wanted| wanted == name);
    let kinds: Vec<_> = wanted.iter().filter(concerns).map(|one| one.kind).collect();
    let mut digests = Digests::new(&kinds);
    digests.update(content);
    let sha256 = Sha256::new(Hasher::digest(content).into());
    HashedFile { name: name.clone(), size: content.len() as u64, sha256, digests: digests.finish() }
}

fn flags(text: &str) -> Flags {
    let (options, modify) = text.split_once("modify:").map_or((text, None), |(o, m)| (o, Some(m)));
    let mut words = options.split_whitespace();
    let mut ignored = Vec::new();
    let (mut follow_links, mut ignore_unsigned) = (false, false);
    while let Some(word) = words.next() {
        match word {
            "--ignore-paths" => {
                ignored.extend(words.next().map(|path| path.trim_start_matches("<model>/").to_owned()));
            }
            "--allow_symlinks" => follow_links = true,
            "--ignore-unsigned-files" => ignore_unsigned = true,
            _ => {}
        }
    }
    let modify = modify.and_then(|json| serde_json::from_str(json).ok());
    Flags { follow_links, ignored, ignore_unsigned, modify }
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

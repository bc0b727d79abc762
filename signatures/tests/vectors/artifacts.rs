//! Rows about one artifact and a Sigstore bundle over it; each by its bytes and by its digest.

use std::io;
use std::path::Path;

use assay_core::{Sha256, SigstoreRoot};
use assay_signatures::{ArtifactCheck, ArtifactKey, Subject, verify_artifact};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256 as Hasher};

use super::rows::{Row, bytes, text};
use super::{Expected, Outcome};

/// What is signed, with its bytes when there are some.
enum Signed {
    Bytes(Vec<u8>),
    Sha256(Sha256),
    Sha512(assay_core::Digest<64>),
}

pub(crate) fn check(root: &Path, row: &Row) -> io::Result<Outcome> {
    let bundle = bytes(&root.join(&row.signature))?;
    let (mut accepted, mut why) = (Vec::new(), String::new());
    let signed = signed(root, row, &bundle)?;
    let subjects = match &signed {
        Signed::Bytes(bytes) => {
            vec![Subject::Bytes(bytes), Subject::Digest(Sha256::new(Hasher::digest(bytes).into()))]
        }
        Signed::Sha256(digest) => vec![Subject::Digest(*digest)],
        Signed::Sha512(digest) => vec![Subject::Sha512(*digest)],
    };
    for subject in subjects {
        let answer =
            verify_artifact(&bundle, &ArtifactCheck { subject, root: trusted(row)?, key: key(row)? });
        why = format!("{why} {answer:?}");
        accepted.push(answer.is_ok_and(|by| {
            let name = by.as_ref().map(|by| by.name.as_str());
            let issuer = by.as_ref().and_then(|by| by.issuer.as_deref());
            (row.identity.is_empty() || name == Some(&row.identity))
                && (row.issuer.is_empty() || issuer == Some(&row.issuer))
        }));
    }
    // Both ways must be right, so either being wrong decides.
    let accepted = match row.expected {
        Expected::Yes => accepted.iter().all(|one| *one),
        Expected::No | Expected::Policy => accepted.iter().any(|one| *one),
    };
    Ok(Outcome { accepted, why })
}

fn signed(root: &Path, row: &Row, bundle: &[u8]) -> io::Result<Signed> {
    if !row.subject.starts_with('(') && !row.subject.is_empty() {
        return Ok(Signed::Bytes(bytes(&root.join(&row.subject))?));
    }
    // The artifact is not part of the vectors: its digest is what the statement says, as the source's own tests do.
    let json: serde_json::Value = serde_json::from_slice(bundle).unwrap_or_default();
    let payload = json["dsseEnvelope"]["payload"].as_str().unwrap_or_default();
    let statement: serde_json::Value =
        serde_json::from_slice(&STANDARD.decode(payload).unwrap_or_default()).unwrap_or_default();
    let subjects = statement["subject"].as_array().into_iter().flatten();
    let named = |algorithm| subjects.clone().find_map(|subject| subject["digest"][algorithm].as_str());
    let sha512 = named("sha512").and_then(|digest| digest.parse().ok()).map(Signed::Sha512);
    let message = json["messageSignature"]["messageDigest"]["digest"].as_str();
    let message = message.and_then(|digest| STANDARD.decode(digest).ok()).map(hex::encode);
    let sha256 = named("sha256").map(str::to_owned).or(message);
    let sha256 = sha256.and_then(|digest| digest.parse().ok()).map(Signed::Sha256);
    Ok(sha256.or(sha512).unwrap_or(Signed::Bytes(Vec::new())))
}

fn trusted(row: &Row) -> io::Result<SigstoreRoot> {
    let json = row.trusted.iter().find(|path| path.extension().is_some_and(|kind| kind == "json"));
    let json = json.map(|path| text(path)).transpose()?;
    Ok(SigstoreRoot { name: "public-good".to_owned(), json })
}

fn key(row: &Row) -> io::Result<ArtifactKey> {
    if row.method != "bundle-key" {
        return Ok(ArtifactKey::Certificate);
    }
    let path = row.trusted.iter().find(|path| path.extension().is_some_and(|kind| kind == "pub"));
    Ok(path.map(|path| text(path)).transpose()?.map_or(ArtifactKey::Certificate, ArtifactKey::Pem))
}

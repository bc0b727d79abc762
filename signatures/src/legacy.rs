//! Signatures of Model Signing v0.2, before the specification. Looked at only when policy says so.
//!
//! Source: version 0.2.0 of the reference implementation. The files are the statement's subjects; there is no manifest
//! digest, no list of ignored paths, and what is signed is not the DSSE encoding: a bug put `DSSEV1` and Python's way
//! of writing bytes (`b'…'`) into it, so two payloads that print alike would be one. That is why it is off by default.

use std::collections::BTreeMap;

use serde::Deserialize;

use assay_core::DigestKind;

use crate::bundle::PAYLOAD_TYPE;
use crate::manifest::{Listed, Manifest, Version, bounded};
use crate::names::check_names;
use crate::refusal::Refusal;

pub(crate) const PREDICATE_TYPE: &str = "https://model_signing/Digests/v0.1";

#[derive(Deserialize)]
struct Statement {
    #[serde(deserialize_with = "bounded")]
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    name: String,
    digest: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, serde_json::Value>,
}

/// Reads a payload whose keys are known to be unique.
pub(crate) fn read(payload: &[u8]) -> Result<Manifest, Refusal> {
    let statement: Statement =
        serde_json::from_slice(payload).map_err(|error| Refusal::json("statement", &error))?;
    let mut resources = BTreeMap::new();
    for subject in statement.subject {
        let hex = digest(&subject)?;
        if resources.insert(subject.name.clone(), Listed { hex, size: None }).is_some() {
            return Err(Refusal::Resource { name: subject.name, fault: "is listed twice" });
        }
    }
    check_names(&resources)?;
    Ok(Manifest {
        kind: DigestKind::SHA256,
        resources,
        ignored: Vec::new(),
        version: Version::V0,
        subject: None,
    })
}

/// The one SHA-256 of the whole file.
fn digest(subject: &Subject) -> Result<String, Refusal> {
    let fault = |fault| Refusal::Resource { name: subject.name.clone(), fault };
    let by_file = subject.annotations.get("actual_hash_algorithm").is_none_or(|name| name == "file-sha256");
    let mut digests = subject.digest.iter();
    match (digests.next(), digests.next()) {
        (Some((algorithm, hex)), None) if algorithm == "sha256" && by_file => {
            let plain = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if plain { Ok(hex.clone()) } else { Err(fault("has a digest that is not 64 hex digits")) }
        }
        _ => Err(fault("has another algorithm than SHA-256 of whole files")),
    }
}

/// What version 0.2 signed instead of the DSSE encoding.
pub(crate) fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    let length = PAYLOAD_TYPE.len();
    format!("DSSEV1 {length} {PAYLOAD_TYPE} {} {}", payload.len(), python_bytes(payload)).into_bytes()
}

/// How Python writes bytes: single quotes unless there are only single quotes inside, printable ASCII as it is.
fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            _ if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_python_does() {
        assert_eq!(python_bytes(b"a\"b\n\xff"), "b'a\"b\\n\\xff'");
        assert_eq!(python_bytes(b"it's"), "b\"it's\"");
        assert_eq!(python_bytes(b"'\"\\"), "b'\\'\"\\\\'");
    }
}

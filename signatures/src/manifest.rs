//! The in-toto statement that is signed, and the manifest in it.
//!
//! Source: in-toto Statement v1; `OpenSSF` Model Signing v1.0 §5-§8. `VERSIONING.md` demands that a v1 verifier accepts
//! every v1.x, §8.3 says exactly v1.0: v1.x is accepted, because a minor version may only add what can be ignored.
//! Resource order is free (writers disagree on how to sort); the root digest is taken in the listed order.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use sha2::{Digest as _, Sha256 as Hasher};

use assay_core::Sha256;

use crate::bundle::strict_json;
use crate::refusal::Refusal;

/// The most resources of a manifest; the largest public data sets have under 100,000 files.
const MAX_RESOURCES: usize = 200_000;

/// The most paths a manifest may leave out.
const MAX_IGNORED_PATHS: usize = 1_000;

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.";
const PREDICATE_V0_2: &str = "https://model_signing/Digests/v0.1";

/// What a signature vouches for: every listed file's digest.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Digest by resource name. A single file may be named `.`.
    pub(crate) resources: BTreeMap<String, Sha256>,
    /// Paths that the signer left out.
    pub(crate) ignored: Vec<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
}

#[derive(Deserialize)]
struct Statement {
    subject: Vec<Subject>,
    predicate: Predicate,
}

#[derive(Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Predicate {
    serialization: Serialization,
    #[serde(deserialize_with = "bounded")]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Serialization {
    method: String,
    hash_type: String,
    /// Whether names may be links is for whoever walks the folder; the type is checked.
    #[serde(default, rename = "allow_symlinks")]
    _allow_symlinks: bool,
    #[serde(default)]
    ignore_paths: Vec<String>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    algorithm: String,
    digest: String,
}

impl Manifest {
    /// Reads a payload and checks everything in it that does not need the files.
    pub(crate) fn read(payload: &[u8]) -> Result<Self, Refusal> {
        predicate_type(strict_json(payload, "statement")?)?;
        let Statement { subject, predicate } = strict_json(payload, "statement")?;
        let Predicate { serialization, resources } = predicate;
        supported(&serialization)?;
        let mut root = Hasher::new();
        let mut named = BTreeMap::new();
        for resource in resources {
            let digest = resource_digest(&resource)?;
            root.update(digest.as_bytes());
            if named.contains_key(&resource.name) {
                return Err(Refusal::Resource { name: resource.name, fault: "is listed twice" });
            }
            named.insert(resource.name, digest);
        }
        check_names(&named)?;
        check_ignored(&serialization.ignore_paths, &named)?;
        check_subject(&subject, Sha256::new(root.finalize().into()))?;
        Ok(Self { resources: named, ignored: serialization.ignore_paths })
    }
}

fn predicate_type(head: Head) -> Result<(), Refusal> {
    if head.kind != STATEMENT_TYPE {
        return Err(Refusal::Unexpected { part: "the statement's type", found: head.kind });
    }
    if head.predicate_type == PREDICATE_V0_2 {
        return Err(Refusal::Unsupported("a v0.2 signature; sign again with version 1.0 or later"));
    }
    let minor = head.predicate_type.strip_prefix(PREDICATE_TYPE).unwrap_or_default();
    if minor.is_empty() || minor.len() > 4 || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::Unexpected { part: "the predicate type", found: head.predicate_type });
    }
    Ok(())
}

fn supported(serialization: &Serialization) -> Result<(), Refusal> {
    match serialization.method.as_str() {
        "files" => {}
        "shards" => return Err(Refusal::Unsupported("shard serialization; sign by files")),
        other => {
            return Err(Refusal::Unexpected { part: "the serialization method", found: other.to_owned() });
        }
    }
    match serialization.hash_type.as_str() {
        "sha256" => Ok(()),
        "blake2b" | "blake3" => Err(Refusal::Unsupported("BLAKE digests; sign with sha256")),
        other => Err(Refusal::Unexpected { part: "the hash type", found: other.to_owned() }),
    }
}

fn resource_digest(resource: &Resource) -> Result<Sha256, Refusal> {
    let fault = |fault| Refusal::Resource { name: resource.name.clone(), fault };
    if resource.algorithm != "sha256" {
        return Err(fault("has another algorithm than the manifest"));
    }
    // The specification writes lower case; one spelling keeps two tools from reading two digests.
    if resource.digest.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(fault("has a digest that is not lower-case hex"));
    }
    resource.digest.parse().map_err(|_| fault("has a digest that is not 64 hex digits"))
}

fn check_names(resources: &BTreeMap<String, Sha256>) -> Result<(), Refusal> {
    if resources.is_empty() {
        return Err(Refusal::NoResources);
    }
    for name in resources.keys() {
        // A model that is one file is named "." by the reference implementation.
        let single_file = name == "." && resources.len() == 1;
        if let (Some(fault), false) = (unsafe_name(name), single_file) {
            return Err(Refusal::Resource { name: name.clone(), fault });
        }
    }
    Ok(())
}

/// Why a name is not a plain relative path. Backslashes and control characters are legal in names and match only
/// themselves.
fn unsafe_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("has no name")
    } else if name.starts_with('/') {
        Some("is absolute")
    } else if name.contains('\0') {
        Some("holds a NUL")
    } else if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("is not a plain relative path")
    } else {
        None
    }
}

fn check_ignored(paths: &[String], resources: &BTreeMap<String, Sha256>) -> Result<(), Refusal> {
    if paths.len() > MAX_IGNORED_PATHS {
        let path = format!("{} paths", paths.len());
        return Err(Refusal::IgnoredPath { path, fault: "are too many" });
    }
    for path in paths {
        let fault = |fault| Refusal::IgnoredPath { path: path.clone(), fault };
        if let Some(found) = unsafe_name(path) {
            return Err(fault(found));
        }
        if path.contains(['*', '?', '[']) {
            return Err(fault("is a pattern"));
        }
        if is_listed(path, resources) {
            return Err(fault("covers a file that is listed"));
        }
    }
    Ok(())
}

/// Whether a resource is at `path` or below it.
fn is_listed(path: &str, resources: &BTreeMap<String, Sha256>) -> bool {
    let below = format!("{path}/");
    let next = resources.range(below.clone()..).next();
    resources.contains_key(path) || next.is_some_and(|(name, _)| name.starts_with(&below))
}

fn check_subject(subjects: &[Subject], root: Sha256) -> Result<(), Refusal> {
    let [subject] = subjects else {
        return Err(Refusal::NotOne { part: "subjects", found: subjects.len() });
    };
    // Its name is informative; further digests in other algorithms say nothing we need.
    match subject.digest.get("sha256") {
        Some(digest) if *digest == root.to_string() => Ok(()),
        Some(_) | None => Err(Refusal::RootDigest),
    }
}

/// Reads at most [`MAX_RESOURCES`]; what is beyond is never allocated.
fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Resource>, D::Error> {
    struct Bounded;
    impl<'de> Visitor<'de> for Bounded {
        type Value = Vec<Resource>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MAX_RESOURCES} resources")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Resource>, A::Error> {
            let mut resources = Vec::new();
            while let Some(resource) = items.next_element()? {
                if resources.len() >= MAX_RESOURCES {
                    return Err(A::Error::custom(format_args!("more than {MAX_RESOURCES} resources")));
                }
                resources.push(resource);
            }
            Ok(resources)
        }
    }
    deserializer.deserialize_seq(Bounded)
}

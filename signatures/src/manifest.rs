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

use assay_core::{DigestKind, Hash, Legacy, Sha256};

use crate::bundle::strict_json;
use crate::legacy;
use crate::names::{check_ignored, check_names};
use crate::refusal::Refusal;
use crate::shards::{self, Shard};

/// The most resources of a manifest; the largest public data sets have under 100,000 files.
pub(crate) const MAX_RESOURCES: usize = 200_000;

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.";

/// What a signature vouches for: every listed file's digest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// How files are digested.
    pub(crate) kind: DigestKind,
    /// What each file holds, by name. A single file may be named `.`.
    pub(crate) resources: BTreeMap<String, Listed>,
    /// Paths that the signer left out.
    pub(crate) ignored: Vec<String>,
    /// Which statement it came from: it decides what the signature is over.
    pub(crate) version: Version,
    /// The digest that names the whole model; the one a transparency log knows it by.
    pub(crate) subject: Option<Sha256>,
}

/// What a manifest says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Lower-case hex of the digest, or of those of its shards in order.
    pub(crate) hex: String,
    /// Bytes, where the manifest says so.
    pub(crate) size: Option<u64>,
}

/// The generations of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `Digests/v0.1`, as version 0.2 of the reference client wrote it.
    V0,
    /// `signature/v1.x`.
    V1,
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
    /// An integer by the specification; the reference client writes a float.
    shard_size: Option<serde_json::Number>,
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
    pub(crate) fn read(payload: &[u8], legacy: Legacy) -> Result<Self, Refusal> {
        let head: Head = strict_json(payload, "statement")?;
        match (version(head)?, legacy) {
            (Version::V1, _) => Self::read_v1(payload),
            (Version::V0, Legacy::Accept) => legacy::read(payload),
            (Version::V0, Legacy::Refuse) => Err(Refusal::Unsupported(
                "a v0.2 signature, which policy does not accept; sign again with version 1.0 or later",
            )),
        }
    }

    fn read_v1(payload: &[u8]) -> Result<Self, Refusal> {
        let Statement { subject, predicate } =
            serde_json::from_slice(payload).map_err(|error| Refusal::json("statement", &error))?;
        let Predicate { serialization, resources } = predicate;
        let kind = kind(&serialization)?;
        let mut root = Hasher::new();
        let mut digests = Vec::new();
        for resource in &resources {
            digests.push(resource_digest(resource, kind)?);
            root.update(digests.last().map(Vec::as_slice).unwrap_or_default());
        }
        let root = Sha256::new(root.finalize().into());
        let listed = match kind.shard {
            None => whole(resources)?,
            Some(size) => shards::assemble(kind.hash, size, resources.into_iter().map(Shard::from_parts))?,
        };
        check_names(&listed)?;
        check_ignored(&serialization.ignore_paths, &listed)?;
        check_subject(&subject, root)?;
        Ok(Self {
            kind,
            resources: listed,
            ignored: serialization.ignore_paths,
            version: Version::V1,
            subject: Some(root),
        })
    }
}

impl Shard {
    fn from_parts(resource: Resource) -> Self {
        Self { name: resource.name, hex: resource.digest }
    }
}

/// Each file with one digest of the whole.
fn whole(resources: Vec<Resource>) -> Result<BTreeMap<String, Listed>, Refusal> {
    let mut listed = BTreeMap::new();
    for Resource { name, digest, algorithm: _ } in resources {
        if listed.contains_key(&name) {
            return Err(Refusal::Resource { name, fault: "is listed twice" });
        }
        listed.insert(name, Listed { hex: digest, size: None });
    }
    Ok(listed)
}

fn version(head: Head) -> Result<Version, Refusal> {
    if head.kind != STATEMENT_TYPE {
        return Err(Refusal::Unexpected { part: "the statement's type", found: head.kind });
    }
    if head.predicate_type == legacy::PREDICATE_TYPE {
        return Ok(Version::V0);
    }
    let minor = head.predicate_type.strip_prefix(PREDICATE_TYPE).unwrap_or_default();
    if minor.is_empty() || minor.len() > 4 || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::Unexpected { part: "the predicate type", found: head.predicate_type });
    }
    Ok(Version::V1)
}

fn kind(serialization: &Serialization) -> Result<DigestKind, Refusal> {
    let hash = [Hash::Sha256, Hash::Blake2b, Hash::Blake3]
        .into_iter()
        .find(|hash| hash.name() == serialization.hash_type)
        .ok_or_else(|| Refusal::Unexpected {
            part: "the hash type",
            found: serialization.hash_type.clone(),
        })?;
    let shard = match serialization.method.as_str() {
        "files" => None,
        "shards" => Some(shards::size(serialization.shard_size.as_ref())?),
        other => {
            return Err(Refusal::Unexpected { part: "the serialization method", found: other.to_owned() });
        }
    };
    Ok(DigestKind { hash, shard })
}

fn resource_digest(resource: &Resource, kind: DigestKind) -> Result<Vec<u8>, Refusal> {
    let fault = |fault| Refusal::Resource { name: resource.name.clone(), fault };
    let (name, sharded) =
        (kind.hash.name(), kind.shard.map(|size| format!("{}-sharded-{size}", kind.hash.name())));
    if resource.algorithm != name && Some(&resource.algorithm) != sharded.as_ref() {
        return Err(fault("has another algorithm than the manifest"));
    }
    // The specification writes lower case; one spelling keeps two tools from reading two digests.
    if resource.digest.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(fault("has a digest that is not lower-case hex"));
    }
    let decoded = hex::decode(&resource.digest).ok().filter(|bytes| bytes.len() == kind.hash.bytes());
    decoded.ok_or_else(|| {
        fault(match kind.hash {
            Hash::Blake2b => "has a digest that is not 128 hex digits",
            Hash::Blake3 | Hash::Sha256 => "has a digest that is not 64 hex digits",
        })
    })
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
pub(crate) fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Bounded<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MAX_RESOURCES} resources")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
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
    deserializer.deserialize_seq(Bounded(std::marker::PhantomData))
}

//! `trees/<commit>.json` of the Hugging Face cache: size and digest of every file of a commit, as the hub listed them.
//!
//! Source: `huggingface_hub/_tree_cache.py`, format version 1. The listing is unsigned; what it says are claims.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use assay_core::{Claim, GitSha1, Sha256};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::walk::Walk;

/// Files of one commit; the largest public datasets have about 100,000.
const MAX_FILES: usize = 200_000;

/// What one commit's listing claims for each file.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<String, Listed>);

impl Tree {
    /// Reads a listing.
    ///
    /// # Errors
    /// When it cannot be read, is no JSON of this format, is too large, or lists a file twice.
    pub(super) fn read(walk: &mut Walk, path: &Path) -> io::Result<Self> {
        let document: Document = serde_json::from_slice(&walk.small(path)?)?;
        if document.format_version != 1 {
            return Err(io::Error::other("unknown format_version"));
        }
        Ok(Self(document.files.0))
    }

    /// What is claimed for a file.
    pub(super) fn claims(&self, name: &str) -> Vec<Claim> {
        let Some(listed) = self.0.get(name) else { return Vec::new() };
        let digest = match listed.lfs_sha256 {
            Some(sha256) => Claim::Sha256(sha256),
            // Of an LFS file, `blob_id` would be the digest of its pointer.
            None => Claim::GitSha1(listed.blob_id),
        };
        vec![digest, Claim::Size(listed.size)]
    }
}

#[derive(serde::Deserialize)]
struct Document {
    format_version: u64,
    files: Files,
}

/// One file of the listing.
#[derive(Debug, serde::Deserialize)]
struct Listed {
    size: u64,
    blob_id: GitSha1,
    #[serde(default)]
    lfs_sha256: Option<Sha256>,
}

/// The `files` object, counted while it is read.
struct Files(BTreeMap<String, Listed>);

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counted;
        impl<'de> Visitor<'de> for Counted {
            type Value = Files;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
                let mut files = BTreeMap::new();
                while let Some((name, listed)) = map.next_entry::<String, Listed>()? {
                    if files.len() >= MAX_FILES {
                        return Err(A::Error::custom("too many files"));
                    }
                    if files.insert(name, listed).is_some() {
                        return Err(A::Error::custom("a file is listed twice"));
                    }
                }
                Ok(Files(files))
            }
        }
        deserializer.deserialize_map(Counted)
    }
}

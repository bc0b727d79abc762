//! Digests that carry their algorithm in their type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Wrong number of hex digits for the algorithm.
    #[error("expected {expected} hex digits, found {found}")]
    Length {
        /// Digits the algorithm has.
        expected: usize,
        /// Digits given.
        found: usize,
    },
    /// A character that is no lower-case or upper-case hex digit.
    #[error("not hexadecimal")]
    NotHex,
}

/// A digest of `BYTES` bytes. Displays as lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest<const BYTES: usize>([u8; BYTES]);

/// SHA-256 of a whole file: its identity everywhere in assay.
pub type Sha256 = Digest<32>;

/// SHA-1 of a git blob (`blob <size>\0` and the bytes), the name of small files in Hugging Face caches.
///
/// It is compared with what a cache claims, and never identifies a file: SHA-1 collisions are practical.
pub type GitSha1 = Digest<20>;

impl<const BYTES: usize> Digest<BYTES> {
    /// Wraps the raw digest.
    #[must_use]
    pub const fn new(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// The raw digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

impl<const BYTES: usize> fmt::Display for Digest<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const BYTES: usize> fmt::Debug for Digest<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const BYTES: usize> FromStr for Digest<BYTES> {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        if text.len() != BYTES * 2 {
            return Err(DigestError::Length { expected: BYTES * 2, found: text.len() });
        }
        let mut bytes = [0; BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| DigestError::NotHex)?;
        Ok(Self(bytes))
    }
}

impl<const BYTES: usize> Serialize for Digest<BYTES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const BYTES: usize> Deserialize<'de> for Digest<BYTES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text() {
        let digest = Sha256::new([0xab; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn a_short_text_is_no_digest() {
        assert_eq!("ab".parse::<Sha256>(), Err(DigestError::Length { expected: 64, found: 2 }));
        assert_eq!("zz".repeat(20).parse::<GitSha1>(), Err(DigestError::NotHex));
    }
}

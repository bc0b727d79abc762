//! One row of the log.

use std::fmt;

use assay_core::{Sha256, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};

use super::Event;
use crate::KeyError;

/// The longest row. A row names paths and reasons, which are shortened before they get here.
pub const MAX_LINE_BYTES: usize = 256 << 10;

/// Names one log among others: 32 hex digits, drawn at random when the log begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LogId(String);

impl LogId {
    /// A name that no other log has.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the system has no random numbers.
    pub fn random() -> Result<Self, KeyError> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::Failed)?;
        Ok(Self::new(bytes))
    }

    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for LogId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let good = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if good { Ok(Self(text)) } else { Err(serde::de::Error::custom("not a log's name")) }
    }
}

/// Where a log ends: everything before follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The number of the last row; 0 when there is none.
    pub seq: u64,
    /// SHA-256 of that row's line; zeros when there is none.
    pub hash: Sha256,
}

impl Head {
    /// Of a log without rows.
    pub const EMPTY: Self = Self { seq: 0, hash: Sha256::new([0; 32]) };

    /// Of a log whose last row is this line.
    #[must_use]
    pub fn of(seq: u64, line: &[u8]) -> Self {
        Self { seq, hash: Sha256::new(Hasher::digest(line).into()) }
    }

    /// The row that follows.
    #[must_use]
    pub const fn next(self, at: Timestamp, event: Event) -> Entry {
        Entry { seq: self.seq.saturating_add(1), at, prev: self.hash, event }
    }
}

/// Why a line is no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than a row may be.
    #[error("longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// Not JSON of a row.
    #[error("not a row: {0}")]
    Json(String),
    /// It says the same as a row, spelled otherwise.
    #[error("not in the one spelling of its row")]
    Spelling,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the row before; zeros in the first.
    pub prev: Sha256,
    /// What.
    pub event: Event,
}

impl Entry {
    /// The row's line, without a newline.
    ///
    /// # Errors
    /// [`Unreadable::TooLong`] when the event is too large for a row.
    pub fn line(&self) -> Result<String, Unreadable> {
        let line = serde_json::to_string(self).map_err(|error| Unreadable::Json(error.to_string()))?;
        if line.len() > MAX_LINE_BYTES { Err(Unreadable::TooLong) } else { Ok(line) }
    }

    /// Reads a line, without its newline.
    ///
    /// # Errors
    /// [`Unreadable`]
    pub fn read(line: &[u8]) -> Result<Self, Unreadable> {
        if line.len() > MAX_LINE_BYTES {
            return Err(Unreadable::TooLong);
        }
        let entry: Self =
            serde_json::from_slice(line).map_err(|error| Unreadable::Json(error.to_string()))?;
        if entry.line()?.as_bytes() == line { Ok(entry) } else { Err(Unreadable::Spelling) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_one_spelling() {
        let line = Head::EMPTY.next(Timestamp::from_millis(5), Event::Stopped).line().unwrap();
        let zeros = "0".repeat(64);
        assert_eq!(line, format!(r#"{{"seq":1,"at":5,"prev":"{zeros}","event":{{"event":"stopped"}}}}"#));
        assert_eq!(Entry::read(line.as_bytes()).unwrap().line().unwrap(), line);
        for other in [line.replace("5,", "5, "), line.replace('1', "01"), format!("{line} ")] {
            assert!(Entry::read(other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn a_row_with_more_in_it_is_none() {
        let line = Head::EMPTY.next(Timestamp::from_millis(5), Event::Stopped).line().unwrap();
        let more = line.replace(r#""seq""#, r#""note":1,"seq""#);
        assert!(matches!(Entry::read(more.as_bytes()), Err(Unreadable::Json(_))));
        let inside = line.replace(r#""stopped""#, r#""stopped","note":1"#);
        assert!(Entry::read(inside.as_bytes()).is_err());
    }

    #[test]
    fn a_log_is_named_by_hex_digits() {
        assert_eq!(LogId::new([0xab; 16]).to_string(), "ab".repeat(16));
        assert!(serde_json::from_str::<LogId>("\"AB\"").is_err());
    }
}

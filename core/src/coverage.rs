//! How much of an artifact was looked at. "Could not finish" is never "clean".

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Location;

/// Why a part could not be looked at to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// The bytes break the format's rules.
    Malformed,
    /// A limit on bytes, members, depth, ratio, steps or findings was reached.
    Limit,
    /// Time ran out.
    Deadline,
    /// Encrypted, so nobody without the key can look.
    Encrypted,
    /// A construct or compression this version cannot follow.
    Unsupported,
    /// The bytes could not be read.
    Unreadable,
    /// The file changed while it was read.
    Changed,
    /// The worker ended without an answer.
    WorkerDied,
}

impl GapKind {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Limit => "limit",
            Self::Deadline => "deadline",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::Unreadable => "unreadable",
            Self::Changed => "changed",
            Self::WorkerDied => "worker-died",
        }
    }
}

impl fmt::Display for GapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One part that was not looked at to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Why.
    pub kind: GapKind,
    /// What stood in the way: `malformed tensor_count`.
    pub message: String,
    /// Where.
    pub location: Location,
}

/// How much was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Coverage {
    /// Everything, to the end.
    Whole,
    /// Not everything.
    Partial {
        /// Each part that was not; never empty.
        gaps: Vec<Gap>,
    },
}

impl Coverage {
    /// Whole when there is no gap.
    #[must_use]
    pub fn from_gaps(gaps: Vec<Gap>) -> Self {
        if gaps.is_empty() { Self::Whole } else { Self::Partial { gaps } }
    }

    /// The parts that were not looked at.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::Whole => &[],
            Self::Partial { gaps } => gaps,
        }
    }

    /// Adds a part that was not looked at.
    pub fn lose(&mut self, gap: Gap) {
        match self {
            Self::Whole => *self = Self::Partial { gaps: vec![gap] },
            Self::Partial { gaps } => gaps.push(gap),
        }
    }
}

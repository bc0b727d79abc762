//! Why a scanner could not go on.

use std::io;

use assay_core::GapKind;

/// Why a scanner could not go on. The artifact's fault, a limit of ours, or the machine's.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The bytes break the format's rules.
    #[error("malformed {what} at byte {offset}")]
    Malformed {
        /// The field or structure.
        what: &'static str,
        /// Offset inside the input.
        offset: u64,
    },
    /// A limit was reached.
    #[error("limit reached: {0}")]
    Limit(Limit),
    /// Time ran out; nothing else is tried.
    #[error("out of time")]
    Deadline,
    /// The content is encrypted.
    #[error("encrypted {0}")]
    Encrypted(&'static str),
    /// A construct this version cannot follow.
    #[error("unsupported {0}")]
    Unsupported(&'static str),
    /// The bytes could not be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
}

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Bytes of the file itself.
    #[error("max-file-size")]
    FileSize,
    /// Inflated bytes of all members.
    #[error("max-scan-size")]
    ScanSize,
    /// Inflated bytes per compressed byte.
    #[error("max-ratio")]
    Ratio,
    /// Inflated bytes of all members per byte of the file.
    #[error("max-ratio of all members")]
    TotalRatio,
    /// Bytes read again and again, compared with the bytes there are.
    #[error("bytes read for a file of this size")]
    Work,
    /// Members of all containers.
    #[error("max-files")]
    Files,
    /// Containers inside containers.
    #[error("max-recursion")]
    Recursion,
    /// Findings in one report.
    #[error("max-findings")]
    Findings,
    /// A count the file declares.
    #[error("declared count of {0}")]
    Count(&'static str),
    /// A length the file declares.
    #[error("declared length of {0}")]
    Length(&'static str),
    /// Memory a scanner may hold, such as the memo of a pickle.
    #[error("memory for {0}")]
    Memory(&'static str),
}

impl Stop {
    /// The kind of gap this leaves in coverage.
    #[must_use]
    pub const fn kind(&self) -> GapKind {
        match self {
            Self::Malformed { .. } => GapKind::Malformed,
            Self::Limit(_) => GapKind::Limit,
            Self::Deadline => GapKind::Deadline,
            Self::Encrypted(_) => GapKind::Encrypted,
            Self::Unsupported(_) => GapKind::Unsupported,
            Self::Io(_) => GapKind::Unreadable,
        }
    }

    /// The offset inside the input, when it is known.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::Malformed { offset, .. } => Some(*offset),
            Self::Limit(_) | Self::Deadline | Self::Encrypted(_) | Self::Unsupported(_) | Self::Io(_) => None,
        }
    }
}

//! One open of a gated file by a process.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FileKey, Mode, Timestamp};

/// What the kernel was told, or would have been told in audit mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The content is accepted.
    Allow,
    /// The content's verdict is deny.
    Deny,
    /// A writer has the file open, or the opener is one.
    DenyWriter,
    /// No verdict in time.
    DenyUnknown,
}

impl Answer {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::DenyWriter => "deny-writer",
            Self::DenyUnknown => "deny-unknown",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Who opened. Fields are empty when the process was gone before it could be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Process id in the guard's pid namespace.
    pub pid: i32,
    /// Real user id.
    pub uid: Option<u32>,
    /// The executable's path, escaped.
    pub exe: Option<String>,
    /// The cgroup path, escaped.
    pub cgroup: Option<String>,
}

/// One open of a gated file: who, what, when, answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// When the open was answered.
    pub at: Timestamp,
    /// Who.
    pub process: Process,
    /// What, by key; the daemon knows the digest.
    pub key: FileKey,
    /// The path it was reached by, escaped; for showing only.
    pub path: String,
    /// The mode of the root it is under.
    pub mode: Mode,
    /// The answer; in audit mode, what it would have been.
    pub answer: Answer,
}

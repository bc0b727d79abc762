//! What policy decided, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Sha256, Timestamp};

/// What policy decided; ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[must_use]
pub enum Decision {
    /// Everything policy demands is there.
    Allow,
    /// Accepted, with something a person should know.
    Warn,
    /// Not accepted.
    Deny,
}

impl Decision {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One step of an explanation: which demand, met or not, because of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The policy rule: `built-in scan`, or a rule's name in the policy file.
    pub policy_rule: String,
    /// What this reason alone would decide.
    pub decision: Decision,
    /// One sentence naming the evidence.
    pub message: String,
    /// The file it is about, when it is about one.
    pub file: Option<String>,
    /// What would make it pass, when something would.
    pub remedy: Option<String>,
}

/// What policy decided about one artifact, and under which policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Verdict {
    /// The worst of the reasons' decisions.
    pub decision: Decision,
    /// Why; ordered as policy's demands are.
    pub reasons: Vec<Reason>,
    /// SHA-256 of the policy that decided.
    pub policy: Sha256,
    /// The engine's version.
    pub engine: String,
    /// When.
    pub at: Timestamp,
}

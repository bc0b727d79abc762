//! What the audit log tells.

use assay_core::{Decision, Load, Mode, Sha256};
use serde::{Deserialize, Serialize};

use super::LogId;

/// Who asked for something over assayd's socket, as the kernel knew it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// Effective user id.
    pub uid: Option<u32>,
    /// Process id.
    pub pid: Option<i32>,
    /// The executable's path, escaped.
    pub exe: Option<String>,
}

/// One thing that happened. Kinds and fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The log begins: its first row.
    Opened {
        /// Names this log among others.
        log: LogId,
    },
    /// assayd started.
    Started {
        /// Its version.
        engine: String,
        /// The worker that scans: version and digest.
        scanner: String,
        /// The policy in force.
        policy: Sha256,
        /// The key that signs checkpoints and verdicts from here on.
        signer: String,
    },
    /// assayd was asked to stop.
    Stopped,
    /// The guard connected or was lost.
    Guard {
        /// Whether it is there now.
        connected: bool,
    },
    /// An artifact has a decision it did not have before.
    Verdict {
        /// The artifact.
        reference: String,
        /// The root it is under; the registry for a pulled one.
        root: String,
        /// The new decision.
        decision: Decision,
        /// The one before, if any.
        before: Option<Decision>,
        /// The policy that decided.
        policy: Sha256,
        /// The first reasons that decided, shortened.
        because: Vec<String>,
    },
    /// A gated file was opened, or an open was denied.
    Load {
        /// Its content, when it was known.
        sha256: Option<Sha256>,
        /// Who, what, answer, and when it was the first time.
        load: Load,
        /// How often the same process did the same, one after the other, before this row was written.
        times: u64,
    },
    /// A root's mode changed.
    Mode {
        /// The root.
        root: String,
        /// Its mode now.
        mode: Mode,
        /// Who asked.
        by: By,
    },
    /// Another policy is in force.
    Policy {
        /// Its digest.
        digest: Sha256,
        /// Where it came from.
        name: String,
        /// The digest of the one before.
        before: Option<Sha256>,
    },
    /// The store could not be read and was moved aside; everything is unverified again.
    StoreLost {
        /// Where it is now.
        moved_to: String,
    },
    /// Older rows were moved to a file.
    Rotated {
        /// The file's name, beside the store.
        segment: String,
        /// The number of its first row.
        first: u64,
        /// The number of its last row.
        last: u64,
        /// SHA-256 of the file.
        sha256: Sha256,
    },
    /// Everything up to here is signed.
    Checkpoint {
        /// The log.
        log: LogId,
        /// Whose key: `key:sha256:…`.
        signer: String,
        /// Base64 of the DSSE signature over the [`Checkpoint`](super::Checkpoint) that this row's fields make.
        signature: String,
    },
}

impl Event {
    /// The kind, as in the row.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Started { .. } => "started",
            Self::Stopped => "stopped",
            Self::Guard { .. } => "guard",
            Self::Verdict { .. } => "verdict",
            Self::Load { .. } => "load",
            Self::Mode { .. } => "mode",
            Self::Policy { .. } => "policy",
            Self::StoreLost { .. } => "store-lost",
            Self::Rotated { .. } => "rotated",
            Self::Checkpoint { .. } => "checkpoint",
        }
    }
}

//! The bodies of assayd's HTTP API, shared by the daemon and the command line.
//!
//! Times in these bodies are milliseconds since 1970. Programs other than ours read the same JSON: fields are only
//! ever added, which is why these types alone ignore fields they do not know.

use serde::{Deserialize, Serialize};

use super::guard::{Counters, Ruling};
use crate::{Decision, FileFact, Load, Mode, Sha256, Source, Timestamp, Verdict};

/// `GET /v1/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// assayd's version.
    pub engine: String,
    /// When it started.
    pub started_at: Timestamp,
    /// SHA-256 of the policy in force.
    pub policy: Sha256,
    /// The policy's name: `built-in`, or the file it came from.
    pub policy_name: String,
    /// What is watched.
    pub roots: Vec<RootStatus>,
    /// The guard, when one is connected.
    pub guard: Option<GuardStatus>,
    /// Why there is no guard, or why a root could not be gated: `needs root`.
    pub limits: Vec<String>,
    /// Files waiting to be judged.
    pub queued: u64,
    /// Files being scanned now, by the name they are shown under.
    pub scanning: Vec<String>,
    /// Artifacts in the store by decision: allow, warn, deny.
    pub artifacts: Tally,
}

/// One watched root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootStatus {
    /// The directory.
    pub path: String,
    /// What kind of cache it is.
    pub source: Source,
    /// Whether verdicts reach the kernel.
    pub mode: Mode,
    /// Whether the guard has marked its file system.
    pub gated: bool,
}

/// The guard as the daemon sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardStatus {
    /// Its version.
    pub version: String,
    /// Its counters.
    pub counters: Counters,
}

/// How many of each decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Allowed.
    pub allow: u64,
    /// Allowed with a warning.
    pub warn: u64,
    /// Denied.
    pub deny: u64,
}

/// `GET /v1/artifacts`, ordered by reference. Query: `decision=allow|warn|deny`, `after=<reference>`, `limit` (≤ 1,000).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// One page.
    pub artifacts: Vec<ArtifactRow>,
    /// Pass as `after` for the next page; absent at the end.
    pub next: Option<String>,
}

/// One artifact and its standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRow {
    /// Its reference.
    pub reference: String,
    /// Where it comes from.
    pub source: Source,
    /// What policy decided.
    pub decision: Decision,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When it was judged.
    pub judged_at: Timestamp,
}

/// `GET /v1/explain`. Query: `path=<absolute path>` or `digest=<sha256>` (of a file, or of an OCI manifest), and
/// `lines=true` for what a pickle would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was asked for.
    pub subject: String,
    /// The file's facts, when it is a file we know.
    pub file: Option<FileFact>,
    /// Where that content is now.
    pub paths: Vec<String>,
    /// Each artifact that holds it, with its verdict.
    pub held_by: Vec<Holding>,
    /// What the guard answers for it.
    pub ruling: Option<Ruling>,
    /// What a pickle in it would do, one Python-like line each, with offsets.
    pub lines: Vec<String>,
}

/// One artifact that holds a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The artifact's reference.
    pub reference: String,
    /// The file's name in it.
    pub name: String,
    /// The artifact's verdict.
    pub verdict: Verdict,
}

/// `GET /v1/loads`, newest first. Query: `digest`, `limit` (≤ 1,000), `before=<id>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loads {
    /// One page.
    pub loads: Vec<LoadRow>,
}

/// One recorded load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRow {
    /// Its number in the ledger.
    pub id: i64,
    /// Content, when it was known at the time.
    pub sha256: Option<Sha256>,
    /// Who, what, when, answer.
    #[serde(flatten)]
    pub load: Load,
}

/// One line of `GET /v1/events` (newline-delimited JSON). Query: `after=<id>`; `follow=true` keeps the stream open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Rising without gaps.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// An artifact has a verdict it did not have before.
    Verdict {
        /// The artifact.
        reference: String,
        /// The new decision.
        decision: Decision,
        /// The one before, if any.
        before: Option<Decision>,
    },
    /// An open was denied, or would have been.
    Denied {
        /// The load.
        load: Load,
    },
    /// A root's mode changed.
    Mode {
        /// The root.
        root: String,
        /// Its mode now.
        mode: Mode,
        /// Who asked, as `uid:<n>`.
        by: String,
    },
    /// The guard connected or was lost.
    Guard {
        /// Whether it is there now.
        connected: bool,
    },
}

/// `POST /v1/mode`; answered with [`Status`]. Only root and assayd's own user may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetMode {
    /// The new mode.
    pub mode: Mode,
    /// One root, or all of them.
    pub root: Option<String>,
}

/// The body of every answer that is not 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// One sentence.
    pub error: String,
}

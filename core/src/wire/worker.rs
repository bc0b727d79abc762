//! What assay-worker is asked and what it answers.
//!
//! Each frame is a little-endian `u32` length and that many bytes of JSON. A request carries its descriptors
//! (`SCM_RIGHTS`) on the first byte of the frame, in the order given at each request. A worker first says
//! [`Answer::Ready`], once, when its sandbox stands. The answers to one request are any number of
//! [`Answer::Progress`], [`Answer::Finding`], [`Answer::Line`] and [`Answer::Gap`], then exactly one of the others.
//! Findings are sent as they are found, so that nothing is lost when the worker dies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AttachedKind, ContentDigest, DigestKind, FileCoverage, Finding, Format, Gap, GitSha1, Limits, RuleId,
    SbomFact, Severity, Sha256, SignatureFact, Trust,
};

/// The longest request frame: an artifact of 200,000 files with their digests.
pub const MAX_REQUEST: u32 = 64 << 20;

/// The longest answer frame: a signature's coverage of 200,000 files.
pub const MAX_ANSWER: u32 = 64 << 20;

/// The most digests of one file besides SHA-256: a signature lists one, and models carry one or two signatures.
pub const MAX_DIGESTS: usize = 4;

/// The most shards of one file that have digests of their own.
pub const MAX_SHARDS: u64 = 200_000;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Hash and scan one file. Descriptors: the bytes (a file, or a pipe that is spooled), then the spool.
    Scan(Scan),
    /// Check a signature over files already hashed. Descriptors: the signature file.
    Signature(SignatureCheck),
    /// Check a signature that a registry keeps with a manifest. Descriptors: the signature.
    Attached(AttachedCheck),
    /// Say which digests a signature lists, before anything is hashed. Descriptors: the signature file.
    Wanted,
    /// Check an SBOM against files already hashed. Descriptors: the SBOM file.
    Sbom(SbomCheck),
}

/// Hash and scan one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The name to show in locations.
    pub name: String,
    /// What it may cost.
    pub limits: Limits,
    /// Whether to send [`Answer::Line`] for what pickles would do.
    pub lines: Lines,
    /// Digests to take besides SHA-256, at most [`MAX_DIGESTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<DigestKind>,
}

/// Whether a scan also tells what a program in the file would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lines {
    /// Findings only.
    Omit,
    /// Findings and the program, one line each step.
    Send,
}

/// One file of an artifact as others know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HashedFile {
    /// The name inside the artifact.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// Other digests of it that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<ContentDigest>,
}

/// Check a signature over files already hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureCheck {
    /// The signature file's name inside the artifact.
    pub name: String,
    /// All files of the artifact, ordered by name, without the signature.
    pub files: Vec<HashedFile>,
    /// What it is checked against.
    pub trust: Trust,
}

/// Check a signature that a registry keeps with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedCheck {
    /// The name to show in the fact.
    pub name: String,
    /// What it is, by its layer's media type.
    pub kind: AttachedKind,
    /// The annotations of its layer. Nobody signs them.
    pub annotations: BTreeMap<String, String>,
    /// The manifest's media type.
    pub media_type: String,
    /// SHA-256 of the manifest.
    pub digest: Sha256,
    /// The manifest's length, bytes.
    pub size: u64,
    /// Each file's standing if the manifest is vouched for, ordered by name.
    pub files: Vec<FileCoverage>,
    /// What it is checked against.
    pub trust: Trust,
}

/// A digest that a signature lists for a file, and that must be taken while the file is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedDigest {
    /// The name inside the artifact; absent when it is whatever single file the artifact has.
    pub name: Option<String>,
    /// How it is digested.
    pub kind: DigestKind,
}

/// Check an SBOM against files already hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SbomCheck {
    /// The SBOM file's name inside the artifact.
    pub name: String,
    /// All files of the artifact, ordered by name, without the SBOM and signatures.
    pub files: Vec<HashedFile>,
}

/// One step of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// The sandbox stands; requests may come.
    Ready,
    /// Bytes of the file hashed so far; at most every 16 MiB.
    Progress(u64),
    /// A finding, as soon as it is known.
    Finding(Finding),
    /// A part that was not looked at to its end.
    Gap(Gap),
    /// One step of a program inside the file, Python-like, with its place: `model.pkl@0x1f: posix.system('id')`.
    Line(String),
    /// The end of a scan.
    Scanned(Scanned),
    /// The end of a signature check.
    Signature(SignatureFact),
    /// Which digests a signature lists; empty when SHA-256 of whole files is enough, or when it is broken.
    Wanted(Vec<WantedDigest>),
    /// The end of an SBOM check.
    Sbom(SbomFact),
    /// The request could not be served; why.
    Failed(String),
}

/// What a scan ends with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    /// Bytes hashed.
    pub size: u64,
    /// SHA-256 of all of them.
    pub sha256: Sha256,
    /// SHA-1 as git names the blob, for files of at most 64 MiB; larger ones are LFS files and named by SHA-256.
    pub git_sha1: Option<GitSha1>,
    /// The digests asked for that could be taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<ContentDigest>,
    /// Formats recognised by content, outermost first, without repeats.
    pub formats: Vec<Format>,
    /// Findings beyond `max_findings` of their severity, which were counted and not sent.
    pub findings_dropped: u64,
}

/// One rule as `assay-worker --rules` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleRow {
    /// The rule.
    pub id: RuleId,
    /// The severity its findings have.
    pub severity: Severity,
    /// One sentence.
    pub summary: String,
    /// Formats whose scanners can hit it; empty for a rule about all of them.
    pub formats: Vec<Format>,
    /// Names in public catalogues.
    pub taxonomy: Vec<String>,
}

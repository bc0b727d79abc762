//! What a scan reports, as `docs/schema/assay.scan-1.schema.json` has it.

use assay_core::{Coverage, Decision, FileFact, Finding, Format, Reason, Sha256};
use serde::Serialize;

/// The engine's version, as reports carry it.
pub(crate) const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// The report of one scan.
#[derive(Debug, Serialize)]
pub(crate) struct ScanReport {
    /// `assay.scan/1`.
    pub(crate) schema: &'static str,
    /// Version of this program.
    pub(crate) engine: &'static str,
    /// Wall time of the whole scan.
    pub(crate) elapsed_ms: u64,
    /// One row for each regular file, in path order.
    pub(crate) files: Vec<FileRow>,
    /// What was not looked at, and why.
    pub(crate) skipped: Vec<Skipped>,
    /// Counts over `files`.
    pub(crate) summary: Summary,
}

/// One file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileRow {
    /// The path, under the name it was given by.
    pub(crate) path: String,
    /// Symbolic links that lead to it, inside what was named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) links: Vec<String>,
    /// Bytes.
    pub(crate) size: u64,
    /// SHA-256 of the content; `null` only if it could not be read.
    pub(crate) sha256: Option<Sha256>,
    /// Formats recognised by content, outermost first.
    pub(crate) formats: Vec<Format>,
    /// What the built-in scan policy decides about this file.
    pub(crate) verdict: Decision,
    /// Why, when it is not `allow`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reasons: Vec<Reason>,
    /// How much was looked at.
    pub(crate) coverage: Coverage,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    /// Findings beyond `--max-findings`, which were counted and not kept.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) findings_dropped: u64,
}

/// One thing that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Skipped {
    /// Its path.
    pub(crate) path: String,
    /// Why.
    pub(crate) why: SkippedWhy,
    /// The same as a sentence.
    pub(crate) message: String,
}

/// Why something was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SkippedWhy {
    /// A symbolic link without a target; there is nothing to load.
    DanglingLink,
    /// A symbolic link out of what was named.
    LinkLeaves,
    /// A FIFO, a socket or a device: no file that a loader reads.
    SpecialFile,
    /// A folder that could not be listed, or something named that is no file.
    Unreadable,
}

impl SkippedWhy {
    /// Whether content that could be loaded was not looked at.
    pub(crate) const fn leaves_a_gap(self) -> bool {
        match self {
            Self::LinkLeaves | Self::Unreadable => true,
            Self::DanglingLink | Self::SpecialFile => false,
        }
    }
}

/// Counts over all files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    /// Rows.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Rows with that verdict.
    pub(crate) allow: u64,
    /// Rows with that verdict.
    pub(crate) warn: u64,
    /// Rows with that verdict.
    pub(crate) deny: u64,
    /// Rows that were not looked at to the end.
    pub(crate) partial: u64,
}

impl ScanReport {
    /// Completes a report.
    pub(crate) fn new(files: Vec<FileRow>, skipped: Vec<Skipped>, elapsed_ms: u64) -> Self {
        let summary = Summary::of(&files);
        Self { schema: "assay.scan/1", engine: ENGINE, elapsed_ms, files, skipped, summary }
    }

    /// Whether something asked for was not looked at to the end.
    pub(crate) fn incomplete(&self) -> bool {
        self.summary.partial > 0 || self.skipped.iter().any(|skipped| skipped.why.leaves_a_gap())
    }
}

impl FileRow {
    /// The row of one file and what was decided about it.
    pub(crate) fn new(
        fact: FileFact,
        findings_dropped: u64,
        links: Vec<String>,
        (verdict, reasons): (Decision, Vec<Reason>),
    ) -> Self {
        Self {
            path: fact.name,
            links,
            size: fact.size,
            sha256: fact.sha256,
            formats: fact.formats,
            verdict,
            reasons: if verdict == Decision::Allow { Vec::new() } else { reasons },
            coverage: fact.coverage,
            findings: fact.findings,
            findings_dropped,
        }
    }

    /// Whether there is nothing to say about it.
    pub(crate) fn is_clean(&self) -> bool {
        self.verdict == Decision::Allow && self.findings.is_empty() && self.coverage == Coverage::Whole
    }
}

impl Summary {
    fn of(files: &[FileRow]) -> Self {
        files.iter().fold(Self::default(), |sum, file| {
            let with = |count: u64, counts: bool| count.saturating_add(u64::from(counts));
            Self {
                files: with(sum.files, true),
                bytes: sum.bytes.saturating_add(file.size),
                allow: with(sum.allow, file.verdict == Decision::Allow),
                warn: with(sum.warn, file.verdict == Decision::Warn),
                deny: with(sum.deny, file.verdict == Decision::Deny),
                partial: with(sum.partial, file.coverage != Coverage::Whole),
            }
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

//! `assay verify`: each artifact's verdict, and what signatures and SBOMs say about each file.

use std::io::{self, Write};

use assay_core::{Clock, FileCoverage, FileState, SignatureState, Signer, Timestamp, shown};

use super::{Reported, View, markdown, style, table};
use crate::local::{FileRow, Skipped, VerifiedArtifact, VerifyReport};

impl View for VerifyReport {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        for artifact in &self.artifacts {
            one(artifact, out)?;
        }
        Ok(())
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        for artifact in &self.artifacts {
            let verdict = artifact.verdict.decision;
            writeln!(out, "## {}: {verdict}\n", markdown::escape(&artifact.reference))?;
            for reason in &artifact.verdict.reasons {
                let file = reason.file.as_deref().map(|file| format!("{file}: ")).unwrap_or_default();
                let text = markdown::escape(&format!("[{}] {file}{}", reason.policy_rule, reason.message));
                writeln!(out, "- **{}** {text}", reason.decision)?;
            }
            writeln!(out)?;
            for line in standing(artifact) {
                writeln!(out, "- {}", markdown::escape(&line))?;
            }
            writeln!(out)?;
            markdown::findings(&artifact.files, &artifact.skipped, out)?;
            writeln!(out)?;
        }
        Ok(())
    }

    fn sarif(&self) -> Option<Reported<'_>> {
        Some(Reported {
            files: self.artifacts.iter().flat_map(|artifact| &artifact.files).collect::<Vec<&FileRow>>(),
            skipped: self.artifacts.iter().flat_map(|artifact| &artifact.skipped).collect::<Vec<&Skipped>>(),
            verdicts: self
                .artifacts
                .iter()
                .map(|artifact| (artifact.reference.as_str(), &artifact.verdict))
                .collect(),
            incomplete: self.artifacts.iter().any(VerifiedArtifact::incomplete),
        })
    }
}

fn one(artifact: &VerifiedArtifact, out: &mut dyn Write) -> io::Result<()> {
    for file in &artifact.files {
        table::file(file, false, out)?;
    }
    table::skipped(&artifact.skipped, out)?;
    for line in standing(artifact) {
        writeln!(out, "{}", shown(&line))?;
    }
    let verdict = style::decision(artifact.verdict.decision);
    writeln!(out, "{verdict}  {}  ({} files)", shown(&artifact.reference), artifact.files.len())?;
    table::reasons(&artifact.verdict.reasons, out)
}

/// One line for each signature and SBOM, and one for each file that does not stand as it should.
fn standing(artifact: &VerifiedArtifact) -> Vec<String> {
    let mut lines = Vec::new();
    for fact in &artifact.signatures {
        let state = match &fact.state {
            SignatureState::Verified => "verified".to_owned(),
            SignatureState::UntrustedSigner => "untrusted signer".to_owned(),
            SignatureState::Invalid { reason } => format!("invalid: {reason}"),
        };
        let by = fact.signer.as_deref().map(|signer| format!(" by {signer}")).unwrap_or_default();
        lines.push(format!(
            "signature {} ({}): {state}{by}{}",
            fact.file,
            fact.method,
            counts(&fact.coverage)
        ));
        lines.extend(fact.by.as_deref().into_iter().flat_map(signer));
        lines.extend(differences(&fact.coverage));
    }
    for fact in &artifact.sboms {
        let level = serde_json::to_value(fact.level).ok();
        let level = level.as_ref().and_then(|level| level.as_str()).unwrap_or_default();
        lines.push(format!("sbom {} ({}): {level}{}", fact.file, fact.format, counts(&fact.files)));
        lines.extend(fact.problems.iter().map(|problem| format!("  {problem}")));
        lines.extend(differences(&fact.files));
    }
    lines
}

/// Who signed: name, who vouches for it, when, and what the proof ends in.
fn signer(by: &Signer) -> Vec<String> {
    let issuer = by.issuer.as_deref().map(|issuer| format!(" of {issuer}")).unwrap_or_default();
    let claims =
        by.claims.iter().filter(|(name, _)| matches!(name.as_str(), "repository" | "workflow" | "ref"));
    let vouched = match &by.trust_root {
        Some(root) => format!("trust root {root}"),
        None => "nobody trusted vouches for this name".to_owned(),
    };
    let clock = |clock: Clock| match clock {
        Clock::TransparencyLog => "transparency log",
        Clock::TimestampAuthority => "time stamp authority",
    };
    let mut lines = vec![format!("  signer    {}{issuer}", by.name)];
    lines.extend(claims.map(|(name, value)| format!("  {name:<9} {value}")));
    lines.push(format!("  proof     {vouched}, key sha256:{}", by.fingerprint));
    lines.extend(
        by.times.iter().map(|time| format!("  signed    by {} ({})", moment(time.at), clock(time.by))),
    );
    if let Some(valid) = by.valid {
        lines.push(format!("  valid     {} to {}", moment(valid.not_before), moment(valid.not_after)));
    }
    lines
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or_else(|_| "ever".to_owned(), |at| at.to_string())
}

/// `, 3 of 4 files verified`.
fn counts(coverage: &[FileCoverage]) -> String {
    if coverage.is_empty() {
        return String::new();
    }
    let verified = coverage.iter().filter(|file| file.state == FileState::Verified).count();
    format!(", {verified} of {} files verified", coverage.len())
}

fn differences(coverage: &[FileCoverage]) -> impl Iterator<Item = String> {
    let different = coverage.iter().filter(|file| file.state != FileState::Verified);
    different.map(|file| format!("  {:<9} {}", state(file.state), file.name))
}

const fn state(state: FileState) -> &'static str {
    match state {
        FileState::Changed => "changed",
        FileState::Ignored => "ignored",
        FileState::Missing => "missing",
        FileState::Unlisted => "unlisted",
        FileState::Unhashed => "unhashed",
        FileState::Verified => "verified",
    }
}

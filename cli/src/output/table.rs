//! For people: one line for each finding, severity first, then one line of summary.

use std::io::{self, Write};

use assay_core::{Decision, Reason, shown};
use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::style;
use crate::local::{FileRow, ScanReport, Skipped};
use crate::units::bytes;

/// Rows under headings, for lists that are not findings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) headings: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Rows {
    /// No rows yet.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Aligned columns.
    pub(crate) fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(self.headings.clone());
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| shown(cell)));
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim())?;
        }
        Ok(())
    }

    /// A Markdown table.
    pub(crate) fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "| {} |", self.headings.join(" | "))?;
        writeln!(out, "|{}", " --- |".repeat(self.headings.len()))?;
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| super::markdown::escape(cell)).collect();
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

/// The findings and gaps of one file; clean files only with `all`.
pub(super) fn file(row: &FileRow, all: bool, out: &mut dyn Write) -> io::Result<()> {
    for finding in &row.findings {
        let (severity, rule) = (style::severity(finding.severity), &finding.rule);
        writeln!(
            out,
            "{severity} {}  {}  {}",
            finding.location,
            shown(&finding.message),
            style::dim(rule.as_str())
        )?;
    }
    if row.findings_dropped > 0 {
        let name = shown(&row.path);
        writeln!(out, "{} {name}  {} more findings, not kept", style::partial(), row.findings_dropped)?;
    }
    for gap in row.coverage.gaps() {
        let kind = style::dim(gap.kind.name());
        writeln!(out, "{} {}  {}  {kind}", style::partial(), gap.location, shown(&gap.message))?;
    }
    if !row.is_clean() && !row.links.is_empty() {
        let links: Vec<String> = row.links.iter().map(|link| shown(link)).collect();
        writeln!(out, "         {}", style::dim(&format!("also {}", links.join(", "))))?;
    }
    if all && row.is_clean() {
        let formats: Vec<&str> = row.formats.iter().map(|format| format.name()).collect();
        let formats = if formats.is_empty() { "no known format".to_owned() } else { formats.join(", ") };
        writeln!(out, "clean    {}  {}", shown(&row.path), style::dim(&formats))?;
    }
    Ok(())
}

/// What was not looked at.
pub(super) fn skipped(skipped: &[Skipped], out: &mut dyn Write) -> io::Result<()> {
    for Skipped { path, why: _, message } in skipped {
        writeln!(out, "skipped  {}  {}", shown(path), shown(message))?;
    }
    Ok(())
}

/// One line for each reason of a verdict, and its remedy.
pub(super) fn reasons(reasons: &[Reason], out: &mut dyn Write) -> io::Result<()> {
    for reason in reasons {
        let about = reason.file.as_deref().map_or_else(String::new, |file| format!("{}: ", shown(file)));
        let verb = style::decision(reason.decision);
        writeln!(out, "  {verb}  [{}] {about}{}", shown(&reason.policy_rule), shown(&reason.message))?;
        if let Some(remedy) = reason.remedy.as_deref().filter(|_| reason.decision != Decision::Allow) {
            writeln!(out, "        remedy: {}", shown(remedy))?;
        }
    }
    Ok(())
}

/// `12 files, 3.4 GiB: 10 allow, 1 warn, 1 deny, 0 partial (1.2 s)`.
pub(super) fn summary(report: &ScanReport) -> String {
    let sum = &report.summary;
    let files = if sum.files == 1 { "file" } else { "files" };
    format!(
        "{} {files}, {}: {} allow, {} warn, {} deny, {} partial ({}.{} s)",
        sum.files,
        bytes(sum.bytes),
        sum.allow,
        sum.warn,
        sum.deny,
        sum.partial,
        report.elapsed_ms / 1000,
        report.elapsed_ms % 1000 / 100,
    )
}

impl ScanReport {
    /// For a person; clean files only with `all`.
    pub(crate) fn table(&self, all: bool, out: &mut dyn Write) -> io::Result<()> {
        for row in &self.files {
            file(row, all, out)?;
        }
        skipped(&self.skipped, out)?;
        writeln!(out, "{}", summary(self))
    }
}

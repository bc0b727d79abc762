//! `assay explain`: one line each for digest, evidence, reasons, verdict and what would change it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use assay_core::wire::api::{Explanation, Holding};
use assay_core::wire::guard::Ruling;
use assay_core::{Claim, Coverage, FileFact, shown};
use serde::Serialize;

use super::{View, markdown, style, table};
use crate::units::bytes;

/// The most program lines a person is shown; JSON has them all.
const MAX_LINES: usize = 200;

/// Who explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    /// assayd, from what it has recorded.
    Daemon,
    /// This program, from a scan of the one file under the built-in policy.
    Here,
}

/// An explanation and where it comes from, as `docs/schema/assay.explain-1.schema.json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    schema: &'static str,
    origin: Origin,
    /// What is explained.
    #[serde(flatten)]
    pub(crate) explanation: Explanation,
}

impl Explained {
    /// Completes a report.
    pub(crate) const fn new(explanation: Explanation, origin: Origin) -> Self {
        Self { schema: "assay.explain/1", origin, explanation }
    }
}

impl View for Explained {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        let Explanation { subject, file, paths, held_by, ruling, lines } = &self.explanation;
        writeln!(out, "subject   {}", shown(subject))?;
        if let Some(file) = file {
            evidence(file, out)?;
        }
        for path in paths {
            writeln!(out, "path      {}", shown(path))?;
        }
        program(lines, out)?;
        for holding in held_by {
            verdict(holding, out)?;
        }
        if held_by.is_empty() {
            writeln!(out, "verdict   none yet: no artifact that holds it has been judged")?;
        }
        if self.origin == Origin::Here {
            writeln!(
                out,
                "{}",
                style::dim("          (scanned here, judged alone under the built-in policy)")
            )?;
        }
        match ruling {
            Some(ruling) => writeln!(out, "guard     {}", answer(*ruling)),
            None => Ok(()),
        }
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = Vec::new();
        self.table(&mut text)?;
        writeln!(out, "## assay explain\n")?;
        for line in anstream::adapter::strip_bytes(&text).into_vec().split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            if !line.trim().is_empty() {
                writeln!(out, "- {}", markdown::escape(line.trim()))?;
            }
        }
        Ok(())
    }
}

fn evidence(file: &FileFact, out: &mut dyn Write) -> io::Result<()> {
    let digest = file
        .sha256
        .map_or_else(|| "unknown (could not be read)".to_owned(), |digest| format!("sha256:{digest}"));
    writeln!(out, "digest    {digest}")?;
    let formats: Vec<&str> = file.formats.iter().map(|format| format.name()).collect();
    let formats = if formats.is_empty() { "no known format".to_owned() } else { formats.join(", ") };
    writeln!(out, "content   {}, {formats}", bytes(file.size))?;
    match &file.coverage {
        Coverage::Whole => writeln!(out, "coverage  whole")?,
        Coverage::Partial { gaps } => {
            for gap in gaps {
                writeln!(
                    out,
                    "coverage  {} {}  {} ({})",
                    style::partial(),
                    gap.location,
                    shown(&gap.message),
                    gap.kind
                )?;
            }
        }
    }
    for check in &file.claims {
        let claim = match check.claim {
            Claim::GitSha1(digest) => format!("git sha1 {digest}"),
            Claim::Sha256(digest) => format!("sha256 {digest}"),
            Claim::Size(count) => format!("{count} bytes"),
        };
        let matches = if check.matches { "true" } else { "false" };
        writeln!(out, "claim     {} says {claim}: {matches}", shown(&check.by))?;
    }
    for finding in &file.findings {
        let severity = style::severity(finding.severity);
        writeln!(
            out,
            "finding   {severity} {}  {}  [{}]",
            finding.location,
            shown(&finding.message),
            finding.rule
        )?;
    }
    rules(file, out)
}

/// What each rule that hit is about, and what to do.
fn rules(file: &FileFact, out: &mut dyn Write) -> io::Result<()> {
    let hit: BTreeSet<&str> = file.findings.iter().map(|finding| finding.rule.as_str()).collect();
    for id in hit {
        if let Some(page) = crate::rules::page(id) {
            writeln!(out, "rule      {id}: {}", page.summary())?;
            writeln!(out, "          to do: {}", page.remedy())?;
        }
    }
    Ok(())
}

fn program(lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out, "program   what loading it would do, never run:")?;
    }
    for line in lines.iter().take(MAX_LINES) {
        writeln!(out, "          {}", shown(line))?;
    }
    match lines.len().saturating_sub(MAX_LINES) {
        0 => Ok(()),
        more => writeln!(out, "          … {more} more lines; --format json has them"),
    }
}

fn verdict(holding: &Holding, out: &mut dyn Write) -> io::Result<()> {
    let Holding { reference, name, verdict } = holding;
    let decision = style::decision(verdict.decision);
    let policy = verdict.policy.to_string();
    let policy = policy.get(..12).unwrap_or(&policy);
    writeln!(out, "verdict   {decision}  {} as {}  (policy {policy})", shown(reference), shown(name))?;
    table::reasons(&verdict.reasons, out)
}

const fn answer(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Allow => "lets it be opened",
        Ruling::Deny => "refuses to let it be opened",
        Ruling::Outside => "does not watch it: it is under no protected root",
    }
}

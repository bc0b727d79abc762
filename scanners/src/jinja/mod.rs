//! What a Jinja chat template could do when it is rendered.
//!
//! Templates of tokenizers and GGUF files are programs; some loaders render them without a sandbox (CVE-2024-34359), and
//! the sandbox has had holes (CVE-2016-10745, CVE-2019-10906, CVE-2025-27516). The template is parsed, never rendered, and
//! every name in it is judged by allow-list. What it says to the model is not judged here.

mod ast;
mod fold;
mod judge;
mod lexer;
mod names;
mod parser;

use assay_core::{Location, Rule, RuleId, Severity};

use crate::{Limit, Report, Stop};

/// The longest template that is parsed; the longest public ones have 40 KiB.
pub(crate) const MAX_TEMPLATE: usize = 1 << 20;

/// Python's own attributes.
pub(crate) const UNSAFE_ATTRIBUTE: Rule = rule(
    "jinja-unsafe-attribute",
    Severity::Critical,
    "The template reaches for Python's own attributes, the way out of it into code",
    &["CWE-1336", "CWE-94", "CVE-2024-34359"],
);

/// Globals that lead to modules.
pub(crate) const UNSAFE_GLOBAL: Rule = rule(
    "jinja-unsafe-global",
    Severity::High,
    "The template uses a global that leads to Python's modules",
    &["CWE-1336", "CVE-2024-34359"],
);

/// Calls that run code or read files.
pub(crate) const UNSAFE_CALL: Rule = rule(
    "jinja-unsafe-call",
    Severity::High,
    "The template calls what reads files or runs code, or a function it computes",
    &["CWE-1336", "CWE-94"],
);

/// Names that are put together.
pub(crate) const COMPUTED_ATTRIBUTE: Rule = rule(
    "jinja-computed-attribute",
    Severity::High,
    "The template computes the name of an attribute, which hides what it reads",
    &["CWE-1336", "CWE-506"],
);

/// Other files.
pub(crate) const LOADS_TEMPLATE: Rule =
    rule("jinja-loads-template", Severity::High, "The template loads another file", &["CWE-98", "CWE-829"]);

/// Calls nobody answers.
pub(crate) const UNKNOWN_CALL: Rule = rule(
    "jinja-unknown-call",
    Severity::Medium,
    "The template calls something no known loader provides",
    &["CWE-1336"],
);

/// Loops without a useful end.
pub(crate) const EXPENSIVE: Rule = rule(
    "jinja-expensive-loop",
    Severity::Medium,
    "The template repeats something so often that rendering does not end",
    &["CWE-400", "CWE-834"],
);

const fn rule(
    id: &'static str,
    severity: Severity,
    summary: &'static str,
    taxonomy: &'static [&'static str],
) -> Rule {
    Rule { id: RuleId::new(id), severity, summary, taxonomy }
}

/// Judges a template. `locate` says where an offset of the template stands in the file.
///
/// # Errors
/// [`Stop::Malformed`] where the template cannot be understood, so nothing is known about the rest;
/// [`Stop::Limit`] for length and nesting.
pub(crate) fn examine_template(
    text: &str,
    locate: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    if text.len() > MAX_TEMPLATE {
        return Err(Stop::Limit(Limit::Length("template")));
    }
    let tokens = lexer::tokens(text)?;
    let statements = parser::parse(&tokens)?;
    judge::judge(&statements, locate, report);
    Ok(())
}

#[cfg(test)]
mod tests;

//! What a Jinja chat template could do when it is rendered.
//!
//! Templates of tokenizers and GGUF files are programs; some loaders render them without a sandbox (CVE-2024-34359), and
//! the sandbox has had holes (CVE-2016-10745, CVE-2019-10906, CVE-2025-27516). The template is parsed, never rendered, and
//! every name in it is judged by allow-list. What it says to the model is put together and judged as well: orders that
//! depend on what somebody wrote, addresses, and what nobody sees. What the words of an honest system prompt do to the
//! model is not.

mod ast;
mod fold;
mod judge;
mod lexer;
mod names;
mod parser;
mod phrases;
mod speech;
mod trigger;

use assay_core::{Location, Rule, RuleId, Severity};

use crate::{Limit, Report, Stop};

/// The longest template that is parsed; the longest public ones have 40 KiB.
pub(crate) const MAX_TEMPLATE: usize = 1 << 20;

/// The rules of a scanner that looks at templates: its own, and all that a template can hit. A macro, because rules
/// cannot be copied from one list to another in a constant.
macro_rules! with_jinja_rules {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            $crate::jinja::UNSAFE_ATTRIBUTE,
            $crate::jinja::UNSAFE_GLOBAL,
            $crate::jinja::UNSAFE_CALL,
            $crate::jinja::COMPUTED_ATTRIBUTE,
            $crate::jinja::LOADS_TEMPLATE,
            $crate::jinja::UNKNOWN_CALL,
            $crate::jinja::EXPENSIVE,
            $crate::jinja::CONDITIONAL_INSTRUCTION,
            $crate::jinja::CONDITIONAL_TEXT,
            $crate::jinja::INVISIBLE_TEXT,
            $crate::jinja::INVISIBLE_CHARACTER,
            $crate::jinja::INJECTED_INSTRUCTION,
            $crate::jinja::SENDS_CONTENT,
            $crate::jinja::ADDRESS,
            $crate::jinja::ENCODED_TEXT,
            $crate::jinja::FILLER_TEXT,
            $crate::command_text::COMMAND_TEXT,
        ]
    };
}
pub(crate) use with_jinja_rules;

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
    &["CWE-1336", "CWE-506", "CVE-2025-27516"],
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

/// Instructions that wait for their moment.
pub(crate) const CONDITIONAL_INSTRUCTION: Rule = rule(
    "jinja-conditional-instruction",
    Severity::High,
    "The template gives the model orders that depend on what somebody wrote, on the day or on chance",
    INJECTION,
);

/// Text that waits for its moment.
pub(crate) const CONDITIONAL_TEXT: Rule = rule(
    "jinja-conditional-text",
    Severity::Medium,
    "The template tells the model something that depends on words somebody wrote, on the day or on chance",
    INJECTION,
);

/// Text that nobody sees.
pub(crate) const INVISIBLE_TEXT: Rule = rule(
    "jinja-invisible-text",
    Severity::High,
    "The template has text in characters that nobody sees, or that change the order of what is shown",
    &["CWE-451", "CWE-1007", "CWE-1427", "AML.T0051.001", "OWASP-LLM01"],
);

/// A character that nobody sees.
pub(crate) const INVISIBLE_CHARACTER: Rule = rule(
    "jinja-invisible-character",
    Severity::Medium,
    "The template has a character without width where no script needs one",
    &["CWE-451", "CWE-1007"],
);

/// Orders.
pub(crate) const INJECTED_INSTRUCTION: Rule = rule(
    "jinja-injected-instruction",
    Severity::Medium,
    "The template tells the model to ignore its instructions or to hide from somebody what it does",
    INJECTION,
);

/// An address with what was said in it.
pub(crate) const SENDS_CONTENT: Rule = rule(
    "jinja-sends-content",
    Severity::High,
    "The template puts what was said into an address, which hands it to whoever is behind it",
    &["CWE-200", "CWE-1427", "AML.T0057", "AML.T0051.001", "OWASP-LLM01", "OWASP-LLM02"],
);

/// An address.
pub(crate) const ADDRESS: Rule = rule(
    "jinja-address",
    Severity::Medium,
    "The template gives the model an address to go to, or one that anybody on the way can change",
    INJECTION,
);

/// Text that is encoded.
pub(crate) const ENCODED_TEXT: Rule = rule(
    "jinja-encoded-text",
    Severity::Medium,
    "The template has a sentence in base64 or hexadecimal, which models read and people do not",
    &["CWE-506", "CWE-1427", "AML.T0051.001", "AML.T0068", "OWASP-LLM01"],
);

/// Text that fills.
pub(crate) const FILLER_TEXT: Rule = rule(
    "jinja-filler-text",
    Severity::Medium,
    "The template has a long run of one character, which fills the model's context or hides what stands behind it",
    &["CWE-400", "CWE-451", "AML.T0029", "OWASP-LLM10"],
);

/// What instructions in a template are.
const INJECTION: &[&str] = &["CWE-1427", "CWE-506", "AML.T0051.001", "AML.T0010", "OWASP-LLM01"];

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

/// Judges a text that a model is given as it is.
pub(crate) fn examine_words(text: &str, locate: &dyn Fn(usize) -> Location, report: &mut Report<'_>) {
    phrases::judge(text, locate, report);
}

/// Judges what a template of another language says when its condition holds.
pub(crate) fn examine_branch(condition: &str, said: &str, place: Location, report: &mut Report<'_>) {
    speech::judge_said(condition, said, place, report);
}

#[cfg(test)]
mod tests;

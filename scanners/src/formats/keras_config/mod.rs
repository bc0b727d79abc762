//! The architecture of a Keras model: `config.json` of a `.keras` archive, or the JSON of `model.to_json()`.
//!
//! Source: `keras/src/saving/serialization_lib.py` (Keras 3) and `legacy/serialization.py` (Keras 1 and 2). Loading turns
//! every `{module, class_name, config, registered_name}` into an object, which is code execution wherever the loader
//! imports what is named (CVE-2024-3660, CVE-2025-1550, CVE-2025-8747, CVE-2025-9906, CVE-2025-49655, CVE-2026-1462) and
//! reads files where a layer asks for them (CVE-2025-12058). Names are judged by allow-list, at every depth and in
//! duplicates too. Weights are not looked at.

mod classes;
mod names;
mod namespace;
#[cfg(test)]
mod tests;
mod walk;

use assay_core::{Format, Rule, RuleId, Severity};

use self::walk::Scan;
use crate::json::{self, Node};
use crate::{Input, Probe, Report, Scanner, Stop};

/// The longest configuration that is read; a model of 10,000 layers has 20 MiB.
const MAX_JSON: usize = 100 << 20;

const LAMBDA_CODE: Rule = Rule {
    id: RuleId::new("keras-lambda-code"),
    severity: Severity::Critical,
    summary: "The model holds marshalled Python code that loading it runs",
    taxonomy: &["CWE-502", "CWE-94", "AML.T0010", "CVE-2024-3660", "CVE-2025-9905", "CVE-2026-12481"],
};

const LAMBDA_REFERENCE: Rule = Rule {
    id: RuleId::new("keras-lambda-reference"),
    severity: Severity::High,
    summary: "A Lambda layer calls a function that the model only names",
    taxonomy: &["CWE-470", "CVE-2025-1550"],
};

const UNSAFE_REFERENCE: Rule = Rule {
    id: RuleId::new("keras-unsafe-reference"),
    severity: Severity::Critical,
    summary: "The model names a function or class outside Keras, or one of Keras that acts, and loading it calls that",
    taxonomy: &[
        "CWE-502",
        "CWE-470",
        "AML.T0010",
        "CVE-2025-1550",
        "CVE-2025-8747",
        "CVE-2025-9906",
        "CVE-2025-12060",
    ],
};

const UNKNOWN_CLASS: Rule = Rule {
    id: RuleId::new("keras-unknown-class"),
    severity: Severity::High,
    summary: "The model needs a class or function that is not part of Keras",
    taxonomy: &["CWE-470", "AML.T0010"],
};

const COMPANION_CLASS: Rule = Rule {
    id: RuleId::new("keras-companion-class"),
    severity: Severity::Medium,
    summary: "The model needs a class of a companion package that Keras trusts and we do not list",
    taxonomy: &["CWE-470"],
};

const EXTERNAL_FILE: Rule = Rule {
    id: RuleId::new("keras-external-file"),
    severity: Severity::High,
    summary: "Loading the model reads a file or an address that it names",
    taxonomy: &["CWE-73", "CWE-918", "CVE-2025-12058", "CVE-2026-1462"],
};

const PICKLED_MODULE: Rule = Rule {
    id: RuleId::new("keras-pickled-module"),
    severity: Severity::Critical,
    summary: "The model holds a pickled torch module that loading it unpickles",
    taxonomy: &["CWE-502", "AML.T0010", "CVE-2025-49655"],
};

const RULES: &[Rule] = &[
    LAMBDA_CODE,
    LAMBDA_REFERENCE,
    UNSAFE_REFERENCE,
    UNKNOWN_CLASS,
    COMPANION_CLASS,
    EXTERNAL_FILE,
    PICKLED_MODULE,
];

/// Scanner of Keras configurations.
pub(super) struct KerasConfig;

impl Scanner for KerasConfig {
    fn format(&self) -> Format {
        Format::KerasConfig
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let contains = |wanted: &[u8]| {
            [probe.head, probe.tail]
                .iter()
                .any(|part| part.windows(wanted.len()).any(|window| window == wanted))
        };
        // Under the name that Keras opens, padding and escapes must not hide the words.
        let hidden =
            probe.named(&["config.json"]) && (probe.size > probe.head.len() as u64 || contains(b"\\u00"));
        json::starts_object(probe.head) && (hidden || contains(b"\"class_name\"") && contains(b"\"config\""))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let bytes = json::whole(input, MAX_JSON)?;
        let root = json::parse(&bytes, 0)?;
        // Inside an archive Keras takes any mapping apart; on its own such a file belongs to somebody else.
        if is_model(&root) || input.depth() > 0 && input.name().ends_with("config.json") {
            Scan::new(input.place(), report).walk(&root);
        }
        Ok(())
    }
}

/// Takes JSON apart that Keras deserializes whatever it holds, such as an attribute of a legacy `.h5` model.
///
/// # Errors
/// [`Stop`] where it is not JSON or too long.
pub(super) fn take_apart(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let bytes = json::whole(input, MAX_JSON)?;
    let root = json::parse(&bytes, 0)?;
    Scan::new(input.place(), report).walk(&root);
    Ok(())
}

/// Whether Keras would deserialize this.
fn is_model(root: &Node<'_>) -> bool {
    let object = root.member("class_name").is_some() && root.member("config").is_some();
    object || root.member("model_config").is_some_and(|model| model.member("class_name").is_some())
}

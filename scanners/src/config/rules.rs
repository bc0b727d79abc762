//! The rules of configurations, whatever they are written in.

use assay_core::{Rule, RuleId, Severity};

use super::callback::CALLBACK;
use super::langchain::{CODE_TOOL, MISPLACED_SECRET};
use crate::jinja::with_jinja_rules;

/// A configuration names what runs code or commands.
pub(crate) const UNSAFE_TARGET: Rule = Rule {
    id: RuleId::new("config-unsafe-target"),
    severity: Severity::Critical,
    summary: "The configuration names a function that runs code or commands, and its loader calls what is named",
    taxonomy: &[
        "CWE-470",
        "CWE-94",
        "AML.T0010",
        "AML.T0011",
        "OWASP-LLM03",
        "CVE-2025-23304",
        "CVE-2026-22584",
    ],
};

/// A configuration has a dangerous module imported.
pub(crate) const UNSAFE_IMPORT: Rule = Rule {
    id: RuleId::new("config-unsafe-import"),
    severity: Severity::High,
    summary: "The configuration has a module imported that runs code or commands; a model has no use for it",
    taxonomy: &["CWE-470", "AML.T0010", "OWASP-LLM03"],
};

/// A configuration names something that is of no known framework.
pub(crate) const UNKNOWN_TARGET: Rule = Rule {
    id: RuleId::new("config-unknown-target"),
    severity: Severity::Medium,
    summary: "The configuration has something imported and called that is of no known framework",
    taxonomy: &["CWE-470", "AML.T0010", "OWASP-LLM03"],
};

/// What is called is computed.
pub(crate) const COMPUTED_TARGET: Rule = Rule {
    id: RuleId::new("config-computed-target"),
    severity: Severity::High,
    summary: "What the configuration has called is computed when it is loaded, so that its name is not seen",
    taxonomy: &["CWE-470", "AML.T0015", "OWASP-LLM03"],
};

/// An expression is evaluated.
pub(crate) const RESOLVER_CODE: Rule = Rule {
    id: RuleId::new("config-resolver-code"),
    severity: Severity::High,
    summary: "The configuration hands an expression that reaches into Python to a resolver that evaluates it",
    taxonomy: &["CWE-95", "AML.T0011", "OWASP-LLM03"],
};

/// The environment is read.
pub(crate) const READS_ENVIRONMENT: Rule = Rule {
    id: RuleId::new("config-reads-environment"),
    severity: Severity::Low,
    summary: "The configuration reads variables of the loader's environment",
    taxonomy: &["CWE-526"],
};

/// A path leads out of the model's folder.
pub(crate) const EXTERNAL_PATH: Rule = Rule {
    id: RuleId::new("config-external-path"),
    severity: Severity::Medium,
    summary: "The configuration has its loader read something outside the model's folder",
    taxonomy: &["CWE-22", "CWE-73", "CVE-2026-34070"],
};

/// One key has two values.
pub(crate) const DUPLICATE_KEY: Rule = Rule {
    id: RuleId::new("config-duplicate-key"),
    severity: Severity::Medium,
    summary: "A key that decides what is loaded stands twice with different values; readers take different ones",
    taxonomy: &["CWE-436", "AML.T0015"],
};

/// Packages come from elsewhere.
pub(crate) const PACKAGE_SOURCE: Rule = Rule {
    id: RuleId::new("config-package-source"),
    severity: Severity::Medium,
    summary: "The environment of the model installs packages from a place that is not the usual index",
    taxonomy: &["CWE-494", "CWE-829", "AML.T0010", "OWASP-LLM03"],
};

/// Something secret is in the file.
pub(crate) const SECRET: Rule = Rule {
    id: RuleId::new("config-secret"),
    severity: Severity::Medium,
    summary: "The file holds what looks like a private key, a password or an access token",
    taxonomy: &["CWE-798", "CWE-540", "AML.T0055"],
};

/// The model comes with code of its own.
pub(crate) const CUSTOM_CODE: Rule = Rule {
    id: RuleId::new("hf-custom-code"),
    severity: Severity::Low,
    summary: "The model brings Python code of its own, which runs when remote code is trusted",
    taxonomy: &["CWE-829", "AML.T0011", "OWASP-LLM03", "CVE-2025-66448"],
};

/// The model runs code of another repository.
pub(crate) const REMOTE_CODE: Rule = Rule {
    id: RuleId::new("hf-remote-code"),
    severity: Severity::Medium,
    summary: "The model has code of another repository downloaded and run, which can change at any time",
    taxonomy: &["CWE-829", "CWE-494", "AML.T0010", "AML.T0011", "OWASP-LLM03", "CVE-2025-66448"],
};

/// A kernel of another repository.
pub(crate) const REMOTE_KERNEL: Rule = Rule {
    id: RuleId::new("hf-remote-kernel"),
    severity: Severity::High,
    summary: "The model has a kernel of another repository downloaded and run, whether remote code is trusted or not",
    taxonomy: &["CWE-829", "CWE-494", "AML.T0010", "AML.T0011", "OWASP-LLM03", "CVE-2026-4372"],
};

/// A digest that is none.
pub(crate) const INVALID_DIGEST: Rule = Rule {
    id: RuleId::new("manifest-invalid-digest"),
    severity: Severity::High,
    summary: "A digest in a manifest is a path, which a registry's client joins to the folder of its blobs",
    taxonomy: &["CWE-22", "CWE-20", "CVE-2024-37032"],
};

/// Trust is asked for by the file itself.
pub(crate) const TRUST_REMOTE_CODE: Rule = Rule {
    id: RuleId::new("hf-trust-remote-code"),
    severity: Severity::Low,
    summary: "The file itself says that remote code is to be trusted",
    taxonomy: &["CWE-829", "CWE-1188", "OWASP-LLM03"],
};

/// A flavour that is a pickle.
pub(crate) const PICKLED_MODEL: Rule = Rule {
    id: RuleId::new("mlflow-pickled-model"),
    severity: Severity::Low,
    summary: "Loading the model unpickles a file beside it",
    taxonomy: &[
        "CWE-502",
        "AML.T0011.000",
        "CVE-2024-37052",
        "CVE-2024-37053",
        "CVE-2024-37054",
        "CVE-2024-37055",
        "CVE-2024-37056",
        "CVE-2024-37060",
    ],
};

/// Every rule that a configuration in JSON can hit.
pub(crate) const JSON: &[Rule] = with_jinja_rules![
    UNSAFE_TARGET,
    UNSAFE_IMPORT,
    UNKNOWN_TARGET,
    COMPUTED_TARGET,
    RESOLVER_CODE,
    READS_ENVIRONMENT,
    EXTERNAL_PATH,
    DUPLICATE_KEY,
    SECRET,
    CUSTOM_CODE,
    REMOTE_CODE,
    REMOTE_KERNEL,
    INVALID_DIGEST,
    TRUST_REMOTE_CODE,
    CALLBACK,
    CODE_TOOL,
    MISPLACED_SECRET,
];

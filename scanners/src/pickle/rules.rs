//! The rules of pickles, wherever they lie.

use assay_core::{Rule, RuleId, Severity};

const EXECUTION: &[&str] = &["CWE-502", "AML.T0011.000", "AML.T0010", "OWASP-LLM03"];
const EVASION: &[&str] = &["CWE-502", "CWE-436", "AML.T0010", "OWASP-LLM03"];

/// A global that runs code, commands or files is called.
pub(super) const UNSAFE_GLOBAL: Rule = Rule {
    id: RuleId::new("pickle-unsafe-global"),
    severity: Severity::Critical,
    summary: "Loading calls a function that runs code or commands, or reaches files or the network",
    taxonomy: EXECUTION,
};

/// A global that runs code, commands or files is imported.
pub(super) const UNSAFE_IMPORT: Rule = Rule {
    id: RuleId::new("pickle-unsafe-import"),
    severity: Severity::High,
    summary: "Loading imports something that runs code or commands; data has no use for it",
    taxonomy: EXECUTION,
};

/// A global that no list vouches for is called.
pub(super) const UNKNOWN_GLOBAL: Rule = Rule {
    id: RuleId::new("pickle-unknown-global"),
    severity: Severity::High,
    summary: "Loading calls a function or class that nobody has vouched for",
    taxonomy: EXECUTION,
};

/// A global that no list vouches for is imported.
pub(super) const UNKNOWN_IMPORT: Rule = Rule {
    id: RuleId::new("pickle-unknown-import"),
    severity: Severity::Medium,
    summary: "Loading imports a module that nobody has vouched for; importing runs its code",
    taxonomy: EXECUTION,
};

/// A global is reached by walking attributes.
pub(super) const DOTTED_GLOBAL: Rule = Rule {
    id: RuleId::new("pickle-dotted-global"),
    severity: Severity::High,
    summary: "A global is named by a walk over attributes, which leads out of the module it starts in",
    taxonomy: EVASION,
};

/// What is called is itself the result of a call.
pub(super) const COMPUTED_CALLABLE: Rule = Rule {
    id: RuleId::new("pickle-computed-callable"),
    severity: Severity::Critical,
    summary: "Loading calls something that the pickle computes, so that its name is not seen",
    taxonomy: EVASION,
};

/// A module, class or function is changed.
pub(super) const MUTATED_GLOBAL: Rule = Rule {
    id: RuleId::new("pickle-mutated-global"),
    severity: Severity::Critical,
    summary: "Loading changes a module, class or function of the running program",
    taxonomy: EXECUTION,
};

/// A harmless object is used as something it is not.
pub(super) const FOREIGN_MUTATION: Rule = Rule {
    id: RuleId::new("pickle-foreign-mutation"),
    severity: Severity::High,
    summary: "Loading puts items or attributes into an object that no pickler fills that way",
    taxonomy: EXECUTION,
};

/// The name of a global is not a constant.
pub(super) const UNRESOLVED_GLOBAL: Rule = Rule {
    id: RuleId::new("pickle-unresolved-global"),
    severity: Severity::Critical,
    summary: "The name of an imported global is computed, so that it is not seen",
    taxonomy: EVASION,
};

/// A harmless global is called in a way that no pickler calls it.
pub(super) const UNEXPECTED_CALL: Rule = Rule {
    id: RuleId::new("pickle-unexpected-call"),
    severity: Severity::High,
    summary: "A known function is called in a form or with arguments that no pickler writes",
    taxonomy: EXECUTION,
};

/// A global is named by a number.
pub(super) const EXTENSION_CODE: Rule = Rule {
    id: RuleId::new("pickle-extension-code"),
    severity: Severity::High,
    summary: "A global is named by a number of the extension registry, so that its name is not seen",
    taxonomy: EVASION,
};

/// Frames are not where the operations end.
pub(super) const FRAME_BOUNDARY: Rule = Rule {
    id: RuleId::new("pickle-frame-boundary"),
    severity: Severity::High,
    summary: "Frames and operations do not end together; Python versions read different programs",
    taxonomy: EVASION,
};

/// A number is written in a way that some readers refuse.
pub(super) const READER_DIFFERENTIAL: Rule = Rule {
    id: RuleId::new("pickle-reader-differential"),
    severity: Severity::Medium,
    summary: "A value is written so that some readers of pickles take it and others refuse",
    taxonomy: EVASION,
};

/// The loader is asked for an object by an id.
pub(super) const PERSISTENT_ID: Rule = Rule {
    id: RuleId::new("pickle-persistent-id"),
    severity: Severity::Medium,
    summary: "The program that loads it decides what a persistent id means; no known loader is at work here",
    taxonomy: &["CWE-502"],
};

/// A few references stand for more values than anything can walk.
pub(super) const EXPANSION: Rule = Rule {
    id: RuleId::new("pickle-expansion"),
    severity: Severity::High,
    summary: "A few bytes of shared containers stand for more values than a program can walk",
    taxonomy: &["CWE-409", "CWE-400", "AML.T0029", "OWASP-LLM03"],
};

/// A memo index makes the unpickler reserve memory.
pub(super) const MEMO_INDEX: Rule = Rule {
    id: RuleId::new("pickle-memo-index"),
    severity: Severity::High,
    summary: "A memo entry has an index so high that Python runs out of memory while loading",
    taxonomy: &["CWE-789", "CWE-400", "AML.T0029", "OWASP-LLM03"],
};

/// A string of the pickle is another pickle.
pub(super) const NESTED_PICKLE: Rule = Rule {
    id: RuleId::new("pickle-nested-pickle"),
    severity: Severity::Medium,
    summary: "A string holds another pickle that would call or import what data does not need",
    taxonomy: &["CWE-502", "AML.T0011.000", "AML.T0010", "OWASP-LLM03"],
};

/// Something follows the pickle.
pub(super) const TRAILING_BYTES: Rule = Rule {
    id: RuleId::new("pickle-trailing-data"),
    severity: Severity::Info,
    summary: "Bytes follow the last pickle that no loader reads",
    taxonomy: &["CWE-436"],
};

/// All rules that scanning a pickle can hit.
pub(crate) const RULES: &[Rule] = &[
    UNSAFE_GLOBAL,
    UNSAFE_IMPORT,
    UNKNOWN_GLOBAL,
    UNKNOWN_IMPORT,
    DOTTED_GLOBAL,
    COMPUTED_CALLABLE,
    MUTATED_GLOBAL,
    FOREIGN_MUTATION,
    UNRESOLVED_GLOBAL,
    UNEXPECTED_CALL,
    EXTENSION_CODE,
    FRAME_BOUNDARY,
    READER_DIFFERENTIAL,
    PERSISTENT_ID,
    EXPANSION,
    MEMO_INDEX,
    NESTED_PICKLE,
    TRAILING_BYTES,
];

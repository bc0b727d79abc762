//! What is said about Python source.

use assay_core::{Location, Rule, RuleId, Severity};

use super::sinks::Effect;
use super::state::{Analysis, Hit, Reach};
use super::value::Made;
use crate::Report;
use crate::config::rules::SECRET;

const CODE_ON_IMPORT: Rule = rule(
    "python-code-on-import",
    Severity::Critical,
    "Importing the Python file runs commands or code that a definition does not need",
    &["CWE-506", "CWE-94", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
);
pub(crate) const OBFUSCATED: Rule = rule(
    "python-obfuscated-code",
    Severity::Critical,
    "The Python file runs what it decodes, or hides the name of what it calls",
    &["CWE-506", "CWE-94", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
);
pub(crate) const CODE_WHEN_USED: Rule = rule(
    "python-code-when-used",
    Severity::High,
    "A function that loaders call runs commands or code",
    &["CWE-506", "CWE-94", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
);
const EFFECT_ON_IMPORT: Rule = rule(
    "python-effect-on-import",
    Severity::High,
    "Importing the Python file reaches the network, loads a pickle or a library, or removes files",
    &["CWE-506", "CWE-829", "AML.T0010", "OWASP-LLM03"],
);
pub(crate) const READS_SECRET: Rule = rule(
    "python-reads-secret",
    Severity::High,
    "The Python file opens credentials or startup files of the person who loads it",
    &["CWE-522", "CWE-506", "AML.T0010", "AML.T0025"],
);
pub(crate) const SIDE_EFFECT: Rule = rule(
    "python-side-effect",
    Severity::Medium,
    "Loading or using the model opens connections, loads libraries or foreign code, or writes a file",
    &["CWE-829", "AML.T0010"],
);
pub(crate) const DORMANT: Rule = rule(
    "python-dormant-code",
    Severity::Low,
    "A function that nothing calls on load runs commands or code",
    &["CWE-829", "AML.T0010"],
);
const ODD_ENCODING: Rule = rule(
    "python-odd-encoding",
    Severity::High,
    "The Python file declares an encoding in which its text is not what it looks like",
    &["CWE-176", "CWE-506", "AML.T0015"],
);
const STARTUP: Rule = rule(
    "python-startup-code",
    Severity::High,
    "The file runs whenever Python starts in the environment it is copied to",
    &["CWE-506", "CWE-829", "AML.T0010"],
);

/// Every rule of Python source.
pub(crate) const RULES: &[Rule] = &[
    CODE_ON_IMPORT,
    OBFUSCATED,
    CODE_WHEN_USED,
    EFFECT_ON_IMPORT,
    READS_SECRET,
    SIDE_EFFECT,
    DORMANT,
    ODD_ENCODING,
    STARTUP,
    SECRET,
];

const fn rule(
    id: &'static str,
    severity: Severity,
    summary: &'static str,
    taxonomy: &'static [&'static str],
) -> Rule {
    Rule { id: RuleId::new(id), severity, summary, taxonomy }
}

/// Findings of one rule that are shown for one source; the others say the same.
const MAX_ALIKE: usize = 8;

/// Says what was hit, each at the place of its call.
pub(super) fn report(
    analysis: &Analysis<'_>,
    reached: &[Reach],
    locate: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) {
    let mut shown: Vec<RuleId> = Vec::new();
    for hit in analysis.hits.values() {
        let reach = reached.get(hit.unit).copied().unwrap_or(Reach::Imported);
        let Some(rule) = judged(hit, reach) else { continue };
        if shown.iter().filter(|each| **each == rule.id).count() >= MAX_ALIKE {
            continue;
        }
        shown.push(rule.id.clone());
        let message = message(hit, reach);
        let detail =
            [("call", hit.path.as_str()), ("effect", hit.effect.name()), ("argument", hit.argument.as_str())];
        report.hit(&rule, locate(hit.offset), &message, &detail);
    }
}

/// The rule for a call that a loader reaches so far.
fn judged(hit: &Hit, reach: Reach) -> Option<Rule> {
    let hidden = match hit.effect {
        Effect::Command | Effect::Code | Effect::Expression | Effect::Install => hit.made > Made::Plain,
        Effect::Computed | Effect::Unpickle | Effect::Native | Effect::Socket | Effect::RemoteCode => {
            hit.made == Made::Decoded
        }
        Effect::Tool | Effect::Network | Effect::Hook | Effect::Remove | Effect::Write | Effect::Secret => {
            false
        }
    };
    if hidden {
        return Some(OBFUSCATED);
    }
    match (hit.effect, reach) {
        (Effect::Command | Effect::Code | Effect::Expression | Effect::Install, Reach::Imported) => {
            Some(CODE_ON_IMPORT)
        }
        (Effect::Command | Effect::Code | Effect::Install, Reach::Used) => Some(CODE_WHEN_USED),
        (Effect::Secret, Reach::Imported | Reach::Used) => Some(READS_SECRET),
        (
            Effect::Computed
            | Effect::RemoteCode
            | Effect::Socket
            | Effect::Network
            | Effect::Unpickle
            | Effect::Native
            | Effect::Hook
            | Effect::Remove,
            Reach::Imported,
        ) => Some(EFFECT_ON_IMPORT),
        (Effect::Write | Effect::Tool, Reach::Imported) => Some(SIDE_EFFECT),
        (
            Effect::Expression | Effect::RemoteCode | Effect::Socket | Effect::Native | Effect::Unpickle,
            Reach::Used,
        ) => Some(SIDE_EFFECT),
        (
            Effect::Command | Effect::Code | Effect::Install | Effect::Socket | Effect::Secret,
            Reach::Dormant,
        ) => Some(DORMANT),
        (
            Effect::Tool | Effect::Computed | Effect::Network | Effect::Hook | Effect::Remove | Effect::Write,
            Reach::Used,
        )
        | (
            Effect::Tool
            | Effect::Expression
            | Effect::Computed
            | Effect::RemoteCode
            | Effect::Network
            | Effect::Unpickle
            | Effect::Native
            | Effect::Hook
            | Effect::Remove
            | Effect::Write,
            Reach::Dormant,
        ) => None,
    }
}

fn message(hit: &Hit, reach: Reach) -> String {
    let when = match reach {
        Reach::Imported => "importing the file",
        Reach::Used => "using the model",
        Reach::Dormant => "a function that nothing calls on load",
    };
    let hidden = match hit.made {
        Made::Plain => "",
        Made::Assembled => ", by a name that is put together",
        Made::Decoded => ", out of what is decoded",
    };
    let argument = if hit.argument.is_empty() { "…" } else { &hit.argument };
    format!("{when} {}{hidden}: {}({argument})", hit.effect.verb(), hit.path)
}

/// The declared encoding makes the text something else.
pub(super) fn odd_encoding(name: &str, place: Location, report: &mut Report<'_>) {
    let message =
        format!("the source declares the encoding {name}, in which its text is not what it looks like");
    report.hit(&ODD_ENCODING, place, &message, &[("encoding", name)]);
}

/// The file is one that every start of Python runs.
pub(crate) fn startup(place: Location, report: &mut Report<'_>) {
    report.hit(&STARTUP, place, "Python runs this at every start, if it is copied into its path", &[]);
}

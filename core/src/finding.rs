//! One place where a rule hit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Location, RuleId, Severity};

/// One place where a rule hit. A fact, not a judgement: policy decides what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// How bad it is if it is true.
    pub severity: Severity,
    /// One sentence for a person; text from the artifact in it is escaped.
    pub message: String,
    /// Where it stands.
    pub location: Location,
    /// Names and values for programs, such as `global` → `posix.system`; escaped.
    #[serde(default)]
    pub detail: BTreeMap<String, String>,
    /// Names in public catalogues, from the rule.
    #[serde(default)]
    pub taxonomy: Vec<String>,
}

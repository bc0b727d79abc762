//! Orbax: the JSON beside a checkpoint of JAX that says how it is restored.
//!
//! Orbax' own names of types choose among handlers that are registered in the program; nothing is imported by them. A
//! key that names a function that restores is none of Orbax', and is there for a loader that resolves it. Texts that
//! read like commands are told.
//!
//! Source: `orbax/checkpoint/_src/metadata/` and `handlers/`.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{COMMAND_TEXT, judge};
use crate::json::{self, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest JSON that is read; the tree of a model with 100,000 parameters has 30 MiB.
const MAX_JSON: usize = 64 << 20;

/// Names that Orbax and its users give to it.
const NAMES: &[&str] = &[
    "_CHECKPOINT",
    "_CHECKPOINT_METADATA",
    "_METADATA",
    "checkpoint_metadata.json",
    "orbax_checkpoint_metadata.json",
    "orbax_metadata.json",
];

/// Names of others too, when the content speaks of a checkpoint of JAX.
const SHARED_NAMES: &[&str] = &["checkpoint", "checkpoint.json", "metadata.json", "metadata"];

const RESTORE_FUNCTION: Rule = Rule {
    id: RuleId::new("orbax-restore-function"),
    severity: Severity::High,
    summary: "The checkpoint names a function that restores it; a loader that resolves the name runs it",
    taxonomy: &["CWE-470", "CWE-502", "AML.T0010", "OWASP-LLM03"],
};
const RULES: &[Rule] = &[RESTORE_FUNCTION, COMMAND_TEXT];

/// Keys that name what restores.
const RESTORING: &[&str] = &[
    "custom_deserialize",
    "custom_restore",
    "custom_restore_fn",
    "deserialize_fn",
    "load_fn",
    "restore_callback",
    "restore_fn",
    "restore_function",
];

/// Scanner of Orbax' metadata.
#[derive(Debug)]
pub(super) struct Orbax;

impl Scanner for Orbax {
    fn format(&self) -> Format {
        Format::Orbax
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let name = probe.name.rsplit(['/', '\\']).next().unwrap_or_default();
        if !json::starts_object(probe.head) {
            return false;
        }
        let speaks = |word: &str| memchr::memmem::find(probe.head, word.as_bytes()).is_some();
        let own =
            || ["orbax", "tree_metadata", "item_handlers", "jax", "flax"].iter().any(|word| speaks(word));
        let restores = || RESTORING.iter().any(|key| speaks(key));
        NAMES.contains(&name) || SHARED_NAMES.contains(&name) && (own() || restores())
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_JSON as u64 {
            return Err(Stop::Limit(Limit::Length("JSON")));
        }
        let bytes = input.window(0, MAX_JSON)?;
        let root = json::parse(&bytes, 0)?;
        let mut open = vec![&root];
        while let Some(node) = open.pop() {
            let place = || input.place().at(node.offset);
            match &node.value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    for (key, value) in members {
                        // What is nothing or false names nothing.
                        let names = !matches!(value.value, Value::Null | Value::Bool(false));
                        if names && RESTORING.contains(&key.as_ref()) {
                            let named = value.text().unwrap_or("something that is no text");
                            let message = format!("{key} is {named}");
                            let detail = [("key", key.as_ref()), ("function", named)];
                            report.hit(&RESTORE_FUNCTION, input.place().at(value.offset), &message, &detail);
                        }
                        open.push(value);
                    }
                }
                Value::Text(text) => judge(text, "a text", place(), report),
                Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
        Ok(())
    }
}

//! JSON beside a model that has things imported, called or fetched.
//!
//! Which keys those are stands in [`crate::config`]. Files of names that loaders open are always read; others when they
//! are short or speak of such a key, and when those are no JSON nothing loads them either.

use assay_core::{Format, Rule};
use memchr::memmem;

use crate::config::{Judge, base_name, rules, secrets};
use crate::json::{self, starts_object};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest JSON that is read; configurations have some KiB, those with long lists some MiB.
const MAX_JSON: usize = 64 << 20;

/// Files of this size that are called JSON are read whatever is in them.
const SHORT: u64 = 1 << 20;

/// Names that loaders open.
const NAMES: &[&str] = &[
    "adapter_config.json",
    "agent.json",
    "chain.json",
    "config.json",
    "config_sentence_transformers.json",
    "generation_config.json",
    "hparams.json",
    "model_index.json",
    "modular_model_index.json",
    "modules.json",
    "preprocessor_config.json",
    "processor_config.json",
    "prompt.json",
    "router_config.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
];

/// Keys that have things imported, called or fetched.
const KEYS: &[&str] = &[
    "\"_target_\"",
    "\"class_path\"",
    "\"auto_map\"",
    "\"custom_pipelines\"",
    "\"init_parameters\"",
    "\"__kind__\"",
    "\"py/",
    "\"lc\"",
    "_implementation",
    "\"weight_map\"",
];

/// Scanner of configurations in JSON.
pub(super) struct JsonConfig;

impl Scanner for JsonConfig {
    fn format(&self) -> Format {
        Format::JsonConfig
    }

    fn rules(&self) -> &'static [Rule] {
        rules::JSON
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let starts = starts_object(probe.head) || starts_array(probe.head);
        let speaks = || speaks(probe.head) || speaks(probe.tail);
        // `json.loads` takes these encodings too; a comment is for readers of JSON's relatives.
        let other = is_wide(probe.head) || probe.head.trim_ascii_start().starts_with(b"/");
        named(probe.name) && other
            || starts && (named(probe.name) || probe.size <= SHORT && probe.named(&[".json"]) || speaks())
    }

    /// Other formats are JSON too; it is one file to all of them.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_JSON as u64 {
            return Err(Stop::Limit(Limit::Length("JSON")));
        }
        let bytes = input.window(0, MAX_JSON)?;
        if is_wide(&bytes) {
            return Err(Stop::Unsupported("JSON that is not UTF-8"));
        }
        secrets(&bytes, input.place(), true, report);
        match json::parse(&bytes, 0) {
            Ok(root) => Judge::new(input.place(), input.name(), true, report).document(&root),
            // One value on each line, or something else that only begins like JSON.
            Err(Stop::Malformed { .. }) if !named(input.name()) && !speaks(&bytes) => {}
            Err(stop) => return Err(stop),
        }
        Ok(())
    }
}

fn named(name: &str) -> bool {
    let name = base_name(name).to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.ends_with(".index.json")
}

fn speaks(bytes: &[u8]) -> bool {
    KEYS.iter().any(|key| memmem::find(bytes, key.as_bytes()).is_some())
}

/// Whether a text has more than one byte for each letter.
fn is_wide(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..])
}

fn starts_array(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let inside = head.trim_ascii_start().strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| matches!(inside.first(), Some(b'{' | b'"' | b'[' | b']') | None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn an_escape_hides_no_key() {
        let facts = scan(&JsonConfig, "config.json", br#"{"_tar\u0067et_": "o\u0073.system"}"#);
        assert_eq!(facts.rules(), ["config-unsafe-target"]);
    }

    #[test]
    fn what_is_no_json_is_a_gap_where_a_loader_opens_it() {
        assert!(scan(&JsonConfig, "notes.json", b"{\"a\": 1}\n{\"a\": 2}\n").is_clean());
        assert!(!scan(&JsonConfig, "config.json", b"{\"a\": 1").is_clean());
        assert_eq!(scan(&JsonConfig, "config.json", b"\xff\xfe{\0}\0").gaps.len(), 1);
        assert!(!scan(&JsonConfig, "notes.json", b"{\"_target_\": \"os.system\"").is_clean());
    }
}

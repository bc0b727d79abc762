//! Chat templates beside a model: `chat_template.jinja`, and the JSON of tokenizers and processors that holds them.
//!
//! Source: `PreTrainedTokenizerBase.save_chat_templates` of transformers: one text, a list of `{name, template}`, or a
//! mapping from names to texts. Every text under a key that speaks of a chat template is judged by [`crate::jinja`].
//! Other parts of these files are not judged.

use assay_core::{Format, Location, Rule};

use crate::jinja::{MAX_TEMPLATE, examine_template, with_jinja_rules};
use crate::json::{self, Node, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest JSON that is read; tokenizers with 100,000 added tokens have 20 MiB.
const MAX_JSON: usize = 64 << 20;

/// Names under which loaders look for a template as it is.
const TEMPLATES: &[&str] = &[".jinja", ".jinja2", ".j2", ".template"];

/// Names under which loaders look for a template in JSON.
const CONFIGS: &[&str] = &["tokenizer_config.json", "chat_template.json", "processor_config.json"];

const RULES: &[Rule] = with_jinja_rules![];

/// Scanner of chat templates.
pub(super) struct ChatTemplate;

impl Scanner for ChatTemplate {
    fn format(&self) -> Format {
        Format::ChatTemplate
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let says_so = || contains(probe.head, b"chat_template") || contains(probe.tail, b"chat_template");
        if json::starts_object(probe.head) {
            probe.named(CONFIGS) || says_so()
        } else {
            probe.named(TEMPLATES)
        }
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let size = usize::try_from(input.size()).unwrap_or(usize::MAX);
        if size > MAX_JSON {
            return Err(Stop::Limit(Limit::Length("JSON")));
        }
        let place = input.place();
        if json::starts_object(&input.window(0, 4096)?) {
            let bytes = input.window(0, MAX_JSON)?;
            templates(&json::parse(&bytes, 0)?, &|offset| place.at(offset), report)
        } else {
            let bytes = input.window(0, MAX_TEMPLATE.saturating_add(1))?;
            let text = String::from_utf8_lossy(&bytes);
            examine_template(&text, &|offset| place.at(offset), report)
        }
    }
}

/// Judges every template in a tree; `at` gives the place of an offset.
///
/// # Errors
/// The [`Stop`] of the first template that could not be understood; the others are judged all the same.
pub(super) fn templates(
    root: &Node<'_>,
    at: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let mut scan = Scan { at, report, gap: None };
    scan.walk(root);
    scan.gap.map_or(Ok(()), Err)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

struct Scan<'p, 'r, 's> {
    at: &'p dyn Fn(u64) -> Location,
    report: &'r mut Report<'s>,
    /// The first template that could not be understood; the others are still judged.
    gap: Option<Stop>,
}

impl Scan<'_, '_, '_> {
    /// Looks for templates under every key, however deep: processors hold their tokenizer's configuration.
    fn walk(&mut self, root: &Node<'_>) {
        let mut open = vec![(root, false)];
        while let Some((node, inside)) = open.pop() {
            match &node.value {
                Value::Text(text) if inside => self.template(text, node.offset),
                Value::Array(items) => open.extend(items.iter().map(|item| (item, inside))),
                Value::Object(members) => {
                    open.extend(
                        members.iter().map(|(key, value)| (value, inside || key.contains("chat_template"))),
                    );
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
    }

    /// Escapes make places inside a JSON text inexact, so findings stand at its start.
    fn template(&mut self, text: &str, offset: u64) {
        let at = self.at;
        if let Err(stop) = examine_template(text, &|_| at(offset), self.report) {
            self.gap.get_or_insert(match stop {
                Stop::Malformed { what, .. } => Stop::Malformed { what, offset },
                stop @ (Stop::Limit(_)
                | Stop::Deadline
                | Stop::Encrypted(_)
                | Stop::Unsupported(_)
                | Stop::Io(_)) => stop,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(name: &str, text: &str) -> Vec<String> {
        scan(&ChatTemplate, name, text.as_bytes()).rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn every_form_of_saving_a_template_is_read() {
        for json in [
            r#"{"chat_template": "{{ x.__class__ }}"}"#,
            r#"{"chat_template": [{"name": "a", "template": "{{ x }}"}, {"name": "b", "template": "{{ x.__class__ }}"}]}"#,
            r#"{"chat_template": {"default": "{{ x.__class__ }}"}}"#,
            r#"{"chat\u005ftemplate": "{{ x.\u005f\u005fclass__ }}"}"#,
            r#"{"tokenizer": {"custom_chat_template": "{{ x.__class__ }}"}}"#,
            r#"{"chat_template": "{{ x.__class__ }}", "chat_template": ""}"#,
        ] {
            assert_eq!(rules("tokenizer_config.json", json), ["jinja-unsafe-attribute"], "{json}");
        }
        assert_eq!(rules("chat_template.jinja", "{{ x.__class__ }}"), ["jinja-unsafe-attribute"]);
    }

    #[test]
    fn other_texts_are_no_templates() {
        let json = r#"{"description": "{{ x.__class__ }}", "chat_template": "{{ x }}", "n": 1}"#;
        assert!(scan(&ChatTemplate, "tokenizer_config.json", json.as_bytes()).is_clean());
    }

    #[test]
    fn one_broken_template_does_not_hide_another() {
        let json = r#"{"chat_template": ["{{ x.__class__ }}", "{{ unclosed", "{{ y.__init__ }}"]}"#;
        let facts = scan(&ChatTemplate, "tokenizer_config.json", json.as_bytes());
        assert_eq!((facts.findings.len(), facts.gaps.len()), (2, 1));
    }
}

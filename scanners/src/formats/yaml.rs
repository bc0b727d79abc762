//! YAML beside a model: tags that make a loader call something, and the keys that configurations have in any language.
//!
//! Source: see [`crate::yaml`] for tags and [`crate::config`] for keys. A loader that only takes plain data (`safe_load`)
//! refuses the tags; whether the program uses one is not in the file.

use assay_core::{Format, Location, Rule, RuleId, Severity};
use memchr::memmem;

use super::chat_template;
use crate::config::{Judge, base_name, callback, langchain, rules, secrets, shortened};
use crate::jinja::with_jinja_rules;
use crate::json::{Node, Value};
use crate::pickle::{Standing, standing};
use crate::yaml::{Request, Stream, Tag, decode, read, request};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest YAML that is read; hyperparameters with a list of all tokens have 2 MiB.
const MAX_YAML: usize = 16 << 20;

/// Values of a document with all aliases followed; the largest honest ones have as many as they have lines.
const MAX_EXPANDED: u64 = 10_000_000;

const UNSAFE_CALL: Rule = Rule {
    id: RuleId::new("yaml-unsafe-call"),
    severity: Severity::Critical,
    summary: "Loading calls a function that runs code or commands, or reaches files or the network",
    taxonomy: &["CWE-502", "AML.T0011.000", "AML.T0010", "OWASP-LLM03", "CVE-2017-18342", "CVE-2020-14343"],
};
const UNKNOWN_CALL: Rule = Rule {
    id: RuleId::new("yaml-unknown-call"),
    severity: Severity::High,
    summary: "Loading calls a function or class of Python that nobody has vouched for",
    taxonomy: &["CWE-502", "AML.T0011.000", "AML.T0010", "OWASP-LLM03"],
};
const UNSAFE_IMPORT: Rule = Rule {
    id: RuleId::new("yaml-unsafe-import"),
    severity: Severity::High,
    summary: "Loading imports something that runs code or commands; data has no use for it",
    taxonomy: &["CWE-502", "AML.T0011.000", "AML.T0010", "OWASP-LLM03"],
};
const UNKNOWN_IMPORT: Rule = Rule {
    id: RuleId::new("yaml-unknown-import"),
    severity: Severity::Medium,
    summary: "Loading imports a module that nobody has vouched for; importing runs its code",
    taxonomy: &["CWE-502", "AML.T0010", "OWASP-LLM03"],
};
const PYTHON_TAG: Rule = Rule {
    id: RuleId::new("yaml-python-tag"),
    severity: Severity::Low,
    summary: "The file has tags of Python, so its loader is one that also takes dangerous ones",
    taxonomy: &["CWE-502"],
};
const FOREIGN_OBJECT: Rule = Rule {
    id: RuleId::new("yaml-foreign-object"),
    severity: Severity::High,
    summary: "The file has tags that make loaders of other languages construct objects",
    taxonomy: &["CWE-502", "CVE-2022-1471", "CVE-2013-0156"],
};
const ALIAS_BOMB: Rule = Rule {
    id: RuleId::new("yaml-alias-bomb"),
    severity: Severity::High,
    summary: "Aliases multiply the content so often that a program that follows them runs out of memory",
    taxonomy: &["CWE-776", "AML.T0029"],
};
const MALFORMED: Rule = Rule {
    id: RuleId::new("yaml-malformed"),
    severity: Severity::Low,
    summary: "The file is called YAML and is none; nothing in it asks for an import",
    taxonomy: &["CWE-436"],
};

const RULES: &[Rule] = with_jinja_rules![
    UNSAFE_CALL,
    UNKNOWN_CALL,
    UNSAFE_IMPORT,
    UNKNOWN_IMPORT,
    PYTHON_TAG,
    FOREIGN_OBJECT,
    ALIAS_BOMB,
    MALFORMED,
    rules::UNSAFE_TARGET,
    rules::UNSAFE_IMPORT,
    rules::UNKNOWN_TARGET,
    rules::COMPUTED_TARGET,
    rules::RESOLVER_CODE,
    rules::READS_ENVIRONMENT,
    rules::EXTERNAL_PATH,
    rules::DUPLICATE_KEY,
    rules::PACKAGE_SOURCE,
    rules::SECRET,
    rules::PICKLED_MODEL,
    rules::CUSTOM_CODE,
    rules::REMOTE_CODE,
    rules::REMOTE_KERNEL,
    rules::INVALID_DIGEST,
    callback::CALLBACK,
    langchain::CODE_TOOL,
    langchain::MISPLACED_SECRET,
    rules::TRUST_REMOTE_CODE,
];

/// What every reader must spell to have something imported. A text without any of these asks for nothing, whatever
/// grammar it is read by.
const ASKS: &[&str] = &[
    "!!",
    "!<",
    "%TAG",
    "python/",
    "yaml.org",
    "!new",
    "!apply",
    "!name",
    "!module",
    "!include",
    "_target_",
    "_component_",
    "${",
    "()",
    "py/",
    "class_path",
    "target:",
    "cls:",
    "chat_template",
    "loader_module",
    "auto_map",
    "jinja2",
    "_implementation",
    "\\x",
    "\\u",
];

/// Packages whose names stand in the settings of documentation sites, which are kept beside many models.
const SITES: &[&str] = &["pymdownx.", "material.", "materialx.", "mermaid2."];

/// YAML.
#[derive(Debug)]
pub(super) struct Yaml;

impl Scanner for Yaml {
    fn format(&self) -> Format {
        Format::Yaml
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let named = probe.named(&[".yaml", ".yml"]) || base_name(probe.name).eq_ignore_ascii_case("MLmodel");
        named || probe.head.starts_with(b"%YAML") || probe.head.starts_with(b"%TAG")
    }

    /// Any text may be YAML; it is one file to all who read it.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_YAML as u64 {
            return Err(Stop::Limit(Limit::Length("YAML")));
        }
        let bytes = input.window(0, MAX_YAML)?;
        let text = decode(&bytes);
        secrets(text.text.as_bytes(), input.place(), text.exact, report);
        let mut readings = vec![read(&text.text, &text.text, input.budget())];
        if let Some(old) = text.old() {
            readings.push(read(&old, &text.text, input.budget()));
        }
        let mut judge = Judge::new(input.place(), input.name(), text.exact, report);
        for stream in &readings {
            judge_stream(&mut judge, stream);
        }
        let place = |offset| if text.exact { input.place().at(offset) } else { input.place().clone() };
        let templates = chat_templates(&readings, &place, report);
        readings.into_iter().try_for_each(|stream| ended(&text.text, stream, input.place(), report))?;
        templates
    }
}

fn judge_stream(judge: &mut Judge<'_, '_, '_>, stream: &Stream) {
    for tag in &stream.tags {
        judge_tag(judge, tag);
    }
    for document in &stream.documents {
        judge.document(document);
    }
    if stream.expanded > MAX_EXPANDED {
        let text = format!("{} values when aliases are followed", stream.expanded);
        judge.hit_at(&ALIAS_BOMB, 0, "aliases", &text);
    }
}

/// Templates stand in YAML too, under the same keys.
fn chat_templates(
    readings: &[Stream],
    place: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let documents = || readings.first().into_iter().flat_map(|stream| &stream.documents);
    let judged = documents().map(|document| chat_template::templates(document, place, report));
    judged.fold(Ok(()), Result::and)
}

/// What it means that a reading broke off: nothing where the text cannot ask for anything.
fn ended(text: &str, stream: Stream, place: &Location, report: &mut Report<'_>) -> Result<(), Stop> {
    match stream.stop {
        Some(Stop::Malformed { offset, .. }) if !asks(text) => {
            report.hit(&MALFORMED, place.at(offset), &format!("no YAML from byte {offset} on"), &[]);
            Ok(())
        }
        Some(stop) => Err(stop),
        None => Ok(()),
    }
}

fn asks(text: &str) -> bool {
    ASKS.iter().any(|word| memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

fn judge_tag(judge: &mut Judge<'_, '_, '_>, tag: &Tag) {
    let Some(asked) = request(&tag.name) else { return };
    let node = Node { offset: tag.offset, value: Value::Null };
    match asked {
        Request::PythonCall(path) => python_call(judge, &node, path),
        Request::PythonName(path) => python_import(judge, &node, path, path),
        Request::PythonModule(path) => python_import(judge, &node, path, &format!("{path}.*")),
        Request::PythonType(kind) => {
            judge.hit(&PYTHON_TAG, &node, kind, &format!("the tag python/{}", shortened(kind)));
        }
        Request::Target(path) => judge.call(&node, path, "HyperPyYAML"),
        Request::TargetModule(path) => judge.import(&node, path, "HyperPyYAML"),
        Request::Include(path) => judge.path(&node, "!include", path),
        Request::Foreign(kind) => {
            let text = format!("the tag {} makes an object of another language", shortened(kind));
            judge.hit(&FOREIGN_OBJECT, &node, kind, &text);
        }
    }
}

/// What is known of a path as `PyYAML` takes it apart: a name without a module is one of Python's own.
fn known(path: &str) -> Standing {
    let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", path));
    standing(module, name)
}

fn python_call(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>, path: &str) {
    match known(path) {
        Standing::Harmless => {
            judge.hit(&PYTHON_TAG, node, path, &format!("an instance of {}", shortened(path)))
        }
        Standing::Unknown => {
            judge.hit(&UNKNOWN_CALL, node, path, &format!("loading calls {}", shortened(path)));
        }
        Standing::Dangerous(why) | Standing::Named(why) => {
            let text = format!("loading calls {}, which {why}", shortened(path));
            judge.hit(&UNSAFE_CALL, node, path, &text);
        }
    }
}

fn python_import(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>, path: &str, looked_up: &str) {
    match known(looked_up) {
        Standing::Harmless => judge.hit(&PYTHON_TAG, node, path, &format!("the name {}", shortened(path))),
        Standing::Unknown if SITES.iter().any(|root| path.starts_with(root)) => {
            judge.hit(&PYTHON_TAG, node, path, &format!("the name {}", shortened(path)));
        }
        Standing::Unknown => {
            judge.hit(&UNKNOWN_IMPORT, node, path, &format!("loading imports {}", shortened(path)));
        }
        Standing::Dangerous(why) | Standing::Named(why) => {
            let text = format!("loading imports {}, which {why}", shortened(path));
            judge.hit(&UNSAFE_IMPORT, node, path, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(text: &str) -> Vec<String> {
        scan(&Yaml, "x.yaml", text.as_bytes()).rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn tags_are_judged_by_the_tables_of_pickles() {
        assert_eq!(rules("!!python/object/apply:os.system [id]"), ["yaml-unsafe-call"]);
        assert_eq!(rules("!!python/object/apply:eval [id]"), ["yaml-unsafe-call"]);
        assert_eq!(rules("!!python/object:mine.Config {}"), ["yaml-unknown-call"]);
        assert_eq!(rules("!!python/object:argparse.Namespace {a: 1}"), ["yaml-python-tag"]);
        assert_eq!(rules("!!python/name:subprocess.Popen ''"), ["yaml-unsafe-import"]);
        assert_eq!(rules("!!python/module:os ''"), ["yaml-unsafe-import"]);
        assert_eq!(rules("!!python/module:mine ''"), ["yaml-unknown-import"]);
        assert_eq!(rules("!!python/name:pymdownx.emoji.twemoji ''"), ["yaml-python-tag"]);
        assert_eq!(rules("a: !!python/tuple [1, 2]"), ["yaml-python-tag"]);
        assert_eq!(rules("!!javax.script.ScriptEngineManager []"), ["yaml-foreign-object"]);
    }

    #[test]
    fn hyperpyyaml_is_judged_as_configurations_are() {
        assert_eq!(rules("a: !apply:os.system [id]"), ["config-unsafe-target"]);
        assert_eq!(rules("a: !new:mine.Model\n  n: 1"), ["config-unknown-target"]);
        assert_eq!(rules("a: !module:subprocess"), ["config-unsafe-import"]);
        assert_eq!(rules("a: !include:../../x.yaml"), ["config-external-path"]);
        assert!(
            rules(
                "a: !new:torch.nn.Linear\n  in_features: 1\nb: !ref <a>\nc: !name:speechbrain.nnet.losses.nll"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_line_that_only_old_readers_see_is_read() {
        assert_eq!(rules("a: 1 #\u{2028}b: !!python/object/apply:os.system [id]"), ["yaml-unsafe-call"]);
        let wide: Vec<u8> = "a: !!python/name:eval".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let facts = scan(&Yaml, "x.yaml", &[b"\xff\xfe", wide.as_slice()].concat());
        assert_eq!(facts.rules(), ["yaml-unsafe-import"]);
    }

    #[test]
    fn what_is_no_yaml_is_a_gap_only_where_it_could_ask_for_something() {
        assert_eq!(rules("{{- if .Values.x }}\na: [\n"), ["yaml-malformed"]);
        let broken = scan(&Yaml, "x.yaml", b"a: [\n_target_: os.system\n");
        assert_eq!(broken.gaps.len(), 1);
    }

    #[test]
    fn templates_are_judged_under_their_keys() {
        assert_eq!(rules("chat_template: \"{{ x.__class__ }}\""), ["jinja-unsafe-attribute"]);
        assert!(rules("chat_template: \"{{ x }}\"\nnote: \"{{ x.__class__ }}\"").is_empty());
    }

    #[test]
    fn a_bomb_of_aliases_is_named() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..8 {
            let alias = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
        }
        assert_eq!(rules(&bomb), ["yaml-alias-bomb"]);
    }
}

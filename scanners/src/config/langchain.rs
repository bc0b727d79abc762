//! Objects that LangChain makes from JSON or YAML: `lc` nodes, prompts and chains by `_type`.
//!
//! Source: `langchain_core.load` (`lc` with `constructor` and `secret`; CVE-2025-68664), `langchain_core.prompts.loading`
//! (`template_path`, CVE-2026-34070; `template_format` of `jinja2`, CVE-2023-36281), `load_chain` (`pal_chain`,
//! CVE-2023-44467; `llm_bash_chain`).

use assay_core::{Rule, RuleId, Severity};

use super::{Judge, Target, shortened, target};
use crate::jinja::examine_template;
use crate::json::{Node, Value};

/// A chain or tool that runs what a model writes.
pub(crate) const CODE_TOOL: Rule = Rule {
    id: RuleId::new("langchain-code-tool"),
    severity: Severity::High,
    summary: "The object is a chain or tool that runs the commands or the code which a language model writes",
    taxonomy: &["CWE-94", "AML.T0053", "OWASP-LLM06", "CVE-2023-44467"],
};

/// A secret in the place of data.
pub(crate) const MISPLACED_SECRET: Rule = Rule {
    id: RuleId::new("langchain-misplaced-secret"),
    severity: Severity::High,
    summary: "Loading takes a secret from the environment and puts it where the object keeps data",
    taxonomy: &["CWE-502", "CWE-200", "AML.T0055", "OWASP-LLM02", "CVE-2025-68664"],
};

/// Classes and types that run commands or code.
const RUNS: &[&str] = &[
    "BashProcess",
    "LLMBashChain",
    "PALChain",
    "PythonAstREPLTool",
    "PythonREPL",
    "PythonREPLTool",
    "ShellTool",
    "TerminalTool",
    "llm_bash_chain",
    "pal_chain",
];

/// Members that hold data which came from outside.
const DATA: &[&str] = &["additional_kwargs", "metadata", "response_metadata"];

/// Members of a prompt whose text is a template.
const TEMPLATES: &[&str] = &["prefix", "suffix", "template"];

/// Judges every such object in a document.
pub(super) fn file(judge: &mut Judge<'_, '_, '_>, root: &Node<'_>) {
    // Whether a value is an argument of a constructor, where secrets belong.
    let mut open = vec![(root, false)];
    while let Some((node, argument)) = open.pop() {
        match &node.value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, argument))),
            Value::Object(members) => {
                object(judge, node, argument);
                let made = kind(node) == Some("constructor");
                open.extend(members.iter().map(|(key, value)| {
                    let inside = made && key == "kwargs" || argument;
                    (value, inside && !DATA.contains(&key.as_ref()))
                }));
            }
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }
}

/// What an `lc` node asks for.
fn kind<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.member("lc").and_then(|_| node.member("type")).and_then(Node::text)
}

fn object(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>, argument: bool) {
    match kind(node) {
        Some("secret") if !argument => {
            let name = path(node).unwrap_or_default();
            let text = format!("the variable {} is read into data", shortened(&name));
            judge.hit(&MISPLACED_SECRET, node, &name, &text);
        }
        Some("constructor") => constructor(judge, node),
        _ => {}
    }
    let runs = node.member("_type").and_then(Node::text).filter(|kind| RUNS.contains(kind));
    if let Some(name) = runs {
        judge.hit(&CODE_TOOL, node, name, &format!("{name} runs what a model writes"));
    }
    if node.member("_type").is_some() {
        paths(judge, node);
    }
    if node.member("template_format").and_then(Node::text) == Some("jinja2") {
        templates(judge, node);
    }
}

/// The parts of `id`, joined.
fn path(node: &Node<'_>) -> Option<String> {
    let parts = node.member("id")?.items()?;
    let parts: Vec<&str> = parts.iter().filter_map(Node::text).take(32).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

/// A class that is imported by its path and called; loaders take those of LangChain's packages.
fn constructor(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>) {
    let Some(path) = path(node) else { return };
    let class = path.rsplit('.').next().unwrap_or(&path);
    if RUNS.contains(&class) {
        judge.hit(&CODE_TOOL, node, &path, &format!("{class} runs what a model writes"));
    }
    let own = path.starts_with("langchain") || path.starts_with("langgraph");
    if !own || matches!(target(&path), Target::Dangerous(_)) {
        judge.call(node, &path, "LangChain");
    }
}

/// Files that a prompt or chain is put together from.
fn paths(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>) {
    let Value::Object(members) = &node.value else { return };
    for (key, value) in members.iter().filter(|(key, _)| key.ends_with("_path") || key == "examples") {
        if let Some(path) = value.text() {
            judge.path(value, key, path);
        }
    }
}

fn templates(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>) {
    for (value, text) in
        TEMPLATES.iter().filter_map(|key| node.member(key)).filter_map(|node| Some((node, node.text()?)))
    {
        let place = if judge.exact { judge.place.at(value.offset) } else { judge.place.clone() };
        if let Err(stop) = examine_template(text, &|_| place.clone(), judge.report) {
            judge.report.gap(&place, &stop);
        }
    }
}

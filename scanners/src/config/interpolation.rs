//! `${…}` in the values of OmegaConf: references to other values, the environment, and resolvers that evaluate.
//!
//! Source: OmegaConf's grammar of interpolations; its resolvers `oc.env`, `oc.decode`, `oc.select`. A resolver of any
//! other name is registered by the program that loads the file, and `eval` is what many programs register. MONAI's
//! bundles have expressions behind a `$`, of which joining paths and making tensors is what they are for.

use super::{Judge, rules, shortened};
use crate::json::Node;

/// References in one path; an honest path has one.
const MAX_REFERENCES: usize = 16;

/// References that lead to references.
const MAX_STEPS: usize = 8;

/// What no arithmetic needs.
const REACHES: &[&str] = &[
    "__",
    "import",
    "open(",
    "exec(",
    "eval(",
    "compile(",
    "getattr",
    "globals",
    "subprocess",
    "os.",
    "system(",
    "popen",
];

/// What no expression of a bundle needs.
const ACTS: &[&str] = &[
    "__",
    "eval(",
    "exec(",
    "compile(",
    "getattr(",
    "globals(",
    "import_module",
    "subprocess",
    "system(",
    "popen",
    "spawn",
    "pty.",
    "socket",
    "urllib",
    "requests.",
    "marshal",
    "pickle.",
    "ctypes",
    "shutil.rmtree",
];

/// What a text with references is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// This text.
    Text(String),
    /// A plain reference to a value that is not in this file.
    Missing,
    /// What a resolver gives.
    Computed,
}

/// Judges the interpolations in a value.
pub(super) fn text(judge: &mut Judge<'_, '_, '_>, node: &Node<'_>, text: &str) {
    if text.starts_with('$') && !text.starts_with("${") && ACTS.iter().any(|word| text.contains(word)) {
        let text = format!("MONAI evaluates {}", shortened(text));
        judge.hit(&rules::RESOLVER_CODE, node, text.as_str(), &text);
    }
    for inside in text.split("${").skip(1) {
        let inside = inside.split_once('}').map_or(inside, |(inside, _)| inside);
        let Some((resolver, argument)) = inside.split_once(':') else { continue };
        let resolver = resolver.trim();
        if matches!(resolver, "oc.env" | "env") {
            let variable = shortened(argument.split(',').next().unwrap_or_default());
            let text = format!("the variable {variable} of the loader's environment is read");
            judge.hit(&rules::READS_ENVIRONMENT, node, variable, &text);
        } else if evaluates(resolver) && REACHES.iter().any(|word| text.contains(word)) {
            let text = format!("the resolver {resolver} is handed {}", shortened(argument));
            judge.hit(&rules::RESOLVER_CODE, node, text.as_str(), &text);
        }
    }
}

/// Whether a resolver of this name may be one that a program registers to evaluate Python.
fn evaluates(resolver: &str) -> bool {
    let own = ["oc.", "hydra", "now", "ref", "nemo"];
    let word = resolver.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    word && !resolver.is_empty() && !own.iter().any(|own| resolver.starts_with(own))
}

/// Follows the references in a text.
pub(super) fn resolved(root: &Node<'_>, text: &str) -> Resolved {
    let mut text = text.to_owned();
    for _ in 0..MAX_STEPS {
        if !text.contains("${") {
            return Resolved::Text(text);
        }
        text = match once(root, &text) {
            Resolved::Text(text) => text,
            ended @ (Resolved::Missing | Resolved::Computed) => return ended,
        };
    }
    Resolved::Computed
}

fn once(root: &Node<'_>, text: &str) -> Resolved {
    let mut parts = text.split("${");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for (count, part) in parts.enumerate() {
        let Some((path, rest)) = part.split_once('}').filter(|_| count < MAX_REFERENCES) else {
            return Resolved::Computed;
        };
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'[' | b']');
        if path.starts_with('.') || !path.bytes().all(plain) {
            return Resolved::Computed;
        }
        let Some(value) = at(root, path).and_then(Node::text).filter(|value| value.len() < 4096) else {
            return Resolved::Missing;
        };
        whole.push_str(value);
        whole.push_str(rest);
    }
    Resolved::Text(whole)
}

/// The value at `a.b[0].c`.
fn at<'n, 'j>(root: &'n Node<'j>, path: &str) -> Option<&'n Node<'j>> {
    let mut node = root;
    for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        let item = || step.parse::<usize>().ok().and_then(|at| node.items()?.get(at));
        node = node.member(step).or_else(item)?;
    }
    Some(node)
}

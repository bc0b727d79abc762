//! Mappings that are instantiated: Hydra, Lightning, NeMo, latent diffusion, Haystack, GluonTS, jsonpickle.
//!
//! Source: `hydra.utils.instantiate` (`_target_`), `jsonargparse` (`class_path`), NeMo `Serialization.from_config_dict`
//! (`target`, `cls`; CVE-2025-23304), `instantiate_from_config` of latent diffusion (`target` with `params`), Haystack
//! `default_from_dict` (`type` with `init_parameters`), torchtune (`_component_`), GluonTS `serde` (`__kind__` with `class`),
//! jsonpickle (`py/…`), `logging.config` (`()`); CVE-2026-22584 (Uni2TS).

use std::borrow::Cow;

use super::{Judge, Target, interpolation, rules, target};
use crate::json::{Node, Value};

/// Keys that decide what is loaded: with two values, readers load two things.
const DECIDING: &str = "__class__ __loader__ __module__ _class_name _component_ _target_ auto_map auto_mapping base_model_name_or_path \
    chat_template class_path cls custom_pipelines loader_module parent_library target trust_remote_code";

/// Judges one mapping.
pub(super) fn object(
    judge: &mut Judge<'_, '_, '_>,
    root: &Node<'_>,
    node: &Node<'_>,
    members: &[(Cow<'_, str>, Node<'_>)],
) {
    duplicates(judge, members);
    for (key, value) in members {
        if let Some(path) = value.text().filter(|_| instantiates(judge, node, key)) {
            called(judge, root, value, path, key);
        }
        if let ("()", Some(path)) = (key.as_ref(), value.text())
            && let Target::Dangerous(why) = target(path)
        {
            // A factory of handlers and formatters, of which every program has its own.
            let text = format!("logging calls {}, which {why}", super::shortened(path));
            judge.hit(&rules::UNSAFE_TARGET, value, path, &text);
        }
        if let Some(kind) = key.strip_prefix("py/") {
            jsonpickle(judge, value, kind);
        }
        if key == "_target_" && value.text().is_some_and(|path| path.starts_with("hydra.utils.get_")) {
            // `get_method` and `get_class` give what is at a path, for another to call.
            let found = node.member("path").and_then(|path| path.text().map(|text| (path, text)));
            found.into_iter().for_each(|(path, text)| called(judge, root, path, text, "path"));
        }
    }
}

/// Whether the value of this key is imported and called.
fn instantiates(judge: &Judge<'_, '_, '_>, node: &Node<'_>, key: &str) -> bool {
    let has = |key: &str| node.member(key).is_some();
    let dotted = || node.member(key).and_then(Node::text).is_some_and(|path| path.contains('.'));
    match key {
        "_target_" | "_component_" => true,
        "class_path" => dotted() && !has("properties"),
        "target" | "cls" => dotted() && (has("params") || is_nemo(judge) && is_path(node.member(key))),
        "type" => dotted() && has("init_parameters"),
        "class" => has("__kind__"),
        _ => false,
    }
}

/// The file that NeMo instantiates whole.
fn is_nemo(judge: &Judge<'_, '_, '_>) -> bool {
    judge.name == "model_config.yaml"
}

fn is_path(value: Option<&Node<'_>>) -> bool {
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    value.and_then(Node::text).is_some_and(plain)
}

fn called(judge: &mut Judge<'_, '_, '_>, root: &Node<'_>, value: &Node<'_>, path: &str, key: &str) {
    if !path.contains("${") {
        return judge.call(value, path, key);
    }
    match interpolation::resolved(root, path) {
        interpolation::Resolved::Text(path) => judge.call(value, &path, key),
        interpolation::Resolved::Missing => {
            let text = format!("{key} takes its import path from elsewhere: {path}");
            judge.hit(&rules::UNKNOWN_TARGET, value, path, &text);
        }
        interpolation::Resolved::Computed => {
            let text = format!("{key} computes its import path: {path}");
            judge.hit(&rules::COMPUTED_TARGET, value, path, &text);
        }
    }
}

/// `py/object` and its like: jsonpickle makes and calls what they name.
fn jsonpickle(judge: &mut Judge<'_, '_, '_>, value: &Node<'_>, kind: &str) {
    match (kind, &value.value) {
        ("object" | "function" | "type" | "class", Value::Text(path)) => {
            judge.call(value, path, "jsonpickle")
        }
        ("repr", Value::Text(text)) => {
            // Old versions evaluate it.
            let text = format!("jsonpickle evaluates {}", super::shortened(text));
            judge.hit(&rules::UNSAFE_TARGET, value, "py/repr", &text);
        }
        _ => {}
    }
}

fn duplicates(judge: &mut Judge<'_, '_, '_>, members: &[(Cow<'_, str>, Node<'_>)]) {
    for (at, (key, value)) in members.iter().enumerate() {
        if !DECIDING.split_ascii_whitespace().any(|deciding| deciding == key) {
            continue;
        }
        let differs = |(other, earlier): &(Cow<'_, str>, Node<'_>)| other == key && !same(earlier, value);
        if members.iter().take(at).any(differs) {
            let text = format!("{key} stands twice with different values");
            judge.hit(&rules::DUPLICATE_KEY, value, key, &text);
        }
    }
}

/// Whether two values are the same wherever they stand. Collections are taken to differ.
fn same(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (&one.value, &other.value) {
        (Value::Array(_) | Value::Object(_), _) => false,
        (one, other) => one == other,
    }
}

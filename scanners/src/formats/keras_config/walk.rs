//! Walks a configuration and judges every object, name and text in it.

use std::collections::BTreeSet;

use assay_core::{Location, Rule};

use super::classes::CLASSES;
use super::names::{ACTING, FILE_KEYS, FUNCTIONS, MARKS, OPERATIONS, PYTHON};
use super::namespace::{Namespace, namespace};
use super::{
    COMPANION_CLASS, EXTERNAL_FILE, LAMBDA_CODE, LAMBDA_REFERENCE, PICKLED_MODULE, UNKNOWN_CLASS,
    UNSAFE_REFERENCE,
};
use crate::Report;
use crate::json::{Node, Value};

/// One configuration, as it is walked.
pub(super) struct Scan<'p, 'r, 's> {
    place: &'p Location,
    report: &'r mut Report<'s>,
    /// What was said already: a layer that stands fifty times is one fact.
    seen: BTreeSet<(&'static str, String)>,
}

impl<'p, 'r, 's> Scan<'p, 'r, 's> {
    pub(super) const fn new(place: &'p Location, report: &'r mut Report<'s>) -> Self {
        Self { place, report, seen: BTreeSet::new() }
    }

    /// Looks at every object; files are only read by what is or stands in an object with a class.
    pub(super) fn walk(&mut self, root: &Node<'_>) {
        let mut open = vec![(root, false)];
        while let Some((node, inside)) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, inside))),
                Value::Object(members) => {
                    self.object(node, members);
                    let inside = inside || node.member("class_name").is_some();
                    for (key, value) in members.iter().filter(|_| inside) {
                        self.file(key, value);
                    }
                    open.extend(members.iter().map(|(_, value)| (value, inside)));
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
    }

    fn hit(&mut self, rule: &Rule, node: &Node<'_>, name: &str) {
        if self.seen.insert((rule.summary, name.to_owned())) {
            let message = format!("{}: {name}", rule.summary);
            self.report.hit(rule, self.place.at(node.offset), &message, &[("name", name)]);
        }
    }

    /// Parsers disagree about which of two equal keys counts, so every `class_name` is judged with every `module`.
    fn object(&mut self, node: &Node<'_>, members: &[(std::borrow::Cow<'_, str>, Node<'_>)]) {
        let texts = |wanted: &str| -> Vec<&str> {
            members.iter().filter(|(key, _)| key == wanted).filter_map(|(_, value)| value.text()).collect()
        };
        let mut modules = texts("module");
        if modules.is_empty() {
            modules.push("");
        }
        for class in texts("class_name") {
            for module in &modules {
                self.reference(node, module, class, &texts("config"));
            }
            self.class(node, class);
        }
    }

    /// Judges what the loader would look up: a class by its name, or a function whose name is the config.
    fn reference(&mut self, node: &Node<'_>, module: &str, class: &str, config: &[&str]) {
        if class != "function" {
            return self.name(node, module, class, CLASSES.iter().any(|list| list.contains(&class)));
        }
        for function in config.iter().copied().chain(node.member("registered_name").and_then(Node::text)) {
            // Keras writes the word itself where a function was not registered.
            if function != "function" {
                self.name(node, module, function, FUNCTIONS.contains(&function));
            }
        }
    }

    fn name(&mut self, node: &Node<'_>, module: &str, name: &str, listed: bool) {
        let full = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
        let acts = ACTING.contains(&name) || name.contains("__") && !MARKS.contains(&name);
        let plain_function = module == "builtins" && !acts && !PYTHON.contains(&name);
        match namespace(module) {
            Namespace::Keras | Namespace::None if MARKS.contains(&name) => {}
            Namespace::Keras | Namespace::None if acts => self.hit(&UNSAFE_REFERENCE, node, &full),
            Namespace::Keras | Namespace::None if listed => {}
            Namespace::Operations if !acts && name.starts_with(|first: char| first.is_ascii_uppercase()) => {}
            Namespace::Companion if !acts => self.hit(&COMPANION_CLASS, node, &full),
            // Keras looks a function of `builtins` up among its own first.
            Namespace::Outside if plain_function && listed => {}
            Namespace::Outside if plain_function => self.hit(&UNKNOWN_CLASS, node, &full),
            Namespace::Keras | Namespace::None | Namespace::Operations | Namespace::Unknown if !acts => {
                self.hit(&UNKNOWN_CLASS, node, &full);
            }
            Namespace::Keras
            | Namespace::None
            | Namespace::Operations
            | Namespace::Companion
            | Namespace::Unknown
            | Namespace::Outside => self.hit(&UNSAFE_REFERENCE, node, &full),
        }
    }

    /// Classes that do more than compute.
    fn class(&mut self, node: &Node<'_>, class: &str) {
        match class {
            "__lambda__" => self.hit(&LAMBDA_CODE, node, class),
            "Lambda" => self.lambda(node),
            "TFSMLayer" => self.hit(&EXTERNAL_FILE, node, class),
            "TorchModuleWrapper" => self.hit(&PICKLED_MODULE, node, class),
            "TFOpLambda" | "SlicingOpLambda" | "ClassMethod" | "InstanceMethod" | "InstanceProperty" => {
                self.tensorflow_function(node);
            }
            _ => {}
        }
    }

    fn lambda(&mut self, node: &Node<'_>) {
        let Some(config) = node.member("config") else { return };
        let code = |key: &str| {
            // Keras 1 and 2: `[base64 of marshalled code, defaults, closure]`.
            let legacy = config.member(key).and_then(Node::items).and_then(<[Node<'_>]>::first);
            let marked = config.member(&format!("{key}_type")).and_then(Node::text) == Some("lambda");
            marked || legacy.is_some_and(|first| first.text().is_some())
        };
        let function = config.member("function");
        if ["function", "output_shape", "mask"].iter().any(|key| code(key)) {
            self.hit(&LAMBDA_CODE, node, "Lambda");
        } else if function.and_then(|function| function.member("class_name")).and_then(Node::text)
            != Some("__lambda__")
        {
            self.hit(&LAMBDA_REFERENCE, node, "Lambda");
        }
        for key in ["module", "output_shape_module"] {
            let module = config.member(key).and_then(Node::text).unwrap_or_default();
            if matches!(namespace(module), Namespace::Outside) && module != "builtins" {
                let name = function.and_then(Node::text).unwrap_or_default();
                self.hit(&UNSAFE_REFERENCE, node, &format!("{module}.{name}"));
            }
        }
    }

    /// Keras 2 keeps operations of TensorFlow as layers, by the operation's public name.
    fn tensorflow_function(&mut self, node: &Node<'_>) {
        let config = node.member("config");
        let Some(name) = config.and_then(|config| config.member("function")).and_then(Node::text) else {
            return;
        };
        let root = name.split('.').next().unwrap_or_default();
        if !OPERATIONS.contains(&root) || name.contains("py_function") {
            self.hit(&UNSAFE_REFERENCE, node, &format!("tensorflow.{name}"));
        }
    }

    /// A text where a file can be named: a vocabulary is a list, unless it is to be read from somewhere.
    fn file(&mut self, key: &str, value: &Node<'_>) {
        let Some(text) = value.text() else { return };
        let named = FILE_KEYS.contains(&key) && !text.is_empty();
        let address = text.split_once("://").is_some_and(|(scheme, rest)| {
            !rest.is_empty() && !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if named || address {
            self.hit(&EXTERNAL_FILE, value, &format!("{key} = {text}"));
        }
    }
}

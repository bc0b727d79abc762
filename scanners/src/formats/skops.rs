//! skops: a zip whose `schema.json` says which classes are made and which functions are called.
//!
//! Every node names a class by `__module__` and `__class__` and how it is made by `__loader__`. Judged by allow-list: kinds
//! of nodes, then classes by the tables of pickles; scikit-learn and the libraries that extend it are known. Arrays are
//! members of the zip and are looked at there.
//! Source: `skops/io/_general.py`, `_numpy.py`, `_sklearn.py`, `_scipy.py`, `old/_general_v0.py` (0.1 to 0.16);
//! CVE-2025-54412 (`OperatorFuncNode` took its module from elsewhere), CVE-2025-54413 (`MethodNode` named another class than
//! its object's), CVE-2025-54886 (`Card.get_model` loads what is no zip with joblib).

use std::collections::BTreeSet;

use assay_core::{Format, Location, Rule, RuleId, Severity};
use memchr::memmem;

use crate::config::{Target, base_name, shortened, target};
use crate::json::{self, Node, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest schema that is read; a forest of 1,000 trees has 10 MiB.
const MAX_JSON: usize = 100 << 20;

const UNSAFE_TYPE: Rule = Rule {
    id: RuleId::new("skops-unsafe-type"),
    severity: Severity::Critical,
    summary: "The model names a class or function that runs code or commands, and loading it makes or calls that",
    taxonomy: &["CWE-502", "AML.T0010", "AML.T0011.000", "OWASP-LLM03", "CVE-2025-54412", "CVE-2025-54413"],
};
const NODE_MISMATCH: Rule = Rule {
    id: RuleId::new("skops-node-mismatch"),
    severity: Severity::Critical,
    summary: "A node shows one class to whoever reviews the model and makes or calls another",
    taxonomy: &["CWE-502", "CWE-351", "AML.T0015", "CVE-2025-54412", "CVE-2025-54413"],
};
const UNKNOWN_TYPE: Rule = Rule {
    id: RuleId::new("skops-unknown-type"),
    severity: Severity::Medium,
    summary: "The model needs a class or function that is of no known library",
    taxonomy: &["CWE-470", "AML.T0010", "OWASP-LLM03"],
};
const UNKNOWN_NODE: Rule = Rule {
    id: RuleId::new("skops-unknown-node"),
    severity: Severity::Medium,
    summary: "A node is made in a way that no version of skops we know has, or binds a method or an operator",
    taxonomy: &["CWE-470"],
};
const NOT_AN_ARCHIVE: Rule = Rule {
    id: RuleId::new("skops-not-an-archive"),
    severity: Severity::High,
    summary: "The file is called skops and is no zip; helpers of skops load such a file with joblib, which unpickles it",
    taxonomy: &["CWE-502", "AML.T0011.000", "CVE-2025-54886"],
};
static RULES: [Rule; 5] = [UNSAFE_TYPE, NODE_MISMATCH, UNKNOWN_TYPE, UNKNOWN_NODE, NOT_AN_ARCHIVE];

/// Kinds of nodes, of all versions.
const NODES: &str = "BytearrayNode BytesNode CachedNode ConstructorFromReduceNode DTypeNode DefaultDictNode DictNode \
    FunctionNode JsonNode ListNode LossNode MaskedArrayNode MethodNode NdArrayNode ObjectNode \
    OperatorFuncNode PartialNode QuantileForestNode RandomGeneratorNode RandomStateNode ReduceNode \
    SGDNode SetNode SliceNode SparseMatrixNode TreeNode TupleNode TypeNode _DictWithDeprecatedKeysNode";

/// Libraries whose estimators are saved this way, beyond those that [`target`] knows.
const LIBRARIES: &str = "category_encoders hdbscan pandas quantile_forest scikeras skops skrub umap";

/// What the type of a node may be beyond what pickles hold, all of it made of plain values.
const PLAIN: &[&str] = &[
    "builtins.map", // skops' own list of container types has it, as a type.
    "builtins.NoneType",
    "builtins.type",
    "types.NoneType",
];

/// skops models.
#[derive(Debug)]
pub(super) struct Skops;

impl Scanner for Skops {
    fn format(&self) -> Format {
        Format::Skops
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let contains =
            |wanted: &[u8]| [probe.head, probe.tail].iter().any(|part| memmem::find(part, wanted).is_some());
        if json::starts_object(probe.head) {
            // Under the name that skops opens, padding and escapes must not hide the words.
            let named = base_name(probe.name) == "schema.json";
            let hidden = named && (probe.size > probe.head.len() as u64 || contains(b"\\u00"));
            return hidden || contains(b"\"__loader__\"");
        }
        probe.named(&[".skops"]) && !is_zip(probe.head)
    }

    /// What is called so and is no archive is filled by something else, and JSON by whoever reads it.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    /// The schema is a configuration like others, and more particular.
    fn refines(&self, _probe: &Probe<'_>) -> &'static [Format] {
        &[Format::JsonConfig]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if !json::starts_object(&input.window(0, 4096)?) {
            let text = "this is no zip, and skops' model cards load it with joblib";
            report.hit(&NOT_AN_ARCHIVE, input.place().at(0), text, &[]);
            return Ok(());
        }
        if input.size() > MAX_JSON as u64 {
            return Err(Stop::Limit(Limit::Length("JSON")));
        }
        let bytes = input.window(0, MAX_JSON)?;
        Schema { place: input.place(), report, seen: BTreeSet::new() }.walk(&json::parse(&bytes, 0)?);
        Ok(())
    }
}

fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

struct Schema<'p, 'r, 's> {
    place: &'p Location,
    report: &'r mut Report<'s>,
    /// What was said already: a class that stands fifty times is one fact.
    seen: BTreeSet<(&'static str, String)>,
}

impl Schema<'_, '_, '_> {
    fn walk(&mut self, root: &Node<'_>) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    // Duplicates too: readers disagree about which of them counts.
                    let texts = |wanted: &str| -> Vec<&str> {
                        members
                            .iter()
                            .filter(|(key, _)| key == wanted)
                            .filter_map(|(_, value)| value.text())
                            .collect()
                    };
                    let (loaders, modules, classes) =
                        (texts("__loader__"), texts("__module__"), texts("__class__"));
                    for loader in &loaders {
                        self.node(node, loader, &modules, &classes);
                    }
                    open.extend(members.iter().map(|(_, value)| value));
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
    }

    fn node(&mut self, node: &Node<'_>, loader: &str, modules: &[&str], classes: &[&str]) {
        if !NODES.split_ascii_whitespace().any(|kind| kind == loader) {
            self.hit(&UNKNOWN_NODE, node, loader, &format!("a node of the kind {}", shortened(loader)));
        }
        // What these name is never looked up.
        if matches!(loader, "JsonNode" | "SliceNode" | "CachedNode") {
            return;
        }
        for class in classes {
            if modules.is_empty() {
                self.class(node, class);
            }
            modules.iter().for_each(|module| self.class(node, &format!("{module}.{class}")));
        }
        let names = |wanted: &str| (modules.contains(&wanted), classes.first().copied().unwrap_or_default());
        match loader {
            "FunctionNode" => self.function(node),
            "MethodNode" => self.method(node),
            "OperatorFuncNode" => match names("operator") {
                (true, "attrgetter" | "itemgetter" | "methodcaller") => {}
                (_, class) => {
                    let text =
                        format!("what is called is operator.{}, whatever its module says", shortened(class));
                    self.hit(&NODE_MISMATCH, node, class, &text);
                }
            },
            "PartialNode" if names("functools") != (true, "partial") => {
                self.hit(&NODE_MISMATCH, node, loader, "old versions call what a partial says its class is");
            }
            _ => {}
        }
    }

    /// Protocol 0 keeps what is called apart from the class that is shown.
    fn function(&mut self, node: &Node<'_>) {
        let Some(content) = node.member("content") else { return };
        let text = |key: &str| content.member(key).and_then(Node::text);
        if let (Some(module), Some(function)) = (text("module_path"), text("function")) {
            self.class(node, &format!("{module}.{function}"));
        }
    }

    fn method(&mut self, node: &Node<'_>) {
        let Some(content) = node.member("content") else { return };
        let Some(object) = content.member("obj") else { return };
        let text =
            |node: &Node<'_>, key: &str| node.member(key).and_then(Node::text).unwrap_or_default().to_owned();
        let function = text(content, "func");
        let (module, class) = (text(object, "__module__"), text(object, "__class__"));
        let bound = format!("{module}.{class}.{function}");
        if text(node, "__module__") != module || text(node, "__class__") != class {
            let told = format!("what is taken is {}, of another class than the node says", shortened(&bound));
            self.hit(&NODE_MISMATCH, node, &bound, &told);
        } else {
            self.hit(&UNKNOWN_NODE, node, &bound, &format!("the method {}", shortened(&bound)));
        }
        // An object that stands for a module gives its functions.
        for path in [format!("{module}.{function}"), bound] {
            if let Target::Dangerous(why) = target(&path) {
                self.hit(&UNSAFE_TYPE, node, &path, &format!("{}, which {why}", shortened(&path)));
            }
        }
    }

    fn class(&mut self, node: &Node<'_>, path: &str) {
        let root = path.split('.').next().unwrap_or_default();
        match target(path) {
            Target::Known => {}
            _ if PLAIN.contains(&path) => {}
            Target::Unknown if LIBRARIES.split_ascii_whitespace().any(|library| library == root) => {}
            Target::Dangerous(_) | Target::Unknown if GETTERS.contains(&path) => {
                self.hit(&UNKNOWN_NODE, node, path, &format!("{path} is called with names of the model"));
            }
            Target::Unknown => {
                self.hit(&UNKNOWN_TYPE, node, path, &format!("{} is of no known library", shortened(path)));
            }
            Target::Dangerous(why) => {
                self.hit(&UNSAFE_TYPE, node, path, &format!("{}, which {why}", shortened(path)));
            }
        }
    }

    fn hit(&mut self, rule: &Rule, node: &Node<'_>, name: &str, message: &str) {
        if self.seen.insert((rule.summary, name.to_owned())) {
            self.report.hit(rule, self.place.at(node.offset), message, &[("name", shortened(name))]);
        }
    }
}

/// Operators with arguments: what they do depends on what they are given later.
const GETTERS: &[&str] = &["operator.attrgetter", "operator.itemgetter", "operator.methodcaller"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(node: &str) -> Vec<String> {
        let json = format!(
            r#"{{"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode", "content": {node}}}"#
        );
        scan(&Skops, "schema.json", json.as_bytes()).rules().into_iter().map(str::to_owned).collect()
    }

    fn node(loader: &str, module: &str, class: &str, rest: &str) -> String {
        format!(r#"{{"__class__": "{class}", "__module__": "{module}", "__loader__": "{loader}"{rest}}}"#)
    }

    #[test]
    fn classes_are_judged_with_their_module() {
        assert_eq!(rules(&node("ObjectNode", "subprocess", "Popen", "")), ["skops-unsafe-type"]);
        assert_eq!(rules(&node("TypeNode", "os", "system", "")), ["skops-unsafe-type"]);
        assert_eq!(rules(&node("ConstructorFromReduceNode", "builtins", "eval", "")), ["skops-unsafe-type"]);
        assert_eq!(rules(&node("ObjectNode", "__main__", "DivideColumns", "")), ["skops-unknown-type"]);
        assert_eq!(rules(&node("ExecNode", "builtins", "dict", "")), ["skops-unknown-node"]);
        for (loader, module, class) in [
            ("DictNode", "builtins", "dict"),
            ("TypeNode", "builtins", "str"),
            ("TreeNode", "sklearn.tree._tree", "Tree"),
            ("FunctionNode", "numpy", "log1p"),
            ("FunctionNode", "scipy.special._ufuncs", "expit"),
            ("SparseMatrixNode", "scipy.sparse._csr", "csr_matrix"),
            ("JsonNode", "os", "system"),
        ] {
            assert!(rules(&node(loader, module, class, "")).is_empty(), "{module}.{class}");
        }
    }

    #[test]
    fn what_is_shown_and_what_is_called_must_be_the_same() {
        let function = r#", "content": {"module_path": "builtins", "function": "exec"}"#;
        assert_eq!(
            rules(&node("FunctionNode", "builtins", "function", function)),
            ["skops-unknown-type", "skops-unsafe-type"]
        );
        let method = r#", "content": {"func": "system", "obj": {"__class__": "module", "__module__": "os", "__loader__": "TypeNode"}}"#;
        assert_eq!(
            rules(&node("MethodNode", "builtins", "int", method)),
            ["skops-node-mismatch", "skops-unsafe-type"]
        );
        assert_eq!(
            rules(&node("OperatorFuncNode", "builtins", "call", "")),
            ["skops-node-mismatch", "skops-unknown-type"]
        );
        assert_eq!(rules(&node("OperatorFuncNode", "operator", "itemgetter", "")), ["skops-unknown-node"]);
        assert_eq!(
            rules(&node("PartialNode", "builtins", "exec", "")),
            ["skops-node-mismatch", "skops-unsafe-type"]
        );
        assert!(rules(&node("PartialNode", "functools", "partial", "")).is_empty());
    }

    #[test]
    fn what_is_called_skops_and_is_no_zip_is_loaded_otherwise() {
        assert_eq!(scan(&Skops, "m.skops", b"\x80\x04N.").rules(), ["skops-not-an-archive"]);
    }
}

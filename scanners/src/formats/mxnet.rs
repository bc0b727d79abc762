//! MXNet: the graph of a model as JSON (`…-symbol.json`).
//!
//! Source: `3rdparty/tvm/nnvm/src/pass/saveload_json.cc` and `src/c_api/c_api_symbolic.cc` of MXNet 1.9. Parameters
//! (`.params`) are numbers and are not looked at. Operators of MXNet itself, about a thousand, are not told from those
//! of a native library that has to be loaded first.

use assay_core::{Format, Location, Rule, RuleId, Severity};

use crate::json::{self, Node, Value};
use crate::{Input, Probe, Report, Scanner, Stop};

/// The longest graph that is read; one of 10,000 nodes has some five MiB.
const MAX_JSON: usize = 100 << 20;

/// Bytes of an operator's name; MXNet's longest has 60.
const MAX_OPERATOR: usize = 256;

const CUSTOM_OPERATOR: Rule = Rule {
    id: RuleId::new("mxnet-custom-operator"),
    severity: Severity::High,
    summary: "An operator runs Python code of the process that loads the model",
    taxonomy: &["CWE-94", "CWE-470", "AML.T0010"],
};

const NATIVE_LIBRARY: Rule = Rule {
    id: RuleId::new("mxnet-native-library"),
    severity: Severity::High,
    summary: "The graph names a native library",
    taxonomy: &["CWE-829", "CWE-114", "AML.T0010"],
};

const EXPENSIVE_NAME: Rule = Rule {
    id: RuleId::new("mxnet-expensive-name"),
    severity: Severity::High,
    summary: "An operator's name is so long that matching it blocks the program that loads the model",
    taxonomy: &["CWE-1333", "CVE-2022-24294", "AML.T0029"],
};

const RULES: &[Rule] = &[CUSTOM_OPERATOR, NATIVE_LIBRARY, EXPENSIVE_NAME];

/// Operators that call Python: by the class that `mx.operator.register` was given, or by the address of functions.
const PYTHON: &[&str] = &["Custom", "_Native", "_NDArray", "_CustomFunction"];

/// Scanner of MXNet's graphs.
#[derive(Debug)]
pub(super) struct Mxnet;

impl Scanner for Mxnet {
    fn format(&self) -> Format {
        Format::Mxnet
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let has = |words: &[u8]| {
            [probe.head, probe.tail].iter().any(|part| memchr::memmem::find(part, words).is_some())
        };
        let begins = json::starts_object(probe.head);
        begins && (has(b"\"nodes\"") && has(b"\"arg_nodes\"") || probe.named(&["-symbol.json"]))
    }

    /// Other formats are JSON too; it is one file to all of them.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let bytes = json::whole(input, MAX_JSON)?;
        let root = json::parse(&bytes, 0)?;
        // Subgraphs of control flow are graphs under a node.
        let mut open = vec![&root];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    judge(input.place(), node, members, report);
                    open.extend(members.iter().map(|(_, value)| value));
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
        Ok(())
    }
}

/// Judges an object: as a node if it has an operator, and its texts.
fn judge(
    place: &Location,
    node: &Node<'_>,
    members: &[(std::borrow::Cow<'_, str>, Node<'_>)],
    report: &mut Report<'_>,
) {
    let mut hit = |rule: &Rule, at: u64, key: &str, value: &str| {
        let shown: String = value.chars().take(MAX_OPERATOR).collect();
        let message = format!("{}: {shown}", rule.summary);
        report.hit(rule, place.at(at), &message, &[(key, &shown)]);
    };
    for (key, value) in members {
        let Some(text) = value.text() else { continue };
        if key == "op" && PYTHON.contains(&text) {
            // The class is an attribute, whose folder has had three names.
            let attributes = ["attrs", "attr", "param"].iter().find_map(|name| node.member(name));
            let class = attributes.and_then(|attributes| attributes.member("op_type")).and_then(Node::text);
            hit(&CUSTOM_OPERATOR, value.offset, "operator", class.unwrap_or(text));
        }
        if key == "op" && text.len() > MAX_OPERATOR {
            hit(&EXPENSIVE_NAME, value.offset, "operator", text);
        }
        if names_library(text) {
            hit(&NATIVE_LIBRARY, value.offset, "library", text);
        }
    }
}

fn names_library(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [".so", ".dll", ".dylib"].iter().any(|ending| text.ends_with(ending)) || text.contains(".so.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(node: &str) -> Vec<String> {
        let graph = format!(r#"{{"nodes": [{node}], "arg_nodes": [0], "heads": [[0, 0, 0]]}}"#);
        scan(&Mxnet, "m-symbol.json", graph.as_bytes()).rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn python_is_found_under_each_name_and_in_subgraphs() {
        for operator in PYTHON {
            assert_eq!(rules(&format!(r#"{{"op": "{operator}", "name": "x"}}"#)), ["mxnet-custom-operator"]);
        }
        let inner = r#"{"op": "_foreach", "subgraphs": [{"nodes": [{"op": "Custom"}]}]}"#;
        assert_eq!(rules(inner), ["mxnet-custom-operator"]);
    }

    #[test]
    fn a_long_name_is_that_of_an_operator() {
        let long = "a".repeat(MAX_OPERATOR + 1);
        assert_eq!(rules(&format!(r#"{{"op": "{long}"}}"#)), ["mxnet-expensive-name"]);
        assert!(rules(&format!(r#"{{"op": "null", "name": "{long}"}}"#)).is_empty());
    }
}

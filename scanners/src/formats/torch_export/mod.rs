//! Programs of `torch.export` as JSON: `models/*.json` in a `.pt2` archive, `serialized_exported_program.json` in old ones.
//!
//! Source: `torch/_export/serde/serialize.py` and `schema.py` of PyTorch 2.15, `torch/export/_unlift.py`,
//! `torch/utils/_pytree.py`. Loading such a program looks its targets up by walking attributes from `torch`, hands its
//! symbolic expressions to `sympy.sympify`, which evaluates them as Python, imports modules that its tree specifications
//! name, and compiles its guards. What is none of an operator, a formula or a comparison is code. The pickles beside it are
//! for their own scanner.

mod expression;
mod target;

use assay_core::{Format, Location, Rule, RuleId, Severity};

use self::expression::{is_formula, is_guard};
use self::target::{Target, judge};
use crate::json::{self, Node, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

const UNSAFE_TARGET: Rule = Rule {
    id: RuleId::new("torch-export-unsafe-target"),
    severity: Severity::Critical,
    summary: "A node calls something that is no operator, and running the program calls that",
    taxonomy: &["CWE-470", "CWE-502", "AML.T0010", "AML.T0011"],
};

const CUSTOM_OPERATOR: Rule = Rule {
    id: RuleId::new("torch-export-custom-operator"),
    severity: Severity::Medium,
    summary: "An operator is not PyTorch's, so the program needs a library",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const CODE: Rule = Rule {
    id: RuleId::new("torch-export-code"),
    severity: Severity::Critical,
    summary: "A formula or guard of the program is Python code, which loading it evaluates",
    taxonomy: &["CWE-95", "CWE-502", "AML.T0010", "AML.T0011"],
};

const IMPORT: Rule = Rule {
    id: RuleId::new("torch-export-import"),
    severity: Severity::High,
    summary: "A specification of the program's inputs or outputs names a module, which loading it imports",
    taxonomy: &["CWE-470", "CWE-502", "AML.T0010"],
};

const RULES: &[Rule] = &[UNSAFE_TARGET, CUSTOM_OPERATOR, CODE, IMPORT];

/// The longest program that is read; one of 10,000 nodes has some 20 MiB.
const MAX_JSON: usize = 256 << 20;

/// Texts of JSON inside texts of JSON: specifications keep their context so.
const MAX_NESTING: u32 = 8;

/// Modules whose names a specification may use.
const MODULES: &[&str] = &["builtins", "collections"];

/// Scanner of exported programs.
#[derive(Debug)]
pub(super) struct TorchExport;

impl Scanner for TorchExport {
    fn format(&self) -> Format {
        Format::TorchExport
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let has = |words: &[u8]| {
            [probe.head, probe.tail].iter().any(|part| memchr::memmem::find(part, words).is_some())
        };
        let named = || probe.named(&["exported_program.json"]) || probe.name.contains("/models/");
        let told = has(b"\"graph_module\"") && (has(b"\"schema_version\"") || named());
        // Under the names that the loader opens, escapes must not hide the words.
        json::starts_object(probe.head) && (told || named() && has(b"\\u00"))
    }

    /// Other formats are JSON too; it is one file to all of them.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let bytes = json::whole(input, MAX_JSON)?;
        let root = json::parse(&bytes, 0)?;
        Scan { place: input.place(), report }.walk(&root)
    }
}

struct Scan<'p, 'r, 's> {
    place: &'p Location,
    report: &'r mut Report<'s>,
}

impl Scan<'_, '_, '_> {
    fn walk(&mut self, root: &Node<'_>) -> Result<(), Stop> {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    // Every member of a name: parsers disagree about which of two counts.
                    for (key, value) in members {
                        self.member(key, value)?;
                    }
                    open.extend(members.iter().map(|(_, value)| value));
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
        Ok(())
    }

    fn member(&mut self, key: &str, value: &Node<'_>) -> Result<(), Stop> {
        match (key, value.text()) {
            ("target", Some(target)) => self.target(target, value.offset),
            // Of an operator in an argument.
            ("as_operator", Some(target)) => self.target(target, value.offset),
            ("expr_str", Some(formula)) if !is_formula(formula) => {
                self.hit(&CODE, value.offset, "formula", formula)
            }
            ("guards_code", _) => {
                for guard in value.items().unwrap_or_default() {
                    let text = guard.text().unwrap_or_default();
                    if !is_guard(text) {
                        self.hit(&CODE, guard.offset, "guard", text);
                    }
                }
            }
            ("in_spec" | "out_spec", Some(text)) => self.specification(text, value.offset, 0)?,
            _ => {}
        }
        Ok(())
    }

    fn target(&mut self, target: &str, offset: u64) {
        match judge(target) {
            Target::Known => {}
            Target::Custom => self.hit(&CUSTOM_OPERATOR, offset, "target", target),
            Target::Unsafe => self.hit(&UNSAFE_TARGET, offset, "target", target),
        }
    }

    /// A tree of containers as JSON in a text; its contexts are JSON in texts again.
    fn specification(&mut self, text: &str, offset: u64, depth: u32) -> Result<(), Stop> {
        if depth > MAX_NESTING {
            return Err(Stop::Limit(Limit::Recursion));
        }
        // Other contexts are plain words.
        let Ok(root) = json::parse(text.as_bytes(), 0) else { return Ok(()) };
        let mut open = vec![&root];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Text(inner) if inner.starts_with(['{', '[']) => {
                    self.specification(inner, offset, depth.saturating_add(1))?;
                }
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    for (_, module) in members.iter().filter(|(key, _)| key.ends_with("_module")) {
                        let module = module.text().unwrap_or_default();
                        if !MODULES.contains(&module) {
                            self.hit(&IMPORT, offset, "module", module);
                        }
                    }
                    open.extend(members.iter().map(|(_, value)| value));
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
        Ok(())
    }

    fn hit(&mut self, rule: &Rule, offset: u64, key: &str, value: &str) {
        let message = format!("{}: {value}", rule.summary);
        self.report.hit(rule, self.place.at(offset), &message, &[(key, value)]);
    }
}

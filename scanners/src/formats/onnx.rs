//! ONNX: a graph of operators in a protocol buffer, with tensors inside it or in files next to it.
//!
//! Source: `onnx.proto` of ONNX 1.20 (`ModelProto`); "External Data" and the checks of `onnx.checker`; ONNX Runtime's
//! reading of `location`. A location that leaves the model's folder reads or writes other files (CVE-2022-25882,
//! CVE-2024-27318, CVE-2025-51480, CVE-2026-27489). Links in the folder (CVE-2026-34446, CVE-2026-34447) are not seen
//! from inside the file; tensors' values, types and shapes are not looked at.
//!
//! There is no magic number. A file is recognised by the fields of its first 64 KiB, and by its name where those say
//! too little.

mod likeness;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Format, Rule, RuleId, Severity};

use self::likeness::{Likeness, likeness};
use crate::beside::leaves_folder;
use crate::command_text::{self, COMMAND_TEXT};
use crate::protobuf::{Field, Span, Value, Wire};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// Bytes of a name, domain or path that are read; a longer path is refused by every file system.
const MAX_TEXT: usize = 4096;

/// Different operators of other domains, and functions of a model, that are kept; exporters write a few hundred.
const MAX_NAMES: usize = 16_384;

/// The version of the intermediate representation that made `opset_import` mandatory.
const OPSETS_SINCE: u64 = 3;

const EXTERNAL_PATH: Rule = Rule {
    id: RuleId::new("onnx-external-path"),
    severity: Severity::High,
    summary: "A tensor's data are taken from outside the model's folder",
    taxonomy: &["CWE-22", "CWE-73", "AML.T0010", "CVE-2022-25882", "CVE-2024-27318", "CVE-2025-51480"],
};

const EXTERNAL_FOLDER: Rule = Rule {
    id: RuleId::new("onnx-external-folder"),
    severity: Severity::Medium,
    summary: "A tensor's data are in a folder of their own, which a link can turn into any other",
    taxonomy: &["CWE-59", "AML.T0010", "CVE-2026-34447", "CVE-2026-27489"],
};

const PYTHON_OPERATOR: Rule = Rule {
    id: RuleId::new("onnx-python-operator"),
    severity: Severity::High,
    summary: "An operator runs Python code of the process that loads the model",
    taxonomy: &["CWE-94", "CWE-470", "AML.T0010"],
};

const CUSTOM_OPERATOR: Rule = Rule {
    id: RuleId::new("onnx-custom-operator"),
    severity: Severity::Medium,
    summary: "An operator is neither ONNX's nor ONNX Runtime's, so the model needs a native library",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const PRECOMPILED: Rule = Rule {
    id: RuleId::new("onnx-precompiled-context"),
    severity: Severity::Medium,
    summary: "A part of the graph is a compiled program that nobody can look into",
    taxonomy: &["CWE-829", "AML.T0010"],
};

/// Bytes of a note that are looked at.
const MAX_NOTE: usize = 64 << 10;

const RULES: &[Rule] =
    &[EXTERNAL_PATH, EXTERNAL_FOLDER, PYTHON_OPERATOR, CUSTOM_OPERATOR, PRECOMPILED, COMMAND_TEXT];

/// Domains whose operators ONNX and ONNX Runtime bring along.
const DOMAINS: &[&str] = &[
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "ai.onnx.training",
    "com.microsoft",
    "com.microsoft.dml",
    "com.microsoft.experimental",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
];

/// Parts of the names of operators that hand their inputs to Python: `PythonOp`, `PyOp`, `PyFunc`, `PyCustomOp`.
const PYTHON: &[&str] = &["python", "pyfunc", "py_func", "pyop", "pycustom", "pycall"];

/// Scanner of ONNX models.
pub(super) struct Onnx;

impl Scanner for Onnx {
    fn format(&self) -> Format {
        Format::Onnx
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        match likeness(probe.head, probe.size) {
            Likeness::Model => true,
            Likeness::Begun => probe.named(&[".onnx", ".onnx.pb"]),
            Likeness::None => false,
        }
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let (wire, root) = Wire::new(input);
        let mut scan = Scan {
            input,
            report,
            wire,
            operators: BTreeMap::new(),
            functions: BTreeSet::new(),
            full: false,
            folders: false,
        };
        // What stands before a break is judged too.
        let read = scan.model(root);
        scan.judge();
        read?;
        if scan.full { Err(Stop::Limit(Limit::Memory("operator names"))) } else { Ok(()) }
    }
}

struct Scan<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    wire: Wire<'i, 'a>,
    /// Domain and name of each operator that needs judging, and where it stands first.
    operators: BTreeMap<(String, String), u64>,
    /// Domain and name of the functions that the model itself defines.
    functions: BTreeSet<(String, String)>,
    full: bool,
    /// Whether data in a folder were reported.
    folders: bool,
}

impl Scan<'_, '_, '_, '_> {
    fn model(&mut self, mut model: Span) -> Result<(), Stop> {
        let (mut version, mut graphs, mut opsets) = (0, false, false);
        while let Some(Field { number, at, value }) = self.wire.field(&mut model)? {
            match (number, value) {
                (1, Value::Varint(number)) => version = number,
                (7, Value::Bytes(graph)) => {
                    graphs = true;
                    self.graph(graph)?;
                }
                (8, Value::Bytes(_)) => opsets = true,
                (14, Value::Bytes(pair)) => self.note(pair, at)?,
                (20, Value::Bytes(training)) => self.training(training)?,
                (25, Value::Bytes(function)) => self.function(function)?,
                _ => {}
            }
        }
        let offset = self.input.size();
        if !graphs {
            return Err(Stop::Malformed { what: "model without a graph", offset });
        }
        if version >= OPSETS_SINCE && !opsets {
            return Err(Stop::Malformed { what: "model without opset_import", offset });
        }
        Ok(())
    }

    /// `TrainingInfoProto`: two graphs.
    fn training(&mut self, mut training: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut training)? {
            if let (1 | 2, Value::Bytes(graph)) = (field.number, field.value) {
                self.graph(graph)?;
            }
        }
        Ok(())
    }

    /// A pair of notes.
    fn note(&mut self, mut pair: Span, at: u64) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut pair)? {
            if let (2, Value::Bytes(text)) = (field.number, field.value)
                && text.size() <= MAX_NOTE as u64
            {
                let text = self.wire.text(text, MAX_NOTE)?;
                command_text::judge(&text, "a note", self.input.place().at(at), self.report);
            }
        }
        Ok(())
    }

    fn graph(&mut self, mut graph: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut graph)? {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => self.node(node, field.at)?,
                (5, Value::Bytes(tensor)) => self.tensor(tensor)?,
                (15, Value::Bytes(tensor)) => self.sparse(tensor)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn function(&mut self, mut function: Span) -> Result<(), Stop> {
        let (mut name, mut domain) = (String::new(), String::new());
        while let Some(field) = self.wire.field(&mut function)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = self.wire.text(text, MAX_TEXT)?,
                (7, Value::Bytes(node)) => self.node(node, field.at)?,
                (10, Value::Bytes(text)) => domain = self.wire.text(text, MAX_TEXT)?,
                (11, Value::Bytes(attribute)) => self.attribute(attribute)?,
                _ => {}
            }
        }
        if self.functions.len() < MAX_NAMES {
            self.functions.insert((domain, name));
        } else {
            self.full = true;
        }
        Ok(())
    }

    fn node(&mut self, mut node: Span, at: u64) -> Result<(), Stop> {
        let (mut name, mut domain) = (String::new(), String::new());
        let read = self.node_fields(&mut node, &mut name, &mut domain);
        let telling = !DOMAINS.contains(&domain.as_str()) || runs_python(&name) || name == "EPContext";
        if telling && self.operators.len() < MAX_NAMES {
            self.operators.entry((domain, name)).or_insert(at);
        } else {
            self.full |= telling;
        }
        read
    }

    fn node_fields(&mut self, node: &mut Span, name: &mut String, domain: &mut String) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(node)? {
            match (field.number, field.value) {
                (4, Value::Bytes(text)) => *name = self.wire.text(text, MAX_TEXT)?,
                (5, Value::Bytes(attribute)) => self.attribute(attribute)?,
                (7, Value::Bytes(text)) => *domain = self.wire.text(text, MAX_TEXT)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// An attribute may hold tensors and whole graphs: the branches of `If`, the body of `Loop`.
    fn attribute(&mut self, mut attribute: Span) -> Result<(), Stop> {
        let mut name = String::new();
        while let Some(field) = self.wire.field(&mut attribute)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = self.wire.text(text, MAX_TEXT)?,
                (4, Value::Bytes(text)) if name == "ep_cache_context" && text.size() <= MAX_TEXT as u64 => {
                    let path = self.wire.text(text, MAX_TEXT)?;
                    // What is embedded is a program, and no path.
                    if path.chars().all(|letter| letter.is_ascii() && !letter.is_control()) {
                        self.location("location", &path, field.at);
                    }
                }
                (5 | 10, Value::Bytes(tensor)) => self.tensor(tensor)?,
                (6 | 11, Value::Bytes(graph)) => self.graph(graph)?,
                (22 | 23, Value::Bytes(tensor)) => self.sparse(tensor)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// `SparseTensorProto`: values and indices.
    fn sparse(&mut self, mut sparse: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut sparse)? {
            if let (1 | 2, Value::Bytes(tensor)) = (field.number, field.value) {
                self.tensor(tensor)?;
            }
        }
        Ok(())
    }

    /// `TensorProto`: only the pairs of `external_data` are read, whatever `data_location` says.
    fn tensor(&mut self, mut tensor: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut tensor)? {
            if let (13, Value::Bytes(mut pair)) = (field.number, field.value) {
                let (mut key, mut value) = (String::new(), String::new());
                while let Some(field) = self.wire.field(&mut pair)? {
                    match (field.number, field.value) {
                        (1, Value::Bytes(text)) => key = self.wire.text(text, MAX_TEXT)?,
                        (2, Value::Bytes(text)) => value = self.wire.text(text, MAX_TEXT)?,
                        _ => {}
                    }
                }
                self.location(&key, &value, field.at);
            }
        }
        Ok(())
    }

    fn location(&mut self, key: &str, path: &str, at: u64) {
        if key != "location" {
            return;
        }
        if let Some(wrong) = leaves_folder(path) {
            let message = format!("external data at {path:?}: {wrong}");
            self.report.hit(&EXTERNAL_PATH, self.input.place().at(at), &message, &[("location", path)]);
        } else if path.trim_start_matches("./").contains('/') && !self.folders {
            // Exporters write the file next to the model. One such path stands for all.
            self.folders = true;
            let message = format!("{}: {path:?}", EXTERNAL_FOLDER.summary);
            self.report.hit(&EXTERNAL_FOLDER, self.input.place().at(at), &message, &[("location", path)]);
        }
    }

    /// Judges the operators once the functions are known, which stand behind the graph.
    fn judge(&mut self) {
        for ((domain, name), at) in &self.operators {
            let rule = if runs_python(name) {
                &PYTHON_OPERATOR
            } else if domain == "com.microsoft" && name == "EPContext" {
                &PRECOMPILED
            } else if DOMAINS.contains(&domain.as_str())
                || self.functions.contains(&(domain.clone(), name.clone()))
            {
                continue;
            } else {
                &CUSTOM_OPERATOR
            };
            let message = format!("{}: {domain}::{name}", rule.summary);
            let detail = [("domain", domain.as_str()), ("operator", name.as_str())];
            self.report.hit(rule, self.input.place().at(*at), &message, &detail);
        }
    }
}

fn runs_python(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    PYTHON.iter().any(|part| operator.contains(part))
}

#[cfg(test)]
mod tests;

//! TensorFlow: `SavedModel`, `MetaGraph` (`.meta` of a checkpoint) and frozen graphs.
//!
//! Source: `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto`, `node_def.proto`,
//! `attr_value.proto` and `tensor.proto` of TensorFlow 2.21, and its advice that models are programs (SECURITY.md). Every
//! operator of the graph and of its function library is judged by allow-list; paths are judged where an operator that
//! every model may have reads a file. Variables, checkpoints and the meaning of the graph are not looked at, nor graphs
//! as text.

mod graph;
mod likeness;
mod operators;
mod paths;

use assay_core::{Format, Rule, RuleId, Severity};

use super::keras_metadata;
use crate::protobuf::{Field, Span, Value, Wire};
use crate::{Input, Probe, Report, Scanner, Stop};
use graph::Scan;
use operators::Kind;

pub(super) const UNSAFE_OPERATOR: Rule = Rule {
    id: RuleId::new("tensorflow-unsafe-operator"),
    severity: Severity::High,
    summary: "An operator reads or writes files, speaks to the network or calls Python when the graph runs",
    taxonomy: &["CWE-94", "CWE-73", "AML.T0010"],
};

const EXTERNAL_PATH: Rule = Rule {
    id: RuleId::new("tensorflow-external-path"),
    severity: Severity::High,
    summary: "The graph reads or writes a file outside the model's folder",
    taxonomy: &["CWE-22", "CWE-73", "AML.T0010"],
};

pub(super) const FILE_OPERATOR: Rule = Rule {
    id: RuleId::new("tensorflow-file-operator"),
    severity: Severity::Medium,
    summary: "An operator reads or writes files, which a model to run does not need",
    taxonomy: &["CWE-73"],
};

pub(super) const OPAQUE_OPERATOR: Rule = Rule {
    id: RuleId::new("tensorflow-opaque-operator"),
    severity: Severity::Medium,
    summary: "An operator runs what the graph does not show: a compiled program or another process",
    taxonomy: &["CWE-829"],
};

const UNKNOWN_OPERATOR: Rule = Rule {
    id: RuleId::new("tensorflow-unknown-operator"),
    severity: Severity::Medium,
    summary: "An operator is not TensorFlow's, so the model needs a native library",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const RULES: &[Rule] = &[UNSAFE_OPERATOR, EXTERNAL_PATH, FILE_OPERATOR, OPAQUE_OPERATOR, UNKNOWN_OPERATOR];

/// The rule that an operator of TensorFlow hits by itself, wherever it is run.
pub(super) fn acting_rule(operator: &str) -> Option<Rule> {
    match operators::acting(operator)? {
        Kind::Unsafe => Some(UNSAFE_OPERATOR),
        Kind::File => Some(FILE_OPERATOR),
        Kind::Opaque => Some(OPAQUE_OPERATOR),
        Kind::Standard | Kind::Unknown => None,
    }
}

/// The message that a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    SavedModel,
    MetaGraph,
    Graph,
}

/// Scanner of `saved_model.pb`.
pub(super) struct SavedModel;

/// Scanner of the graphs that stand beside checkpoints.
pub(super) struct MetaGraph;

/// Scanner of graphs alone.
pub(super) struct GraphDef;

impl Scanner for SavedModel {
    fn format(&self) -> Format {
        Format::TfSavedmodel
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        likeness::message(probe) == Some(Message::SavedModel)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let name = input.name().to_ascii_lowercase();
        if name.ends_with(".pbtxt") {
            return Err(Stop::Unsupported("SavedModel as text"));
        }
        if name.ends_with(".cpb") {
            return Err(Stop::Unsupported("SavedModel in chunks"));
        }
        let (wire, mut model) = Wire::new(input);
        let mut scan = Scan::new(input, report, wire);
        let mut graphs = false;
        while let Some(field) = scan.wire.field(&mut model)? {
            if let (2, Value::Bytes(meta)) = (field.number, field.value) {
                graphs |= meta_graph(&mut scan, meta)?;
            }
        }
        whole(graphs, input)
    }
}

impl Scanner for MetaGraph {
    fn format(&self) -> Format {
        Format::TfMetagraph
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        likeness::message(probe) == Some(Message::MetaGraph)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let (wire, meta) = Wire::new(input);
        let graphs = meta_graph(&mut Scan::new(input, report, wire), meta)?;
        whole(graphs, input)
    }
}

impl Scanner for GraphDef {
    fn format(&self) -> Format {
        Format::TfGraphdef
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        likeness::message(probe) == Some(Message::Graph)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let (wire, graph) = Wire::new(input);
        let mut scan = Scan::new(input, report, wire);
        let read = scan.graph(graph);
        scan.finish(read)
    }
}

/// No writer leaves the graph out: without it the file was cut.
fn whole(graphs: bool, input: &Input<'_>) -> Result<(), Stop> {
    if graphs { Ok(()) } else { Err(Stop::Malformed { what: "model without a graph", offset: input.size() }) }
}

/// Looks at one `MetaGraphDef` and judges it; gives whether it has a graph.
fn meta_graph(scan: &mut Scan<'_, '_, '_, '_>, meta: Span) -> Result<bool, Stop> {
    let mut graphs = false;
    let read = meta_fields(scan, meta, &mut graphs);
    scan.finish(read)?;
    Ok(graphs)
}

fn meta_fields(scan: &mut Scan<'_, '_, '_, '_>, mut meta: Span, graphs: &mut bool) -> Result<(), Stop> {
    while let Some(Field { number, at, value }) = scan.wire.field(&mut meta)? {
        match (number, value) {
            (2, Value::Bytes(graph)) => {
                *graphs = true;
                scan.graph(graph)?;
            }
            (6, Value::Bytes(asset)) => scan.asset(asset, at)?,
            (7, Value::Bytes(objects)) => {
                keras_metadata::objects(&mut scan.wire, objects, scan.input, scan.report)?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn what_cannot_be_read_as_a_saved_model_is_a_gap() {
        for (name, bytes) in [
            ("saved_model.pb", b"".as_slice()),
            ("saved_model.pb", b"not a protocol buffer"),
            ("saved_model.pb", b"\x08\x01"),
            ("saved_model.pbtxt", b"saved_model_schema_version: 1"),
            ("saved_model.cpb", b""),
        ] {
            let facts = scan(&SavedModel, name, bytes);
            assert!(facts.findings.is_empty() && facts.gaps.len() == 1, "{name} {bytes:?}");
        }
    }

    #[test]
    fn what_stands_before_a_break_is_judged() {
        let broken = b"\x0a\x0b\x0a\x01x\x12\x06PyFunc\xff";
        let facts = scan(&GraphDef, "x.pb", broken);
        assert_eq!((facts.rules(), facts.gaps.len()), (vec!["tensorflow-unsafe-operator"], 1));
    }
}

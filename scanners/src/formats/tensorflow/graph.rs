//! Walks a graph and its function library, node by node, and judges operators and paths.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Rule;

use super::operators::{Kind, acting, kind, path_input};
use super::paths::{Path, Texts, tensor_text};
use super::{EXTERNAL_PATH, FILE_OPERATOR, UNKNOWN_OPERATOR, acting_rule};
use crate::beside::{MAX_PATH, leaves_folder};
use crate::protobuf::{Span, Value, Wire};
use crate::{Input, Limit, Report, Stop};

/// Bytes of a name that are read; TensorFlow's longest operator has 87.
const MAX_NAME: usize = 1024;

/// Bytes of operators, functions and file accesses that are kept; the largest models have under 2 MiB.
const MAX_KEPT: usize = 32 << 20;

/// What one thing that is kept costs beside its text.
const KEPT_COST: usize = 128;

/// Different findings that are told apart.
const MAX_SAID: usize = 1_000;

/// Inputs of a node that are kept: no path stands later.
const INPUTS: usize = 2;

/// Attributes of operators that name a file to read or write, or an address to send to.
const PATH_ATTRIBUTES: &[(&str, &str)] = &[
    ("DecodeProtoV2", "descriptor_source"),
    ("EncodeProtoV2", "descriptor_source"),
    ("FixedUnigramCandidateSampler", "vocab_file"),
    ("PrintV2", "output_stream"),
];

/// What `PATH_ATTRIBUTES` may begin with and name no file.
const NO_FILES: &[&str] = &["local://", "bytes://"];

/// Attributes worth showing beside an operator.
const SHOWN: &[&str] =
    &["debug_urls", "file_name", "file_pattern", "memory_region_name", "target_address", "token"];

/// Which graph a node stands in. Functions get paths as arguments, a graph itself does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Graph,
    Function,
}

/// What is kept of a node while it is read.
#[derive(Default)]
struct Node {
    name: String,
    operator: String,
    inputs: Vec<String>,
    text: Option<String>,
    attributes: Vec<(String, String)>,
}

/// A file that an operator opens, to be judged when the whole graph is known.
struct Access {
    operator: String,
    input: Option<String>,
    shown: String,
    at: u64,
}

impl Access {
    fn is_like(&self, other: &Self) -> bool {
        (&self.operator, &self.input, &self.shown) == (&other.operator, &other.input, &other.shown)
    }
}

/// One access whose path is known as far as it can be.
struct Resolved {
    operator: String,
    /// The tensor that has the path, in the graph itself.
    source: Option<String>,
    path: Path,
    scope: Scope,
    shown: String,
    at: u64,
}

/// What is known of the graphs that are looked at.
pub(super) struct Scan<'i, 'a, 'r, 's> {
    pub(super) input: &'i Input<'a>,
    pub(super) report: &'r mut Report<'s>,
    pub(super) wire: Wire<'i, 'a>,
    /// Each operator that may be unknown, and where it stands first.
    operators: BTreeMap<String, u64>,
    functions: BTreeSet<String>,
    /// Tensors that the loader fills with the paths of the model's own assets.
    assets: BTreeSet<String>,
    resolved: Vec<Resolved>,
    said: BTreeSet<(&'static str, String)>,
    kept: usize,
}

impl<'i, 'a, 'r, 's> Scan<'i, 'a, 'r, 's> {
    pub(super) fn new(input: &'i Input<'a>, report: &'r mut Report<'s>, wire: Wire<'i, 'a>) -> Self {
        Self {
            input,
            report,
            wire,
            operators: BTreeMap::new(),
            functions: BTreeSet::new(),
            assets: BTreeSet::new(),
            resolved: Vec::new(),
            said: BTreeSet::new(),
            kept: 0,
        }
    }

    /// A `GraphDef`: nodes and a library of functions.
    pub(super) fn graph(&mut self, graph: Span) -> Result<(), Stop> {
        self.nodes(graph, 1, Scope::Graph)
    }

    /// The nodes of a graph or function, which stand in its field `number`.
    fn nodes(&mut self, mut graph: Span, number: u32, scope: Scope) -> Result<(), Stop> {
        let (mut texts, mut accesses) = (Texts::default(), Vec::new());
        let read = self.node_fields(&mut graph, number, scope, &mut texts, &mut accesses);
        for Access { operator, input, shown, at } in accesses {
            let (source, path) = input.as_deref().map_or(("", Path::Computed), |input| texts.resolve(input));
            let source = (scope == Scope::Graph).then(|| source.to_owned());
            self.resolved.push(Resolved { operator, source, path, scope, shown, at });
        }
        read?;
        texts.complete()
    }

    fn node_fields(
        &mut self,
        graph: &mut Span,
        number: u32,
        scope: Scope,
        texts: &mut Texts,
        accesses: &mut Vec<Access>,
    ) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(graph)? {
            match (field.number, field.value, scope) {
                (tag, Value::Bytes(node), _) if tag == number => {
                    self.node(node, field.at, texts, accesses)?;
                }
                (1, Value::Bytes(signature), Scope::Function) => self.signature(signature)?,
                (2, Value::Bytes(library), Scope::Graph) => self.library(library)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn library(&mut self, mut library: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut library)? {
            if let (1, Value::Bytes(function)) = (field.number, field.value) {
                self.nodes(function, 3, Scope::Function)?;
            }
        }
        Ok(())
    }

    /// The `OpDef` of a function, whose name may be used as an operator.
    fn signature(&mut self, mut signature: Span) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut signature)? {
            if let (1, Value::Bytes(name)) = (field.number, field.value) {
                let name = self.wire.text(name, MAX_NAME)?;
                if self.keep(name.len()) {
                    self.functions.insert(name);
                }
            }
        }
        Ok(())
    }

    /// `AssetFileDef`: a file of the model, and the tensor that gets its path.
    pub(super) fn asset(&mut self, mut asset: Span, at: u64) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(&mut asset)? {
            match (field.number, field.value) {
                (1, Value::Bytes(mut tensor)) => {
                    while let Some(field) = self.wire.field(&mut tensor)? {
                        if let (1, Value::Bytes(name)) = (field.number, field.value) {
                            let name = self.wire.text(name, MAX_NAME)?;
                            if self.keep(name.len()) {
                                self.assets.insert(name.split(':').next().unwrap_or_default().to_owned());
                            }
                        }
                    }
                }
                (2, Value::Bytes(name)) => {
                    let path = self.wire.text(name, MAX_PATH)?;
                    if let Some(wrong) = leaves_folder(&path) {
                        self.hit(&EXTERNAL_PATH, "asset", &path, at, wrong);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn node(
        &mut self,
        mut span: Span,
        at: u64,
        texts: &mut Texts,
        accesses: &mut Vec<Access>,
    ) -> Result<(), Stop> {
        let mut node = Node::default();
        let read = self.read_node(&mut span, &mut node);
        self.attributes(&node, at);
        let input = path_input(&node.operator);
        if input.is_some() || acting(&node.operator).is_some() {
            let input = node.inputs.get(input.unwrap_or_default()).cloned();
            let access =
                Access { operator: node.operator.clone(), input, shown: shown(&node.attributes), at };
            // Old graphs restore each variable by a node of its own, all from one path.
            let again = accesses.last().is_some_and(|last| last.is_like(&access));
            if !again && self.keep(MAX_PATH.saturating_add(access.shown.len())) {
                accesses.push(access);
            }
        } else if !self.operators.contains_key(&node.operator) && self.keep(node.operator.len()) {
            self.operators.insert(node.operator.clone(), at);
        }
        texts.keep(&node.name, &node.operator, node.text.take(), node.inputs.first().map(String::as_str));
        read
    }

    fn read_node(&mut self, span: &mut Span, node: &mut Node) -> Result<(), Stop> {
        while let Some(field) = self.wire.field(span)? {
            match (field.number, field.value) {
                (1, Value::Bytes(name)) => node.name = self.wire.text(name, MAX_NAME)?,
                (2, Value::Bytes(operator)) => node.operator = self.wire.text(operator, MAX_NAME)?,
                (3, Value::Bytes(input)) if node.inputs.len() < INPUTS => {
                    node.inputs.push(self.wire.text(input, MAX_NAME)?);
                }
                (5, Value::Bytes(attribute)) => self.attribute(attribute, node)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// One pair of a node's attributes: a key and an `AttrValue`.
    fn attribute(&mut self, mut pair: Span, node: &mut Node) -> Result<(), Stop> {
        let mut key = String::new();
        while let Some(field) = self.wire.field(&mut pair)? {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = self.wire.text(text, MAX_NAME)?,
                (2, Value::Bytes(value)) => self.attribute_value(value, &key, node)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn attribute_value(&mut self, mut value: Span, key: &str, node: &mut Node) -> Result<(), Stop> {
        let telling = SHOWN.contains(&key) || PATH_ATTRIBUTES.iter().any(|(_, path)| *path == key);
        while let Some(field) = self.wire.field(&mut value)? {
            match (field.number, field.value) {
                // A list, in which texts have the same number as outside.
                (1, Value::Bytes(mut list)) if telling => {
                    while let Some(field) = self.wire.field(&mut list)? {
                        if let (2, Value::Bytes(text)) = (field.number, field.value) {
                            self.keep_text(text, key, node)?;
                        }
                    }
                }
                (2, Value::Bytes(text)) if telling => self.keep_text(text, key, node)?,
                (8, Value::Bytes(tensor)) => {
                    let text = tensor_text(&mut self.wire, tensor)?;
                    node.text = node.text.take().or(text);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn keep_text(&mut self, text: Span, key: &str, node: &mut Node) -> Result<(), Stop> {
        if node.attributes.len() < INPUTS {
            let text = self.wire.text(text, MAX_PATH)?;
            node.attributes.push((key.to_owned(), text));
        }
        Ok(())
    }

    /// Files that an attribute names.
    fn attributes(&mut self, node: &Node, at: u64) {
        for (key, path) in &node.attributes {
            let named = PATH_ATTRIBUTES.contains(&(node.operator.as_str(), key.as_str()));
            let file = named && !NO_FILES.iter().any(|scheme| path.starts_with(scheme));
            if let Some(wrong) = leaves_folder(path).filter(|_| file) {
                self.hit(&EXTERNAL_PATH, &node.operator, path, at, wrong);
            }
        }
    }

    /// Judges what was kept of a graph, and passes on what ended its reading.
    pub(super) fn finish(&mut self, read: Result<(), Stop>) -> Result<(), Stop> {
        for (operator, at) in std::mem::take(&mut self.operators) {
            if kind(&operator) == Kind::Unknown && !self.functions.contains(&operator) {
                self.hit(&UNKNOWN_OPERATOR, &operator, "", at, "");
            }
        }
        for access in std::mem::take(&mut self.resolved) {
            self.access(&access);
        }
        (self.functions, self.assets) = (BTreeSet::new(), BTreeSet::new());
        read?;
        let full = std::mem::take(&mut self.kept) > MAX_KEPT;
        if full { Err(Stop::Limit(Limit::Memory("operators and files"))) } else { Ok(()) }
    }

    /// Whether there is room for one more thing.
    fn keep(&mut self, size: usize) -> bool {
        self.kept = self.kept.saturating_add(size).saturating_add(KEPT_COST);
        self.kept <= MAX_KEPT
    }

    fn access(&mut self, access: &Resolved) {
        let Resolved { operator, source, path, scope, shown, at } = access;
        let path = match path {
            Path::Constant(text) if path_input(operator).is_some() => text,
            Path::Constant(text) => return self.operator(operator, text, *at),
            // Before a model runs its saver gets the path; elsewhere the graph itself would make it up.
            Path::Computed if path_input(operator).is_some() && *scope == Scope::Graph => {
                return self.hit(&FILE_OPERATOR, operator, "", *at, "a path that the graph computes");
            }
            Path::Given | Path::Computed => return self.operator(operator, shown, *at),
        };
        if source.as_ref().is_some_and(|source| self.assets.contains(source)) {
            return;
        }
        if let Some(wrong) = leaves_folder(path) {
            self.hit(&EXTERNAL_PATH, operator, path, *at, wrong);
        }
    }

    /// An operator that is a finding by itself; `path` is what it is told to open, as far as that is known.
    fn operator(&mut self, operator: &str, path: &str, at: u64) {
        if let Some(rule) = acting_rule(operator) {
            self.hit(&rule, operator, path, at, "");
        }
    }

    fn hit(&mut self, rule: &Rule, operator: &str, path: &str, at: u64, wrong: &str) {
        let fact = (rule.summary, format!("{operator} {path}"));
        if self.said.contains(&fact) {
            return;
        }
        if self.said.len() < MAX_SAID {
            self.said.insert(fact);
        }
        let mut message = format!("{}: {operator}", rule.summary);
        for part in [path, wrong].into_iter().filter(|part| !part.is_empty()) {
            message = format!("{message}, {part}");
        }
        let mut detail = vec![("operator", operator)];
        detail.extend(Some(("path", path)).filter(|_| !path.is_empty()));
        self.report.hit(rule, self.input.place().at(at), &message, &detail);
    }
}

/// Attributes in one line.
fn shown(attributes: &[(String, String)]) -> String {
    attributes.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

//! TensorFlow: one hostile operator or path each, in the graph, in a function and in every message that has graphs.

use assay_core::Format;

use super::Sample;
use super::protobuf_bytes::{bytes, number};

fn text_attribute(key: &str, value: &str) -> Vec<u8> {
    bytes(5, [bytes(1, key), bytes(2, bytes(2, value))].concat())
}

/// The content of a node.
fn node(name: &str, operator: &str, inputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs: Vec<Vec<u8>> = inputs.iter().map(|input| bytes(3, input)).collect();
    [bytes(1, name), bytes(2, operator), inputs.concat(), attributes.concat()].concat()
}

/// A constant text.
fn constant(name: &str, text: &str) -> Vec<u8> {
    let value = bytes(8, [number(1, 7), bytes(2, ""), bytes(8, text)].concat());
    node(name, "Const", &[], &[bytes(5, [bytes(1, "value"), bytes(2, value)].concat())])
}

/// A graph whose nodes are `first`, then some that compute.
fn graph(first: &[Vec<u8>]) -> Vec<u8> {
    let first: Vec<Vec<u8>> = first.iter().map(|node| bytes(1, node)).collect();
    let rest = [
        bytes(1, node("x", "Placeholder", &[], &[])),
        bytes(1, node("y", "MatMul", &["x", "x"], &[])),
        bytes(4, number(1, 2_000)),
    ];
    [first.concat(), rest.concat()].concat()
}

/// A graph with one function, named `f`, of these nodes.
fn with_function(first: &[Vec<u8>], nodes: &[Vec<u8>]) -> Vec<u8> {
    let nodes: Vec<Vec<u8>> = nodes.iter().map(|node| bytes(3, node)).collect();
    let function = [bytes(1, bytes(1, "f")), nodes.concat()].concat();
    [graph(first), bytes(2, bytes(1, function))].concat()
}

fn meta(graph: &[u8], rest: &[Vec<u8>]) -> Vec<u8> {
    let about = [bytes(4, "serve"), bytes(5, "2.21.0")].concat();
    [bytes(1, about), bytes(2, graph), rest.concat()].concat()
}

fn asset(tensor: &str, file: &str) -> Vec<u8> {
    bytes(6, [bytes(1, bytes(1, tensor)), bytes(2, file)].concat())
}

fn saved(name: &'static str, meta: &[u8], rules: &'static [&'static str]) -> Sample {
    let bytes = [number(1, 1), bytes(2, meta)].concat();
    Sample { name, file: "saved_model.pb", format: Format::TfSavedmodel, bytes, rules }
}

fn alone(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "frozen_graph.pb", format: Format::TfGraphdef, bytes, rules }
}

fn beside(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.ckpt.meta", format: Format::TfMetagraph, bytes, rules }
}

/// Saving and restoring as TensorFlow 1 has it in the graph.
fn saver() -> Vec<Vec<u8>> {
    vec![
        constant("save/filename/input", "model"),
        node("save/filename", "PlaceholderWithDefault", &["save/filename/input"], &[]),
        node("save/Const", "PlaceholderWithDefault", &["save/filename"], &[]),
        node("save/SaveV2", "SaveV2", &["save/Const", "names"], &[]),
        node("save/RestoreV2", "RestoreV2", &["save/Const", "names"], &[]),
    ]
}

fn near_misses() -> Vec<Sample> {
    let called = [node("call", "f", &["x"], &[]), node("p", "StatefulPartitionedCall", &["x"], &[])];
    let traced_save = [
        node("name", "ShardedFilename", &["file_prefix"], &[]),
        node("SaveV2", "SaveV2", &["name:filename:0"], &[]),
        node("print", "PrintV2", &["x"], &[text_attribute("output_stream", "stderr")]),
        node("table", "InitializeTableFromTextFileV2", &["handle", "asset_filepath"], &[]),
    ];
    let table = [
        constant("vocabulary", "/home/build/vocab.txt"),
        node("init", "InitializeTableFromTextFileV2", &["handle", "vocabulary"], &[]),
    ];
    vec![
        saved("functions, a saver and words", &meta(&with_function(&called, &traced_save), &[]), &[]),
        saved("a vocabulary among the assets", &meta(&graph(&table), &[asset("vocabulary:0", "v.txt")]), &[]),
        beside("a saver of TensorFlow 1", meta(&graph(&saver()), &[]), &[]),
        alone("words in constants", graph(&[constant("c", "PyFunc ReadFile /etc/passwd")]), &[]),
    ]
}

pub(crate) fn samples() -> Vec<Sample> {
    let write = [constant("path", "/root/.ssh/authorized_keys"), node("w", "WriteFile", &["path", "x"], &[])];
    let restore = [constant("path", "../../secrets"), node("r", "RestoreV2", &["path", "names"], &[])];
    let table = [
        constant("vocabulary", "/etc/passwd"),
        node("init", "InitializeTableFromTextFileV2", &["handle", "vocabulary"], &[]),
    ];
    let print = [node("p", "PrintV2", &["x"], &[text_attribute("output_stream", "file:///root/.profile")])];
    let mut samples = near_misses();
    samples.extend([
        saved("a file is written", &meta(&graph(&write), &[]), &["tensorflow-unsafe-operator"]),
        saved(
            "Python in a function",
            &meta(&with_function(&[], &[node("p", "EagerPyFunc", &["x"], &[])]), &[]),
            &["tensorflow-unsafe-operator"],
        ),
        saved("printing to a file", &meta(&graph(&print), &[]), &["tensorflow-external-path"]),
        saved(
            "a table from a file that is no asset",
            &meta(&graph(&table), &[asset("other:0", "v.txt")]),
            &["tensorflow-external-path"],
        ),
        saved(
            "an asset outside",
            &meta(&graph(&[]), &[asset("a:0", "../../../etc/passwd")]),
            &["tensorflow-external-path"],
        ),
        saved(
            "restoring from elsewhere in a function",
            &meta(&with_function(&[], &restore), &[]),
            &["tensorflow-external-path"],
        ),
        saved(
            "a saver without a path",
            &meta(&graph(&[node("s", "SaveV2", &[], &[])]), &[]),
            &["tensorflow-file-operator"],
        ),
        beside(
            "Python",
            meta(&graph(&[node("p", "PyFunc", &["x"], &[])]), &[]),
            &["tensorflow-unsafe-operator"],
        ),
        beside(
            "a compiled part",
            meta(&graph(&[node("t", "TRTEngineOp", &["x"], &[])]), &[]),
            &["tensorflow-opaque-operator"],
        ),
        alone(
            "a file is read",
            graph(&[node("r", "ReadFile", &["x"], &[])]),
            &["tensorflow-unsafe-operator"],
        ),
        alone(
            "records are read",
            graph(&[node("r", "TFRecordDataset", &["x"], &[])]),
            &["tensorflow-file-operator"],
        ),
        alone(
            "another library's operator",
            graph(&[node("m", "LoadMyLibrary", &["x"], &[])]),
            &["tensorflow-unknown-operator"],
        ),
    ]);
    samples
}

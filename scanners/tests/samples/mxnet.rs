//! MXNet: graphs that compute, and nodes that do something else.

use assay_core::Format;

use super::Sample;

fn sample(name: &'static str, node: &str, rules: &'static [&'static str]) -> Sample {
    let graph = format!(
        r#"{{"nodes": [{{"op": "null", "name": "data", "inputs": []}}, {node}], "arg_nodes": [0], "heads": [[1, 0, 0]], "attrs": {{"mxnet_version": ["int", 10901]}}}}"#
    );
    Sample { name, file: "model-symbol.json", format: Format::Mxnet, bytes: graph.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let long = format!(r#"{{"op": "{}", "name": "x"}}"#, "(".repeat(300));
    let custom = r#"{"op": "Custom", "name": "x", "attrs": {"op_type": "mine"}, "inputs": [[0, 0, 0]]}"#;
    let library = r#"{"op": "relu", "name": "x", "attrs": {"lib": "./libevil.so"}, "inputs": [[0, 0, 0]]}"#;
    vec![
        sample("a layer", r#"{"op": "FullyConnected", "name": "Custom", "attrs": {"num_hidden": "8"}}"#, &[]),
        sample("Python", custom, &["mxnet-custom-operator"]),
        sample("a library", library, &["mxnet-native-library"]),
        sample("a name that is matched for ever", &long, &["mxnet-expensive-name"]),
    ]
}

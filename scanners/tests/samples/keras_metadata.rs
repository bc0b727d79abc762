//! Keras' metadata beside a `SavedModel`: a Lambda with code, and layers that are only layers. The code is a stump.

use assay_core::Format;

use super::Sample;
use super::protobuf_bytes::{bytes, number};

fn object(path: &str, json: &str) -> Vec<u8> {
    bytes(1, [number(2, 1), bytes(3, path), bytes(4, "_tf_keras_layer"), bytes(5, json)].concat())
}

fn sample(name: &'static str, objects: &[Vec<u8>], rules: &'static [&'static str]) -> Sample {
    let bytes = objects.concat();
    Sample { name, file: "keras_metadata.pb", format: Format::KerasMetadata, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let dense = object("root.layer-0", r#"{"class_name": "Dense", "config": {"units": 2, "name": "dense"}}"#);
    let own = object("root.layer-1", r#"{"class_name": "MyLayer", "config": {"name": "my_layer"}}"#);
    let lambda = object(
        "root.layer-0",
        r#"{"class_name": "Lambda", "config": {"function": {"class_name": "__tuple__", "items": ["4wAA", null, null]},
        "function_type": "lambda"}}"#,
    );
    let escaped = object(
        "root.layer-0",
        r#"{"class_name": "\u004cambda", "config": {"function": "f", "function_type": "function"}}"#,
    );
    vec![
        sample("layers, one of them revived from the graph", &[dense.clone(), own], &[]),
        sample("a Lambda with code", &[lambda, dense.clone()], &["keras-lambda-code"]),
        sample("a Lambda behind an escape", &[escaped, dense], &["keras-lambda-reference"]),
    ]
}

//! Core ML: native classes and paths at each place where they can stand, and models that have neither.

use assay_core::Format;

use super::Sample;
use super::protobuf_bytes::{bytes, number};

/// A model: version, description and then `rest`, so that a cut of the attack is a cut of the model.
fn model(rest: &[u8]) -> Vec<u8> {
    let feature = bytes(1, [bytes(1, "x"), bytes(3, bytes(5, ""))].concat());
    [number(1, 4), bytes(2, feature), rest.to_vec()].concat()
}

fn network(layer: &[u8]) -> Vec<u8> {
    bytes(500, bytes(1, [bytes(1, "layer"), layer.to_vec()].concat()))
}

fn custom_layer() -> Vec<u8> {
    bytes(500, bytes(10, "EvilLayer"))
}

/// A program with one operation.
fn program(operation: &[u8]) -> Vec<u8> {
    let block = bytes(3, operation);
    let function = bytes(3, [bytes(1, "CoreML5"), bytes(2, block)].concat());
    bytes(502, [number(1, 1), bytes(2, [bytes(1, "main"), bytes(2, function)].concat())].concat())
}

/// An operation with a constant from a file.
fn constant(path: &str) -> Vec<u8> {
    let value = bytes(5, [bytes(1, path), number(2, 64)].concat());
    [bytes(1, "const"), bytes(5, [bytes(1, "val"), bytes(2, value)].concat())].concat()
}

fn linked(name: &str, path: &str) -> Vec<u8> {
    bytes(556, bytes(1, [bytes(1, bytes(1, name)), bytes(2, bytes(1, path))].concat()))
}

fn sample(name: &'static str, rest: &[u8], rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.mlmodel", format: Format::Coreml, bytes: model(rest), rules }
}

fn manifest(name: &'static str, path: &str, rules: &'static [&'static str]) -> Sample {
    let json = format!(
        r#"{{"fileFormatVersion": "1.0.0", "rootModelIdentifier": "A", "itemInfoEntries": {{"A": {{"path": "{path}"}}}}}}"#
    );
    Sample { name, file: "Manifest.json", format: Format::Coreml, bytes: json.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    const CUSTOM: &[&str] = &["coreml-custom-code"];
    const OUTSIDE: &[&str] = &["coreml-external-path"];
    let pipeline = |model: Vec<u8>| bytes(202, bytes(1, model));
    let branch = bytes(605, bytes(1, bytes(1, custom_layer())));
    vec![
        sample("a network", &network(&bytes(140, "")), &[]),
        sample("weights in the package", &program(&constant("@model_path/weights/weight.bin")), &[]),
        sample("a model beside it", &linked("Other.mlmodelc", "."), &[]),
        sample("a custom layer", &network(&custom_layer()), CUSTOM),
        sample("a custom layer in a branch", &network(&branch), CUSTOM),
        sample("a custom model in a pipeline", &pipeline(model(&bytes(555, bytes(10, "Evil")))), CUSTOM),
        sample("a custom operation", &program(&bytes(1, "custom_layer")), CUSTOM),
        sample("a model nobody can read", &bytes(3000, bytes(1, "com.example")), &["coreml-opaque-model"]),
        sample("weights from elsewhere", &program(&constant("@model_path/../../secret")), OUTSIDE),
        sample("a model from elsewhere", &linked("Other.mlmodelc", ".:/tmp"), OUTSIDE),
        manifest("a manifest", "com.apple.CoreML/model.mlmodel", &[]),
        manifest("a manifest that leads outside", "../../etc/passwd", OUTSIDE),
    ]
}

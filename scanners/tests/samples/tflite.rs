//! TFLite: operators by name, and operators of TensorFlow behind the Flex delegate.

use assay_core::Format;

use super::Sample;
use super::flatbuffer_bytes::Writer;

/// A model with one operator, by this name, with these options.
fn model(name: &str, options: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    let options = writer.bytes(options);
    let operator = writer.table(&[Some(Ok(0)), None, None, None, None, Some(Err(options))]);
    let operators = writer.vector(&[operator]);
    let subgraph = writer.table(&[None, None, None, Some(Err(operators))]);
    let subgraphs = writer.vector(&[subgraph]);
    let name = writer.bytes(name.as_bytes());
    let code = writer.table(&[None, Some(Err(name)), None, Some(Ok(32))]);
    let codes = writer.vector(&[code]);
    let root = writer.table(&[Some(Ok(3)), Some(Err(codes)), Some(Err(subgraphs))]);
    writer.put(b"TFL3");
    writer.finish(root)
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.tflite", format: Format::Tflite, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        sample("an operator that TFLite brings", model("TFLite_Detection_PostProcess", b""), &[]),
        sample("an operator of TensorFlow", model("FlexStringJoin", b"StringJoin\0\x12\x0aStringJoin"), &[]),
        sample("an operator by name", model("Backdoor", b""), &["tflite-custom-operator"]),
        sample(
            "reading files",
            model("FlexReadFile", b"ReadFile\0\x12\x08ReadFile"),
            &["tensorflow-unsafe-operator"],
        ),
        sample(
            "another operator in the options",
            model("FlexAddV2", b"WriteFile\0\x12\x09WriteFile"),
            &["tensorflow-unsafe-operator"],
        ),
        sample("reading records", model("FlexTFRecordDataset", b""), &["tensorflow-file-operator"]),
        sample("a compiled part", model("edgetpu-custom-op", b""), &["tensorflow-opaque-operator"]),
    ]
}

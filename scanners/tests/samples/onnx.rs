//! ONNX: paths out of the folder, operators that are not ONNX's, at each place where a node or tensor can stand.

use assay_core::Format;

use super::Sample;
use super::protobuf_bytes::{bytes, number};

/// A model: version, opset and then `rest`, so that a cut of the attack is a cut of the model.
fn model(rest: &[Vec<u8>]) -> Vec<u8> {
    let opset = bytes(8, [bytes(1, ""), number(2, 17)].concat());
    [number(1, 9), bytes(2, "by-hand"), opset, rest.concat()].concat()
}

fn graph(content: &[Vec<u8>]) -> Vec<u8> {
    bytes(7, [content.concat(), bytes(2, "main")].concat())
}

fn node(domain: &str, operator: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let fields = [bytes(1, "x"), bytes(2, "y"), bytes(4, operator), attributes.concat(), bytes(7, domain)];
    bytes(1, fields.concat())
}

/// The content of a tensor whose data are in another file.
fn external(path: &str) -> Vec<u8> {
    let pair = |key: &str, value: &str| bytes(13, [bytes(1, key), bytes(2, value)].concat());
    [number(1, 4), number(2, 1), bytes(8, "w"), pair("location", path), pair("offset", "0"), number(14, 1)]
        .concat()
}

fn sample(name: &'static str, rest: &[Vec<u8>], rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.onnx", format: Format::Onnx, bytes: model(rest), rules }
}

fn near_misses() -> Vec<Sample> {
    let function =
        bytes(25, [bytes(1, "Gelu"), bytes(7, [bytes(4, "Erf")].concat()), bytes(10, "pkg.mine")].concat());
    vec![
        sample(
            "weights inside and beside",
            &[graph(&[
                node("", "MatMul", &[]),
                node("com.microsoft", "FusedMatMul", &[]),
                bytes(5, external("model.onnx.data")),
                bytes(5, [bytes(8, "w"), bytes(9, [0x2e; 64])].concat()),
            ])],
            &[],
        ),
        sample("its own function", &[graph(&[node("pkg.mine", "Gelu", &[])]), function], &[]),
        sample(
            "words in texts",
            &[graph(&[node("", "PyramidPool", &[]), bytes(10, "a PythonOp at ../../etc/passwd")])],
            &[],
        ),
    ]
}

pub(crate) fn samples() -> Vec<Sample> {
    let branch = bytes(5, [bytes(1, "then_branch"), bytes(6, node("evil", "Call", &[]))].concat());
    let constant = bytes(5, [bytes(1, "value"), bytes(5, external("..\\..\\x"))].concat());
    let sparse = bytes(15, [bytes(1, external("file:///etc/passwd"))].concat());
    let function = bytes(25, [bytes(1, "f"), bytes(7, [bytes(4, "PyOp")].concat())].concat());
    let mut samples = near_misses();
    samples.extend([
        sample(
            "CVE-2024-27318",
            &[graph(&[bytes(5, external("a/../../../etc/passwd"))])],
            &["onnx-external-path"],
        ),
        sample(
            "a path in an attribute",
            &[graph(&[node("", "Constant", &[constant])])],
            &["onnx-external-path"],
        ),
        sample(
            "CVE-2026-34447",
            &[graph(&[bytes(5, external("folder/model.onnx.data"))])],
            &["onnx-external-folder"],
        ),
        sample("a path in a sparse tensor", &[graph(&[sparse])], &["onnx-external-path"]),
        sample(
            "a path in a training graph",
            &[graph(&[node("", "Relu", &[])]), bytes(20, bytes(1, bytes(5, external("/x"))))],
            &["onnx-external-path"],
        ),
        sample(
            "training in Python",
            &[graph(&[node("com.microsoft", "PythonOp", &[])])],
            &["onnx-python-operator"],
        ),
        sample(
            "Python in a function",
            &[graph(&[node("", "Relu", &[])]), function],
            &["onnx-python-operator"],
        ),
        sample("another domain", &[graph(&[node("evil", "Call", &[])])], &["onnx-custom-operator"]),
        sample(
            "another domain in a branch",
            &[graph(&[node("", "If", &[branch])])],
            &["onnx-custom-operator"],
        ),
        sample(
            "a compiled part",
            &[graph(&[node("com.microsoft", "EPContext", &[])])],
            &["onnx-precompiled-context"],
        ),
    ]);
    samples
}

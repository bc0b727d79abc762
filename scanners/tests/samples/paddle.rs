//! PaddlePaddle: operators that act, in both forms of a program and in inner blocks.

use assay_core::Format;

use super::Sample;
use super::protobuf_bytes::{bytes, number};

fn block(index: u64, parent: u64, operators: &[Vec<u8>]) -> Vec<u8> {
    let operators: Vec<u8> = operators.iter().flat_map(|operator| bytes(4, operator)).collect();
    bytes(1, [number(1, index), number(2, parent), operators].concat())
}

/// An operator with one text as attribute.
fn operator(name: &str, attribute: &str, value: &str) -> Vec<u8> {
    let attribute = [bytes(1, attribute), number(2, 2), bytes(5, value)].concat();
    [bytes(3, name), bytes(4, attribute)].concat()
}

fn sample(name: &'static str, operators: &[Vec<u8>], rules: &'static [&'static str]) -> Sample {
    let bytes = block(0, u64::MAX, operators);
    Sample { name, file: "inference.pdmodel", format: Format::Paddle, bytes, rules }
}

fn json(name: &'static str, operator: &str, rules: &'static [&'static str]) -> Sample {
    let text = format!(
        r##"{{"base_code": {{"magic": "pir", "version": 1}}, "program": {{"regions": [{{"#": "region_0", "blocks": [{{"#": "block_0", "ops": [{operator}]}}]}}]}}}}"##
    );
    Sample { name, file: "inference.json", format: Format::Paddle, bytes: text.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    const FILE: &[&str] = &["paddle-file-operator"];
    const PYTHON: &[&str] = &["paddle-python-operator"];
    let inner = [
        block(0, u64::MAX, &[operator("while", "op_device", "")]),
        block(1, 0, &[operator("py_func", "op_namescope", "/")]),
    ];
    vec![
        sample("operators that compute", &[operator("conv2d", "op_namescope", "/")], &[]),
        sample(
            "weights beside the program",
            &[operator("load_combine", "file_path", "w/model.pdiparams")],
            &[],
        ),
        json(
            "operators that compute, as JSON",
            r##"{"#": "1.conv2d", "A": [{"N": "padding", "AT": {"D": "/"}}]}"##,
            &[],
        ),
        sample("Python", &[operator("py_func", "op_namescope", "/")], PYTHON),
        Sample {
            name: "Python in a loop",
            file: "__model__",
            format: Format::Paddle,
            bytes: inner.concat(),
            rules: PYTHON,
        },
        sample("reading elsewhere", &[operator("load", "file_path", "/etc/passwd")], FILE),
        sample("writing", &[operator("save", "file_path", "x")], FILE),
        sample(
            "connections",
            &[operator("listen_and_serv", "endpoint", "192.0.2.1:1")],
            &["paddle-network-operator"],
        ),
        json("Python, as JSON", r##"{"#": "1.py_func"}"##, PYTHON),
        json(
            "reading elsewhere, as JSON",
            r##"{"#": "1.load_combine", "A": [{"N": "file_path", "AT": {"#": "0.a_str", "D": "../../x"}}]}"##,
            FILE,
        ),
    ]
}

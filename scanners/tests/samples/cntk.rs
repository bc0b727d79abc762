//! CNTK: a model of its own functions, and ones of the user.

use assay_core::Format;

use super::Sample;
use super::protobuf_bytes::{bytes, number};

fn value(field: u32, content: impl AsRef<[u8]>) -> Vec<u8> {
    [number(1, 1), number(2, 6), bytes(field, content)].concat()
}

fn dictionary(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries = entries.iter().flat_map(|(key, value)| bytes(2, [bytes(1, key), bytes(2, value)].concat()));
    [number(1, 1), entries.collect()].concat()
}

/// A model with one function, which has this type and module.
fn model(kind: &str, module: &str) -> Vec<u8> {
    let function = dictionary(&[("type", value(8, kind)), ("module", value(8, module))]);
    let functions = bytes(1, value(12, function));
    dictionary(&[("type", value(8, "CompositeFunction")), ("primitive_functions", value(11, functions))])
}

pub(crate) fn samples() -> Vec<Sample> {
    const USER: &[&str] = &["cntk-user-function"];
    let sample = |name, bytes, rules| Sample { name, file: "model.cntk", format: Format::Cntk, bytes, rules };
    vec![
        sample("a model", model("PrimitiveFunction", "UserDefinedFunctions"), &[]),
        sample("a function in Python", model("UserDefinedFunction", "evil"), USER),
        sample("a function in a library", model("NativeUserDefinedFunction", "/tmp/evil.so"), USER),
    ]
}

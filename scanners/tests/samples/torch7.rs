//! Torch7: tensors and tables, functions in each of their forms, and Lua in texts.

use assay_core::Format;

use super::Sample;

fn int(value: u32) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn chars(text: &[u8]) -> Vec<u8> {
    [(text.len() as u64).to_le_bytes()[..4].to_vec(), text.to_vec()].concat()
}

fn text(text: &[u8]) -> Vec<u8> {
    [int(2), chars(text)].concat()
}

/// A table with index `index` and one pair.
fn table(index: u32, key: &[u8], value: &[u8]) -> Vec<u8> {
    [int(3), int(index), int(1), text(key), value.to_vec()].concat()
}

fn class(index: u32, name: &[u8]) -> Vec<u8> {
    [int(4), int(index), chars(b"V 1"), chars(name)].concat()
}

/// A vector of two floats.
fn tensor(index: u32) -> Vec<u8> {
    let long = |value: u64| value.to_le_bytes().to_vec();
    let storage = [class(index + 1, b"torch.FloatStorage"), long(2), vec![0; 8]].concat();
    [class(index, b"torch.FloatTensor"), int(1), long(2), long(1), long(1), storage].concat()
}

/// A dumped function without upvalues. The bytecode is only its first bytes.
fn function(kind: u32, index: u32, dumped: &[u8]) -> Vec<u8> {
    let index = if kind == 6 { Vec::new() } else { int(index) };
    [int(kind), index, chars(dumped), int(3), int(90), int(0)].concat()
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.t7", format: Format::Torch7, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    const FUNCTION: &[&str] = &["torch7-function"];
    let module = |field: Vec<u8>| [class(1, b"nn.Linear"), table(2, b"weight", &field)].concat();
    let dumped = b"\x1bLJ\x02";
    let textual = "4\n1\n3\nV 1\n9\nnn.Linear\n3\n2\n1\n2\n4\nbias\n1\n0.5\n";
    vec![
        sample("a layer", module(tensor(3)), &[]),
        sample("a layer as text", textual.as_bytes().to_vec(), &[]),
        sample("words in a text", table(1, b"notes", &text(b"see the manual of torch")), &[]),
        sample("a function", function(8, 1, dumped), FUNCTION),
        sample("a function in a layer", module(function(7, 3, dumped)), FUNCTION),
        sample("an old function in a table", table(1, b"f", &function(6, 0, dumped)), FUNCTION),
        sample("Lua in a text", table(1, b"init", &text(b"os.execute('true')")), &["torch7-lua-text"]),
        sample(
            "Lua as the source of a function",
            module(function(8, 3, b"os.execute('true')")),
            &["torch7-function", "torch7-lua-text"],
        ),
    ]
}

//! MessagePack: trees of parameters, and trees with what no parameter is.

use assay_core::Format;

use super::Sample;
use super::arrow::pickle;

/// A short text.
fn text(text: &str) -> Vec<u8> {
    let size = u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[0xd9, size], text.as_bytes()].concat()
}

fn bytes(content: &[u8]) -> Vec<u8> {
    let size = u8::try_from(content.len()).unwrap_or(u8::MAX);
    [&[0xc4, size], content].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let size = u8::try_from(pairs.len()).unwrap_or_default();
    let pairs: Vec<u8> = pairs.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [vec![0x80 | size], pairs].concat()
}

/// An array of Flax: shape, type and bytes in extension 1.
fn array() -> Vec<u8> {
    let inner = [vec![0x93, 0x91, 2], text("float32"), bytes(&[0, 0, 128, 63, 0, 0, 0, 64])].concat();
    let size = u8::try_from(inner.len()).unwrap_or_default();
    [vec![0xc7, size, 1], inner].concat()
}

fn extension(content: &[u8]) -> Vec<u8> {
    let size = u8::try_from(content.len()).unwrap_or_default();
    [vec![0xc7, size, 42], content.to_vec()].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x", format: Format::Msgpack, bytes, rules };
    let tree = |key: &str, value: Vec<u8>| map(&[("params", map(&[("kernel", array()), (key, value)]))]);
    let pickled: &[&str] = &["msgpack-pickled-value", "pickle-unsafe-global"];
    vec![
        sample("parameters", tree("bias", array()), &[]),
        sample("a chunked array and plain values", tree("__msgpack_chunked_array__", vec![0xc3]), &[]),
        sample("a pickle as bytes", tree("state", bytes(&pickle())), pickled),
        sample("a pickle as an extension", tree("state", extension(&pickle())), pickled),
        sample("a pickle as text", tree("state", text("cposix\nsystem\n(S'id'\ntR.")), pickled),
        sample("a key of Python", tree("__reduce__", text("id")), &["msgpack-odd-key"]),
        sample("a text of code", tree("note", text("import os; os.system('id')")), &["model-command-text"]),
        sample("a key that stands twice", tree("kernel", array()), &["msgpack-duplicate-key"]),
        sample(
            "bytes after the value",
            [tree("restore_fn", text("f")), b"more".to_vec()].concat(),
            &["msgpack-odd-key", "msgpack-trailing-data"],
        ),
    ]
}

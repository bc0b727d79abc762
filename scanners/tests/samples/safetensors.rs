//! safetensors: one file for each rule, and files that only look odd.

use assay_core::Format;

use super::Sample;

/// A file with this header, padded to eight bytes with spaces, and `data` zero bytes.
fn file(header: &str, data: usize) -> Vec<u8> {
    let padded = format!("{header:<width$}", width = header.len().next_multiple_of(8));
    let mut bytes = (padded.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(padded.as_bytes());
    bytes.extend(std::iter::repeat_n(0, data));
    bytes
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.safetensors", format: Format::Safetensors, bytes, rules }
}

const A: &str = r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;

pub(crate) fn samples() -> Vec<Sample> {
    let two = format!(
        r#"{{"__metadata__":{{"format":"pt","note":"import os"}},"b":{{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]}},{A}}}"#
    );
    let twice = format!("{{{A},{A}}}");
    let hole = format!(r#"{{{A},"b":{{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}}}"#);
    let overlap = format!(r#"{{{A},"b":{{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}}}"#);
    let nul = r#"{"a\u0000b":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#;
    let command = format!(r#"{{"__metadata__":{{"setup":"subprocess.call(['true'])"}},{A}}}"#);
    let metadata = format!(r#"{{"__metadata__":{{"a":{{"b":1}}}},{A}}}"#);
    let mut huge = file("{}", 0);
    huge[..8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    vec![
        sample("two tensors, metadata, any order", file(&two, 16), &[]),
        sample("no tensors", file("{}", 0), &[]),
        sample(
            "a name twice",
            file(&twice, 4),
            &["safetensors-duplicate-key", "safetensors-invalid-offsets"],
        ),
        sample("a hole between tensors", file(&hole, 6), &["safetensors-invalid-offsets"]),
        sample("overlapping tensors", file(&overlap, 5), &["safetensors-invalid-offsets"]),
        sample("NUL in a name", file(nul, 1), &["safetensors-odd-name"]),
        sample("a command in the metadata", file(&command, 4), &["model-command-text"]),
        sample("metadata that is not text", file(&metadata, 4), &["safetensors-invalid-header"]),
        sample("a header length of 2^60", huge, &["safetensors-invalid-header"]),
        sample("a header after a space", file(" {}", 0), &["safetensors-invalid-header"]),
        sample("bytes after the tensors", file(&format!("{{{A}}}"), 104), &["safetensors-trailing-data"]),
    ]
}

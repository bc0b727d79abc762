//! Zarr: the JSON that says how the chunks of an array are decoded.
//!
//! A codec named `pickle` unpickles every chunk when it is read. Chunks are files of their own and are examined as such;
//! compressed with Blosc they cannot be seen into, so the codec is what counts. Array values are not looked at.
//!
//! Source: Zarr specification 2 (`.zarray`, `.zmetadata`) and 3 (`zarr.json`); `numcodecs/pickles.py`.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::json::{self, Node, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest JSON that is read; consolidated metadata of 10,000 arrays have 10 MiB.
const MAX_JSON: usize = 64 << 20;

/// Names that Zarr gives to it.
const NAMES: &[&str] = &[".zarray", ".zmetadata", "zarr.json"];

/// Members that list codecs.
const LISTS: &[&str] = &["codecs", "compressor", "compressors", "filters", "index_codecs", "serializer"];

const PICKLE_CODEC: Rule = Rule {
    id: RuleId::new("zarr-pickle-codec"),
    severity: Severity::High,
    summary: "The chunks of an array are unpickled when they are read",
    taxonomy: &["CWE-502", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
};
const UNKNOWN_CODEC: Rule = Rule {
    id: RuleId::new("zarr-unknown-codec"),
    severity: Severity::Low,
    summary: "Reading an array needs a codec that is not a common one, which some installed package brings",
    taxonomy: &["CWE-829"],
};
const RULES: &[Rule] = &[PICKLE_CODEC, UNKNOWN_CODEC];

/// Codecs that decode bytes into numbers and texts, without the prefix that version 3 has for those of numcodecs.
const KNOWN: &[&str] = &[
    "adler32",
    "astype",
    "base64",
    "bitround",
    "blosc",
    "bytes",
    "bz2",
    "cast_value",
    "categorize",
    "crc32",
    "crc32c",
    "delta",
    "endian",
    "fixedscaleoffset",
    "fletcher32",
    "gzip",
    "jenkins_lookup3",
    "json2",
    "lz4",
    "lzma",
    "msgpack2",
    "n5_wrapper",
    "packbits",
    "pcodec",
    "quantize",
    "scale_offset",
    "sharding_indexed",
    "shuffle",
    "transpose",
    "vlen-array",
    "vlen-bytes",
    "vlen-utf8",
    "zfpy",
    "zlib",
    "zstd",
];

/// Scanner of Zarr's metadata.
#[derive(Debug)]
pub(super) struct Zarr;

impl Scanner for Zarr {
    fn format(&self) -> Format {
        Format::Zarr
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        // Zarr opens nothing but these names.
        let name = probe.name.rsplit(['/', '\\']).next().unwrap_or_default();
        NAMES.contains(&name)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_JSON as u64 {
            return Err(Stop::Limit(Limit::Length("JSON")));
        }
        let bytes = input.window(0, MAX_JSON)?;
        let root = json::parse(&bytes, 0)?;
        let mut open = vec![(&root, false)];
        while let Some((node, inside)) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, inside))),
                Value::Object(members) => {
                    if inside {
                        codec(node, input, report);
                    }
                    let listed = |key: &str| LISTS.contains(&key);
                    open.extend(members.iter().map(|(key, value)| (value, listed(key))));
                }
                // Version 3 takes the name alone for a codec without configuration.
                Value::Text(name) if inside => judge(name, node.offset, input, report),
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
        Ok(())
    }
}

/// Judges one codec: `id` in version 2, `name` in version 3. Of several, any may be the one that counts.
fn codec(node: &Node<'_>, input: &Input<'_>, report: &mut Report<'_>) {
    let Value::Object(members) = &node.value else { return };
    for (_, value) in members.iter().filter(|(key, _)| matches!(key.as_ref(), "id" | "name")) {
        if let Some(name) = value.text() {
            judge(name, value.offset, input, report);
        }
    }
}

fn judge(name: &str, offset: u64, input: &Input<'_>, report: &mut Report<'_>) {
    let place = input.place().at(offset);
    let short = name.strip_prefix("numcodecs.").unwrap_or(name);
    if short.contains("pickle") {
        report.hit(&PICKLE_CODEC, place, &format!("chunks are decoded by {name}"), &[("codec", name)]);
    } else if !KNOWN.contains(&short) {
        report.hit(&UNKNOWN_CODEC, place, &format!("chunks are decoded by {name}"), &[("codec", name)]);
    }
}

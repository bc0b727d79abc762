//! gzip streams.

use std::io::Write;

use assay_core::Format;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Sample;

/// One gzip member.
#[expect(clippy::expect_used, reason = "memory does not fail")]
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x.gz", format: Format::Gzip, bytes, rules };
    let text = || gzip(b"just a text");
    vec![
        sample("one member", text(), &[]),
        sample("three members, one empty", [text(), gzip(b""), text()].concat(), &[]),
        sample("padded with zeros", [text(), vec![0; 512]].concat(), &[]),
        sample("bytes after the data", [text(), b"hidden".to_vec()].concat(), &["gzip-trailing-data"]),
    ]
}

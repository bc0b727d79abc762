//! Compressed streams without a container, with something harmless, a payload, and bytes after the end.
//!
//! The payload calls `os.system("true")`, and nothing here is ever loaded.

use std::io::Write;

use assay_core::Format;
use bzip2::write::BzEncoder;
use flate2::write::ZlibEncoder;
use lzma_rust2::{LzmaOptions, LzmaWriter, XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::Sample;

/// `os.system("true")`.
pub(crate) const PAYLOAD: &[u8] = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.";

const FOUND: &[&str] = &["pickle-unsafe-global"];

#[expect(clippy::expect_used, reason = "memory does not fail")]
pub(crate) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

#[expect(clippy::expect_used, reason = "memory does not fail")]
pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(0)).expect("a preset");
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// LZMA with the header of `.lzma`, or without any.
#[expect(clippy::expect_used, reason = "memory does not fail")]
pub(crate) fn lzma(content: &[u8], header: bool) -> Vec<u8> {
    let options = LzmaOptions::with_preset(0);
    let mut encoder = LzmaWriter::new(Vec::new(), &options, header, true, None).expect("a preset");
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

#[expect(clippy::expect_used, reason = "memory does not fail")]
pub(crate) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

/// One frame of one block.
pub(crate) fn lz4(content: &[u8]) -> Vec<u8> {
    let block = lz4_flex::block::compress(content);
    let length = u32::try_from(block.len()).unwrap_or(u32::MAX).to_le_bytes();
    [b"\x04\x22\x4d\x18\x60\x70\x73", length.as_slice(), &block, &[0; 4]].concat()
}

/// What joblib wrote before 0.10.
fn old_joblib(content: &[u8]) -> Vec<u8> {
    [format!("ZF{:<19}", format!("{:#x}", content.len())).into_bytes(), zlib(content)].concat()
}

/// A frame that every reader steps over.
fn skippable(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    [b"\x50\x2a\x4d\x18", length.as_slice(), content].concat()
}

struct Of {
    format: Format,
    compress: fn(&[u8]) -> Vec<u8>,
    trailing: &'static [&'static str],
    hidden: &'static [&'static str],
}

const ALL: [Of; 6] = [
    Of {
        format: Format::Bzip2,
        compress: bzip2,
        trailing: &["bzip2-trailing-data"],
        hidden: &["bzip2-trailing-data", "pickle-unsafe-global"],
    },
    Of {
        format: Format::Lz4,
        compress: lz4,
        trailing: &["lz4-trailing-data"],
        hidden: &["lz4-trailing-data", "pickle-unsafe-global"],
    },
    Of {
        format: Format::Lzma,
        compress: |content| lzma(content, true),
        trailing: &["lzma-trailing-data"],
        hidden: &["lzma-trailing-data", "pickle-unsafe-global"],
    },
    Of {
        format: Format::Xz,
        compress: xz,
        trailing: &["xz-trailing-data"],
        hidden: &["pickle-unsafe-global", "xz-trailing-data"],
    },
    Of {
        format: Format::Zlib,
        compress: zlib,
        trailing: &["zlib-trailing-data"],
        hidden: &["pickle-unsafe-global", "zlib-trailing-data"],
    },
    Of {
        format: Format::Zstd,
        compress: zstd,
        trailing: &["zstd-trailing-data"],
        hidden: &["pickle-unsafe-global", "zstd-trailing-data"],
    },
];

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples: Vec<Sample> = ALL.iter().flat_map(of).collect();
    let sample = |name, format, bytes, rules| Sample { name, file: "x.bin", format, bytes, rules };
    let (head, tail) = PAYLOAD.split_at(9);
    let pixels = skippable(b"seek table");
    samples.extend([
        sample("a payload in old joblib's frame", Format::Zlib, old_joblib(PAYLOAD), FOUND),
        sample("a payload in two kinds of stream", Format::Xz, [xz(head), lzma(tail, true)].concat(), FOUND),
        sample("streams with padding between", Format::Xz, [xz(b"a"), vec![0; 8], xz(b"b")].concat(), &[]),
        sample(
            "skippable frames around Zstandard",
            Format::Zstd,
            [&pixels[..], &zstd(b"a"), &pixels].concat(),
            &[],
        ),
        sample("skippable frames before LZ4", Format::Lz4, [&pixels[..], &pixels, &lz4(b"a")].concat(), &[]),
        sample("a payload after a skippable frame", Format::Zstd, [pixels, zstd(PAYLOAD)].concat(), FOUND),
        sample("a legacy LZ4 frame", Format::Lz4, legacy(PAYLOAD), FOUND),
    ]);
    samples
}

fn of(Of { format, compress, trailing, hidden }: &Of) -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x.bin", format: *format, bytes, rules };
    let text = || compress(b"just a text, just a text, and nothing else but a text");
    let (head, tail) = PAYLOAD.split_at(9);
    vec![
        sample("a text", text(), &[]),
        sample("two streams, one empty", [text(), compress(b""), text()].concat(), &[]),
        sample("padded with zeros", [text(), vec![0; 512]].concat(), &[]),
        sample("a payload", compress(PAYLOAD), FOUND),
        sample("a payload in two streams", [compress(head), compress(tail)].concat(), FOUND),
        sample("a payload in itself", compress(&compress(PAYLOAD)), FOUND),
        sample("bytes after the data", [text(), b"hidden".to_vec()].concat(), trailing),
        sample("a payload after the data", [text(), PAYLOAD.to_vec()].concat(), hidden),
    ]
}

fn legacy(content: &[u8]) -> Vec<u8> {
    let block = lz4_flex::block::compress(content);
    let length = u32::try_from(block.len()).unwrap_or(u32::MAX).to_le_bytes();
    [b"\x02\x21\x4c\x18", length.as_slice(), &block].concat()
}

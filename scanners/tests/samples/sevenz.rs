//! 7z archives.
//!
//! The payload calls `os.system("true")`, and nothing here is ever loaded.

use std::io::Write;

use assay_core::Format;
use flate2::write::DeflateEncoder;
use lzma_rust2::{Lzma2Options, Lzma2Writer};
use ppmd_rust::Ppmd7Encoder;

use super::Sample;
use super::compressed::{PAYLOAD, bzip2, lz4, lzma, zstd};
use super::sevenz_bytes::{Block, Coder, archive, encoded, stored};

const FOUND: &[&str] = &["pickle-unsafe-global"];

/// lc 3, lp 0, pb 2, and a dictionary of 256 KiB.
fn lzma_coder() -> Coder {
    (&[3, 1, 1], vec![0x5d, 0, 0, 4, 0])
}

#[expect(clippy::expect_used, reason = "memory does not fail")]
fn lzma2(content: &[u8]) -> Vec<u8> {
    let mut encoder = Lzma2Writer::new(Vec::new(), Lzma2Options::with_preset(0));
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

#[expect(clippy::expect_used, reason = "memory does not fail")]
pub(super) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// Variant H of order 6 with 1 MiB.
#[expect(clippy::expect_used, reason = "memory does not fail")]
fn ppmd(content: &[u8]) -> Vec<u8> {
    let mut encoder = Ppmd7Encoder::new(Vec::new(), 6, 1 << 20).expect("parameters");
    encoder.write_all(content).expect("memory");
    encoder.finish(false).expect("memory")
}

/// A solid block: a text, and the payload behind it.
fn solid(coders: Vec<Coder>, compress: impl Fn(&[u8]) -> Vec<u8>) -> Block {
    let text = b"just a text";
    let members: [(&str, &[u8]); 2] = [("a.txt", text), ("model/data.pkl", PAYLOAD)];
    Block::of(coders, compress(&[text.as_slice(), PAYLOAD].concat()), &members)
}

/// Differences of bytes that stand two apart.
fn delta(content: &[u8]) -> Vec<u8> {
    let before = |at: usize| at.checked_sub(2).and_then(|at| content.get(at)).copied().unwrap_or_default();
    content.iter().enumerate().map(|(at, byte)| byte.wrapping_sub(before(at))).collect()
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "x.7z", format: Format::SevenZip, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let text = || stored(&[("a.txt", b"just a text"), ("b/..c", b"another")]);
    let of = |coder: Coder, compress: fn(&[u8]) -> Vec<u8>| archive(&[solid(vec![coder], compress)]);
    let filtered = vec![(&[0x21][..], vec![6]), (&[3][..], vec![1])];
    let mut link = stored(&[("latest", b"/etc/passwd")]);
    link.attributes = 0x8000 | (0o120_777 << 16);
    let compressed_header = encoded(&[solid(vec![lzma_coder()], |content| lzma(content, false))], |header| {
        Block::of(vec![lzma_coder()], lzma(header, false), &[("", header)])
    });
    vec![
        sample("texts", archive(&[text(), text()]), &[]),
        sample("nothing but the start", super::sevenz_bytes::file(b"", b""), &[]),
        sample("padded with zeros", [archive(&[text()]), vec![0; 512]].concat(), &[]),
        sample("a payload stored", archive(&[solid(vec![(&[0], Vec::new())], <[u8]>::to_vec)]), FOUND),
        sample("a payload in LZMA", of(lzma_coder(), |content| lzma(content, false)), FOUND),
        sample("a payload in LZMA2", of((&[0x21], vec![6]), lzma2), FOUND),
        sample("a payload in bzip2", of((&[4, 2, 2], Vec::new()), bzip2), FOUND),
        sample("a payload in deflate", of((&[4, 1, 8], Vec::new()), deflate), FOUND),
        sample("a payload in PPMd", of((&[3, 4, 1], vec![6, 0, 0, 16, 0]), ppmd), FOUND),
        sample("a payload in Deflate64", of((&[4, 1, 9], Vec::new()), deflate), FOUND),
        sample("a payload in Zstandard", of((&[4, 0xf7, 0x11, 1], Vec::new()), zstd), FOUND),
        sample("a payload in LZ4", of((&[4, 0xf7, 0x11, 4], Vec::new()), lz4), FOUND),
        sample(
            "a payload behind a filter",
            archive(&[solid(filtered, |content| lzma2(&delta(content)))]),
            FOUND,
        ),
        sample("a payload in the second block", archive(&[text(), stored(&[("m", PAYLOAD)])]), FOUND),
        sample("a payload under a compressed header", compressed_header, FOUND),
        sample(
            "an archive in an archive",
            archive(&[stored(&[("inner.7z", &archive(&[stored(&[("m", PAYLOAD)])]))])]),
            FOUND,
        ),
        sample("a member outside", archive(&[stored(&[("../x.py", b"text")])]), &["sevenz-unsafe-path"]),
        sample(
            "a member outside with backslashes",
            archive(&[stored(&[("a\\..\\..\\x", b"text")])]),
            &["sevenz-unsafe-path"],
        ),
        sample("a symbolic link", archive(&[link]), &["sevenz-unsafe-path"]),
        sample(
            "bytes after the archive",
            [archive(&[text()]), b"hidden".to_vec()].concat(),
            &["sevenz-trailing-data"],
        ),
        sample(
            "a payload after the archive",
            [archive(&[text()]), PAYLOAD.to_vec()].concat(),
            &["pickle-unsafe-global", "sevenz-trailing-data"],
        ),
    ]
}

//! Zarr: codecs that only decode, and the one that unpickles.

use assay_core::Format;

use super::Sample;
use super::arrow::pickle;

fn sample(name: &'static str, file: &'static str, json: &str, rules: &'static [&'static str]) -> Sample {
    Sample { name, file, format: Format::Zarr, bytes: json.as_bytes().to_vec(), rules }
}

/// The checksum of an index, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |rest: u32| if rest & 1 == 1 { rest >> 1 ^ 0x82f6_3b78 } else { rest >> 1 };
    !bytes.iter().fold(u32::MAX, |rest, byte| (0..8).fold(rest ^ u32::from(*byte), |rest, _| step(rest)))
}

/// A shard of these chunks, each behind `before` bytes that belong to none, and of one that is not there.
fn shard(name: &'static str, before: usize, chunks: &[&[u8]], rules: &'static [&'static str]) -> Sample {
    let (mut bytes, mut index) = (Vec::new(), vec![0xff; 16]);
    for chunk in chunks {
        bytes.resize(bytes.len() + before, b' ');
        index.extend((bytes.len() as u64).to_le_bytes());
        index.extend((chunk.len() as u64).to_le_bytes());
        bytes.extend(*chunk);
    }
    let sum = crc32c(&index).to_le_bytes();
    let bytes = [bytes.as_slice(), &index, &sum].concat();
    Sample { name, file: "0", format: Format::Zarr, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let pickled: &[&str] = &["zarr-pickle-codec"];
    let chunks: &[&[u8]] = &[b"numbers", b"more numbers"];
    vec![
        shard("a shard", 0, chunks, &[]),
        shard("a shard with a pickle", 0, &[b"numbers", &pickle()], &["pickle-unsafe-global"]),
        shard("a shard with bytes between its chunks", 9, chunks, &["zarr-unlisted-bytes"]),
        sample(
            "numbers, compressed",
            ".zarray",
            r#"{"compressor": {"id": "blosc", "cname": "lz4"}, "dtype": "<f4", "filters": null, "zarr_format": 2}"#,
            &[],
        ),
        sample(
            "shards",
            "zarr.json",
            r#"{"attributes": {"name": "pickle"}, "codecs": [{"name": "sharding_indexed", "configuration": {"codecs":
            [{"name": "bytes"}, {"name": "zstd"}], "index_codecs": ["bytes", {"name": "crc32c"}]}}]}"#,
            &[],
        ),
        sample(
            "objects",
            ".zarray",
            r#"{"dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]}"#,
            pickled,
        ),
        sample(
            "objects in consolidated metadata",
            ".zmetadata",
            r#"{"metadata": {"x/.zarray": {"filters": [{"id": "\u0070ickle"}]}}}"#,
            pickled,
        ),
        sample(
            "objects in a shard",
            "zarr.json",
            r#"{"codecs": [{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "numcodecs.pickle"}]}}]}"#,
            pickled,
        ),
        sample(
            "a codec of a package",
            ".zarray",
            r#"{"compressor": {"id": "mine"}}"#,
            &["zarr-unknown-codec"],
        ),
    ]
}

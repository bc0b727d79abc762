//! TFRecord: records of TensorFlow, and one that is a pickle.

use assay_core::Format;

use super::Sample;
use super::arrow::pickle;

/// A record with the masked checksum of its length, and none of its own.
fn record(content: &[u8], sum: u32) -> Vec<u8> {
    let size = (content.len() as u64).to_le_bytes();
    [size.as_slice(), &sum.to_le_bytes(), content, &[0; 4]].concat()
}

/// The masked checksum of the length 6.
const EXAMPLE: u32 = 0x37d5_6973;

/// The masked checksum of the length 23.
const PICKLE: u32 = 0x1ef8_cee7;

pub(crate) fn samples() -> Vec<Sample> {
    let sample =
        |name, bytes, rules| Sample { name, file: "x.tfrecord", format: Format::Tfrecord, bytes, rules };
    let example = record(b"\x0a\x04\x0a\x02\x0a\x00", EXAMPLE);
    let pickled = record(&pickle(), PICKLE);
    vec![
        sample("an example", example.clone(), &[]),
        sample("a pickle among examples", [example, pickled.clone()].concat(), &["tfrecord-pickled-record"]),
        sample(
            "a checksum that does not fit",
            record(&pickle(), 0),
            &["tfrecord-checksum-mismatch", "tfrecord-pickled-record"],
        ),
    ]
}

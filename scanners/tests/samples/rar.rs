//! RAR archives: one that holds nothing. One with a file leaves a gap, which the scanner's own tests show.

use assay_core::Format;

use super::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    let bytes = b"Rar!\x1a\x07\x01\0\0\0\0\0\x03\x01\0\0\0\0\0\0\x03\x05\x04\0".to_vec();
    vec![Sample { name: "an empty archive", file: "x.rar", format: Format::Rar, bytes, rules: &[] }]
}

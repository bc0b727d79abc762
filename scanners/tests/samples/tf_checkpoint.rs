//! TensorFlow's checkpoint index: blocks behind each other, and the footer that leads to them.

use assay_core::Format;

use super::Sample;

/// A block without compression, with one restart.
fn block(entries: &[u8]) -> Vec<u8> {
    [entries, &[0, 0, 0, 0, 1, 0, 0, 0], &[0; 5]].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    // An entry: nothing shared, a key, a value.
    let values = block(b"\x00\x00\x02\x08\x01");
    let size = u8::try_from(values.len() - 5).unwrap_or_default();
    let index = block(&[0, 1, 2, b'k', 0, size]);
    let (at, length) = (values.len(), index.len() - 5);
    let [at, length] = [at, length].map(|number| u8::try_from(number).unwrap_or_default());
    let mut footer = vec![0, size, at, length];
    footer.resize(40, 0);
    footer.extend(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb");
    let bytes = [values, index, footer].concat();
    vec![Sample { name: "one variable", file: "x.index", format: Format::TfCheckpoint, bytes, rules: &[] }]
}

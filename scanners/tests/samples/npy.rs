//! NumPy arrays.

use assay_core::Format;

use super::Sample;

/// An array with this header, padded as NumPy does, and these data.
pub(crate) fn npy(major: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x93, b'N', b'U', b'M', b'P', b'Y', major, 0];
    let length = (header.len() + 12).next_multiple_of(64) - 12;
    if major == 1 {
        bytes.extend((length as u16).to_le_bytes());
    } else {
        bytes.extend((length as u32).to_le_bytes());
    }
    bytes.extend(format!("{header:<length$}").as_bytes());
    bytes.extend(data);
    bytes
}

/// The header that NumPy writes.
pub(crate) fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x.npy", format: Format::Npy, bytes, rules };
    let floats = |major| npy(major, &header("'<f4'", "(2, 3)"), &[1; 24]);
    let fields = header("[('x', '<f4'), ('y', '|S2', (3,))]", "(2,)");
    vec![
        sample("version 1", floats(1), &[]),
        sample("version 2", floats(2), &[]),
        sample("version 3", floats(3), &[]),
        sample("a structured dtype", npy(1, &fields, &[1; 20]), &[]),
        sample("no elements", npy(1, &header("'<f4'", "(0, 3)"), &[]), &[]),
        sample("a scalar", npy(1, &header("'<i8'", "()"), &[1; 8]), &[]),
        sample("two arrays in one file", [floats(1), floats(1)].concat(), &[]),
        sample(
            "an array of objects, here an empty list",
            npy(1, &header("'|O'", "(1,)"), b"\x80\x02]."),
            &["numpy-object-array"],
        ),
        sample(
            "objects in a structured dtype",
            npy(1, &header("[('x', '<f4'), ('y', '|O')]", "(1,)"), b"\x80\x02]."),
            &["numpy-object-array"],
        ),
        sample(
            "a header that is a program",
            npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (int('1'),)}", &[1; 4]),
            &["numpy-malformed-header"],
        ),
        sample(
            "a key twice",
            npy(1, "{'descr': '|O', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", &[1; 4]),
            &["numpy-malformed-header"],
        ),
        sample("bytes after the array", [floats(1), vec![7; 5]].concat(), &["numpy-trailing-data"]),
    ]
}

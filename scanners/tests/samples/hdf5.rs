//! HDF5 files, written by [`super::hdf5_bytes`].

use assay_core::Format;

use super::Sample;
use super::hdf5_bytes::sealed;

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x.h5", format: Format::Hdf5, bytes, rules };
    let mut empty = b"\x89HDF\r\n\x1a\n\x02\x08\x08\0".to_vec();
    for word in [0, u64::MAX, 48 + 11, 48] {
        empty.extend(word.to_le_bytes());
    }
    let empty = [sealed(empty), sealed(b"OHDR\x02\0\0".to_vec())].concat();
    let behind = [vec![b' '; 512], empty.clone()].concat();
    vec![sample("an empty root group", empty, &[]), sample("behind a user block", behind, &[])]
}

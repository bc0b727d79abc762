//! TensorRT: a header alone, an engine with code for its GPU, and one with code for the host.

use assay_core::Format;

use super::Sample;

/// An engine that holds an ELF for this machine.
fn engine(machine: u8) -> Vec<u8> {
    let elf = [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".as_slice(), &[machine, 0]].concat();
    [b"ftrt\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(), vec![0; 40], elf, vec![0; 24]].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample =
        |name, bytes, rules| Sample { name, file: "model.engine", format: Format::Tensorrt, bytes, rules };
    vec![
        sample("a header without an engine", b"ftrt\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(), &[]),
        sample("an engine", engine(190), &["tensorrt-opaque-engine"]),
        sample("an engine with a library", engine(62), &["tensorrt-host-code", "tensorrt-opaque-engine"]),
    ]
}

//! Native code: each kind under its own name and under that of weights, in an archive that loads it, and files of the
//! same formats that nothing runs. None of it has a single instruction.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{Zip, honest};

const DISGUISED: &[&str] = &["native-code-disguised"];
const NATIVE: &[&str] = &["native-code"];

/// An ELF header of 64 bits without segments.
fn elf(kind: u8, machine: u8) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend([kind, 0, machine, 0, 1, 0, 0, 0]);
    bytes.resize(64, 0);
    bytes
}

/// A PE with one section.
fn pe(characteristics: u16, section: u32) -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend(0x40_u32.to_le_bytes());
    bytes.extend(b"PE\0\0\x64\x86\x01\0");
    bytes.resize(0x40 + 22, 0);
    bytes.extend(characteristics.to_le_bytes());
    bytes.extend(b".rsrc\0\0\0");
    bytes.resize(0x40 + 24 + 36, 0);
    bytes.extend(section.to_le_bytes());
    bytes
}

/// A Mach-O header of 64 bits without load commands.
fn mach_o(kind: u8) -> Vec<u8> {
    let mut bytes = b"\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0".to_vec();
    bytes.extend([kind, 0, 0, 0]);
    bytes.resize(32, 0);
    bytes
}

/// A class of Java 8 with three constants.
fn class(flags: u16) -> Vec<u8> {
    let constants = b"\x01\0\x01A\x05\0\0\0\0\0\0\0\x01\x07\0\x01";
    [&b"\xca\xfe\xba\xbe\0\0\0\x34\0\x05"[..], constants, &flags.to_be_bytes(), &[0; 12]].concat()
}

/// A module that imports one function, or a memory only.
fn wasm(import: &[u8]) -> Vec<u8> {
    let entry = [b"\x01\x03env\x01f".as_slice(), import].concat();
    [&b"\0asm\x01\0\0\0\x02"[..], &[entry.len().to_le_bytes()[0]], &entry].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, file, format, bytes, rules| Sample { name, file, format, bytes, rules };
    let package = Zip::of([
        honest("m/archive_format", b"pt2"),
        honest("m/data/aotinductor/model/abc.wrapper.so", &elf(3, 62)),
        honest("m/data/aotinductor/model/abc.cubin", &elf(2, 190)),
    ]);
    vec![
        sample("an object file", "a.o", Format::Elf, elf(1, 62), &[]),
        sample("code for a GPU", "kernel.cubin", Format::Elf, elf(2, 190), &[]),
        sample("a library", "libop.so", Format::Elf, elf(3, 62), NATIVE),
        sample("a library as weights", "pytorch_model.bin", Format::Elf, elf(3, 62), DISGUISED),
        sample("code for a GPU as weights", "weights.bin", Format::Elf, elf(2, 190), DISGUISED),
        sample(
            "a library that its archive loads",
            "m.pt2",
            Format::Elf,
            package.bytes(),
            &["native-code-loaded"],
        ),
        sample("a library of resources", "icons.dll", Format::Pe, pe(0x2000, 0x4000_0040), &[]),
        sample("an extension for Python", "_op.pyd", Format::Pe, pe(0x2000, 0x6000_0020), NATIVE),
        sample("a program as weights", "model.pt", Format::Pe, pe(0, 0x6000_0020), DISGUISED),
        sample("debug symbols", "op.dSYM", Format::MachO, mach_o(10), &[]),
        sample("a library for macOS", "libop.dylib", Format::MachO, mach_o(6), NATIVE),
        sample(
            "a program for two processors as weights",
            "model.gguf",
            Format::MachO,
            b"\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07\0\0\0\x03".to_vec(),
            DISGUISED,
        ),
        sample("a description of a module", "module-info.class", Format::JavaClass, class(0x8000), &[]),
        sample("a class", "Custom.class", Format::JavaClass, class(0x0021), NATIVE),
        sample("a module that computes", "math.wasm", Format::Wasm, wasm(b"\x02\0\x01"), &[]),
        sample("a module that calls out", "op.wasm", Format::Wasm, wasm(b"\0\0"), NATIVE),
    ]
}

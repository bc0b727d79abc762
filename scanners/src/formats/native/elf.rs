//! ELF: libraries, programs, object files and core dumps of Unix systems, and code for NVIDIA's GPUs (`.cubin`).
//!
//! Source: System V ABI, chapters 4 and 5.

use super::Facts;
use super::fields::{Fields, Order};
use crate::{Input, Stop};

/// Program headers that are read; linkers write about ten.
const MAX_SEGMENTS: u16 = 128;

/// Entries of the dynamic section that are read; libraries with hundreds of dependencies have under 1,000.
const MAX_DYNAMIC: u64 = 4096;

/// `EM_CUDA`: runs on the GPU, with no rights on the machine.
const CUDA: u16 = 190;

/// Kinds of program headers.
const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;

/// Kinds of entries in the dynamic section.
const STRINGS: u64 = 5;
const SONAME: u64 = 14;
const INIT: u64 = 12;
const INIT_ARRAY_SIZE: u64 = 27;

/// What one program header says.
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

pub(super) fn recognises(head: &[u8]) -> bool {
    head.starts_with(b"\x7fELF")
}

pub(super) fn facts(input: &Input<'_>) -> Result<Facts, Stop> {
    let head = input.window(4, 2)?;
    let (wide, order) = match head.as_slice() {
        [1, 1] => (false, Order::Little),
        [1, 2] => (false, Order::Big),
        [2, 1] => (true, Order::Little),
        [2, 2] => (true, Order::Big),
        _ => return Err(Stop::Malformed { what: "header", offset: 4 }),
    };
    let elf = Elf { fields: Fields { input, order }, wide };
    let (kind, machine) = (elf.fields.u16(16, "type")?, elf.fields.u16(18, "machine")?);
    let mut detail = vec![("machine", machine_name(machine))];
    // A type of its own per kind; 0 is what a header of zeros says.
    let (what, runs) = match kind {
        _ if machine == CUDA => ("program for a GPU", false),
        1 => ("object file", false),
        2 => ("program", true),
        3 => ("shared library or program", true),
        4 => ("core dump", false),
        _ => return Err(Stop::Malformed { what: "type", offset: 16 }),
    };
    if runs {
        elf.dynamic(&mut detail)?;
    }
    Ok(Facts { what: format!("{what} for {}", machine_name(machine)), runs, detail })
}

struct Elf<'i, 'a> {
    fields: Fields<'i, 'a>,
    /// 64 bit.
    wide: bool,
}

impl Elf<'_, '_> {
    /// An address or offset, as wide as the file's.
    fn word(&self, at: u64, what: &'static str) -> Result<u64, Stop> {
        if self.wide { self.fields.u64(at, what) } else { Ok(u64::from(self.fields.u32(at, what)?)) }
    }

    fn segments(&self) -> Result<Vec<Segment>, Stop> {
        let (table, size, count) = if self.wide { (32, 54, 56) } else { (28, 42, 44) };
        let table = self.word(table, "program headers")?;
        let size = u64::from(self.fields.u16(size, "program headers")?);
        let count = self.fields.u16(count, "program headers")?;
        (0..u64::from(count.min(MAX_SEGMENTS)))
            .map(|number| {
                let at = table.saturating_add(number.saturating_mul(size));
                let field = |narrow: u64, wide: u64| {
                    self.word(at.saturating_add(if self.wide { wide } else { narrow }), "program header")
                };
                Ok(Segment {
                    kind: self.fields.u32(at, "program header")?,
                    offset: field(4, 8)?,
                    address: field(8, 16)?,
                    size: field(16, 32)?,
                })
            })
            .collect()
    }

    /// What the loader would do by itself: the name it is known by, who interprets it, and what runs before any call.
    fn dynamic(&self, detail: &mut Vec<(&'static str, String)>) -> Result<(), Stop> {
        let segments = self.segments()?;
        if let Some(segment) = segments.iter().find(|segment| segment.kind == INTERPRETER) {
            detail.push(("interpreter", self.fields.name(segment.offset)?));
        }
        let Some(dynamic) = segments.iter().find(|segment| segment.kind == DYNAMIC) else { return Ok(()) };
        // Words of eight or four bytes, in pairs.
        let (word, shift) = if self.wide { (8_u64, 3) } else { (4, 2) };
        let pairs = dynamic.size.checked_shr(shift).unwrap_or_default() >> 1;
        let (mut strings, mut soname, mut functions) = (None, None, 0_u64);
        for number in 0..pairs.min(MAX_DYNAMIC) {
            let at = dynamic.offset.saturating_add(number.saturating_mul(word).saturating_mul(2));
            let value = self.word(at.saturating_add(word), "dynamic section")?;
            match self.word(at, "dynamic section")? {
                0 => break,
                STRINGS => strings = Some(value),
                SONAME => soname = Some(value),
                INIT => functions = functions.saturating_add(1),
                INIT_ARRAY_SIZE => {
                    functions = functions.saturating_add(value.checked_shr(shift).unwrap_or_default());
                }
                _ => {}
            }
        }
        detail.push(("runs-on-load", functions.to_string()));
        let offset = strings.zip(soname).and_then(|(strings, soname)| {
            let address = strings.saturating_add(soname);
            let inside = |segment: &&Segment| {
                segment.kind == LOAD
                    && address.checked_sub(segment.address).is_some_and(|into| into < segment.size)
            };
            let segment = segments.iter().find(inside)?;
            address.checked_sub(segment.address)?.checked_add(segment.offset)
        });
        if let Some(offset) = offset {
            detail.push(("soname", self.fields.name(offset)?));
        }
        Ok(())
    }
}

fn machine_name(machine: u16) -> String {
    match machine {
        3 => "x86",
        8 => "MIPS",
        20 => "PowerPC",
        21 => "PowerPC 64",
        22 => "S/390",
        40 => "ARM",
        62 => "x86-64",
        164 => "Hexagon",
        183 => "AArch64",
        CUDA => "NVIDIA CUDA",
        224 => "AMD GPU",
        243 => "RISC-V",
        247 => "eBPF",
        258 => "LoongArch",
        other => return format!("machine {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::with_input;

    /// A library of 64 bits whose segments, dynamic section and name stand one after the other.
    fn library() -> Vec<u8> {
        let (segments, dynamic, strings) = (64_u64, 64 + 3 * 56, 64 + 3 * 56 + 4 * 16);
        let mut bytes =
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend(segments.to_le_bytes());
        bytes.extend([0; 14]);
        bytes.extend(b"\x38\0\x03\0");
        bytes.resize(64, 0);
        let base = 0x10000_u64;
        for (kind, offset, size) in [(1_u32, 0, 4096_u64), (2, dynamic, 4 * 16), (3, strings + 6, 6)] {
            bytes.extend(kind.to_le_bytes());
            bytes.extend([0; 4]);
            for field in [offset, base + offset, 0, size, size, 8] {
                bytes.extend(field.to_le_bytes());
            }
        }
        for (tag, value) in [(5_u64, base + strings), (14, 1), (27, 24), (0, 0)] {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(b"\0m.so\0/ld.so\0");
        bytes
    }

    #[test]
    fn a_library_says_its_name_its_interpreter_and_what_runs_by_itself() {
        let bytes = library();
        let facts = with_input("m.so", &bytes, |input| facts(input).unwrap());
        assert!(facts.runs && facts.what.contains("x86-64"), "{facts:?}");
        for expected in [("soname", "m.so"), ("interpreter", "/ld.so"), ("runs-on-load", "3")] {
            assert!(facts.detail.iter().any(|(key, value)| (*key, value.as_str()) == expected), "{facts:?}");
        }
    }

    #[test]
    fn a_header_that_leads_outside_is_broken() {
        let mut bytes = library();
        bytes[32..40].fill(0xff);
        assert!(with_input("m.so", &bytes, facts).is_err());
    }
}

//! PE: programs and libraries of Windows (`.exe`, `.dll`, `.pyd`).
//!
//! Source: "PE Format" of Microsoft. A file whose sections hold no code and that has no entry is a library of resources,
//! such as icons, and nothing runs it.

use super::Facts;
use super::fields::{Fields, Order};
use crate::{Input, Stop};

/// Where the offset of the PE header stands.
const OFFSET: u64 = 0x3c;

/// Section headers that are read; the format allows 96.
const MAX_SECTIONS: u16 = 96;

/// `IMAGE_FILE_DLL`.
const LIBRARY: u16 = 0x2000;

/// `IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE`.
const CODE: u32 = 0x2000_0020;

pub(super) fn recognises(head: &[u8], size: u64) -> bool {
    let Some(offset) = head.get(0x3c..0x40).and_then(|offset| offset.first_chunk()) else { return false };
    let offset = u32::from_le_bytes(*offset);
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    // A header behind the first bytes is for the scan to look at.
    let there = head.get(at..).map_or(u64::from(offset) < size, |rest| rest.starts_with(b"PE\0\0"));
    head.starts_with(b"MZ") && there
}

pub(super) fn facts(input: &Input<'_>) -> Result<Facts, Stop> {
    let fields = Fields { input, order: Order::Little };
    let header = u64::from(fields.u32(OFFSET, "PE offset")?);
    if fields.u32(header, "PE header")? != u32::from_le_bytes(*b"PE\0\0") {
        return Ok(Facts { what: "program for DOS".to_owned(), runs: false, detail: Vec::new() });
    }
    let at = |offset: u64| header.saturating_add(offset);
    let machine = fields.u16(at(4), "machine")?;
    let sections = fields.u16(at(6), "sections")?;
    let optional = fields.u16(at(20), "optional header")?;
    let library = fields.u16(at(22), "characteristics")? & LIBRARY != 0;
    let entry = if optional >= 20 { fields.u32(at(40), "entry")? } else { 0 };
    let mut code = false;
    for number in 0..u64::from(sections.min(MAX_SECTIONS)) {
        let section = at(24).saturating_add(u64::from(optional)).saturating_add(number.saturating_mul(40));
        code |= fields.u32(section.saturating_add(36), "section")? & CODE != 0;
    }
    let machine = machine_name(machine);
    let what = match (library, code || entry != 0) {
        (true, true) => "library for Windows",
        (false, true) => "program for Windows",
        (_, false) => "library of resources for Windows",
    };
    let detail = vec![("machine", machine), ("entry", format!("{entry:#x}"))];
    Ok(Facts { what: what.to_owned(), runs: code || entry != 0, detail })
}

fn machine_name(machine: u16) -> String {
    match machine {
        0x14c => "x86",
        0x1c4 => "ARM",
        0x8664 => "x86-64",
        0xaa64 => "AArch64",
        other => return format!("machine {other:#x}"),
    }
    .to_owned()
}

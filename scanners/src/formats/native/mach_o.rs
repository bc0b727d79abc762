//! Mach-O: programs and libraries of Apple's systems, for one processor or several (a "fat" file).
//!
//! Source: `mach-o/loader.h` and `mach-o/fat.h`.

use super::Facts;
use super::fields::{Fields, Order};
use crate::{Input, Stop};

/// The most processors in a fat file; Java class files, which start with the same bytes, state 45 or more there.
const MAX_PROCESSORS: u32 = 30;

/// Load commands that are read; programs have about thirty.
const MAX_COMMANDS: u32 = 4096;

/// `LC_ID_DYLIB`: the name of a library.
const LIBRARY_NAME: u32 = 0xd;

pub(super) fn recognises(head: &[u8]) -> bool {
    thin(head).is_some() || fat(head)
}

/// Byte order and size of the header of a file for one processor.
fn thin(head: &[u8]) -> Option<(Order, u64)> {
    match head {
        [0xce, 0xfa, 0xed, 0xfe, ..] => Some((Order::Little, 28)),
        [0xcf, 0xfa, 0xed, 0xfe, ..] => Some((Order::Little, 32)),
        [0xfe, 0xed, 0xfa, 0xce, ..] => Some((Order::Big, 28)),
        [0xfe, 0xed, 0xfa, 0xcf, ..] => Some((Order::Big, 32)),
        _ => None,
    }
}

fn fat(head: &[u8]) -> bool {
    let [0xca, 0xfe, 0xba, 0xbe | 0xbf, a, b, c, d, ..] = head else { return false };
    (1..=MAX_PROCESSORS).contains(&u32::from_be_bytes([*a, *b, *c, *d]))
}

pub(super) fn facts(input: &Input<'_>) -> Result<Facts, Stop> {
    let head = input.window(0, 8)?;
    let Some((order, commands_at)) = thin(&head) else {
        let count = Fields { input, order: Order::Big }.u32(4, "processors")?;
        let detail = vec![("processors", count.to_string())];
        let what = format!("program or library for macOS and {count} processors");
        return Ok(Facts { what, runs: true, detail });
    };
    let fields = Fields { input, order };
    let (what, runs) = match fields.u32(12, "file type")? {
        1 => ("object file for macOS", false),
        2 => ("program for macOS", true),
        4 => ("core dump of macOS", false),
        6 => ("shared library for macOS", true),
        8 => ("bundle for macOS", true),
        10 => ("file of debug symbols for macOS", false),
        _ => ("program or library for macOS", true),
    };
    let mut detail = vec![("machine", machine_name(fields.u32(4, "processor")?))];
    if let Some(name) = library_name(&fields, commands_at)? {
        detail.push(("soname", name));
    }
    Ok(Facts { what: what.to_owned(), runs, detail })
}

fn library_name(fields: &Fields<'_, '_>, mut at: u64) -> Result<Option<String>, Stop> {
    for _ in 0..fields.u32(16, "load commands")?.min(MAX_COMMANDS) {
        let command = fields.u32(at, "load command")?;
        let size = u64::from(fields.u32(at.saturating_add(4), "load command")?);
        if command == LIBRARY_NAME {
            let name = u64::from(fields.u32(at.saturating_add(8), "library name")?);
            return Ok(Some(fields.name(at.saturating_add(name))?));
        }
        if size < 8 {
            return Err(Stop::Malformed { what: "load command", offset: at });
        }
        at = at.saturating_add(size);
    }
    Ok(None)
}

fn machine_name(processor: u32) -> String {
    match processor {
        7 => "x86",
        12 => "ARM",
        18 => "PowerPC",
        0x0100_0007 => "x86-64",
        0x0100_000c => "AArch64",
        other => return format!("processor {other:#x}"),
    }
    .to_owned()
}

//! WebAssembly: code that a browser or a runtime runs in a sandbox; what it imports is its way out.
//!
//! Source: WebAssembly core specification, "Binary Format". A module that imports no function can only compute.

use super::Facts;
use crate::{Input, Limit, Stop};

/// Sections that are read; there are fourteen kinds, and tools add some of their own.
const MAX_SECTIONS: u32 = 1024;

/// Imports that are read; modules of whole frameworks have some hundred.
const MAX_IMPORTS: u64 = 65_536;

/// Bytes of a module's or function's name.
const MAX_NAME: usize = 4096;

/// Different modules that are listed.
const MAX_SHOWN: usize = 16;

const IMPORTS: u8 = 2;

pub(super) fn recognises(head: &[u8]) -> bool {
    matches!(head, [0, b'a', b's', b'm', _, _, _, _, ..])
}

pub(super) fn facts(input: &Input<'_>) -> Result<Facts, Stop> {
    let mut cursor = input.cursor(8, u64::MAX);
    for _ in 0..MAX_SECTIONS {
        let Some(section) = cursor.next_byte()? else { break };
        let size = number(&mut cursor)?;
        if section == IMPORTS {
            let modules = imports(&mut input.cursor(cursor.position(), size))?;
            if !modules.is_empty() {
                let detail = vec![("imports", modules.join(" "))];
                return Ok(Facts { what: "WebAssembly module with imports".to_owned(), runs: true, detail });
            }
        }
        cursor.skip(size, "section")?;
    }
    Ok(Facts { what: "WebAssembly module".to_owned(), runs: false, detail: Vec::new() })
}

/// The modules that functions are imported from.
fn imports(cursor: &mut crate::Cursor<'_, '_>) -> Result<Vec<String>, Stop> {
    let count = number(cursor)?;
    if count > MAX_IMPORTS {
        return Err(Stop::Limit(Limit::Count("imports")));
    }
    let mut modules: Vec<String> = Vec::new();
    for _ in 0..count {
        let length = number(cursor)?;
        let module = cursor.bytes(length, MAX_NAME, "module name")?;
        let length = number(cursor)?;
        cursor.skip(length, "import name")?;
        let function = match cursor.u8("import kind")? {
            0 => number(cursor).map(|_| true)?,
            1 => cursor.skip(1, "table").and_then(|()| limits(cursor))?,
            2 => limits(cursor)?,
            3 => cursor.skip(2, "global").map(|()| false)?,
            4 => cursor.skip(1, "tag").and_then(|()| number(cursor)).map(|_| false)?,
            _ => return Err(cursor.malformed("import kind")),
        };
        let module = String::from_utf8_lossy(&module).into_owned();
        if function && modules.len() < MAX_SHOWN && !modules.contains(&module) {
            modules.push(module);
        }
    }
    Ok(modules)
}

/// Steps over the size of a table or memory, which is no function.
fn limits(cursor: &mut crate::Cursor<'_, '_>) -> Result<bool, Stop> {
    let both = cursor.u8("limits")? & 1 != 0;
    number(cursor)?;
    if both {
        number(cursor)?;
    }
    Ok(false)
}

/// An unsigned LEB128 number of at most 64 bits.
fn number(cursor: &mut crate::Cursor<'_, '_>) -> Result<u64, Stop> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = cursor.u8("number")?;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(cursor.malformed("number"))
}

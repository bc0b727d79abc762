//! Java class files: bytecode of one class. Archives of them (`.jar`) are zips, and each member comes here.
//!
//! Source: Java Virtual Machine Specification, §4. Descriptions of modules and packages hold no code.

use super::Facts;
use super::fields::{Fields, Order};
use crate::{Input, Stop};

/// The oldest version of class files; a Mach-O file for several processors, which starts alike, states fewer there.
const OLDEST: u16 = 45;

/// The access flags of a module description, and of an interface made by the compiler (a package description).
const MODULE: u16 = 0x8000;
const PACKAGE: u16 = 0x1600;

pub(super) fn recognises(head: &[u8]) -> bool {
    let [0xca, 0xfe, 0xba, 0xbe, _, _, a, b, ..] = head else { return false };
    u16::from_be_bytes([*a, *b]) >= OLDEST
}

pub(super) fn facts(input: &Input<'_>) -> Result<Facts, Stop> {
    let fields = Fields { input, order: Order::Big };
    let version = fields.u16(6, "version")?;
    let flags = fields.u16(after_constants(&fields)?, "access flags")?;
    let runs = flags & MODULE == 0 && flags & PACKAGE != PACKAGE;
    let what = if runs { "Java class" } else { "description of a Java module or package" };
    Ok(Facts { what: what.to_owned(), runs, detail: vec![("class-version", version.to_string())] })
}

/// Where the constant pool ends.
fn after_constants(fields: &Fields<'_, '_>) -> Result<u64, Stop> {
    let count = fields.u16(8, "constants")?;
    let (mut at, mut number) = (10_u64, 1_u16);
    while number < count {
        let tag = fields.input.window(at, 1)?;
        let (size, slots) = match tag.first() {
            Some(1) => (u64::from(fields.u16(at.saturating_add(1), "constant")?).saturating_add(3), 1),
            Some(7 | 8 | 16 | 19 | 20) => (3, 1),
            Some(15) => (4, 1),
            Some(3 | 4 | 9..=12 | 17 | 18) => (5, 1),
            // A number of eight bytes takes two places.
            Some(5 | 6) => (9, 2),
            _ => return Err(Stop::Malformed { what: "constant", offset: at }),
        };
        at = at.saturating_add(size);
        number = number.saturating_add(slots);
    }
    Ok(at)
}

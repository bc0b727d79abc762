//! PyTorch's oldest format: a tar of `pickle`, `storages`, `tensors` and `sys_info`.
//!
//! `storages` and `tensors` are pickles with raw numbers between them, and all of the pickles are loaded.
//! Source: `torch/serialization.py`, `legacy_load`.

use crate::tar::Walk;
use crate::{Input, Loader, Report, Stop, pickle};

/// The bytes one element of a storage can have, largest first: complex128 down to bytes.
const ELEMENT_SIZES: [u64; 5] = [16, 8, 4, 2, 1];

/// Members looked at to recognise the format; it has four.
const MAX_LOOKED_AT: u32 = 8;

/// Pickles followed in one member; one for each tensor, and the largest models of that time had a few hundred.
const MAX_PICKLES: u32 = 65_536;

/// The most dimensions of a tensor; PyTorch allows 64.
const MAX_DIMENSIONS: u32 = 64;

/// Whether a tar is one of these, by the names of its first members.
pub(crate) fn recognises(input: &Input<'_>) -> Result<bool, Stop> {
    let mut walk = Walk::new(input);
    let mut known = 0_u32;
    for _ in 0..MAX_LOOKED_AT {
        // What is broken is reported by the scan that follows.
        let Ok(Some(entry)) = walk.next() else { break };
        let name = entry.name.strip_prefix(b"./").unwrap_or(&entry.name);
        known = known.saturating_add(u32::from(matches!(name, b"storages" | b"tensors" | b"pickle")));
    }
    Ok(known >= 2)
}

/// Follows the pickles of a member; `false` when it is none of those with several.
pub(crate) fn scan(name: &str, member: &Input<'_>, report: &mut Report<'_>) -> Result<bool, Stop> {
    let member = member.part(0, member.size()).loaded_by(Loader::Torch);
    let followed = match name.strip_prefix("./").unwrap_or(name) {
        "storages" => storages(&member, report),
        "tensors" => tensors(&member, report),
        _ => return Ok(false),
    };
    match followed {
        Err(Stop::Deadline) => Err(Stop::Deadline),
        Err(stop) => {
            report.gap(member.place(), &stop);
            Ok(true)
        }
        Ok(()) => Ok(true),
    }
}

/// A count, then for each storage a pickle, a length and raw elements; last, a pickle of views.
fn storages(member: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let mut offset = pickle::scan_one(member, 0, report)?;
    for _ in 0..MAX_PICKLES {
        if offset >= member.size() {
            return Ok(());
        }
        offset = pickle::scan_one(member, offset, report)?;
        if offset >= member.size() {
            return Ok(());
        }
        offset = after_elements(member, offset)?;
    }
    Err(Stop::Malformed { what: "storages", offset })
}

/// Where the next pickle starts after the raw elements at `offset`. The size of an element is in the pickle before; the
/// one that leads to a pickle is right.
fn after_elements(member: &Input<'_>, offset: u64) -> Result<u64, Stop> {
    let count = member.cursor(offset, 8).u64_le("storage length")?;
    let start = offset.saturating_add(8);
    for size in ELEMENT_SIZES {
        let Some(next) = count.checked_mul(size).and_then(|length| start.checked_add(length)) else {
            continue;
        };
        let opens = member.window(next, 2)?;
        if next < member.size() && matches!(opens.as_slice(), [0x80, 0..=5]) {
            return Ok(next);
        }
    }
    Err(Stop::Malformed { what: "storage length", offset })
}

/// A count, then for each tensor a pickle, its dimensions, sizes, strides and offset.
fn tensors(member: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let mut offset = pickle::scan_one(member, 0, report)?;
    for _ in 0..MAX_PICKLES {
        if offset >= member.size() {
            return Ok(());
        }
        offset = pickle::scan_one(member, offset, report)?;
        let mut numbers = member.cursor(offset, u64::MAX);
        let dimensions = numbers.u32_le("tensor dimensions")?;
        if dimensions > MAX_DIMENSIONS {
            return Err(Stop::Malformed { what: "tensor dimensions", offset });
        }
        // Four bytes of the old count, sizes and strides, and the offset into the storage.
        let rest = u64::from(dimensions).saturating_mul(16).saturating_add(4).saturating_add(8);
        numbers.skip(rest, "tensor sizes")?;
        offset = numbers.position();
    }
    Err(Stop::Malformed { what: "tensors", offset })
}

//! Pickles inside byte strings, where the pickle itself has them unpickled.

use super::machine::Machine;
use super::source::Span;
use crate::{Loader, Stop};

/// Examines the bytes that `torch.storage._load_from_bytes` hands to `torch.load`.
pub(super) fn examine(machine: &mut Machine<'_, '_, '_, '_>, bytes: Span) -> Result<(), Stop> {
    let input = machine.source.input();
    let (offset, length) = (bytes.offset, bytes.length);
    if length == u32::MAX {
        return Err(Stop::Unsupported("byte string of 4 GiB that is unpickled"));
    }
    let member = input.member(&format!("bytes@{offset:#x}"), offset, u64::from(length))?;
    let member = member.loaded_by(Loader::Torch);
    crate::examine(&member, machine.report)
}

//! Pickles inside byte strings, where the pickle itself has them unpickled.

use std::cell::Cell;
use std::io::{self, Read};

use super::machine::Machine;
use super::opcode::Text;
use super::source::Span;
use super::text::Latin1;
use crate::{Input, Loader, Stop};

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

/// Examines bytes that stand as text in the pickle, a character for each byte.
pub(super) fn examine_text(
    machine: &mut Machine<'_, '_, '_, '_>,
    text: Span,
    form: Text,
) -> Result<(), Stop> {
    let input = machine.source.input();
    let (offset, length) = (text.offset, text.length);
    if length == u32::MAX {
        return Err(Stop::Unsupported("text of 4 GiB that is unpickled"));
    }
    let part = input.part(offset, u64::from(length)).loaded_by(Loader::Torch);
    let consumed = Cell::new(0);
    let bytes = Latin1::new(Counted { input: &part, at: &consumed }, form);
    let report = &mut *machine.report;
    part.unpacked(&format!("bytes@{offset:#x}"), bytes, &consumed, &mut |content| {
        crate::examine(content, report)
    })
}

/// Reads an input in order and tells how far it is.
struct Counted<'i, 'a> {
    input: &'i Input<'a>,
    at: &'i Cell<u64>,
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read_at(self.at.get(), buffer).map_err(crate::input::as_io)?;
        self.at.set(self.at.get().saturating_add(read as u64));
        Ok(read)
    }
}

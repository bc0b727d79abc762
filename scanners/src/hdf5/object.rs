//! Object headers: the messages that describe a group, a dataset or a named type.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.

use std::collections::{BTreeSet, VecDeque};

use super::file::{File, Span};
use crate::{Cursor, Limit, Stop};

/// Kinds of messages that are looked at.
pub(super) mod kind {
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const EXTERNAL_FILES: u16 = 0x07;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const FILTERS: u16 = 0x0b;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
    pub(crate) const DRIVER: u16 = 0x14;
    pub(crate) const ATTRIBUTE_INFO: u16 = 0x15;
}

/// Messages of one object; old groups have a handful, objects with compact attributes some hundreds.
const MAX_MESSAGES: usize = 65_536;

/// Blocks of one header.
const MAX_BLOCKS: usize = 4096;

/// One message of a header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    pub(super) kind: u16,
    /// The message stands elsewhere, and its bytes say where.
    pub(super) shared: bool,
    pub(super) span: Span,
}

/// The messages of one object.
#[derive(Debug)]
pub(crate) struct Object {
    pub(super) messages: Vec<Message>,
}

/// How messages stand in a block.
#[derive(Debug, Clone, Copy)]
enum Form {
    Old,
    /// Version 2; messages may carry their creation order.
    New {
        ordered: bool,
    },
}

impl Object {
    /// Reads the header at an address with all its continuations.
    ///
    /// # Errors
    /// [`Stop`] where it cannot be followed.
    pub(crate) fn read(file: &File<'_>, address: u64) -> Result<Self, Stop> {
        let mut object = Self { messages: Vec::new() };
        let (form, first) = prefix(file, address)?;
        let mut blocks = VecDeque::from([first]);
        let mut seen = BTreeSet::new();
        while let Some(block) = blocks.pop_front() {
            if !seen.insert(block) {
                continue;
            }
            if seen.len() > MAX_BLOCKS {
                return Err(Stop::Limit(Limit::Count("HDF5 header blocks")));
            }
            let before = object.messages.len();
            object.block(file, form, block)?;
            for message in object.messages.iter().skip(before) {
                if message.kind == kind::CONTINUATION {
                    blocks.push_back(continuation(file, form, message)?);
                }
            }
        }
        Ok(object)
    }

    fn block(&mut self, file: &File<'_>, form: Form, block: Span) -> Result<(), Stop> {
        let mut cursor = file.span(block, "HDF5 header block")?;
        let least = match form {
            Form::Old => 8,
            Form::New { ordered: false } => 4,
            Form::New { ordered: true } => 6,
        };
        while cursor.left() >= least {
            file.step()?;
            let message = message(&mut cursor, form)?;
            cursor.skip(message.span.size, "HDF5 message")?;
            if message.kind != 0 {
                self.messages.push(message);
            }
            if self.messages.len() > MAX_MESSAGES {
                return Err(Stop::Limit(Limit::Count("HDF5 messages")));
            }
        }
        Ok(())
    }

    /// The messages of one kind.
    pub(super) fn of(&self, kind: u16) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.kind == kind)
    }

    /// The spans of the messages of one kind, none of which may stand elsewhere.
    pub(super) fn own(&self, kind: u16) -> impl Iterator<Item = Result<Span, Stop>> {
        self.of(kind).map(|message| match message.shared {
            false => Ok(message.span),
            true => Err(Stop::Unsupported("shared HDF5 message")),
        })
    }
}

/// Whether the header that extends a superblock says that the file is split over others.
///
/// # Errors
/// [`Stop`] where it cannot be followed.
pub(crate) fn has_driver(file: &File<'_>, address: u64) -> Result<bool, Stop> {
    Ok(Object::read(file, address)?.of(kind::DRIVER).next().is_some())
}

/// The form of the header at an address and its first block.
fn prefix(file: &File<'_>, address: u64) -> Result<(Form, Span), Stop> {
    let mut cursor = file.from(address, 64);
    let version = cursor.u8("HDF5 object header")?;
    if version == 1 {
        cursor.skip(7, "HDF5 object header")?;
        let size = u64::from(cursor.u32_le("HDF5 object header size")?);
        cursor.skip(4, "HDF5 object header")?;
        return Ok((Form::Old, Span { at: cursor.position(), size }));
    }
    let rest: [u8; 4] = cursor.array("HDF5 object header")?;
    if version != b'O' || rest != *b"HDR\x02" {
        return Err(Stop::Malformed { what: "HDF5 object header", offset: address });
    }
    let flags = cursor.u8("HDF5 object header")?;
    let times = if flags & 0x20 == 0 { 0 } else { 16 };
    let phases = if flags & 0x10 == 0 { 0 } else { 4 };
    cursor.skip(times, "HDF5 object header")?;
    cursor.skip(phases, "HDF5 object header")?;
    let size = super::superblock::number(&mut cursor, 1 << (flags & 3))?;
    let block = Span { at: cursor.position(), size };
    sealed(file, address, block)?;
    Ok((Form::New { ordered: flags & 4 != 0 }, block))
}

/// Compares everything from `start` to the end of the block with the checksum behind it.
fn sealed(file: &File<'_>, start: u64, block: Span) -> Result<(), Stop> {
    let what = "HDF5 object header";
    let end = block.at.checked_add(block.size).ok_or(Stop::Malformed { what, offset: start })?;
    let stated = file.at(end, 4, what)?.u32_le(what)?;
    file.check(Span { at: start, size: end.saturating_sub(start) }, stated, what)
}

fn message(cursor: &mut Cursor<'_, '_>, form: Form) -> Result<Message, Stop> {
    let what = "HDF5 message";
    let (kind, size, flags) = match form {
        Form::Old => {
            let (kind, size, flags) = (cursor.u16_le(what)?, cursor.u16_le(what)?, cursor.u8(what)?);
            cursor.skip(3, what)?;
            (kind, size, flags)
        }
        Form::New { ordered } => {
            let (kind, size, flags) = (cursor.u8(what)?.into(), cursor.u16_le(what)?, cursor.u8(what)?);
            cursor.skip(if ordered { 2 } else { 0 }, what)?;
            (kind, size, flags)
        }
    };
    let span = Span { at: cursor.position(), size: size.into() };
    Ok(Message { kind, shared: flags & 2 != 0, span })
}

fn continuation(file: &File<'_>, form: Form, message: &Message) -> Result<Span, Stop> {
    let what = "HDF5 header continuation";
    let mut cursor = file.span(message.span, what)?;
    let at = file.known(&mut cursor, what)?;
    let size = file.length(&mut cursor)?;
    match form {
        Form::Old => Ok(Span { at, size }),
        Form::New { .. } => {
            if file.at(at, 4, what)?.array(what)? != *b"OCHK" {
                return Err(Stop::Malformed { what, offset: at });
            }
            let inner = size.checked_sub(8).ok_or(Stop::Malformed { what, offset: message.span.at })?;
            let block = Span { at: at.saturating_add(4), size: inner };
            sealed(file, at, block)?;
            Ok(block)
        }
    }
}

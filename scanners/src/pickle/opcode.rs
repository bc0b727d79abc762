//! The operations of pickle protocols 0 to 5, decoded as CPython's unpicklers decode them.
//!
//! Source: CPython `Modules/_pickle.c` and `Lib/pickle.py`. Not `pickletools`, which refuses numbers and strings that
//! both unpicklers accept: a scanner that stops where the loader goes on sees nothing.

use super::source::{Source, Span};
use crate::Stop;

/// How the bytes of a string become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// UTF-8 with surrogates passed through.
    Utf8,
    /// `raw-unicode-escape` of a line.
    RawEscape,
    /// The repr of a Python 2 string, without its quotes.
    Escape,
    /// The bytes of a Python 2 string.
    Python2,
}

/// What a plain container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `tuple`
    Tuple,
    /// `list`
    List,
    /// `dict`
    Dict,
    /// `set`
    Set,
    /// `frozenset`
    FrozenSet,
}

/// One decoded operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// `MARK`
    Mark,
    /// `STOP`
    Stop,
    /// `POP`
    Pop,
    /// `POP_MARK`
    PopMark,
    /// `DUP`
    Dup,
    /// `NONE`
    None,
    /// `NEWTRUE`, `NEWFALSE`, `I01`, `I00`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A number whose value says nothing: floats, long integers.
    Number,
    /// A number of protocol 0 that is written as no pickler writes it.
    OddNumber,
    /// A string.
    Text(Span, Text),
    /// `bytes`
    Bytes(Span),
    /// A buffer from outside
    Buffer,
    /// `bytearray`
    ByteArray(Span),
    /// `READONLY_BUFFER`
    ReadonlyBuffer,
    /// An empty container.
    Empty(Kind),
    /// Everything above the mark, as a container.
    Marked(Kind),
    /// `TUPLE1`, `TUPLE2`, `TUPLE3`
    Tuple(usize),
    /// `APPEND`
    Append,
    /// `APPENDS`
    Appends,
    /// `ADDITEMS`
    AddItems,
    /// `SETITEM`
    SetItem,
    /// `SETITEMS`
    SetItems,
    /// `GET`, `BINGET`, `LONG_BINGET`
    Get(u64),
    /// `PUT`, `BINPUT`, `LONG_BINPUT`
    Put(u64),
    /// `MEMOIZE`
    Memoize,
    /// `GLOBAL`: module and name
    Global(Span, Span),
    /// `STACK_GLOBAL`
    StackGlobal,
    /// `INST`: module and name
    Inst(Span, Span),
    /// `OBJ`
    Obj,
    /// `NEWOBJ`
    NewObj,
    /// `NEWOBJ_EX`
    NewObjEx,
    /// `REDUCE`
    Reduce,
    /// `BUILD`
    Build,
    /// `EXT1`, `EXT2`, `EXT4`
    Extension(u32),
    /// `PERSID`
    PersistentText(Span),
    /// `BINPERSID`
    PersistentId,
    /// `PROTO`
    Protocol(u8),
    /// `FRAME`
    Frame(u64),
}

impl Op {
    /// Whether it names, calls or changes anything.
    pub(super) const fn acts(self) -> bool {
        match self {
            Self::Global(..)
            | Self::StackGlobal
            | Self::Inst(..)
            | Self::Obj
            | Self::NewObj
            | Self::NewObjEx
            | Self::Reduce
            | Self::Build
            | Self::Append
            | Self::Appends
            | Self::AddItems
            | Self::SetItem
            | Self::SetItems => true,
            // A plain loader refuses numbers and ids of globals.
            Self::Extension(_)
            | Self::PersistentText(_)
            | Self::PersistentId
            | Self::Mark
            | Self::Stop
            | Self::Pop
            | Self::PopMark
            | Self::Dup
            | Self::None
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Number
            | Self::OddNumber
            | Self::Text(..)
            | Self::Bytes(_)
            | Self::Buffer
            | Self::ByteArray(_)
            | Self::ReadonlyBuffer
            | Self::Empty(_)
            | Self::Marked(_)
            | Self::Tuple(_)
            | Self::Get(_)
            | Self::Put(_)
            | Self::Memoize
            | Self::Protocol(_)
            | Self::Frame(_) => false,
        }
    }
}

/// The longest protocol 0 number that is evaluated; Python itself refuses more than 4,300 digits.
const MAX_NUMBER: usize = 8_192;

/// Decodes the next operation; `None` at the end of the input.
// Called, it hands its result over in memory, in pieces that the processor has to wait for: half the speed of the machine.
#[inline(always)]
pub(super) fn decode(source: &mut Source<'_, '_>) -> Result<Option<Op>, Stop> {
    let Some(byte) = source.next()? else { return Ok(None) };
    let op = match byte {
        b'K' => Op::Int(i64::from(source.u8("BININT1")?)),
        b'M' => Op::Int(i64::from(u16::from_le_bytes(source.array("BININT2")?))),
        b'J' => Op::Int(i64::from(i32::from_le_bytes(source.array("BININT")?))),
        b'G' => {
            source.array::<8>("BINFLOAT")?;
            Op::Number
        }
        0x94 => Op::Memoize,
        b'h' => Op::Get(u64::from(source.u8("BINGET")?)),
        b'j' => Op::Get(u64::from(u32::from_le_bytes(source.array("LONG_BINGET")?))),
        b'q' => Op::Put(u64::from(source.u8("BINPUT")?)),
        b'r' => Op::Put(u64::from(u32::from_le_bytes(source.array("LONG_BINPUT")?))),
        b'(' => Op::Mark,
        0x85 => Op::Tuple(1),
        0x86 => Op::Tuple(2),
        0x87 => Op::Tuple(3),
        0x8c => {
            let length = source.u8("SHORT_BINUNICODE length")?;
            Op::Text(source.skip(u64::from(length), "SHORT_BINUNICODE")?, Text::Utf8)
        }
        b'X' => {
            let length = u32::from_le_bytes(source.array("BINUNICODE length")?);
            Op::Text(source.skip(u64::from(length), "BINUNICODE")?, Text::Utf8)
        }
        b']' => Op::Empty(Kind::List),
        b'}' => Op::Empty(Kind::Dict),
        b')' => Op::Empty(Kind::Tuple),
        b'e' => Op::Appends,
        b'a' => Op::Append,
        b'u' => Op::SetItems,
        b's' => Op::SetItem,
        b't' => Op::Marked(Kind::Tuple),
        b'N' => Op::None,
        0x88 => Op::Bool(true),
        0x89 => Op::Bool(false),
        _ => return rare(byte, source).map(Some),
    };
    Ok(Some(op))
}

/// Operations that are not in the inner loop of large pickles.
#[inline(never)]
fn rare(byte: u8, source: &mut Source<'_, '_>) -> Result<Op, Stop> {
    Ok(match byte {
        b'.' => Op::Stop,
        b'0' => Op::Pop,
        b'1' => Op::PopMark,
        b'2' => Op::Dup,
        b'R' => Op::Reduce,
        b'b' => Op::Build,
        b'o' => Op::Obj,
        0x81 => Op::NewObj,
        0x92 => Op::NewObjEx,
        b'c' => Op::Global(source.last_line("GLOBAL module")?, source.last_line("GLOBAL name")?),
        b'i' => Op::Inst(source.last_line("INST module")?, source.last_line("INST name")?),
        0x93 => Op::StackGlobal,
        b'd' => Op::Marked(Kind::Dict),
        b'l' => Op::Marked(Kind::List),
        0x91 => Op::Marked(Kind::FrozenSet),
        0x8f => Op::Empty(Kind::Set),
        0x90 => Op::AddItems,
        0x80 => Op::Protocol(source.u8("PROTO")?),
        0x95 => Op::Frame(u64::from_le_bytes(source.array("FRAME")?)),
        0x82 => Op::Extension(u32::from(source.u8("EXT1")?)),
        0x83 => Op::Extension(u32::from(u16::from_le_bytes(source.array("EXT2")?))),
        0x84 => Op::Extension(u32::from_le_bytes(source.array("EXT4")?)),
        b'P' => Op::PersistentText(source.last_line("PERSID")?),
        b'Q' => Op::PersistentId,
        0x97 => Op::Buffer,
        0x98 => Op::ReadonlyBuffer,
        _ => return payload(byte, source),
    })
}

/// Operations that carry a number or a string of any length.
fn payload(byte: u8, source: &mut Source<'_, '_>) -> Result<Op, Stop> {
    Ok(match byte {
        b'V' => Op::Text(source.line("UNICODE")?, Text::RawEscape),
        b'S' => quoted(source)?,
        b'T' => {
            // Signed for Python, unsigned for C.
            let length = u32::from_le_bytes(source.array("BINSTRING length")?);
            Op::Text(source.skip(u64::from(length), "BINSTRING")?, Text::Python2)
        }
        b'U' => {
            let length = source.u8("SHORT_BINSTRING length")?;
            Op::Text(source.skip(u64::from(length), "SHORT_BINSTRING")?, Text::Python2)
        }
        0x8d => {
            let length = u64::from_le_bytes(source.array("BINUNICODE8 length")?);
            Op::Text(source.skip(length, "BINUNICODE8")?, Text::Utf8)
        }
        b'C' => {
            let length = source.u8("SHORT_BINBYTES length")?;
            Op::Bytes(source.skip(u64::from(length), "SHORT_BINBYTES")?)
        }
        b'B' => {
            let length = u32::from_le_bytes(source.array("BINBYTES length")?);
            Op::Bytes(source.skip(u64::from(length), "BINBYTES")?)
        }
        0x8e => {
            let length = u64::from_le_bytes(source.array("BINBYTES8 length")?);
            Op::Bytes(source.skip(length, "BINBYTES8")?)
        }
        0x96 => {
            let length = u64::from_le_bytes(source.array("BYTEARRAY8 length")?);
            Op::ByteArray(source.skip(length, "BYTEARRAY8")?)
        }
        0x8a => {
            let length = source.u8("LONG1 length")?;
            source.skip(u64::from(length), "LONG1")?;
            Op::Number
        }
        0x8b => {
            let length = signed_length(source, "LONG4 length")?;
            source.skip(length, "LONG4")?;
            Op::Number
        }
        b'I' => integer(source, "INT")?,
        b'L' => integer(source, "LONG")?,
        b'F' => float(source)?,
        b'g' => Op::Get(index(source, "GET")?),
        b'p' => Op::Put(index(source, "PUT")?),
        _ => {
            let offset = source.position().saturating_sub(1);
            return Err(Stop::Malformed { what: "opcode", offset });
        }
    })
}

fn signed_length(source: &mut Source<'_, '_>, what: &'static str) -> Result<u64, Stop> {
    let at = source.position();
    let length = i32::from_le_bytes(source.array(what)?);
    u64::try_from(length).map_err(|_| Stop::Malformed { what, offset: at })
}

/// `STRING`: a line in quotes. The bytes between may be any.
fn quoted(source: &mut Source<'_, '_>) -> Result<Op, Stop> {
    let line = source.line("STRING")?;
    let malformed = Stop::Malformed { what: "STRING quotes", offset: line.offset };
    let (Some(inner), Some(last)) = (line.length.checked_sub(2), line.length.checked_sub(1)) else {
        return Err(malformed);
    };
    let first = source.read(Span { length: 1, ..line }, 1)?;
    let last = source.read(Span { offset: line.offset.saturating_add(u64::from(last)), length: 1 }, 1)?;
    if first != last || !matches!(first.first(), Some(b'\'' | b'"')) {
        return Err(malformed);
    }
    Ok(Op::Text(Span { offset: line.offset.saturating_add(1), length: inner }, Text::Escape))
}

/// `INT` and `LONG`. CPython evaluates them in base 0: `0x1f`, `0o17`, `1_000` and spaces are numbers.
fn integer(source: &mut Source<'_, '_>, what: &'static str) -> Result<Op, Stop> {
    let line = source.line(what)?;
    let text = source.read(line, MAX_NUMBER)?;
    match (what, text.as_slice()) {
        ("INT", b"00") => return Ok(Op::Bool(false)),
        ("INT", b"01") => return Ok(Op::Bool(true)),
        _ => {}
    }
    let number = if what == "LONG" { text.strip_suffix(b"L").unwrap_or(&text) } else { &text };
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let usual = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let octal = digits.len() > 1 && digits.starts_with(b"0");
    let value = std::str::from_utf8(number).ok().and_then(|text| text.parse::<i64>().ok());
    match value {
        Some(value) if usual && !octal => Ok(Op::Int(value)),
        None if usual && !octal => Ok(Op::Number),
        _ if odd_integer(number) => Ok(Op::OddNumber),
        _ => Err(Stop::Malformed { what, offset: line.offset }),
    }
}

/// Whether either unpickler may take the text for a number. Wider than both, because they differ: C's `strtol` takes
/// leading zeros as octal and ends at a NUL byte, Python's `int` takes underscores.
fn odd_integer(text: &[u8]) -> bool {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
    let text = text.strip_suffix(b"L").or_else(|| text.strip_suffix(b"l")).unwrap_or(text);
    let text = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let digits = match text {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', rest @ ..] => rest,
        rest => rest,
    };
    !digits.is_empty()
        && digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_' || *byte == b'\x0b')
}

fn float(source: &mut Source<'_, '_>) -> Result<Op, Stop> {
    let line = source.line("FLOAT")?;
    let text = source.read(line, MAX_NUMBER)?;
    let text = String::from_utf8_lossy(&text);
    // C reads up to a NUL byte.
    let plain = text.split('\0').next().unwrap_or_default().trim().replace('_', "");
    match plain.parse::<f64>() {
        Ok(_) if plain == *text => Ok(Op::Number),
        Ok(_) => Ok(Op::OddNumber),
        Err(_) => Err(Stop::Malformed { what: "FLOAT", offset: line.offset }),
    }
}

/// The index of `GET` and `PUT`: a decimal number, with the spaces, sign and underscores that `int` takes.
fn index(source: &mut Source<'_, '_>, what: &'static str) -> Result<u64, Stop> {
    let line = source.line(what)?;
    let text = source.read(line, MAX_NUMBER)?;
    let text = String::from_utf8_lossy(&text);
    let text = text.split('\0').next().unwrap_or_default().trim().replace('_', "");
    let number = text.parse::<i128>().ok().and_then(|index| u64::try_from(index).ok());
    number.ok_or(Stop::Malformed { what, offset: line.offset })
}

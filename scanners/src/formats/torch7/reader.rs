//! Reads the objects of a Torch7 file one after the other, without building them.

use std::collections::BTreeSet;

use crate::{Cursor, Input, Limit, Stop};

/// Objects that are open at a time; deeper tables overflow Lua's stack.
const MAX_DEPTH: usize = 4096;

/// Objects that other places may refer to; the largest networks have some ten thousand.
const MAX_OBJECTS: usize = 1 << 20;

/// Bytes of a text or function.
const MAX_TEXT: usize = 16 << 20;

/// Bytes of a class name or version.
const MAX_NAME: usize = 1024;

/// Digits of a number in the textual style.
const MAX_DIGITS: usize = 64;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Binary,
    Text,
}

/// The kinds of objects.
const NIL: i64 = 0;
const NUMBER: i64 = 1;
const STRING: i64 = 2;
const TABLE: i64 = 3;
const CLASS: i64 = 4;
const BOOLEAN: i64 = 5;
const FUNCTION: i64 = 6;
const REFERRED_FUNCTIONS: std::ops::RangeInclusive<i64> = 7..=8;

impl Style {
    /// Whether something starts as an object that `torch.save` writes: a class with its version, a table whose first key
    /// is a text or a number, or a function.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let textual = [b"4\n1\n3\nV ".as_slice(), b"4\n1\n4\nV ", b"8\n1\n", b"7\n1\n", b"6\n"];
        let (class, others) = textual.split_at(2);
        let dumped =
            |start: &&&[u8]| head.starts_with(start) && memchr::memmem::find(head, b"\n\x1bL").is_some();
        if class.iter().any(|start| head.starts_with(start)) || others.iter().any(|start| dumped(&start)) {
            return Some(Self::Text);
        }
        let number = |at: usize| -> Option<u32> { Some(u32::from_le_bytes(*head.get(at..)?.first_chunk()?)) };
        let bytes = |at: usize| head.get(at..).unwrap_or_default();
        let binary = match (number(0)?, number(4)?) {
            (4, 1) => matches!(number(8)?, 3..=8) && bytes(12).starts_with(b"V "),
            (3, 1) => {
                matches!((number(8)?, number(12)?), (1..0x0100_0000, 1 | 2))
                    && plausible_key(number(12)?, bytes(16))
            }
            (7 | 8, 1) => bytes(12).starts_with(b"\x1bL"),
            (6, _) => bytes(8).starts_with(b"\x1bL"),
            _ => false,
        };
        binary.then_some(Self::Binary)
    }
}

/// Whether the first key of a table is a short text, or a whole number.
fn plausible_key(kind: u32, content: &[u8]) -> bool {
    if kind == 1 {
        let number = content.first_chunk().map(|bytes| f64::from_le_bytes(*bytes));
        return number.is_some_and(|number| number.fract() == 0.0 && number.abs() < 1e9);
    }
    let Some((size, text)) =
        content.split_first_chunk().map(|(size, text)| (u32::from_le_bytes(*size), text))
    else {
        return false;
    };
    let text = text.get(..usize::try_from(size).unwrap_or(usize::MAX)).unwrap_or(text);
    (1..256).contains(&size) && text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

/// What is met on the way.
pub(super) enum Event<'e> {
    Function { at: u64, content: &'e [u8] },
    Text { at: u64, content: &'e [u8] },
}

/// The objects of one file.
pub(super) struct Objects<'i, 'a> {
    cursor: Cursor<'i, 'a>,
    style: Style,
    /// Objects still to come, innermost last.
    open: Vec<u64>,
    seen: BTreeSet<i64>,
}

impl<'i, 'a> Objects<'i, 'a> {
    pub(super) fn new(input: &'i Input<'a>, style: Style) -> Self {
        Self { cursor: input.cursor(0, u64::MAX), style, open: vec![1], seen: BTreeSet::new() }
    }

    pub(super) const fn position(&self) -> u64 {
        self.cursor.position()
    }

    /// Reads one object and everything in it.
    pub(super) fn read(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> Result<(), Stop> {
        while let Some(left) = self.open.pop() {
            if let Some(left) = left.checked_sub(1) {
                self.open.push(left);
                self.object(tell)?;
            }
            if self.open.len() > MAX_DEPTH {
                return Err(Stop::Limit(Limit::Recursion));
            }
        }
        Ok(())
    }

    fn object(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> Result<(), Stop> {
        let at = self.cursor.position();
        match self.int("object type")? {
            NIL => Ok(()),
            NUMBER => self.double(),
            BOOLEAN => self.int("boolean").map(|_| ()),
            STRING => {
                let content = self.chars(MAX_TEXT, "text")?;
                tell(Event::Text { at, content: &content });
                Ok(())
            }
            FUNCTION => self.function(at, tell),
            kind if REFERRED_FUNCTIONS.contains(&kind) => {
                if self.is_new()? {
                    self.function(at, tell)
                } else {
                    Ok(())
                }
            }
            TABLE => {
                if self.is_new()? {
                    let pairs = self.int("table size")?;
                    let pairs = u64::try_from(pairs).map_err(|_| self.cursor.malformed("table size"))?;
                    self.open.push(pairs.saturating_mul(2));
                }
                Ok(())
            }
            CLASS => {
                if self.is_new()? {
                    self.class()
                } else {
                    Ok(())
                }
            }
            _ => Err(Stop::Malformed { what: "object type", offset: at }),
        }
    }

    /// The dumped function; its upvalues follow as an object.
    fn function(&mut self, at: u64, tell: &mut dyn FnMut(Event<'_>)) -> Result<(), Stop> {
        let content = self.chars(MAX_TEXT, "function");
        tell(Event::Function { at, content: content.as_deref().unwrap_or_default() });
        content?;
        self.open.push(1);
        Ok(())
    }

    /// Whether the object with the index that stands here was not read before.
    fn is_new(&mut self) -> Result<bool, Stop> {
        let index = self.int("object index")?;
        if self.seen.len() >= MAX_OBJECTS {
            return Err(Stop::Limit(Limit::Count("objects")));
        }
        Ok(self.seen.insert(index))
    }

    fn class(&mut self) -> Result<(), Stop> {
        let mut name = self.chars(MAX_NAME, "class version")?;
        if name.starts_with(b"V ") {
            name = self.chars(MAX_NAME, "class name")?;
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        if name.starts_with("torch.") && name.ends_with("Tensor") {
            let dimensions = self.int("dimensions")?;
            let numbers = u64::try_from(dimensions).map_err(|_| self.cursor.malformed("dimensions"))?;
            // Sizes, strides and the offset in the storage, which follows as an object.
            self.longs(numbers.saturating_mul(2).saturating_add(1))?;
            self.open.push(1);
            return Ok(());
        }
        match name.strip_prefix("torch.").and_then(|name| name.strip_suffix("Storage")) {
            Some(element) => self.elements(element),
            // Everything else writes one table.
            None => {
                self.open.push(1);
                Ok(())
            }
        }
    }

    fn elements(&mut self, element: &str) -> Result<(), Stop> {
        let count = self.long("storage size")?;
        let count = u64::try_from(count).map_err(|_| self.cursor.malformed("storage size"))?;
        if self.style == Style::Text {
            return self.numbers(count);
        }
        let size = match element.strip_prefix("Cuda").unwrap_or(element) {
            "Byte" | "Char" => 1,
            "Short" | "Half" => 2,
            // `torch.CudaStorage` holds floats.
            "Int" | "Float" | "" => 4,
            "Long" | "Double" => 8,
            _ => return Err(Stop::Unsupported("storage of unknown numbers")),
        };
        self.cursor.skip(count.saturating_mul(size), "storage")
    }

    fn int(&mut self, what: &'static str) -> Result<i64, Stop> {
        match self.style {
            Style::Binary => Ok(i64::from(i32::from_le_bytes(self.cursor.array(what)?))),
            Style::Text => self.digits(what),
        }
    }

    fn long(&mut self, what: &'static str) -> Result<i64, Stop> {
        match self.style {
            Style::Binary => Ok(i64::from_le_bytes(self.cursor.array(what)?)),
            Style::Text => self.digits(what),
        }
    }

    fn longs(&mut self, count: u64) -> Result<(), Stop> {
        match self.style {
            Style::Binary => self.cursor.skip(count.saturating_mul(8), "sizes"),
            Style::Text => self.numbers(count),
        }
    }

    fn double(&mut self) -> Result<(), Stop> {
        match self.style {
            Style::Binary => self.cursor.skip(8, "number"),
            Style::Text => self.numbers(1),
        }
    }

    /// A text behind its length; in the textual style one more line end follows.
    fn chars(&mut self, max: usize, what: &'static str) -> Result<Vec<u8>, Stop> {
        let size = self.int(what)?;
        let size = u64::try_from(size).map_err(|_| self.cursor.malformed(what))?;
        self.cursor.bytes(size, max, what)
    }

    /// Steps over numbers between blanks.
    fn numbers(&mut self, count: u64) -> Result<(), Stop> {
        for _ in 0..count {
            self.word("number")?;
        }
        Ok(())
    }

    fn digits(&mut self, what: &'static str) -> Result<i64, Stop> {
        let broken = self.cursor.malformed(what);
        let word = self.word(what)?;
        std::str::from_utf8(&word).ok().and_then(|word| word.parse().ok()).ok_or(broken)
    }

    /// The characters up to a blank, which is taken; blanks in front are skipped.
    fn word(&mut self, what: &'static str) -> Result<Vec<u8>, Stop> {
        let mut word = Vec::new();
        loop {
            match self.cursor.next_byte()? {
                Some(byte) if !byte.is_ascii_whitespace() => word.push(byte),
                Some(_) if word.is_empty() => {}
                None if word.is_empty() => return Err(self.cursor.malformed(what)),
                Some(_) | None => return Ok(word),
            }
            if word.len() > MAX_DIGITS {
                return Err(self.cursor.malformed(what));
            }
        }
    }
}

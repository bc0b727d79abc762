//! Walks a marshalled object and collects what its code objects name.

use crate::{Limit, Stop};

/// Objects inside each other. Functions in functions take two each.
const MAX_DEPTH: u32 = 96;

/// Objects in one stream; a module of 10,000 lines has about 100,000.
const MAX_OBJECTS: u32 = 2_000_000;

/// Texts that are kept.
const MAX_TEXTS: usize = 65_536;

/// Which fields a code object has, by the generation of Python that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Python 2.
    Two,
    /// Python 3.0 to 3.7.
    Three,
    /// Python 3.8 to 3.10: positional-only arguments.
    Eight,
    /// Python 3.11 and later: a qualified name and an exception table.
    Eleven,
}

impl Layout {
    /// By the magic number of a `.pyc` file.
    pub(crate) const fn of(magic: u16) -> Option<Self> {
        match magic {
            3000..=3399 => Some(Self::Three),
            3400..=3449 => Some(Self::Eight),
            3450..=3999 => Some(Self::Eleven),
            50_000..=62_500 => Some(Self::Two),
            _ => None,
        }
    }

    /// Numbers in front of the code, objects behind them, and whether a number and objects end it.
    const fn fields(self) -> (u32, &'static [Field]) {
        use Field::{Number, Object};
        match self {
            Self::Two => {
                (4, &[Object, Object, Object, Object, Object, Object, Object, Object, Number, Object])
            }
            Self::Three => {
                (5, &[Object, Object, Object, Object, Object, Object, Object, Object, Number, Object])
            }
            Self::Eight => {
                (6, &[Object, Object, Object, Object, Object, Object, Object, Object, Number, Object])
            }
            Self::Eleven => {
                (5, &[Object, Object, Object, Object, Object, Object, Object, Object, Number, Object, Object])
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Object,
    Number,
}

/// What the code objects of a stream name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// Code objects seen.
    pub(crate) count: u32,
    /// Names and texts in them, in their order.
    pub(crate) texts: Vec<String>,
    /// The instructions of the first code object, if they are as short as those of an empty module.
    pub(crate) first: Vec<u8>,
    /// Bytes that the object took.
    pub(crate) length: usize,
}

/// Reads one marshalled object.
///
/// # Errors
/// [`Stop::Malformed`] with the offset in `bytes`; [`Stop::Limit`] for depth and number.
pub(crate) fn read(bytes: &[u8], layout: Layout) -> Result<Code, Stop> {
    let mut reader = Reader { bytes, at: 0, layout, objects: 0, code: Code::default() };
    reader.object(0)?;
    reader.code.length = reader.at;
    Ok(reader.code)
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    layout: Layout,
    objects: u32,
    code: Code,
}

impl Reader<'_> {
    /// One object. False for the null that ends a dictionary.
    fn object(&mut self, depth: u32) -> Result<bool, Stop> {
        self.objects = self.objects.saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        if self.objects > MAX_OBJECTS {
            return Err(Stop::Limit(Limit::Count("marshalled objects")));
        }
        let inner = depth.saturating_add(1);
        match self.byte()? & 0x7f {
            b'0' => return Ok(false),
            b'N' | b'F' | b'T' | b'S' | b'.' => {}
            b'i' | b'r' | b'R' => self.skip(4)?,
            b'I' | b'g' => self.skip(8)?,
            b'y' => self.skip(16)?,
            b'f' => self.short()?,
            b'x' => {
                self.short()?;
                self.short()?;
            }
            b'l' => {
                let digits = self.number()?.unsigned_abs();
                self.skip(usize::try_from(digits).unwrap_or(usize::MAX).saturating_mul(2))?;
            }
            b's' | b't' | b'u' | b'a' | b'A' => {
                let length = self.number()?;
                self.text(usize::try_from(length).map_err(|_| self.malformed())?)?;
            }
            b'z' | b'Z' => {
                let length = self.byte()?;
                self.text(usize::from(length))?;
            }
            b')' => {
                let count = self.byte()?;
                self.objects(u32::from(count), inner)?;
            }
            b'(' | b'[' | b'<' | b'>' => {
                let count = self.number()?;
                self.objects(u32::try_from(count).map_err(|_| self.malformed())?, inner)?;
            }
            b'{' => {
                while self.object(inner)? {
                    self.object(inner)?;
                }
            }
            b':' => self.objects(3, inner)?,
            b'c' => self.code(inner)?,
            _ => {
                self.at = self.at.saturating_sub(1);
                return Err(self.malformed());
            }
        }
        Ok(true)
    }

    fn objects(&mut self, count: u32, depth: u32) -> Result<(), Stop> {
        (0..count).try_for_each(|_| self.object(depth).map(|_| ()))
    }

    fn code(&mut self, depth: u32) -> Result<(), Stop> {
        self.code.count = self.code.count.saturating_add(1);
        let (numbers, fields) = self.layout.fields();
        self.skip(usize::try_from(numbers).unwrap_or(0).saturating_mul(4))?;
        let first = self.code.count == 1;
        for (position, field) in fields.iter().enumerate() {
            if first && position == 0 {
                self.code.first = self.short_bytes();
            }
            match field {
                Field::Number => self.skip(4)?,
                Field::Object => {
                    self.object(depth)?;
                }
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.malformed())?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn number(&mut self) -> Result<i32, Stop> {
        let four = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<4>());
        let number = four.map(|four| i32::from_le_bytes(*four)).ok_or_else(|| self.malformed())?;
        self.at = self.at.saturating_add(4);
        Ok(number)
    }

    fn skip(&mut self, count: usize) -> Result<(), Stop> {
        let end = self.at.saturating_add(count);
        if end > self.bytes.len() {
            return Err(self.malformed());
        }
        self.at = end;
        Ok(())
    }

    /// The bytes object that starts here, if it is short.
    fn short_bytes(&self) -> Vec<u8> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest {
            [b's' | 0xf3, length @ 0..=8, 0, 0, 0, body @ ..] => {
                body.get(..usize::from(*length)).unwrap_or_default().to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// A number as text.
    fn short(&mut self) -> Result<(), Stop> {
        let length = self.byte()?;
        self.skip(usize::from(length))
    }

    fn text(&mut self, length: usize) -> Result<(), Stop> {
        let start = self.at;
        self.skip(length)?;
        let bytes = self.bytes.get(start..self.at).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(bytes)
            && !text.is_empty()
            && self.code.texts.len() < MAX_TEXTS
        {
            self.code.texts.push(text.chars().take(4096).collect());
        }
        Ok(())
    }

    const fn malformed(&self) -> Stop {
        Stop::Malformed { what: "marshalled Python code", offset: self.at as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `import os; os.system("id")`, as CPython 3.11 marshals it.
    const ELEVEN: &[u8] = b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\xf3\x02\0\0\0\x97\0)\x03\xe9\0\0\0\0N\xda\x02id)\x02\xda\x02os\xda\x06system\xa9\0\xf3\0\0\0\0\xda\x01x\xfa\x08<module>r\x09\0\0\0\x01\0\0\0s\x02\0\0\0\0\0r\x07\0\0\0";

    #[test]
    fn names_and_texts_of_code_are_collected() {
        let code = read(ELEVEN, Layout::Eleven).unwrap();
        assert_eq!((code.count, code.length), (1, ELEVEN.len()));
        for text in ["id", "os", "system", "<module>"] {
            assert!(code.texts.iter().any(|each| each == text), "{text}");
        }
        assert!(read(ELEVEN, Layout::Two).is_err());
    }

    #[test]
    fn cuts_and_lies_end_where_they_stand() {
        for end in 0..ELEVEN.len() {
            assert!(matches!(read(&ELEVEN[..end], Layout::Eleven), Err(Stop::Malformed { .. })), "{end}");
        }
        assert!(matches!(read(b"(\xff\xff\xff\x7f", Layout::Eleven), Err(Stop::Malformed { .. })));
        assert!(matches!(read(b"(\xff\xff\xff\xff", Layout::Eleven), Err(Stop::Malformed { .. })));
        let deep = b")\x01".repeat(500);
        assert!(matches!(read(&deep, Layout::Eleven), Err(Stop::Limit(Limit::Recursion))));
    }
}

//! Numbers and texts in the three encodings: XDR, ASCII, and the byte order of the writer.

use crate::{Cursor, Limit, Stop};

/// The longest word of the ASCII encoding; a number of 17 digits has about 24.
const MAX_WORD: usize = 128;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Big-endian: `X\n`.
    Xdr,
    /// Words between spaces: `A\n`.
    Ascii,
    /// Little-endian, as on every machine that R still runs on: `B\n`.
    Native,
}

/// Reads what items consist of.
pub(crate) struct Stream<'i, 'a> {
    cursor: Cursor<'i, 'a>,
    encoding: Encoding,
}

impl<'i, 'a> Stream<'i, 'a> {
    /// Reads the header that a stream of items begins with.
    ///
    /// # Errors
    /// [`Stop::Unsupported`] for versions that are not 2 or 3; [`Stop::Malformed`] where it breaks.
    pub(crate) fn open(mut cursor: Cursor<'i, 'a>) -> Result<Self, Stop> {
        let encoding = match cursor.array("R encoding")? {
            [b'X', b'\n'] => Encoding::Xdr,
            [b'A', b'\n'] => Encoding::Ascii,
            [b'B', b'\n'] => Encoding::Native,
            _ => return Err(cursor.malformed("R encoding")),
        };
        let mut stream = Self { cursor, encoding };
        let version = stream.int()?;
        stream.int()?;
        stream.int()?;
        match version {
            2 => {}
            3 => {
                let size = stream.int()?;
                stream.text(size, 0)?;
            }
            _ => return Err(Stop::Unsupported("version of R's serialization")),
        }
        Ok(stream)
    }

    /// The offset of the next byte.
    pub(crate) const fn position(&self) -> u64 {
        self.cursor.position()
    }

    /// The encoding that the header states.
    pub(crate) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// What starts here breaks the rules.
    pub(crate) const fn malformed(&self, what: &'static str) -> Stop {
        self.cursor.malformed(what)
    }

    /// A number of 32 bits.
    pub(crate) fn int(&mut self) -> Result<i32, Stop> {
        match self.encoding {
            Encoding::Xdr => Ok(i32::from_be_bytes(self.cursor.array("R number")?)),
            Encoding::Native => Ok(i32::from_le_bytes(self.cursor.array("R number")?)),
            Encoding::Ascii => {
                let word = self.word()?;
                let number = if word == "NA" { Some(i32::MIN) } else { word.parse().ok() };
                number.ok_or_else(|| self.malformed("R number"))
            }
        }
    }

    /// A length, which may be longer than 32 bits.
    pub(crate) fn length(&mut self) -> Result<u64, Stop> {
        let length = self.int()?;
        if length != -1 {
            return u64::try_from(length).map_err(|_| self.malformed("R length"));
        }
        let (high, low) = (self.int()?.cast_unsigned(), self.int()?.cast_unsigned());
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    /// Steps over numbers that take `size` bytes each, or `words` words.
    pub(crate) fn skip(&mut self, count: u64, size: u64, words: u64) -> Result<(), Stop> {
        if self.encoding == Encoding::Ascii {
            for _ in 0..count.saturating_mul(words) {
                self.word()?;
            }
            return Ok(());
        }
        let bytes = count.checked_mul(size).ok_or_else(|| self.malformed("R vector"))?;
        self.cursor.skip(bytes, "R vector")
    }

    /// A real number as text.
    pub(crate) fn real(&mut self) -> Result<String, Stop> {
        Ok(match self.encoding {
            Encoding::Xdr => f64::from_be_bytes(self.cursor.array("R number")?).to_string(),
            Encoding::Native => f64::from_le_bytes(self.cursor.array("R number")?).to_string(),
            Encoding::Ascii => self.word()?,
        })
    }

    /// The first characters of a text of `size` bytes, at most `keep` bytes of it.
    pub(crate) fn text(&mut self, size: i32, keep: usize) -> Result<String, Stop> {
        let size = u64::try_from(size).map_err(|_| self.malformed("R text"))?;
        if self.encoding == Encoding::Ascii {
            return self.escaped(size, keep);
        }
        let kept = self.cursor.bytes(size.min(keep as u64), keep, "R text")?;
        self.cursor.skip(size.saturating_sub(kept.len() as u64), "R text")?;
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }

    /// A text of the ASCII encoding: bytes that are not letters are escaped as in C.
    fn escaped(&mut self, size: u64, keep: usize) -> Result<String, Stop> {
        let mut kept = Vec::new();
        let mut next = if size > 0 { self.first()? } else { 0 };
        for number in 0..size {
            let byte = if next == b'\\' { self.escape()? } else { next };
            if kept.len() < keep {
                kept.push(byte);
            }
            if number.saturating_add(1) < size {
                next = self.cursor.u8("R text")?;
            }
        }
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }

    /// What stands behind a backslash: a letter, or exactly as many octal digits as there are, at most three.
    fn escape(&mut self) -> Result<u8, Stop> {
        let byte = self.cursor.u8("R text")?;
        Ok(match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'v' => 0x0b,
            b'b' => 0x08,
            b'r' => b'\r',
            b'f' => 0x0c,
            b'a' => 0x07,
            b'0'..=b'7' => {
                let mut code = u32::from(byte.saturating_sub(b'0'));
                for _ in 0..2 {
                    let next = self.cursor.buffered()?.first().copied();
                    let Some(digit @ b'0'..=b'7') = next else { break };
                    self.cursor.skip(1, "R text")?;
                    code = code << 3 | u32::from(digit.saturating_sub(b'0'));
                }
                u8::try_from(code & 0xff).unwrap_or_default()
            }
            other => other,
        })
    }

    /// The first byte that is no space.
    fn first(&mut self) -> Result<u8, Stop> {
        loop {
            let byte = self.cursor.u8("R word")?;
            if !byte.is_ascii_whitespace() && byte != 0x0b {
                return Ok(byte);
            }
        }
    }

    fn word(&mut self) -> Result<String, Stop> {
        let mut word = vec![self.first()?];
        while let Some(byte) = self.cursor.next_byte()?.filter(|byte| !byte.is_ascii_whitespace()) {
            if word.len() >= MAX_WORD {
                return Err(Stop::Limit(Limit::Length("R word")));
            }
            word.push(byte);
        }
        String::from_utf8(word).map_err(|_| self.malformed("R word"))
    }
}

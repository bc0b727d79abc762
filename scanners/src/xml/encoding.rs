//! Which encoding a document has, and its characters as single bytes.

use std::io::{self, BufRead, Read};

use crate::Input;
use crate::input::as_io;

/// Bytes fetched at a time; a multiple of every width.
const BLOCK: usize = 64 << 10;

/// How wide a character is, and in which order its bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    bytes: u8,
    /// Which of them is the lowest.
    low: u8,
    /// Bytes of the mark in front.
    mark: u8,
}

impl Width {
    /// By the mark in front or by the first character, which is `<` or a space. `None` for encodings that do not
    /// contain ASCII, such as EBCDIC.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let width = |bytes, low, mark| Some(Self { bytes, low, mark });
        match head {
            [0xff, 0xfe, 0, 0, ..] => width(4, 0, 4),
            [0, 0, 0xfe, 0xff, ..] => width(4, 3, 4),
            [0xff, 0xfe, ..] => width(2, 0, 2),
            [0xfe, 0xff, ..] => width(2, 1, 2),
            [0xef, 0xbb, 0xbf, ..] => width(1, 0, 3),
            [b'<' | b' ' | b'\t' | b'\r' | b'\n', 0, 0, 0, ..] => width(4, 0, 0),
            [0, 0, 0, b'<' | b' ' | b'\t' | b'\r' | b'\n', ..] => width(4, 3, 0),
            [b'<' | b' ' | b'\t' | b'\r' | b'\n', 0, ..] => width(2, 0, 0),
            [0, b'<' | b' ' | b'\t' | b'\r' | b'\n', ..] => width(2, 1, 0),
            [b'<' | b' ' | b'\t' | b'\r' | b'\n', ..] => width(1, 0, 0),
            _ => None,
        }
    }

    /// Bytes before the first character.
    pub(super) const fn start(self) -> u64 {
        self.mark as u64
    }

    /// Where character `number` stands in the input.
    pub(super) fn offset(self, number: u64) -> u64 {
        self.start().saturating_add(number.saturating_mul(self.bytes.into()))
    }

    /// The characters of `bytes`, each as one: what is not ASCII becomes `?`. A character of several bytes in UTF-8 is
    /// several of them, so that places stay exact.
    pub(super) fn narrow(self, bytes: &[u8]) -> Vec<u8> {
        let low = usize::from(self.low);
        let one = |unit: &[u8]| match unit.get(low) {
            Some(byte @ 1..=0x7f) if unit.iter().enumerate().all(|(at, other)| at == low || *other == 0) => {
                *byte
            }
            _ => b'?',
        };
        bytes.chunks(usize::from(self.bytes)).map(one).collect()
    }
}

/// Whether a declared encoding has ASCII's characters where ASCII has them.
pub(super) fn is_like_ascii(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let alike = ["utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-32", "latin1"];
    let families = ["iso-8859-", "iso8859-", "windows-125", "cp125", "koi8-"];
    alike.contains(&name.as_str()) || families.iter().any(|family| name.starts_with(family))
}

/// The characters of an input, with a bound on how many are taken before [`Narrow::allow`] is called again.
pub(super) struct Narrow<'i, 'a> {
    input: &'i Input<'a>,
    width: Width,
    at: u64,
    block: Vec<u8>,
    position: usize,
    room: usize,
}

impl<'i, 'a> Narrow<'i, 'a> {
    pub(super) const fn new(input: &'i Input<'a>, width: Width) -> Self {
        Self { input, width, at: width.start(), block: Vec::new(), position: 0, room: 0 }
    }

    /// Lets this many more characters be taken.
    pub(super) const fn allow(&mut self, characters: usize) {
        self.room = characters;
    }
}

impl BufRead for Narrow<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.room == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.position >= self.block.len() {
            let bytes = self.input.window(self.at, BLOCK).map_err(as_io)?;
            self.at = self.at.saturating_add(bytes.len() as u64);
            (self.block, self.position) = (self.width.narrow(&bytes), 0);
        }
        Ok(self.block.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
        self.room = self.room.saturating_sub(count);
    }
}

impl Read for Narrow<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_gives_the_same_characters() {
        let utf16: Vec<u8> = "<né>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf32: Vec<u8> = "<né>".chars().flat_map(|one| u32::from(one).to_be_bytes()).collect();
        for (bytes, expected) in
            [(utf16, "<n?>"), (utf32, "<n?>"), ("<né>".into(), "<n??>"), (b"<n\xe9>".to_vec(), "<n?>")]
        {
            let width = Width::of(&bytes).unwrap();
            assert_eq!(width.narrow(&bytes), expected.as_bytes());
        }
    }

    #[test]
    fn marks_and_first_characters_tell_the_width() {
        for (head, offset) in [
            (b"\xff\xfe<\0".as_slice(), 2 + 2 * 3),
            (b"\xfe\xff\0<", 2 + 2 * 3),
            (b"\0<\0?", 2 * 3),
            (b"<\0\0\0", 4 * 3),
            (b"\0\0\xfe\xff", 4 + 4 * 3),
            (b"\xef\xbb\xbf<", 3 + 3),
            (b"\n<a>", 3),
        ] {
            assert_eq!(Width::of(head).map(|width| width.offset(3)), Some(offset), "{head:?}");
        }
        assert!(Width::of(b"\x4c\x6f\xa7\x94").is_none(), "EBCDIC");
    }

    #[test]
    fn only_encodings_that_contain_ascii_are_read() {
        assert!(is_like_ascii("UTF-8") && is_like_ascii("ISO-8859-15") && is_like_ascii("windows-1252"));
        assert!(!is_like_ascii("utf-7") && !is_like_ascii("cp037") && !is_like_ascii(""));
    }
}

//! Strings of a pickle as Python decodes them, for names.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::opcode::Text;
use super::source::{Source, Span};
use crate::Stop;

/// The text of a string; `None` when it is longer than `max` bytes or cannot be decoded.
pub(super) fn read(
    source: &Source<'_, '_>,
    span: Span,
    form: Text,
    max: usize,
) -> Result<Option<String>, Stop> {
    if usize::try_from(span.length).map_or(true, |length| length > max) {
        return Ok(None);
    }
    let bytes = source.read(span, max)?;
    Ok(match form {
        Text::Utf8 => String::from_utf8(bytes).ok(),
        Text::RawEscape => raw_unicode_escape(&bytes),
        Text::Escape => Some(python2(unescaped(&bytes))),
        Text::Python2 => Some(python2(bytes)),
    })
}

/// A Python 2 string: loaders decode ASCII, Latin-1 or UTF-8, which agree where names are ASCII.
fn python2(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect())
}

/// `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`, after an odd number of backslashes.
/// `None` where it names half a surrogate pair, which is no text.
fn raw_unicode_escape(bytes: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digits: usize = match (first, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            (b'\\', Some(b'\\')) => {
                out.push_str("\\\\");
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            _ => 0,
        };
        let code = after.get(1..digits.saturating_add(1)).filter(|_| digits > 0).and_then(hex);
        match code {
            Some(code) => {
                out.push(char::from_u32(code)?);
                rest = after.get(digits.saturating_add(1)..).unwrap_or_default();
            }
            None => out.push(char::from(*first)),
        }
    }
    Some(out)
}

/// The bytes that a text of characters below 256 stands for; `None` when a character is no byte.
pub(super) fn latin1(bytes: &[u8], form: Text) -> Option<Vec<u8>> {
    let mut reader = Latin1::new(bytes, form);
    std::iter::from_fn(|| reader.byte().transpose()).collect::<io::Result<_>>().ok()
}

/// The bytes of a text whose characters are all below 256, as `latin-1` encodes them. Where one is not, it breaks: the
/// loader does too.
pub(super) struct Latin1<R> {
    source: io::Bytes<io::BufReader<R>>,
    form: Text,
    /// Read too far, and given next.
    held: VecDeque<u8>,
    /// The next byte begins no escape.
    literal: bool,
}

impl<R: Read> Latin1<R> {
    pub(super) fn new(source: R, form: Text) -> Self {
        Self { source: io::BufReader::new(source).bytes(), form, held: VecDeque::new(), literal: false }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        self.held.pop_front().map_or_else(|| self.source.next().transpose(), |held| Ok(Some(held)))
    }

    /// The next character as a byte.
    fn byte(&mut self) -> io::Result<Option<u8>> {
        let Some(first) = self.next()? else { return Ok(None) };
        let literal = std::mem::take(&mut self.literal);
        match (self.form, first) {
            (Text::Utf8, 0xc2 | 0xc3) => match self.next()? {
                Some(second @ 0x80..=0xbf) => Ok(Some((first & 3) << 6 | second & 0x3f)),
                _ => Err(no_latin1()),
            },
            (Text::Utf8, 0x80..) => Err(no_latin1()),
            (Text::RawEscape, b'\\') if !literal => self.escaped(),
            (Text::Utf8 | Text::RawEscape | Text::Escape | Text::Python2, byte) => Ok(Some(byte)),
        }
    }

    /// What a backslash begins: `u` with four digits or `U` with eight stand for a character; two are two.
    fn escaped(&mut self) -> io::Result<Option<u8>> {
        let mut seen = Vec::new();
        seen.extend(self.next()?);
        let digits = match seen.first() {
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => 0_usize,
        };
        while seen.len() <= digits {
            match self.next()? {
                Some(byte) => seen.push(byte),
                None => break,
            }
        }
        let code = seen.get(1..).filter(|found| digits > 0 && found.len() == digits).and_then(hex);
        if let Some(code) = code {
            return u8::try_from(code).map(Some).map_err(|_wide| no_latin1());
        }
        self.literal = seen.first() == Some(&b'\\');
        for byte in seen.into_iter().rev() {
            self.held.push_front(byte);
        }
        Ok(Some(b'\\'))
    }
}

impl<R: Read> Read for Latin1<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0_usize;
        for place in buffer {
            match self.byte()? {
                Some(byte) => *place = byte,
                None => break,
            }
            filled = filled.saturating_add(1);
        }
        Ok(filled)
    }
}

fn no_latin1() -> io::Error {
    io::Error::other("a character that is no byte")
}

/// The bytes that the repr of a Python 2 string stands for.
pub(super) fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let Some((escape, after)) = after.split_first() else {
            out.push(b'\\');
            break;
        };
        rest = after;
        match escape {
            b'\n' => {}
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'v' => out.push(11),
            b'f' => out.push(12),
            b'\\' | b'\'' | b'"' => out.push(*escape),
            b'0'..=b'7' => rest = octal(&mut out, *escape, after),
            b'x' => match after.get(..2).and_then(hex).and_then(|code| u8::try_from(code).ok()) {
                Some(byte) => {
                    out.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => out.extend_from_slice(b"\\x"),
            },
            other => out.extend_from_slice(&[b'\\', *other]),
        }
    }
    out
}

/// Up to three octal digits, of which `first` is the first.
fn octal<'b>(out: &mut Vec<u8>, first: u8, after: &'b [u8]) -> &'b [u8] {
    let more = after.iter().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let digits = after.get(..more).unwrap_or_default().iter();
    let value = digits.fold(u32::from(first & 7), |value, digit| (value << 3) | u32::from(digit & 7));
    out.push(u8::try_from(value & 0xff).unwrap_or(0));
    after.get(more..).unwrap_or_default()
}

fn hex(digits: &[u8]) -> Option<u32> {
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| all)?;
    u32::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_characters_below_256_is_bytes() {
        assert_eq!(latin1("a\u{80}\u{ff}".as_bytes(), Text::Utf8), Some(vec![b'a', 0x80, 0xff]));
        assert_eq!(latin1("\u{100}".as_bytes(), Text::Utf8), None);
        assert_eq!(latin1(b"\xe9", Text::Utf8), None);
        let raw = |text: &[u8]| latin1(text, Text::RawEscape);
        assert_eq!(raw(b"\\u0000\xff\\u005c\\U000000e9"), Some(vec![0, 0xff, b'\\', 0xe9]));
        assert_eq!(raw(b"\\\\u0041\\x"), Some(b"\\\\u0041\\x".to_vec()));
        assert_eq!(raw(b"\\u0100"), None);
        assert_eq!(raw(b"\\u00"), Some(b"\\u00".to_vec()));
    }

    #[test]
    fn escapes_of_a_line_are_those_of_raw_unicode_escape() {
        let decoded = |bytes: &[u8]| raw_unicode_escape(bytes).unwrap();
        assert_eq!(decoded(br"p\u006fsix"), "posix");
        assert_eq!(decoded(br"\U0000006fs"), "os");
        assert_eq!(decoded(br"\\u006f"), r"\\u006f");
        assert_eq!(decoded(b"\xe9\\u00"), "\u{e9}\\u00");
        assert_eq!(raw_unicode_escape(br"\ud83d"), None);
    }

    #[test]
    fn escapes_of_a_string_are_those_of_a_python_2_repr() {
        assert_eq!(unescaped(br"\x6f\163\n\q\7"), b"os\n\\q\x07");
        assert_eq!(unescaped(b"o\\\ns\\"), b"os\\");
        assert_eq!(unescaped(br"\4111"), [0o411_u16 as u8, b'1']);
    }
}

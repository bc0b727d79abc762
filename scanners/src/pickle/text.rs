//! Strings of a pickle as Python decodes them, for names.

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
        Text::RawEscape => Some(raw_unicode_escape(&bytes)),
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
fn raw_unicode_escape(bytes: &[u8]) -> String {
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
        match code.and_then(char::from_u32) {
            Some(character) => {
                out.push(character);
                rest = after.get(digits.saturating_add(1)..).unwrap_or_default();
            }
            None => out.push(char::from(*first)),
        }
    }
    out
}

/// The bytes that the repr of a Python 2 string stands for.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
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
    fn escapes_of_a_line_are_those_of_raw_unicode_escape() {
        assert_eq!(raw_unicode_escape(br"p\u006fsix"), "posix");
        assert_eq!(raw_unicode_escape(br"\U0000006fs"), "os");
        assert_eq!(raw_unicode_escape(br"\\u006f"), r"\\u006f");
        assert_eq!(raw_unicode_escape(b"\xe9\\u00"), "\u{e9}\\u00");
    }

    #[test]
    fn escapes_of_a_string_are_those_of_a_python_2_repr() {
        assert_eq!(unescaped(br"\x6f\163\n\q\7"), b"os\n\\q\x07");
        assert_eq!(unescaped(b"o\\\ns\\"), b"os\\");
        assert_eq!(unescaped(br"\4111"), [0o411_u16 as u8, b'1']);
    }
}

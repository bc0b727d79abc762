//! The characters of a YAML file: its encoding, and the characters that end a line for some readers only.

use std::borrow::Cow;

/// Characters that end a line in YAML 1.1 and are like any other in YAML 1.2.
const OLD_BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// A text, and how its offsets relate to the bytes of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text<'b> {
    /// The characters.
    pub(crate) text: Cow<'b, str>,
    /// Whether offsets in the text are offsets in the file.
    pub(crate) exact: bool,
}

/// Decodes as `PyYAML` does: UTF-16 behind its byte order mark, else UTF-8. Bytes that are neither become the replacement
/// character; the loader refuses those.
pub(crate) fn decode(bytes: &[u8]) -> Text<'_> {
    let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit);
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => Text { text: units(rest, u16::from_le_bytes), exact: false },
        [0xfe, 0xff, rest @ ..] => Text { text: units(rest, u16::from_be_bytes), exact: false },
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let exact = matches!(text, Cow::Borrowed(_));
            Text { text, exact }
        }
    }
}

impl Text<'_> {
    /// The same characters as a reader of YAML 1.1 takes them, where that differs.
    pub(crate) fn old(&self) -> Option<String> {
        self.text.contains(OLD_BREAKS).then(|| self.text.replace(OLD_BREAKS, "\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_of_the_loader() {
        assert_eq!(decode(b"\xff\xfea\0:\0").text, "a:");
        assert_eq!(decode(b"\xfe\xff\0a\0:").text, "a:");
        assert_eq!(decode("é".as_bytes()), Text { text: "é".into(), exact: true });
        assert!(!decode(b"\xff").exact);
    }

    #[test]
    fn only_a_text_that_readers_divide_differently_has_two_readings() {
        assert_eq!(decode(b"a: b").old(), None);
        assert_eq!(decode("# a\u{2028}b: c".as_bytes()).old().as_deref(), Some("# a\nb: c"));
    }
}

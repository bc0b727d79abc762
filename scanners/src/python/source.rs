//! The text of a Python source, as Python decodes it.
//!
//! Source: PEP 263; CPython `Lib/tokenize.py` (`detect_encoding`), `Parser/tokenizer/helpers.c`. A mark of UTF-8 or a
//! comment in the first two lines names the encoding. In an encoding where ASCII means something else, what a reader sees
//! is not what runs: that is a finding, whatever the text says.

use crate::Stop;

/// The text, and how its offsets lead back to bytes.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    /// Bytes in front of the text that are not in it.
    skipped: usize,
    /// One byte of the file is one character, of one or two bytes here.
    single: bool,
    /// The declared encoding, when text in it is not what it looks like.
    pub(super) odd_encoding: Option<String>,
    /// Where Python stops reading.
    pub(super) gap: Option<Stop>,
}

impl Source {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (body, skipped) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, 3),
            None => (bytes, 0),
        };
        let cookie = cookie(body).map(|name| normal(&name));
        let kind = cookie.as_deref().map_or(Encoding::Utf8, Encoding::of);
        let odd = match kind {
            Encoding::Odd => true,
            // The second byte of a character may be a quote or a backslash there.
            Encoding::Double => !body.is_ascii(),
            Encoding::Utf8 | Encoding::Single => skipped > 0 && kind == Encoding::Single,
        };
        let mut source = Self {
            text: String::new(),
            skipped,
            single: kind != Encoding::Utf8,
            odd_encoding: cookie.filter(|_| odd),
            gap: None,
        };
        if source.single {
            source.text = body.iter().map(|byte| char::from(*byte)).collect();
        } else {
            source.text = match std::str::from_utf8(body) {
                Ok(text) => text.to_owned(),
                Err(error) => {
                    let offset = error.valid_up_to().saturating_add(skipped) as u64;
                    source.gap = Some(Stop::Malformed { what: "UTF-8 in Python source", offset });
                    // The rest is still looked at: an older Python, or one told another encoding, may take it.
                    String::from_utf8_lossy(body).into_owned()
                }
            };
        }
        if let Some(at) = source.text.find('\0') {
            let offset = source.offset(at as u64);
            source.gap.get_or_insert(Stop::Malformed { what: "zero byte in Python source", offset });
            source.text = source.text.replace('\0', "\n");
        }
        source
    }

    /// Where in the file an offset of the text stands.
    pub(super) fn offset(&self, offset: u64) -> u64 {
        let at = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        let before = self.text.get(..at).unwrap_or_default();
        let bytes = if self.single { before.chars().count() } else { at };
        bytes.saturating_add(self.skipped) as u64
    }
}

/// How the bytes of an encoding stand to ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    /// ASCII, and one byte for each other character.
    Single,
    /// ASCII, and several bytes for other characters, of which some look like ASCII.
    Double,
    /// ASCII text is something else here, or nobody knows.
    Odd,
}

impl Encoding {
    fn of(name: &str) -> Self {
        let starts = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
        match name {
            "utf_8" | "utf8" | "utf_8_sig" | "u8" | "ascii" | "us_ascii" | "646" => Self::Utf8,
            _ if starts(&[
                "latin",
                "iso_8859",
                "iso8859",
                "cp125",
                "windows_125",
                "koi8",
                "l1",
                "mac_",
                "8859",
            ]) =>
            {
                Self::Single
            }
            "cp437" | "cp850" | "cp852" | "cp866" | "cp1140" if name != "cp1140" => Self::Single,
            _ if starts(&[
                "gbk",
                "gb2312",
                "gb18030",
                "cp936",
                "big5",
                "cp950",
                "shift_jis",
                "sjis",
                "cp932",
                "euc",
                "cp949",
            ]) =>
            {
                Self::Double
            }
            _ => Self::Odd,
        }
    }
}

fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', ' '], "_")
}

/// The encoding named by a comment in the first two lines.
fn cookie(body: &[u8]) -> Option<String> {
    for (at, line) in body.split(|byte| matches!(byte, b'\n' | b'\r')).take(3).enumerate() {
        let line: String = line.iter().take(512).map(|byte| char::from(*byte)).collect();
        let trimmed = line.trim_start_matches([' ', '\t', '\u{c}']);
        let Some(comment) = trimmed.strip_prefix('#') else {
            // An empty line may stand before the second; `\r\n` counts as one end.
            if trimmed.is_empty() { continue } else { return None }
        };
        // Of three pieces, two lines end alike: `\r\n` makes an empty piece.
        if let Some(name) = named(comment).filter(|_| at < 2 || body.contains(&b'\r')) {
            return Some(name);
        }
    }
    None
}

/// `coding[:=]\s*([-\w.]+)`.
fn named(comment: &str) -> Option<String> {
    let mut rest = comment;
    while let Some((_, after)) = rest.split_once("coding") {
        if let Some(value) = after.strip_prefix([':', '=']) {
            let value = value.trim_start_matches([' ', '\t']);
            let name: String = value
                .chars()
                .take_while(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.'))
                .collect();
            if !name.is_empty() {
                return Some(name);
            }
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_encoding_is_found_where_python_finds_it() {
        for (text, name) in [
            ("# -*- coding: utf-7 -*-\n", Some("utf_7")),
            ("#!/usr/bin/python\n# vim: set fileencoding=unicode_escape :\n", Some("unicode_escape")),
            ("x = 1\n# coding: utf-7\n", None),
            ("\"coding: utf-7\"\n", None),
            ("# coding: latin-1\n", None),
            ("# coding=gbk\n", None),
        ] {
            assert_eq!(Source::read(text.as_bytes()).odd_encoding.as_deref(), name, "{text}");
        }
        assert!(Source::read(b"# coding=gbk\n'\xd6\x5c'\n").odd_encoding.is_some());
    }

    #[test]
    fn what_python_refuses_is_a_gap_where_it_stands() {
        assert!(Source::read("x = 'ä'\n".as_bytes()).gap.is_none());
        assert!(Source::read(b"# coding: latin-1\nx = '\xe4'\n").gap.is_none());
        let stop = Source::read(b"\xef\xbb\xbfx = '\xe4'\n").gap.unwrap();
        assert_eq!(stop.offset(), Some(8));
        assert_eq!(Source::read(b"x\0y").gap.unwrap().offset(), Some(1));
    }

    #[test]
    fn offsets_lead_back_to_bytes() {
        let source = Source::read(b"# coding: latin-1\n'\xe4' + x\n");
        let at = source.text.find('x').unwrap() as u64;
        assert_eq!(source.offset(at), 24);
        assert_eq!(Source::read(b"\xef\xbb\xbfx").offset(0), 3);
    }
}

//! Reads JSON as model loaders do, token by token or as a bounded tree, with offsets kept.
//!
//! Source: RFC 8259, and Python's `json`, which also takes `NaN`, `Infinity` and lone surrogates; what Python loads must
//! be seen here. Duplicate keys are kept, because parsers disagree about which of them counts. Numbers stay text.

use std::borrow::Cow;

use crate::{Input, Limit, Stop};

/// Open brackets. Python stops near 1,000; a Keras model needs about four for each model inside a model.
const MAX_DEPTH: usize = 192;

/// Values in one tree. A Keras model of 10,000 layers has about half a million.
const MAX_NODES: u32 = 2_000_000;

/// One step through the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Object,
    EndObject,
    Array,
    EndArray,
    Key(Cow<'a, str>),
    Text(Cow<'a, str>),
    Number(&'a str),
    Bool(bool),
    Null,
}

/// What may stand next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    FirstItem,
    FirstKey,
    Key,
    Separator,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Object,
    Array,
}

/// Steps through JSON text.
pub(crate) struct Tokens<'a> {
    bytes: &'a [u8],
    position: usize,
    base: u64,
    open: Vec<Open>,
    expect: Expect,
    nodes: u32,
}

/// A value and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) offset: u64,
    pub(crate) value: Value<'a>,
}

/// A value as a tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// Members in their order, duplicates included.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The member that Python's `json` would keep: the last of that name.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Value::Object(members) = &self.value else { return None };
        members.iter().rev().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The items, if it is an array.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Object(_) => None,
        }
    }

    /// The number, if it is one without sign, point or exponent.
    pub(crate) fn unsigned(&self) -> Option<u64> {
        match &self.value {
            Value::Number(digits) => digits.parse().ok(),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// All bytes of an input that is JSON of at most `max` bytes.
///
/// # Errors
/// [`Stop::Limit`] for a longer one; [`Stop`] of reading.
pub(crate) fn whole(input: &Input<'_>, max: usize) -> Result<Vec<u8>, Stop> {
    if input.size() > max as u64 {
        return Err(Stop::Limit(Limit::Length("JSON")));
    }
    input.window(0, max)
}

/// The whole text as a tree; `base` is added to every offset.
///
/// # Errors
/// [`Stop::Malformed`] where it is not JSON; [`Stop::Limit`] for depth or size.
pub(crate) fn parse(bytes: &[u8], base: u64) -> Result<Node<'_>, Stop> {
    let mut tokens = Tokens::new(bytes, base);
    let root = tokens.value()?;
    match tokens.next()? {
        None => Ok(root),
        Some((offset, _)) => Err(Stop::Malformed { what: "JSON", offset }),
    }
}

/// Whether an object starts here, as far as these first bytes tell: nothing but space may hide its brace. A template may
/// also start with a brace, but then with two or `{%`.
pub(crate) fn starts_object(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = head.trim_ascii_start();
    let inside = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let hidden = text.is_empty() && !head.is_empty();
    hidden || inside.is_some_and(|inside| matches!(inside.first(), Some(b'"' | b'}') | None))
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(bytes: &'a [u8], base: u64) -> Self {
        // Python's loaders decode with `utf-8-sig` or skip the byte order mark.
        let position = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { bytes, position, base, open: Vec::new(), expect: Expect::Value, nodes: 0 }
    }

    /// The next token and its offset, or `None` at the end.
    ///
    /// # Errors
    /// [`Stop::Malformed`] where it is not JSON; [`Stop::Limit`] for too many open brackets.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Token<'a>)>, Stop> {
        loop {
            self.skip_space();
            let offset = self.offset();
            let byte = self.bytes.get(self.position).copied();
            let token = match (self.expect, byte) {
                (Expect::Nothing, None) => return Ok(None),
                (Expect::Separator, Some(b',')) => {
                    self.position = self.position.saturating_add(1);
                    self.expect = match self.open.last() {
                        Some(Open::Object) => Expect::Key,
                        Some(Open::Array) | None => Expect::Value,
                    };
                    continue;
                }
                (Expect::Separator | Expect::FirstKey, Some(b'}')) => self.close(Open::Object)?,
                (Expect::Separator | Expect::FirstItem, Some(b']')) => self.close(Open::Array)?,
                (Expect::FirstKey | Expect::Key, Some(b'"')) => self.key()?,
                (Expect::Value | Expect::FirstItem, Some(byte)) => self.scalar_or_open(byte)?,
                (Expect::Nothing | Expect::Separator | Expect::FirstKey | Expect::Key, Some(_))
                | (_, None) => return Err(self.malformed()),
            };
            return Ok(Some((offset, token)));
        }
    }

    /// The next value as a tree.
    ///
    /// # Errors
    /// As [`Tokens::next`], and [`Stop::Limit`] for too many values.
    pub(crate) fn value(&mut self) -> Result<Node<'a>, Stop> {
        match self.next()? {
            Some((offset, token)) => self.node(offset, token),
            None => Err(self.malformed()),
        }
    }

    /// Recursion is as deep as brackets are open, which [`MAX_DEPTH`] bounds.
    fn node(&mut self, offset: u64, token: Token<'a>) -> Result<Node<'a>, Stop> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            return Err(Stop::Limit(Limit::Memory("JSON values")));
        }
        let value = match token {
            Token::Null => Value::Null,
            Token::Bool(truth) => Value::Bool(truth),
            Token::Number(digits) => Value::Number(digits),
            Token::Text(text) => Value::Text(text),
            Token::Array => self.array()?,
            Token::Object => self.object()?,
            Token::Key(_) | Token::EndArray | Token::EndObject => return Err(self.malformed()),
        };
        Ok(Node { offset, value })
    }

    fn array(&mut self) -> Result<Value<'a>, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Some((_, Token::EndArray)) => return Ok(Value::Array(items)),
                Some((offset, token)) => items.push(self.node(offset, token)?),
                None => return Err(self.malformed()),
            }
        }
    }

    fn object(&mut self) -> Result<Value<'a>, Stop> {
        let mut members = Vec::new();
        loop {
            match self.next()? {
                Some((_, Token::Key(key))) => members.push((key, self.value()?)),
                Some((_, Token::EndObject)) => return Ok(Value::Object(members)),
                Some(_) | None => return Err(self.malformed()),
            }
        }
    }

    fn offset(&self) -> u64 {
        self.base.saturating_add(self.position as u64)
    }

    fn malformed(&self) -> Stop {
        Stop::Malformed { what: "JSON", offset: self.offset() }
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.position), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position = self.position.saturating_add(1);
        }
    }

    /// A value has ended; what may follow depends on what is still open.
    fn ended(&mut self) {
        self.expect = if self.open.is_empty() { Expect::Nothing } else { Expect::Separator };
    }

    fn close(&mut self, kind: Open) -> Result<Token<'a>, Stop> {
        if self.open.pop() != Some(kind) {
            return Err(self.malformed());
        }
        self.position = self.position.saturating_add(1);
        self.ended();
        Ok(match kind {
            Open::Object => Token::EndObject,
            Open::Array => Token::EndArray,
        })
    }

    fn key(&mut self) -> Result<Token<'a>, Stop> {
        let key = self.string()?;
        self.skip_space();
        if self.bytes.get(self.position) != Some(&b':') {
            return Err(self.malformed());
        }
        self.position = self.position.saturating_add(1);
        self.expect = Expect::Value;
        Ok(Token::Key(key))
    }

    fn scalar_or_open(&mut self, byte: u8) -> Result<Token<'a>, Stop> {
        let token = match byte {
            b'{' => return self.bracket(Open::Object, Expect::FirstKey, Token::Object),
            b'[' => return self.bracket(Open::Array, Expect::FirstItem, Token::Array),
            b'"' => Token::Text(self.string()?),
            _ => self.word()?,
        };
        self.ended();
        Ok(token)
    }

    fn bracket(&mut self, kind: Open, expect: Expect, token: Token<'a>) -> Result<Token<'a>, Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        self.open.push(kind);
        self.expect = expect;
        self.position = self.position.saturating_add(1);
        Ok(token)
    }

    /// A literal name or a number.
    fn word(&mut self) -> Result<Token<'a>, Stop> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')))
            .unwrap_or(rest.len());
        let word = rest.get(..length).and_then(|word| std::str::from_utf8(word).ok()).unwrap_or_default();
        let token = match word {
            "null" => Token::Null,
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            "NaN" | "Infinity" | "-Infinity" => Token::Number(word),
            _ if is_number(word) => Token::Number(word),
            _ => return Err(self.malformed()),
        };
        self.position = self.position.saturating_add(length);
        Ok(token)
    }

    /// A string whose opening quote is at the position.
    fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let start = self.position.saturating_add(1);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
        let Some(stop) = stop else { return Err(self.malformed()) };
        let plain = rest.get(..stop).and_then(|plain| std::str::from_utf8(plain).ok());
        let Some(plain) = plain else { return Err(self.malformed()) };
        if rest.get(stop) == Some(&b'"') {
            self.position = start.saturating_add(stop).saturating_add(1);
            return Ok(Cow::Borrowed(plain));
        }
        let (text, length) = unescaped(rest).ok_or_else(|| self.malformed())?;
        self.position = start.saturating_add(length);
        Ok(Cow::Owned(text))
    }
}

/// Whether the text is a JSON number: `-? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?`.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = word.split_once(['e', 'E']).map_or((word, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

/// The text up to the closing quote with escapes resolved, and the bytes taken including the quote.
fn unescaped(rest: &[u8]) -> Option<(String, usize)> {
    let mut text = Vec::new();
    let mut at = 0_usize;
    loop {
        let byte = *rest.get(at)?;
        at = at.checked_add(1)?;
        match byte {
            b'"' => return Some((String::from_utf8(text).ok()?, at)),
            0..=0x1f => return None,
            b'\\' => {
                let (character, length) = escape(rest.get(at..)?)?;
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at = at.checked_add(length)?;
            }
            byte => text.push(byte),
        }
    }
}

/// The character of an escape, without its backslash, and the bytes it takes.
fn escape(rest: &[u8]) -> Option<(char, usize)> {
    Some(match rest.first()? {
        b'"' => ('"', 1),
        b'\\' => ('\\', 1),
        b'/' => ('/', 1),
        b'b' => ('\u{8}', 1),
        b'f' => ('\u{c}', 1),
        b'n' => ('\n', 1),
        b'r' => ('\r', 1),
        b't' => ('\t', 1),
        b'u' => {
            let high = hex4(rest.get(1..5)?)?;
            let low = match (rest.get(5), rest.get(6)) {
                (Some(b'\\'), Some(b'u')) => rest.get(7..11).and_then(hex4),
                _ => None,
            };
            match (char::from_u32(high), low) {
                (Some(character), _) => (character, 5),
                (None, Some(low)) => match char::decode_utf16([unit(high)?, unit(low)?]).next()? {
                    Ok(character) => (character, 11),
                    Err(_) => (char::REPLACEMENT_CHARACTER, 5),
                },
                (None, None) => (char::REPLACEMENT_CHARACTER, 5),
            }
        }
        _ => return None,
    })
}

fn unit(code: u32) -> Option<u16> {
    u16::try_from(code).ok()
}

fn hex4(digits: &[u8]) -> Option<u32> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Vec<String> {
        let root = parse(json.as_bytes(), 0).unwrap();
        root.items().unwrap().iter().map(|item| item.text().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_python_loads_is_read() {
        for good in
            ["null", " {} ", "[NaN, -Infinity]", "\u{feff}[]", r#"{"a": [1, -0.5e+3, true], "b": {}}"#]
        {
            assert!(parse(good.as_bytes(), 0).is_ok(), "{good}");
        }
        assert_eq!(texts(r#"["\u005f\ud83d\ude00\ud800x", "\n\/"]"#), ["_😀\u{fffd}x", "\n/"]);
    }

    #[test]
    fn what_is_not_json_is_malformed_where_it_breaks() {
        for (bad, at) in [
            ("{", 1),
            ("{} x", 3),
            ("[1,]", 3),
            ("{\"a\" 1}", 5),
            ("[01]", 1),
            ("[1}", 2),
            ("\"a", 0),
            ("[\"\n\"]", 1),
            ("{\"a\":1,}", 7),
        ] {
            match parse(bad.as_bytes(), 0) {
                Err(Stop::Malformed { what: "JSON", offset }) => assert_eq!(offset, at, "{bad}"),
                other => panic!("{bad}: {other:?}"),
            }
        }
        assert!(parse(b"[\"\xff\"]", 0).is_err());
        assert!(parse(b"[\"\\n\xff\"]", 0).is_err());
    }

    #[test]
    fn depth_is_limited_and_never_a_crash() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(deep(MAX_DEPTH).as_bytes(), 0).is_ok());
        assert!(matches!(parse(deep(MAX_DEPTH + 1).as_bytes(), 0), Err(Stop::Limit(Limit::Recursion))));
        assert!(parse("[".repeat(1 << 20).as_bytes(), 0).is_err());
    }

    #[test]
    fn duplicates_are_kept_and_the_last_counts() {
        let root = parse(br#"{"a": "x", "a": "y"}"#, 10).unwrap();
        assert_eq!(root.member("a").unwrap().text(), Some("y"));
        assert!(matches!(&root.value, Value::Object(members) if members.len() == 2));
        assert_eq!(root.member("a").unwrap().offset, 26);
    }

    #[test]
    fn objects_and_templates_are_told_apart() {
        for json in ["{}", " { \"a\": 1}", "\u{feff}{\n}", "    "] {
            assert!(starts_object(json.as_bytes()), "{json}");
        }
        for template in ["{{ x }}", "{% if %}", "{# x #}", "text", "", "[]"] {
            assert!(!starts_object(template.as_bytes()), "{template}");
        }
    }

    #[test]
    fn only_plain_digits_are_an_unsigned_number() {
        let root = parse(b"[7, -7, 7.0, 7e1, 18446744073709551616]", 0).unwrap();
        let numbers: Vec<_> = root.items().unwrap().iter().map(Node::unsigned).collect();
        assert_eq!(numbers, [Some(7), None, None, None, None]);
    }
}

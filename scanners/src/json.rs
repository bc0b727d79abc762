//! Reads JSON as model loaders do, token by token or as a bounded tree, with offsets kept.
//!
//! Source: RFC 8259, and Python's `json`, which also takes `NaN`, `Infinity` and lone surrogates; what Python loads must
//! be seen here. Duplicate keys are kept, because parsers disagree about which of them counts. Numbers stay text.

mod lexical;

use std::borrow::Cow;

use self::lexical::{is_number, unescaped};
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

#[cfg(test)]
mod tests;

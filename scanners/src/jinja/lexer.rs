//! Cuts a template into tokens; literal text between the tags is one of them, comments are none.
//!
//! Source: Jinja 3.1 `lexer.py` with its default delimiters. Line statements are off, as in every chat template loader.

use crate::{Limit, Stop};

/// Tokens in one template; the longest public chat templates have under 10,000.
const MAX_TOKENS: usize = 50_000;

/// Operators, longest first.
const OPERATORS: &[&str] = &[
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
    "=", ".", ":", "|", ",", ";",
];

/// One token and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) offset: u64,
    pub(super) kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text between tags, which the model reads as it is.
    Said(String),
    /// `{{`
    Output,
    /// `{%`
    Block,
    /// `}}` or `%}`, whichever closes what is open.
    End,
    Name(String),
    /// A string with its escapes resolved.
    Text(String),
    Number(String),
    Operator(&'static str),
}

/// What stands open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Output,
    Block,
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

/// Cuts a template into tokens.
///
/// # Errors
/// [`Stop::Malformed`] where Jinja would refuse it; [`Stop::Limit`] for too many tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Stop> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    while let Some(open) = lexer.next_open() {
        lexer.said(open)?;
        let raw_start = lexer.raw_body();
        match lexer.rest().as_bytes().get(1) {
            _ if raw_start.is_some() => lexer.raw(raw_start.unwrap_or_default())?,
            Some(b'#') => lexer.comment()?,
            Some(b'{') => lexer.tag(Tag::Output)?,
            Some(_) | None => lexer.tag(Tag::Block)?,
        }
    }
    lexer.said(text.len())?;
    Ok(lexer.tokens)
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn malformed(&self) -> Stop {
        Stop::Malformed { what: "template", offset: self.at as u64 }
    }

    /// Takes the literal text up to `end`.
    fn said(&mut self, end: usize) -> Result<(), Stop> {
        let text = self.text.get(self.at..end).unwrap_or_default();
        if text.is_empty() { Ok(()) } else { self.push(Kind::Said(text.to_owned()), text.len()) }
    }

    /// The next `{{`, `{%` or `{#`.
    fn next_open(&self) -> Option<usize> {
        let rest = self.rest().as_bytes();
        let open = rest.windows(2).position(|pair| matches!(pair, [b'{', b'{' | b'%' | b'#']))?;
        Some(self.at.saturating_add(open))
    }

    fn comment(&mut self) -> Result<(), Stop> {
        let end = self.rest().find("#}").ok_or_else(|| self.malformed())?;
        self.skip(end.saturating_add(2));
        Ok(())
    }

    /// Where the body of `{% raw %}` starts, if that stands here.
    fn raw_body(&self) -> Option<usize> {
        let rest = self.rest();
        let inner = rest.strip_prefix("{%")?;
        let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner).trim_start();
        let inner = inner.strip_prefix("raw")?.trim_start();
        let inner = inner.strip_prefix('-').unwrap_or(inner).strip_prefix("%}")?;
        Some(self.text.len().saturating_sub(inner.len()))
    }

    /// Everything up to `{% endraw %}` is literal text.
    fn raw(&mut self, body: usize) -> Result<(), Stop> {
        let mut from = body;
        while let Some(found) = self.text.get(from..).and_then(|text| text.find("{%")) {
            let open = from.saturating_add(found);
            let inner = self.text.get(open.saturating_add(2)..).unwrap_or_default();
            let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner).trim_start();
            if let Some(end) = inner.strip_prefix("endraw").map(str::trim_start) {
                let end = end.strip_prefix(['-', '+']).unwrap_or(end);
                if let Some(after) = end.strip_prefix("%}") {
                    self.at = body;
                    self.said(open)?;
                    self.at = self.text.len().saturating_sub(after.len());
                    return Ok(());
                }
            }
            from = open.saturating_add(2);
        }
        Err(self.malformed())
    }

    fn push(&mut self, kind: Kind, length: usize) -> Result<(), Stop> {
        if self.tokens.len() >= MAX_TOKENS {
            return Err(Stop::Limit(Limit::Count("template tokens")));
        }
        self.tokens.push(Token { offset: self.at as u64, kind });
        self.skip(length);
        Ok(())
    }

    /// One `{{ … }}` or `{% … %}`. Its end counts only when no bracket is open, as in Jinja.
    fn tag(&mut self, tag: Tag) -> Result<(), Stop> {
        self.push(if tag == Tag::Output { Kind::Output } else { Kind::Block }, 2)?;
        if self.rest().starts_with(['-', '+']) {
            self.skip(1);
        }
        let end = if tag == Tag::Output { "}}" } else { "%}" };
        let mut open: Vec<&str> = Vec::new();
        loop {
            let space = self.rest().len().saturating_sub(self.rest().trim_start().len());
            self.skip(space);
            let rest = self.rest();
            let unsigned = rest.strip_prefix(['-', '+']).filter(|rest| rest.starts_with(end)).unwrap_or(rest);
            if open.is_empty() && unsigned.starts_with(end) {
                let length = rest.len().saturating_sub(unsigned.len()).saturating_add(2);
                return self.push(Kind::End, length);
            }
            let (kind, length) = self.token(rest).ok_or_else(|| self.malformed())?;
            if let Kind::Operator(operator) = kind {
                match operator {
                    "(" | "[" | "{" => open.push(operator),
                    ")" | "]" | "}" if open.pop() != Some(opening(operator)) => return Err(self.malformed()),
                    _ => {}
                }
            }
            self.push(kind, length)?;
        }
    }

    fn token(&self, rest: &str) -> Option<(Kind, usize)> {
        let first = rest.chars().next()?;
        if first == '"' || first == '\'' {
            let (text, length) = string(rest, first)?;
            return Some((Kind::Text(text), length));
        }
        if first.is_ascii_digit() {
            // `1.5` is one number; `a.0.b` is an attribute behind a dot.
            let after_dot = matches!(self.tokens.last(), Some(Token { kind: Kind::Operator("."), .. }));
            let length = number(rest, if after_dot { Dots::Stop } else { Dots::Take });
            return Some((Kind::Number(rest.get(..length)?.to_owned()), length));
        }
        if first == '_' || first.is_alphanumeric() {
            let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
            return Some((Kind::Name(rest.get(..length)?.to_owned()), length));
        }
        let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator))?;
        Some((Kind::Operator(operator), operator.len()))
    }
}

fn opening(closing: &str) -> &'static str {
    match closing {
        ")" => "(",
        "]" => "[",
        _ => "{",
    }
}

/// Whether a dot belongs to the number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dots {
    Take,
    Stop,
}

fn number(rest: &str, dots: Dots) -> usize {
    let bytes = rest.as_bytes();
    let mut length = 0_usize;
    while let Some(byte) = bytes.get(length) {
        let next = bytes.get(length.saturating_add(1)).copied().unwrap_or_default();
        let exponent_sign = matches!(byte, b'+' | b'-')
            && length > 0
            && matches!(bytes.get(length.saturating_sub(1)), Some(b'e' | b'E'))
            && !rest.starts_with("0x");
        let fraction = *byte == b'.' && dots == Dots::Take && next.is_ascii_digit();
        if !(byte.is_ascii_alphanumeric() || *byte == b'_' || fraction || exponent_sign) {
            break;
        }
        length = length.saturating_add(1);
    }
    length
}

/// A quoted string with Python's escapes resolved, and the bytes it takes with its quotes.
fn string(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Some((text, at.checked_add(1)?));
        }
        if character != '\\' {
            text.push(character);
            continue;
        }
        let (_, escaped) = characters.next()?;
        let after = rest.get(at.checked_add(1)?..)?;
        let taken = escape(escaped, after, &mut text);
        for _ in 1..taken {
            characters.next();
        }
    }
    None
}

/// Appends what an escape stands for and gives the characters it takes after its backslash.
fn escape(escaped: char, after: &str, text: &mut String) -> usize {
    let hex = |digits: usize| {
        let digits = after.get(1..digits.saturating_add(1))?;
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
    };
    let simple = match escaped {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\n' => return 1,
        '0'..='7' => {
            let digits: String = after.chars().take(3).take_while(|c| c.is_digit(8)).collect();
            text.extend(u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32));
            return digits.len();
        }
        'x' | 'u' | 'U' => {
            let digits = match escaped {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            text.push(hex(digits).unwrap_or(char::REPLACEMENT_CHARACTER));
            return digits.saturating_add(1);
        }
        'N' => {
            let name = after.get(2..).and_then(|name| name.split_once('}')).map_or("", |(name, _)| name);
            text.push(named(name));
            return name.chars().count().saturating_add(3);
        }
        '\\' | '\'' | '"' => escaped,
        other => {
            text.push('\\');
            other
        }
    };
    text.push(simple);
    1
}

/// The character of a Unicode name. Only the underscore's hides an attribute, and a few hide text; others are some other
/// character.
fn named(name: &str) -> char {
    match name.to_ascii_lowercase().as_str() {
        "low line" | "spacing underscore" => '_',
        "zero width space" => '\u{200b}',
        "zero width non-joiner" => '\u{200c}',
        "zero width joiner" => '\u{200d}',
        "word joiner" => '\u{2060}',
        "right-to-left override" => '\u{202e}',
        name if name.starts_with("tag ") => '\u{e0020}',
        name if name.starts_with("variation selector-") => '\u{e0100}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(template: &str) -> Vec<Kind> {
        tokens(template).unwrap().into_iter().map(|token| token.kind).collect()
    }

    fn text(template: &str) -> String {
        match kinds(template).remove(1) {
            Kind::Text(text) => text,
            Kind::Said(_)
            | Kind::Output
            | Kind::Block
            | Kind::End
            | Kind::Name(_)
            | Kind::Number(_)
            | Kind::Operator(_) => panic!("not a text"),
        }
    }

    #[test]
    fn comments_are_no_tokens_and_raw_blocks_are_text() {
        let said = |text: &str| Kind::Said(text.to_owned());
        assert_eq!(
            kinds("a {# {{ x }} #} } {% raw %}{{ y }}{%- endraw -%} {"),
            [said("a "), said(" } "), said("{{ y }}"), said(" {")]
        );
        assert_eq!(kinds("{{- x -}}").len(), 3);
    }

    #[test]
    fn braces_inside_an_expression_do_not_end_it() {
        assert_eq!(kinds("{{ {'a': {'b': 1}} }}").len(), 11);
        assert_eq!(kinds("{{ '}}' }}").len(), 3);
    }

    #[test]
    fn escapes_are_what_python_makes_of_them() {
        assert_eq!(text(r"{{ '\x5f\u005f\U0000005f\137\N{LOW LINE}\N{low line}' }}"), "______");
        assert_eq!(text(r#"{{ "a\n\"\\\q" }}"#), "a\n\"\\\\q");
    }

    #[test]
    fn what_jinja_refuses_is_malformed() {
        for bad in ["{{ x", "{% if x", "{# x", "{{ (x] }}", "{{ 'x }}", "{% raw %} x", "{{ ? }}", "{{ x) }}"]
        {
            assert!(matches!(tokens(bad), Err(Stop::Malformed { .. })), "{bad}");
        }
    }

    #[test]
    fn numbers_and_attributes_with_digits_differ() {
        assert_eq!(kinds("{{ 1.5e-3 }}").len(), 3);
        assert_eq!(kinds("{{ a.0.1 }}").len(), 7);
    }
}

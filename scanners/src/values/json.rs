//! JSON, byte by byte.

use super::{Bracket, MAX_TEXT, Open, Value};
use crate::{Cursor, Input, Stop};

/// The longest number or word.
const MAX_WORD: usize = 64;

/// Steps through JSON of any length.
pub(crate) struct Json<'i, 'a> {
    cursor: Cursor<'i, 'a>,
    open: Open,
}

impl<'i, 'a> Json<'i, 'a> {
    /// Starts at the first byte, or behind the mark of UTF-8.
    pub(crate) fn new(input: &'i Input<'a>) -> Result<Self, Stop> {
        let mark = input.window(0, 3)? == b"\xef\xbb\xbf";
        Ok(Self { cursor: input.cursor(if mark { 3 } else { 0 }, u64::MAX), open: Open::default() })
    }

    /// The next value and where it starts; `None` at the end.
    ///
    /// # Errors
    /// [`Stop::Malformed`] where no value can start; [`Stop`] of limits and input.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value)>, Stop> {
        self.skip(b" \t\r\n,")?;
        let offset = self.cursor.position();
        let malformed = || Stop::Malformed { what: "JSON", offset };
        let Some(first) = self.cursor.buffered()?.first().copied() else {
            return if self.open.brackets.is_empty() && self.open.started {
                Ok(None)
            } else {
                Err(malformed())
            };
        };
        if self.open.waits_for_key() {
            return match first {
                b'"' => self.key(offset).map(Some),
                b'}' => {
                    self.cursor.skip(1, "JSON")?;
                    Ok(Some((offset, self.open.close_object(malformed())?)))
                }
                _ => Err(malformed()),
            };
        }
        if first == b']' {
            self.cursor.skip(1, "JSON")?;
            return Ok(Some((offset, self.open.close_array(malformed())?)));
        }
        self.open.value(malformed())?;
        let value = match first {
            b'{' => {
                self.cursor.skip(1, "JSON")?;
                self.open.push(Bracket::Key)?;
                Value::Object
            }
            b'[' => {
                self.cursor.skip(1, "JSON")?;
                self.open.push(Bracket::Array(None))?;
                Value::Array
            }
            b'"' => Value::Text(self.text()?),
            _ => self.word(offset)?,
        };
        Ok(Some((offset, value)))
    }

    fn skip(&mut self, these: &[u8]) -> Result<(), Stop> {
        loop {
            let buffered = self.cursor.buffered()?;
            let length = buffered.iter().position(|byte| !these.contains(byte)).unwrap_or(buffered.len());
            let all = length == buffered.len() && length > 0;
            self.cursor.skip(length as u64, "JSON")?;
            if !all {
                return Ok(());
            }
        }
    }

    fn key(&mut self, offset: u64) -> Result<(u64, Value), Stop> {
        let key = self.text()?;
        self.skip(b" \t\r\n")?;
        if self.cursor.next_byte()? != Some(b':') {
            return Err(Stop::Malformed { what: "JSON", offset });
        }
        self.open.took_key();
        Ok((offset, Value::Key(key)))
    }

    /// A text whose opening quote is next.
    fn text(&mut self) -> Result<String, Stop> {
        self.cursor.skip(1, "JSON")?;
        let mut text: Vec<u8> = Vec::new();
        loop {
            let buffered = self.cursor.buffered()?;
            let length =
                buffered.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(buffered.len());
            let room = MAX_TEXT.saturating_sub(text.len()).min(length);
            text.extend_from_slice(buffered.get(..room).unwrap_or_default());
            self.cursor.skip(length as u64, "JSON text")?;
            match self.cursor.u8("JSON text") {
                Ok(b'"') => return Ok(String::from_utf8_lossy(&text).into_owned()),
                Ok(b'\\') => {
                    let one = self.escape()?;
                    if text.len() < MAX_TEXT {
                        text.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
                // The first byte of the next block.
                Ok(byte) if text.len() < MAX_TEXT => text.push(byte),
                Ok(_) => {}
                Err(stop) => return Err(stop),
            }
        }
    }

    /// The character of an escape, behind its backslash. Halves of a pair of surrogates are not put together.
    fn escape(&mut self) -> Result<char, Stop> {
        Ok(match self.cursor.u8("JSON text")? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'u' => {
                let digits = self.cursor.array::<4>("JSON text")?;
                let code =
                    std::str::from_utf8(&digits).ok().and_then(|text| u32::from_str_radix(text, 16).ok());
                code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => char::from(other),
        })
    }

    fn word(&mut self, offset: u64) -> Result<Value, Stop> {
        let malformed = || Stop::Malformed { what: "JSON", offset };
        let mut word = Vec::new();
        loop {
            let buffered = self.cursor.buffered()?;
            let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
            let length = buffered.iter().position(|byte| !of_word(byte)).unwrap_or(buffered.len());
            let all = length == buffered.len() && length > 0;
            word.extend_from_slice(buffered.get(..length.min(MAX_WORD)).unwrap_or_default());
            self.cursor.skip(length as u64, "JSON")?;
            if word.len() > MAX_WORD {
                return Err(malformed());
            }
            if !all {
                break;
            }
        }
        let word = std::str::from_utf8(&word).map_err(|_| malformed())?;
        if let Ok(integer) = word.parse() {
            return Ok(Value::Integer(integer));
        }
        let known = matches!(word, "null" | "true" | "false") || word.parse::<f64>().is_ok();
        if known { Ok(Value::Other) } else { Err(malformed()) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::{Budget, MemorySpool};

    fn values(text: &[u8]) -> (Vec<(u64, Value)>, bool) {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let input = Input::file("x.json", &text, &budget, &spool);
        let mut json = Json::new(&input).unwrap();
        let mut values = Vec::new();
        loop {
            match json.next() {
                Ok(Some(value)) => values.push(value),
                ended => return (values, ended.is_ok()),
            }
        }
    }

    #[test]
    fn values_come_with_their_places() {
        let (values, whole) = values(b" {\"a\\u0062\": [1, -2.5e3, NaN, null], \"c\": \"d\\\"\"}\n");
        let expected = [
            (1, Value::Object),
            (2, Value::Key("ab".into())),
            (13, Value::Array),
            (14, Value::Integer(1)),
            (17, Value::Other),
            (25, Value::Other),
            (30, Value::Other),
            (34, Value::EndArray),
            (37, Value::Key("c".into())),
            (42, Value::Text("d\"".into())),
            (47, Value::EndObject),
        ];
        assert_eq!((values.as_slice(), whole), (expected.as_slice(), true));
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for bad in
            ["", "{", "[", "{\"a\"}", "{\"a\":}", "[}", "{]", "[1] 2", "\"a", "{1:2}", "[tru]", "\"\\u12"]
        {
            assert!(!values(bad.as_bytes()).1, "{bad}");
        }
        assert!(!values("[".repeat(1000).as_bytes()).1, "too deep");
    }

    #[test]
    fn long_texts_are_kept_in_part_and_read_across_blocks() {
        let long = format!("[\"{}\", 7]", "x".repeat(200_000));
        let (values, whole) = values(long.as_bytes());
        assert!(whole && values.len() == 4);
        assert!(matches!(&values[1].1, Value::Text(text) if text.len() == MAX_TEXT));
        assert_eq!(values[2].1, Value::Integer(7));
    }
}

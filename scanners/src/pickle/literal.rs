//! Pickles in the strings of a pickle: raw, compressed, in base64 or hexadecimal digits, or several of these. Loading
//! the outer one does not run them; they wait for a program that unpickles what it finds.
//!
//! What a call unpickles at once is examined in [`super::nested`], and found by that call.

use std::cell::Cell;

use assay_core::{Finding, Gap, Severity};

use super::machine::Machine;
use super::opcode::Text;
use super::recognise::{Likeness, likeness, magic};
use super::source::Span;
use super::{rules, text};
use crate::python::Decoder;
use crate::{Input, Loader, Report, Sink, Stop};

/// The shortest string that can name and call something dangerous: `cos\nabort\n)R.`
pub(super) const SHORTEST: u32 = 14;

/// Bytes of one string that are looked into.
const MAX_LITERAL: usize = 1 << 20;

/// Bytes that tell what a string may be.
const SIGHT: usize = 24;

/// Encodings one inside another.
const MAX_LAYERS: u32 = 4;

/// Findings about strings of one pickle.
const MAX_TOLD: u32 = 4;

/// Keeps the worst that was found.
#[derive(Default)]
struct Worst(Option<Finding>);

impl Sink for Worst {
    fn finding(&mut self, finding: Finding) {
        if self.0.as_ref().is_none_or(|worst| worst.severity < finding.severity) {
            self.0 = Some(finding);
        }
    }

    fn gap(&mut self, _gap: Gap) {}

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

impl Machine<'_, '_, '_, '_> {
    /// Looks into a string if it may hold a pickle.
    #[inline(never)]
    pub(super) fn literal(&mut self, span: Span, form: Text) -> Result<(), Stop> {
        if !self.literals || self.nested_told >= MAX_TOLD {
            return Ok(());
        }
        let begins = match self.source.start(span) {
            Some(start) => may_hold(start.get(..SIGHT).unwrap_or(start), MAX_LAYERS),
            None => may_hold(&self.source.read(span, SIGHT)?, MAX_LAYERS),
        };
        if begins { self.look_into(span, form) } else { Ok(()) }
    }

    #[cold]
    fn look_into(&mut self, span: Span, form: Text) -> Result<(), Stop> {
        let bytes = self.source.read(span, MAX_LITERAL)?;
        let bytes = match form {
            Text::Utf8 | Text::RawEscape => text::latin1(&bytes, form).unwrap_or(bytes),
            Text::Escape => text::unescaped(&bytes),
            Text::Python2 => bytes,
        };
        let Some(content) = decoded(bytes, MAX_LAYERS) else { return Ok(()) };
        let Some(inner) = self.does(span, &content)? else { return Ok(()) };
        self.nested_told = self.nested_told.saturating_add(1);
        let place = self.source.input().place().at(span.offset);
        let message = format!("a string holds a pickle, and if a program unpickles it: {}", inner.message);
        let rule = inner.rule.to_string();
        let mut detail = vec![("rule", rule.as_str())];
        if let Some(global) = inner.detail.get("global") {
            detail.push(("global", global));
        }
        self.report.hit(&rules::NESTED_PICKLE, place, &message, &detail);
        Ok(())
    }

    /// The worst that the pickle would do, if that is more than data does.
    fn does(&self, span: Span, content: &[u8]) -> Result<Option<Finding>, Stop> {
        let mut worst = Worst::default();
        let mut report = Report::new(&mut worst, u32::MAX);
        let input = self.source.input();
        let literal = input.part(span.offset, u64::from(span.length)).loaded_by(Loader::Torch);
        let offset = span.offset;
        let name = format!("string@{offset:#x}");
        let consumed = Cell::new(content.len() as u64);
        let looked = literal.unpacked(&name, content, &consumed, &mut |content| follow(content, &mut report));
        match looked {
            Err(stop @ (Stop::Deadline | Stop::Io(_))) => return Err(stop),
            // Nothing of it runs: what breaks it, or is too deep, is no gap.
            Ok(())
            | Err(Stop::Malformed { .. } | Stop::Unsupported(_) | Stop::Encrypted(_) | Stop::Limit(_)) => {}
        }
        Ok(worst.0.filter(|finding| finding.severity >= Severity::Medium))
    }
}

/// Follows all pickles of a string; what a plain data string shares with one by chance is none.
fn follow(content: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let end = super::scan_one(content, 0, report)?;
    super::scan_rest(content, end, report)
}

/// Whether a string that begins so may hold a pickle.
fn may_hold(start: &[u8], layers: u32) -> bool {
    if opens(start) || squeezed(start).is_some() {
        return true;
    }
    let Some(layers) = layers.checked_sub(1) else { return false };
    // As text, the first byte of protocol 2 and later is two.
    if let [0xc2, 0x80, 0..=5, ..] = start {
        return true;
    }
    let digits = |digit: fn(&u8) -> bool| start.len() > 7 && start.iter().all(digit);
    if digits(u8::is_ascii_hexdigit)
        && Decoder::Base16.decode(start).is_some_and(|inner| may_hold(&inner, layers))
    {
        return true;
    }
    digits(is_base64) && Decoder::Base64.decode(start).is_some_and(|inner| may_hold(&inner, layers))
}

/// Whether a pickle that names something can begin so: with its protocol, or with a name or a mark.
fn opens(start: &[u8]) -> bool {
    match start {
        [0x80, 0..=5, ..] => true,
        [b'c', rest @ ..] => {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
            line.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
                && line.iter().all(name)
        }
        [b'(', next, ..] => matches!(next, b'c' | b'S' | b'V' | b'X' | b'U' | b'd' | b'l' | b'i'),
        _ => false,
    }
}

fn squeezed(start: &[u8]) -> Option<Decoder> {
    match start {
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Some(Decoder::Zlib),
        [0x1f, 0x8b, 8, ..] => Some(Decoder::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Decoder::Bzip2),
        _ => None,
    }
}

const fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n' | b'\r')
}

/// The pickle that a string holds.
fn decoded(bytes: Vec<u8>, layers: u32) -> Option<Vec<u8>> {
    if opens(&bytes) {
        let like = likeness(&bytes, bytes.len() as u64);
        let is_one = if magic(&bytes) { like > Likeness::Begun } else { like == Likeness::Program };
        if is_one {
            return Some(bytes);
        }
    }
    let layers = layers.checked_sub(1)?;
    if let Some(inner) = squeezed(&bytes).and_then(|decoder| decoder.decode(&bytes)) {
        return decoded(inner, layers);
    }
    let all = |digit: fn(&u8) -> bool| bytes.iter().all(digit);
    let of = |decoder: Decoder| decoder.decode(&bytes).and_then(|inner| decoded(inner, layers));
    let hex = if all(u8::is_ascii_hexdigit) { of(Decoder::Base16) } else { None };
    hex.or_else(|| if all(is_base64) { of(Decoder::Base64) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_hold_a_pickle_is_looked_into() {
        let may = |bytes: &[u8]| may_hold(bytes.get(..SIGHT).unwrap_or(bytes), MAX_LAYERS);
        for string in [
            b"\x80\x04\x95?\0\0\0\0\0\0\0".as_slice(),
            b"cposix\nsystem\n(S'id'\ntR.",
            b"(S'id'\nios\nsystem\n.",
            b"gASVPwAAAAAAAACMCGJ1aWx0aW5z",
            b"8004953f0000000000",
            b"Y3Bvc2l4CnN5c3RlbQo",
            b"eJxrYEosys9LKq3k",
            b"Z0FTVlB3QUFBQUFBQUFDTUNHSjFhV3gwYVc1eg",
            b"\xc2\x80\x04\xc2\x95",
            b"\x78\x9c\x6b\x60\x4a\x2c\xca\xcf\x4b\x2a\xad\xe4",
        ] {
            assert!(may(string), "{string:?}");
        }
        for string in [
            b"encoder.layer.0.attention.self.query.weight".as_slice(),
            b"a sentence of plain words",
            b"config files (see below)",
            b"0123456789abcdef0123456789abcdef",
            b"\0\0\x80\x3f\0\0\0\x40\0\0\x80\x40",
            b"4e07408562bedb8b60ce05c1decfe3ad16b7223096",
        ] {
            assert!(!may(string), "{string:?}");
        }
    }

    #[test]
    fn layers_are_undone_and_have_an_end() {
        let pickle = b"cposix\nsystem\n(S'id'\ntR.";
        assert_eq!(
            decoded(b"Y3Bvc2l4CnN5c3RlbQooUydpZCcKdFIu".to_vec(), 1).as_deref(),
            Some(pickle.as_slice())
        );
        assert_eq!(decoded(b"Y3Bvc2l4CnN5c3RlbQooUydpZCcKdFIu".to_vec(), 0), None);
        assert_eq!(decoded(b"63706f736978787878787878".to_vec(), 4), None, "breaks before it names");
        assert_eq!(decoded(b"config of the model".to_vec(), 4), None);
    }
}

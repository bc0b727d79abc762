//! Values and calls as a Python programmer would write them, shortened.

use super::globals::{Global, Globals};
use super::items::{Items, Seq};
use super::opcode::{Kind, Text};
use super::source::Source;
use super::text;
use super::value::Value;

/// Containers inside containers that are shown.
const MAX_DEPTH: u32 = 4;

/// Items of one container that are shown.
const MAX_SHOWN: usize = 8;

/// Bytes of one string that are shown.
const MAX_TEXT: u32 = 160;

/// Characters of one value that are shown.
const MAX_LINE: usize = 480;

/// `from posix import system`
pub(super) fn import(global: Option<&Global>) -> String {
    let Some(global) = global else { return String::new() };
    match global.full_raw() {
        Some(raw) => format!("from {} import {}  # written {raw}", global.module, global.name),
        None => format!("from {} import {}", global.module, global.name),
    }
}

/// A value.
pub(super) fn shown(source: &Source<'_, '_>, globals: &Globals, items: &Items, value: Value) -> String {
    let mut writer = Writer { source, globals, items, out: String::new() };
    writer.value(value, 0);
    writer.out
}

/// The arguments of a call, without the parentheses.
pub(super) fn arguments(source: &Source<'_, '_>, globals: &Globals, items: &Items, args: Value) -> String {
    let mut writer = Writer { source, globals, items, out: String::new() };
    if let Value::Seq(seq) = args {
        writer.items(seq, 0);
    } else {
        writer.out.push('*');
        writer.value(args, 0);
    }
    writer.out
}

struct Writer<'w, 'i, 'a> {
    source: &'w Source<'i, 'a>,
    globals: &'w Globals,
    items: &'w Items,
    out: String,
}

impl Writer<'_, '_, '_> {
    fn value(&mut self, value: Value, depth: u32) {
        if self.out.len() > MAX_LINE || depth > MAX_DEPTH {
            self.out.push('…');
            return;
        }
        match value {
            Value::None => self.out.push_str("None"),
            Value::Bool(true) => self.out.push_str("True"),
            Value::Bool(false) => self.out.push_str("False"),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::Number | Value::Plain | Value::Forgotten => self.out.push('…'),
            Value::Text(span, form) => self.text(span, form),
            Value::Bytes(span) => {
                self.out.push('b');
                self.text(span, Text::Python2);
            }
            Value::Latin1(span, form) => {
                self.out.push('b');
                self.text(span, form);
            }
            Value::Attribute(span, form) => {
                self.out.push_str("operator.attrgetter(");
                self.text(span, form);
                self.out.push(')');
            }
            Value::Seq(seq) => self.seq(seq, depth),
            Value::Global(number) => self.global(number),
            Value::Object(number) => {
                self.global(number);
                self.out.push_str("(…)");
            }
            Value::Dtype(_) => self.out.push_str("numpy.dtype(…)"),
            Value::Persistent => self.out.push_str("persistent_load(…)"),
            Value::Computed => self.out.push_str("<computed>"),
        }
    }

    fn global(&mut self, number: u32) {
        let name = self.globals.get(number).map_or_else(|| "<global>".to_owned(), Global::full);
        self.out.extend(name.chars().take(MAX_LINE));
    }

    fn text(&mut self, span: super::Span, form: Text) {
        let length = span.length;
        let short = super::Span { length: length.min(MAX_TEXT), ..span };
        let text = text::read(self.source, short, form, MAX_TEXT as usize);
        // Not decodable, or cut inside a character: shown as bytes are.
        let text = match text {
            Ok(Some(text)) => text,
            Ok(None) | Err(_) => match text::read(self.source, short, Text::Python2, MAX_TEXT as usize) {
                Ok(Some(text)) => text,
                Ok(None) | Err(_) => "…".to_owned(),
            },
        };
        self.out.push('\'');
        for character in text.chars() {
            match character {
                '\'' => self.out.push_str("\\'"),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                other => self.out.push(other),
            }
        }
        if length > MAX_TEXT {
            self.out.push('…');
        }
        self.out.push('\'');
    }

    fn seq(&mut self, seq: Seq, depth: u32) {
        let (open, close) = match seq.kind() {
            Kind::Tuple => ("(", ")"),
            Kind::List => ("[", "]"),
            Kind::Dict | Kind::Set => ("{", "}"),
            Kind::FrozenSet => ("frozenset({", "})"),
        };
        self.out.push_str(open);
        self.items(seq, depth.saturating_add(1));
        self.out.push_str(close);
    }

    fn items(&mut self, seq: Seq, depth: u32) {
        let (known, all) = self.items.get(seq).unwrap_or_default();
        let more = !all || known.len() > MAX_SHOWN;
        for (at, value) in known.iter().take(MAX_SHOWN).enumerate() {
            let separator = match (at, seq.kind()) {
                (0, _) => "",
                (at, Kind::Dict) if at % 2 == 1 => ": ",
                _ => ", ",
            };
            self.out.push_str(separator);
            self.value(*value, depth);
        }
        if more {
            self.out.push_str(if known.is_empty() { "…" } else { ", …" });
        }
    }
}

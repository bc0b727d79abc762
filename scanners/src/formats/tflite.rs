//! TFLite: a flatbuffer of operators, tensors and buffers, for small devices.
//!
//! Source: `schema.fbs` of TensorFlow Lite (version 3) and the layout of FlatBuffers ("Internals"); the Flex delegate,
//! which runs operators of TensorFlow by a name in `custom_options`. Operators that are not TFLite's own are judged.
//! Tensors, buffers and the meaning of the graph are not looked at. A zip of associated files often follows the model:
//! that is for its own scanner.

use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use super::tensorflow::{FILE_OPERATOR, OPAQUE_OPERATOR, UNSAFE_OPERATOR, acting_rule};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// Operator codes that are followed; TFLite has about 210 of its own.
const MAX_CODES: u32 = 65_536;

/// Subgraphs, and operators of all of them, that are followed; the largest models have under 100,000.
const MAX_OPERATORS: u32 = 1 << 20;

/// Bytes of a name that are read.
const MAX_NAME: usize = 1024;

/// Bytes of an operator's options that are read; a node of TensorFlow has a few hundred.
const MAX_OPTIONS: u32 = 1 << 20;

/// The builtin operator that says "by name".
const CUSTOM: u32 = 32;

const CUSTOM_OPERATOR: Rule = Rule {
    id: RuleId::new("tflite-custom-operator"),
    severity: Severity::Medium,
    summary: "An operator is not TFLite's, so the model needs a native library",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const RULES: &[Rule] = &[CUSTOM_OPERATOR, UNSAFE_OPERATOR, FILE_OPERATOR, OPAQUE_OPERATOR];

/// Operators by name that TFLite itself brings along.
const OWN: &[&str] = &["AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess"];

/// Scanner of TFLite models.
pub(super) struct Tflite;

impl Scanner for Tflite {
    fn format(&self) -> Format {
        Format::Tflite
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.head.get(4..8) == Some(b"TFL3")
    }

    fn carries(&self) -> &'static [Format] {
        // TFLite's own tools append a zip of labels to a model.
        &[Format::Zip]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut scan = Scan { input, report, flex: BTreeSet::new(), left: MAX_OPERATORS };
        let model = scan.table(scan.follow(0)?)?;
        let codes = scan.vector(&model, 1)?;
        scan.codes(codes)?;
        let Some(subgraphs) = scan.vector(&model, 2)? else {
            return Err(Stop::Malformed { what: "model without a graph", offset: 0 });
        };
        if scan.flex.is_empty() {
            return Ok(());
        }
        for number in 0..subgraphs.count {
            scan.subgraph(subgraphs.item(number)?)?;
        }
        Ok(())
    }
}

/// A table: where it stands, and the offsets of its fields in it.
struct Table {
    at: u64,
    fields: Vec<u8>,
}

/// A vector: where its first element stands, and how many there are.
#[derive(Clone, Copy)]
struct Vector {
    first: u64,
    count: u32,
}

impl Vector {
    /// Where element `number` stands, of elements that are offsets.
    fn item(self, number: u32) -> Result<u64, Stop> {
        let offset = self.first.checked_add(u64::from(number).saturating_mul(4));
        offset.ok_or(Stop::Malformed { what: "vector", offset: self.first })
    }
}

struct Scan<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    /// Numbers of the operator codes that the Flex delegate runs.
    flex: BTreeSet<u32>,
    /// Operators that may still be looked at.
    left: u32,
}

impl Scan<'_, '_, '_, '_> {
    fn bytes<const N: usize>(&self, at: u64) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        match self.input.read_at(at, &mut bytes)? {
            read if read == N => Ok(bytes),
            _ => Err(Stop::Malformed { what: "flatbuffer", offset: at }),
        }
    }

    fn u32(&self, at: u64) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.bytes(at)?))
    }

    /// Where the offset at `at` leads.
    fn follow(&self, at: u64) -> Result<u64, Stop> {
        Ok(at.saturating_add(u64::from(self.u32(at)?)))
    }

    fn table(&self, at: u64) -> Result<Table, Stop> {
        let back = i64::from(i32::from_le_bytes(self.bytes(at)?));
        let broken = Stop::Malformed { what: "table", offset: at };
        let Some(fields) = at.checked_add_signed(back.saturating_neg()) else { return Err(broken) };
        let size = usize::from(u16::from_le_bytes(self.bytes(fields)?));
        let fields = self.content(fields, size)?;
        if size >= 4 { Ok(Table { at, fields }) } else { Err(broken) }
    }

    /// Where a field of a table stands, if it is there.
    fn field(table: &Table, number: usize) -> Option<u64> {
        let at = number.checked_mul(2)?.checked_add(4)?;
        let offset = table.fields.get(at..)?.first_chunk().map(|offset| u16::from_le_bytes(*offset))?;
        (offset > 0).then(|| table.at.saturating_add(u64::from(offset)))
    }

    fn vector(&self, table: &Table, number: usize) -> Result<Option<Vector>, Stop> {
        let Some(field) = Self::field(table, number) else { return Ok(None) };
        let at = self.follow(field)?;
        let count = self.u32(at)?;
        if u64::from(count) > self.input.size() {
            return Err(Stop::Malformed { what: "vector", offset: at });
        }
        Ok(Some(Vector { first: at.saturating_add(4), count }))
    }

    fn text(&self, table: &Table, number: usize) -> Result<String, Stop> {
        let Some(text) = self.vector(table, number)? else { return Ok(String::new()) };
        let size = usize::try_from(text.count).unwrap_or(usize::MAX).min(MAX_NAME);
        Ok(String::from_utf8_lossy(&self.content(text.first, size)?).into_owned())
    }

    /// Exactly `size` bytes, which the caller has bounded.
    fn content(&self, at: u64, size: usize) -> Result<Vec<u8>, Stop> {
        let content = self.input.window(at, size)?;
        if content.len() == size {
            Ok(content)
        } else {
            Err(Stop::Malformed { what: "flatbuffer", offset: at })
        }
    }

    fn codes(&mut self, codes: Option<Vector>) -> Result<(), Stop> {
        let Some(codes) = codes else { return Ok(()) };
        if codes.count > MAX_CODES {
            return Err(Stop::Limit(Limit::Count("operator_codes")));
        }
        for number in 0..codes.count {
            let code = self.table(self.follow(codes.item(number)?)?)?;
            // Old files have the number in one byte, newer ones the larger of both.
            let old = Self::field(&code, 0).map(|at| self.bytes::<1>(at)).transpose()?.unwrap_or_default();
            let new = Self::field(&code, 3).map(|at| self.u32(at)).transpose()?.unwrap_or_default();
            if u32::from(u8::from_le_bytes(old)).max(new) == CUSTOM {
                let name = self.text(&code, 1)?;
                self.custom(number, &name, code.at);
            }
        }
        Ok(())
    }

    fn custom(&mut self, number: u32, name: &str, at: u64) {
        if let Some(operator) = name.strip_prefix("Flex") {
            self.flex.insert(number);
            self.flexible(operator, at);
        } else if name == "edgetpu-custom-op" {
            self.hit(&OPAQUE_OPERATOR, name, at);
        } else if !OWN.contains(&name) {
            self.hit(&CUSTOM_OPERATOR, name, at);
        }
    }

    /// An operator of TensorFlow that the Flex delegate runs.
    fn flexible(&mut self, operator: &str, at: u64) {
        if let Some(rule) = acting_rule(operator) {
            self.hit(&rule, operator, at);
        }
    }

    fn subgraph(&mut self, at: u64) -> Result<(), Stop> {
        let subgraph = self.table(self.follow(at)?)?;
        let Some(operators) = self.vector(&subgraph, 3)? else { return Ok(()) };
        for number in 0..operators.count {
            self.left = self.left.checked_sub(1).ok_or(Stop::Limit(Limit::Count("operators")))?;
            let operator = self.table(self.follow(operators.item(number)?)?)?;
            let code = Self::field(&operator, 0).map(|at| self.u32(at)).transpose()?.unwrap_or_default();
            if self.flex.contains(&code) {
                self.options(&operator)?;
            }
        }
        Ok(())
    }

    /// The Flex delegate takes the operator from the options, whatever the code's name says. They hold its name and its
    /// node, so any word in them may be the one that counts.
    fn options(&mut self, operator: &Table) -> Result<(), Stop> {
        if Self::field(operator, 9).is_some() {
            return Err(Stop::Unsupported("options outside the flatbuffer"));
        }
        let Some(options) = self.vector(operator, 5)? else { return Ok(()) };
        if options.count > MAX_OPTIONS {
            return Err(Stop::Limit(Limit::Length("custom_options")));
        }
        let size = usize::try_from(options.count).unwrap_or(usize::MAX);
        let content = self.content(options.first, size)?;
        let words = content.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'));
        let words: BTreeSet<&str> = words.filter_map(|word| std::str::from_utf8(word).ok()).collect();
        for word in words {
            self.flexible(word, options.first);
        }
        Ok(())
    }

    fn hit(&mut self, rule: &Rule, operator: &str, at: u64) {
        let message = format!("{}: {operator}", rule.summary);
        self.report.hit(rule, self.input.place().at(at), &message, &[("operator", operator)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn what_is_no_flatbuffer_is_a_gap() {
        for bytes in [
            b"\x08\0\0\0TFL3".as_slice(),
            b"\x08\0\0\0TFL3\0\0\0\0",
            b"\xff\xff\xff\xffTFL3\x01\0\0\0",
            b"\x08\0\0\0TFL3\x01\0\0\x80",
            b"\x08\0\0\0TFL3\xf8\xff\xff\xff\0\0\0\0",
        ] {
            let facts = scan(&Tflite, "m.tflite", bytes);
            assert!(facts.findings.is_empty() && facts.gaps.len() == 1, "{bytes:?}: {facts:?}");
        }
    }

    #[test]
    fn a_count_beyond_the_file_is_refused_before_it_is_followed() {
        // A table with fields 1 and 2 at offsets 4 and 8, both leading to a count of 2^32-1.
        let table = b"\x14\0\0\0TFL3\x0a\0\x0c\0\0\0\x04\0\x08\0\0\0\x0c\0\0\0";
        let bytes = [table.as_slice(), b"\x08\0\0\0\x04\0\0\0\xff\xff\xff\xff"].concat();
        let facts = scan(&Tflite, "m.tflite", &bytes);
        assert_eq!(facts.gaps[0].kind, assay_core::GapKind::Malformed);
    }
}

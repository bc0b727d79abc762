//! TFLite: a flatbuffer of operators, tensors and buffers, for small devices.
//!
//! Source: `schema.fbs` of TensorFlow Lite (version 3) and the layout of FlatBuffers ("Internals"); the Flex delegate,
//! which runs operators of TensorFlow by a name in `custom_options`. Operators that are not TFLite's own are judged.
//! Tensors, buffers and the meaning of the graph are not looked at. A zip of associated files often follows the model:
//! that is for its own scanner.

use std::cell::Cell;
use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use super::tensorflow::{FILE_OPERATOR, OPAQUE_OPERATOR, UNSAFE_OPERATOR, acting_rule};
use crate::flatbuffer::{Buffer, Table, Vector};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// Operator codes that are followed; TFLite has about 210 of its own.
const MAX_CODES: u32 = 65_536;

/// Operator codes, subgraphs and operators that are followed; the largest models have under 100,000.
const MAX_TABLES: u32 = 1 << 20;

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
        let steps = Cell::new(MAX_TABLES);
        let buffer = Buffer::new(input, input.size(), &steps);
        let model = buffer.table(buffer.follow(0)?)?;
        let codes = buffer.vector(&model, 1)?;
        let mut scan = Scan { input, report, buffer: &buffer, flex: BTreeSet::new() };
        scan.codes(codes)?;
        let Some(subgraphs) = buffer.vector(&model, 2)? else {
            return Err(Stop::Malformed { what: "model without a graph", offset: 0 });
        };
        if scan.flex.is_empty() {
            return Ok(());
        }
        for number in 0..subgraphs.count {
            scan.subgraph(subgraphs.item(number, 4)?)?;
        }
        Ok(())
    }
}

struct Scan<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    buffer: &'i Buffer<'i, 'a>,
    /// Numbers of the operator codes that the Flex delegate runs.
    flex: BTreeSet<u32>,
}

impl Scan<'_, '_, '_, '_> {
    fn codes(&mut self, codes: Option<Vector>) -> Result<(), Stop> {
        let Some(codes) = codes else { return Ok(()) };
        if codes.count > MAX_CODES {
            return Err(Stop::Limit(Limit::Count("operator_codes")));
        }
        for number in 0..codes.count {
            let code = self.buffer.table(self.buffer.follow(codes.item(number, 4)?)?)?;
            // Old files have the number in one byte, newer ones the larger of both.
            let old = code.field(0).map(|at| self.buffer.u8(at)).transpose()?.unwrap_or_default();
            let new = code.field(3).map(|at| self.buffer.u32(at)).transpose()?.unwrap_or_default();
            if u32::from(old).max(new) == CUSTOM {
                let name = self.buffer.text(&code, 1, MAX_NAME)?;
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
        let subgraph = self.buffer.table(self.buffer.follow(at)?)?;
        let Some(operators) = self.buffer.vector(&subgraph, 3)? else { return Ok(()) };
        for number in 0..operators.count {
            let operator = self.buffer.table(self.buffer.follow(operators.item(number, 4)?)?)?;
            let code = operator.field(0).map(|at| self.buffer.u32(at)).transpose()?.unwrap_or_default();
            if self.flex.contains(&code) {
                self.options(&operator)?;
            }
        }
        Ok(())
    }

    /// The Flex delegate takes the operator from the options, whatever the code's name says. They hold its name and its
    /// node, so any word in them may be the one that counts.
    fn options(&mut self, operator: &Table) -> Result<(), Stop> {
        if operator.field(9).is_some() {
            return Err(Stop::Unsupported("options outside the flatbuffer"));
        }
        let Some(options) = self.buffer.vector(operator, 5)? else { return Ok(()) };
        if options.count > MAX_OPTIONS {
            return Err(Stop::Limit(Limit::Length("custom_options")));
        }
        let size = usize::try_from(options.count).unwrap_or(usize::MAX);
        let content = self.buffer.content(options.first, size)?;
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

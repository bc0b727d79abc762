//! Core ML: `.mlmodel`, the same file in an `.mlpackage`, and the package's manifest.
//!
//! Source: `Model.proto`, `NeuralNetwork.proto`, `MIL.proto`, `LinkedModel.proto` and `CustomModel.proto` of coremltools 9;
//! `modelpackage/ModelPackage.cpp` for `Manifest.json`. Weights and the meaning of layers are not looked at.

mod grammar;
mod manifest;

use assay_core::{Format, Location, Rule, RuleId, Severity};

use self::grammar::{Kind, grammar};
use crate::beside::leaves_folder;
use crate::json;
use crate::protobuf::{Peek, PeekedValue, Wire};
use crate::protobuf_walk::Walk;
use crate::{Input, Probe, Report, Scanner, Stop};

const CUSTOM_CODE: Rule = Rule {
    id: RuleId::new("coreml-custom-code"),
    severity: Severity::Medium,
    summary: "A layer or the model is a native class that the program has to bring along",
    taxonomy: &["CWE-829", "CWE-470", "AML.T0010"],
};

const EXTERNAL_PATH: Rule = Rule {
    id: RuleId::new("coreml-external-path"),
    severity: Severity::High,
    summary: "The model takes a model or weights from outside its folder",
    taxonomy: &["CWE-22", "CWE-73", "AML.T0010"],
};

const OPAQUE: Rule = Rule {
    id: RuleId::new("coreml-opaque-model"),
    severity: Severity::Medium,
    summary: "The model is kept in a form that nobody can look into",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const RULES: &[Rule] = &[CUSTOM_CODE, EXTERNAL_PATH, OPAQUE];

/// The highest plausible version of the specification; coremltools 9 writes 10.
const MAX_VERSION: u64 = 100;

/// What paths of weights start with: the folder of the model itself.
const MODEL_PATH: &str = "@model_path/";

/// Scanner of Core ML models and packages.
#[derive(Debug)]
pub(super) struct Coreml;

impl Scanner for Coreml {
    fn format(&self) -> Format {
        Format::Coreml
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        is_model(probe.head, probe.size) || manifest::recognises(probe)
    }

    /// As JSON it is one file to all formats that are JSON.
    fn fills(&self, probe: &Probe<'_>) -> bool {
        self.recognises(probe) && !json::starts_object(probe.head)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.window(0, 1)?.first() != Some(&8) {
            return manifest::scan(input, report);
        }
        let (wire, root) = Wire::new(input);
        let place = input.place();
        Walk::new(wire, grammar).message(Kind::Model, root, &mut |kind, field, at, text| {
            judge(place, kind, field, at, text, report);
        })
    }
}

/// Whether this starts as a specification version and a description of inputs and outputs.
fn is_model(head: &[u8], size: u64) -> bool {
    let mut fields = Peek::new(head, size);
    let version = |value| matches!(value, PeekedValue::Varint(1..=MAX_VERSION));
    if !fields.next().is_some_and(|first| first.number == 1 && version(first.value)) {
        return false;
    }
    let Some(second) = fields.next() else { return false };
    let PeekedValue::Bytes(content, size) = second.value else { return false };
    second.number == 2 && is_description(content, size)
}

/// Whether every field, as far as it is there, is one of `ModelDescription`, and a feature has a name.
fn is_description(content: &[u8], size: u64) -> bool {
    let mut fields = Peek::new(content, size);
    let mut named = false;
    for field in fields.by_ref() {
        match (field.number, field.value) {
            (1 | 10 | 50, PeekedValue::Bytes(feature, size)) => {
                let first = Peek::new(feature, size).next();
                named |= first.is_some_and(|first| first.number == 1);
            }
            (11 | 12 | 13 | 20 | 21 | 60 | 100, PeekedValue::Bytes(..)) => {}
            _ => return false,
        }
    }
    named && !fields.broken()
}

fn judge(place: &Location, kind: Kind, field: u32, at: u64, text: &str, report: &mut Report<'_>) {
    let mut hit = |rule: &Rule, what: &str, key: &str, value: &str| {
        let message = format!("{}: {what} {value}", rule.summary);
        report.hit(rule, place.at(at), &message, &[(key, value)]);
    };
    match (kind, field) {
        (Kind::CustomLayer, 10) => hit(&CUSTOM_CODE, "layer", "class", text),
        (Kind::CustomModel, 10) => hit(&CUSTOM_CODE, "model", "class", text),
        (Kind::Operation, 1) if text.starts_with("custom") => hit(&CUSTOM_CODE, "operation", "class", text),
        (Kind::Serialized, 1) => hit(&OPAQUE, "model", "identifier", text),
        (Kind::LinkedName | Kind::LinkedPath | Kind::Blob, 1) => {
            let inside = text.strip_prefix(MODEL_PATH).unwrap_or(text);
            // A search path has several folders.
            let parts: Vec<&str> =
                if kind == Kind::LinkedPath { inside.split(':').collect() } else { vec![inside] };
            for part in parts {
                if let Some(wrong) = leaves_folder(part) {
                    hit(&EXTERNAL_PATH, wrong, "path", text);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_needed() {
        let model = b"\x08\x01\x12\x07\x0a\x05\x0a\x01x\x1a\0\xa2\x1f\0";
        assert!(is_model(model, model.len() as u64));
        // ONNX: a version and the name of who wrote it.
        for other in [b"\x08\x09\x12\x07pytorch".as_slice(), b"\x08\x09\x3a\0", b"\x08\x01", b"\x12\0"] {
            assert!(!is_model(other, other.len() as u64), "{other:?}");
        }
    }
}

//! CNTK: models of version 2, a dictionary in a protocol buffer.
//!
//! Source: `Source/CNTKv2LibraryDll/proto/CNTK.proto`, `PrimitiveFunction.cpp` and `UserDefinedFunction.cpp`
//! (`UDFUtils::Deserialize`), `cntk/ops/functions.py` of CNTK 2.7. A model may hold functions of the user: the loader opens
//! the native library, or imports the Python module, that the model names. Files of version 1 hold nodes by name only.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::protobuf::{Peek, PeekedValue, Wire};
use crate::protobuf_walk::{Part, Walk};
use crate::{Input, Probe, Report, Scanner, Stop};

const USER_FUNCTION: Rule = Rule {
    id: RuleId::new("cntk-user-function"),
    severity: Severity::Critical,
    summary: "The model holds a function of the user, and loading it opens the library or imports the module it names",
    taxonomy: &["CWE-470", "CWE-829", "CWE-502", "AML.T0010", "AML.T0011"],
};

const RULES: &[Rule] = &[USER_FUNCTION];

/// The type of a function that is not CNTK's.
const TYPES: &[&str] = &["NativeUserDefinedFunction", "UserDefinedFunction"];

/// Keys of the dictionary that a model is.
const KEYS: &[&str] = &[
    "block_function_composite",
    "functions",
    "inputs",
    "name",
    "op",
    "primitive_functions",
    "root",
    "root_uid",
    "type",
    "uid",
    "version",
];

/// Scanner of CNTK models.
#[derive(Debug)]
pub(super) struct Cntk;

impl Scanner for Cntk {
    fn format(&self) -> Format {
        Format::Cntk
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        is_model(probe.head, probe.size)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let (wire, root) = Wire::new(input);
        let mut modules: Vec<String> = Vec::new();
        let mut functions: Vec<u64> = Vec::new();
        let mut key = String::new();
        let walked =
            Walk::new(wire, grammar).message(Kind::Dictionary, root, &mut |kind, field, at, text| match (
                kind, field,
            ) {
                (Kind::Entry, 1) => text.clone_into(&mut key),
                (Kind::Value, 8) if TYPES.contains(&text) => functions.push(at),
                (Kind::Value, 8) if key.contains("module") => modules.push(text.to_owned()),
                _ => {}
            });
        // Which module belongs to which function is not told by the order, so they are named together.
        let modules = modules.join(" ");
        for at in functions {
            let message = format!("{}: {modules}", USER_FUNCTION.summary);
            report.hit(&USER_FUNCTION, input.place().at(at), &message, &[("modules", &modules)]);
        }
        walked
    }
}

/// The messages of a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dictionary,
    Entry,
    Value,
    Vector,
}

fn grammar(kind: Kind, field: u32) -> Part<Kind> {
    match (kind, field) {
        (Kind::Dictionary, 2) => Part::Message(Kind::Entry),
        (Kind::Entry, 2) | (Kind::Vector, 1) => Part::Message(Kind::Value),
        (Kind::Value, 11) => Part::Message(Kind::Vector),
        (Kind::Value, 12) => Part::Message(Kind::Dictionary),
        (Kind::Entry, 1) | (Kind::Value, 8) => Part::Text,
        _ => Part::Skipped,
    }
}

/// Whether this starts as a dictionary with a version and a key of a model.
fn is_model(head: &[u8], size: u64) -> bool {
    let mut fields = Peek::new(head, size);
    let first = fields.next().map(|field| (field.number, field.value));
    let Some((1, PeekedValue::Varint(1..=9))) = first else { return false };
    let Some(PeekedValue::Bytes(entry, size)) =
        fields.next().filter(|field| field.number == 2).map(|field| field.value)
    else {
        return false;
    };
    let mut entry = Peek::new(entry, size);
    let Some((1, PeekedValue::Bytes(key, _))) = entry.next().map(|field| (field.number, field.value)) else {
        return false;
    };
    let value = entry.next().is_some_and(|field| field.number == 2);
    value && KEYS.iter().any(|known| known.as_bytes() == key)
}

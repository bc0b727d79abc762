//! Whether everything that CPython resolved and called is among what the scanner says.

use assay_scanners::{Deed, Seen};
use serde_json::Value;

use crate::scan::Said;

/// Functions that make an instance of their first argument.
const MAKERS: [&str; 3] = ["_reconstructor", "__newobj__", "_reconstruct"];

/// Whether a function finds globals.
fn finds(name: &str) -> bool {
    ["getattr", "type", "import_module", "__import__", "resolve_name", "attrgetter"].contains(&name)
}

/// The words of an event or of a value.
type Parts<'v> = &'v [Value];

/// The first event of CPython that the scanner has no deed for, in order; `None` when all are explained.
pub(crate) fn unexplained<'e>(events: &'e [Value], said: &Said) -> Option<&'e Value> {
    let mut deeds = said.deeds.iter();
    let mut last = None;
    events.iter().find(|event| {
        // One operation puts several items or attributes into an object, one after the other.
        let again = (event[0] == "L" || event[0] == "S") && last == Some(*event);
        last = Some(*event);
        // Behind the last pickle nothing was named; a loader that knows no ids refuses them.
        let asked = event[0] == "P" && said.hit("pickle-trailing-data");
        !again && !deeds.any(|deed| explains(deed, event)) && !asked
    })
}

fn explains(deed: &Deed, event: &Value) -> bool {
    let parts = event.as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |at: usize| parts.get(at).and_then(Value::as_str);
    match (deed, word(0)) {
        (Deed::Import { written, resolved }, Some("G")) => {
            let as_written = word(1) == Some(&written.0) && word(2) == Some(&written.1);
            as_written && word(3).is_none_or(|module| module == resolved.0 && word(4) == Some(&resolved.1))
        }
        (Deed::Extension(_) | Deed::Unnamed, Some("G")) | (Deed::Ask, Some("P")) => true,
        (Deed::Call { callee, args }, Some("C")) => {
            is(callee, parts.get(1)) && arguments(args, parts.get(2).and_then(Value::as_array))
        }
        (Deed::State { of, state }, Some("S")) => is(of, parts.get(1)) && is(state, parts.get(2)),
        (Deed::Fill { of }, Some("L")) => is(of, parts.get(1)),
        (
            Deed::Import { .. }
            | Deed::Extension(_)
            | Deed::Unnamed
            | Deed::Ask
            | Deed::Call { .. }
            | Deed::State { .. }
            | Deed::Fill { .. },
            _,
        ) => false,
    }
}

/// Positional arguments: what stands in their place may be any iterable, of which only tuples and lists are followed.
fn arguments(seen: &Seen, real: Option<&Vec<Value>>) -> bool {
    match (seen, real) {
        (Seen::Items("tuple" | "list", items), Some(real)) => pairwise(items, real),
        (_, real) => real.is_some(),
    }
}

/// Whether what the scanner sees may be what CPython had.
fn is(seen: &Seen, real: Option<&Value>) -> bool {
    let Some(parts) = real.and_then(Value::as_array).map(Vec::as_slice) else { return false };
    let (Some(kind), rest) = (parts.first().and_then(Value::as_str), parts.get(1)) else { return false };
    if kind == "X" {
        return true;
    }
    match seen {
        Seen::Unknown => true,
        Seen::None => kind == "N",
        Seen::Bool(value) => {
            matches!(kind, "b" | "i") && rest.and_then(Value::as_i64) == Some(i64::from(*value))
        }
        Seen::Int(number) => matches!(kind, "b" | "i") && rest.and_then(Value::as_i64) == Some(*number),
        // With the encoding "bytes", strings of Python 2 stay bytes.
        Seen::Text(text) => kind == "y" || kind == "s" && rest.and_then(Value::as_str) == Some(text),
        Seen::Bytes(bytes) => kind == "y" && rest.is_some_and(|real| *real == Value::from(bytes.as_slice())),
        Seen::Items(name, items) => {
            let real = rest.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            *name == kind && contents(kind, items, real)
        }
        // The child does not look up what these find.
        Seen::Global(..) if kind == "O" && parts.get(2).and_then(Value::as_str).is_some_and(finds) => true,
        Seen::Global(module, name) => kind == "G" && named(parts, module, name),
        // The child makes instances of the first argument whether or not Python 3 finds the function under this name.
        Seen::Made(_, name) if MAKERS.contains(&name.as_str()) => kind == "O",
        // Nor does it matter how `encode` was called: the child gives bytes, the scanner says who made them.
        Seen::Made(_, name) if name == "encode" && kind == "y" => true,
        Seen::Made(module, name) => kind == "O" && named(parts, module, name),
        Seen::Asked => kind == "P",
    }
}

fn named(parts: Parts<'_>, module: &str, name: &str) -> bool {
    parts.get(1).and_then(Value::as_str) == Some(module) && parts.get(2).and_then(Value::as_str) == Some(name)
}

fn contents(kind: &str, items: &[Seen], real: &[Value]) -> bool {
    match kind {
        "tuple" | "list" => pairwise(items, real),
        "dict" => real.chunks(2).all(|pair| {
            items.chunks(2).any(|known| known.iter().zip(pair).all(|(known, real)| is(known, Some(real))))
        }),
        _ => real.iter().all(|real| items.iter().any(|known| is(known, Some(real)))),
    }
}

fn pairwise(items: &[Seen], real: &[Value]) -> bool {
    items.len() == real.len() && items.iter().zip(real).all(|(known, real)| is(known, Some(real)))
}

//! joblib's arrays: their bytes lie in the stream between two operations, after the wrapper got its state.
//!
//! Source: joblib `numpy_pickle.py`, `NumpyArrayWrapper.read_array` (0.10 to 1.6); numpy `dtype.__setstate__`.

use super::globals::Global;
use super::machine::Machine;
use super::opcode::Kind;
use super::plain;
use super::value::Value;
use crate::Stop;

/// Dtypes of one pickle that are followed; picklers write each once.
const MAX_DTYPES: usize = 1 << 16;

/// What joblib needs to know of a dtype to step over an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dtype {
    /// Bytes of one item.
    size: u32,
    /// Whether the size comes with the state.
    flexible: bool,
    /// Whether items are pickled objects.
    object: bool,
    /// Whether all of this is certain.
    known: bool,
}

/// The flag of a dtype that holds references to objects: `NPY_ITEM_REFCOUNT`.
const REFCOUNT: i64 = 1;

/// Where version, item size and flags stand in a dtype's state, and how many parts it has.
const STATE_VERSION: usize = 0;
const STATE_SIZE: usize = 5;
const STATE_FLAGS: usize = 7;
const STATE_PARTS: std::ops::RangeInclusive<usize> = 8..=9;

/// Versions of the state with these parts.
const STATE_VERSIONS: std::ops::RangeInclusive<i64> = 3..=4;

/// What `numpy.dtype(text, …)` gives; an unknown object when it says nothing about sizes.
pub(super) fn dtype(
    machine: &mut Machine<'_, '_, '_, '_>,
    class: u32,
    args: &[Value],
) -> Result<Value, Stop> {
    let Some(first) = args.first() else { return Ok(Value::Object(class)) };
    let parsed = machine.constant(*first)?.and_then(|text| parse(&text));
    let Some(parsed) = parsed.filter(|_| machine.dtypes.len() < MAX_DTYPES) else {
        return Ok(Value::Object(class));
    };
    let number = u32::try_from(machine.dtypes.len()).unwrap_or(u32::MAX);
    machine.dtypes.push(parsed);
    Ok(Value::Dtype(number))
}

/// `f8`, `<U10`, `|V12`, `O8`, `M8[ns]`; nothing with several fields or a shape.
fn parse(text: &str) -> Option<Dtype> {
    let mut rest = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text).chars();
    let kind = rest.next()?;
    let rest = rest.as_str();
    let unit = rest.find('[').filter(|_| matches!(kind, 'M' | 'm') && rest.ends_with(']'));
    let digits = unit.and_then(|unit| rest.get(..unit)).unwrap_or(rest);
    let size: u32 = match digits {
        "" => default_size(kind)?,
        _ if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    let size = if kind == 'U' { size.checked_mul(4)? } else { size };
    let flexible = matches!(kind, 'S' | 'U' | 'V' | 'a');
    let object = kind == 'O';
    "biufcmMSUVOa?".contains(kind).then_some(Dtype { size, flexible, object, known: true })
}

const fn default_size(kind: char) -> Option<u32> {
    match kind {
        '?' | 'b' => Some(1),
        'S' | 'U' | 'V' | 'a' => Some(0),
        'O' | 'M' | 'm' => Some(8),
        _ => None,
    }
}

/// The dtype after `__setstate__`: flexible ones take its size, and all of them whether a field holds objects.
pub(super) fn dtype_state(machine: &mut Machine<'_, '_, '_, '_>, number: u32, state: Value) {
    let parts = if let Value::Seq(seq) = state { machine.all(seq) } else { None };
    let parts = parts.filter(|parts| STATE_PARTS.contains(&parts.len())).unwrap_or_default();
    let place = usize::try_from(number).ok();
    let Some(dtype) = place.and_then(|place| machine.dtypes.get_mut(place)) else { return };
    let part = |at: usize| match parts.get(at) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let version = part(STATE_VERSION).filter(|version| STATE_VERSIONS.contains(version));
    let (Some(_), Some(size), Some(flags)) = (version, part(STATE_SIZE), part(STATE_FLAGS)) else {
        dtype.known = false;
        return;
    };
    match u32::try_from(size) {
        Ok(size) if dtype.flexible => dtype.size = size,
        Err(_) if dtype.flexible => dtype.known = false,
        Ok(_) | Err(_) => {}
    }
    dtype.object |= flags & REFCOUNT != 0;
}

/// After a wrapper got its state, joblib reads the array from the stream and puts it in the wrapper's place.
///
/// `pickle.load` does not: for it, the bytes of the array are operations.
pub(super) fn after_build(
    machine: &mut Machine<'_, '_, '_, '_>,
    class: u32,
    state: Value,
) -> Result<(), Stop> {
    if machine.plain || !machine.globals.get(class).is_some_and(is_wrapper) {
        return Ok(());
    }
    let array = wrapped(machine, state)?;
    let object = array.as_ref().is_some_and(|array| array.object);
    plain::follow(machine, if object { plain::Array::Pickle } else { plain::Array::Raw })?;
    let Some(array) = array else {
        return Err(Stop::Unsupported("joblib array wrapper"));
    };
    machine.leave_frame();
    machine.replace_top(Value::Plain);
    if array.object {
        let start = machine.source.position();
        let end = super::scan_one(machine.source.input(), start, machine.report)?;
        machine.source.seek(end);
        return Ok(());
    }
    if array.padded {
        let padding = machine.source.u8("array padding")?;
        machine.source.skip(u64::from(padding), "array padding")?;
    }
    machine.source.skip(array.bytes, "array of joblib").map(|_| ())
}

fn is_wrapper(global: &Global) -> bool {
    global.name == "NumpyArrayWrapper" && global.module.ends_with("joblib.numpy_pickle")
}

struct Wrapped {
    object: bool,
    bytes: u64,
    padded: bool,
}

/// What the state of a wrapper says; `None` when any of it is not seen.
fn wrapped(machine: &Machine<'_, '_, '_, '_>, state: Value) -> Result<Option<Wrapped>, Stop> {
    let Value::Seq(state) = state else { return Ok(None) };
    let state = if state.kind() == Kind::Dict { machine.all(state) } else { None };
    let (mut dtype, mut count, mut padded) = (None, None, false);
    for pair in state.unwrap_or_default().chunks_exact(2) {
        let [key, value] = pair else { continue };
        match machine.constant(*key)?.as_deref() {
            Some("dtype") => dtype = known_dtype(machine, *value),
            Some("shape") => count = product(machine, *value),
            Some("numpy_array_alignment_bytes") => padded = *value != Value::None,
            Some(_) => {}
            None => return Ok(None),
        }
    }
    let Some((dtype, count)) = dtype.zip(count) else { return Ok(None) };
    let bytes = count.checked_mul(u64::from(dtype.size));
    Ok(bytes.map(|bytes| Wrapped { object: dtype.object, bytes, padded }))
}

fn known_dtype(machine: &Machine<'_, '_, '_, '_>, value: Value) -> Option<Dtype> {
    let Value::Dtype(number) = value else { return None };
    machine.dtypes.get(usize::try_from(number).ok()?).copied().filter(|dtype| dtype.known)
}

/// How many items an array of this shape has.
fn product(machine: &Machine<'_, '_, '_, '_>, shape: Value) -> Option<u64> {
    let Value::Seq(shape) = shape else { return None };
    if shape.kind() != Kind::Tuple {
        return None;
    }
    machine.all(shape)?.into_iter().try_fold(1_u64, |count, length| {
        let Value::Int(length) = length else { return None };
        count.checked_mul(u64::try_from(length).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtypes_have_the_sizes_numpy_gives_them() {
        for (text, size, flexible, object) in [
            ("f8", 8, false, false),
            ("<U10", 40, true, false),
            ("|V12", 12, true, false),
            ("O8", 8, false, true),
            ("O", 8, false, true),
            ("M8[ns]", 8, false, false),
        ] {
            assert_eq!(parse(text), Some(Dtype { size, flexible, object, known: true }), "{text}");
        }
        for text in
            ["x4", "U4294967295", "", "f8,i4", "bytes8", "f8[ns]", "(2,)f8", "f+8", "<<f8", "M8[ns],f8"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

//! joblib's arrays: their bytes lie in the stream between two operations, after the wrapper got its state.
//!
//! Source: joblib `numpy_pickle.py`, `NumpyArrayWrapper.read_array` (0.10 to 1.6); numpy `dtype.__setstate__`.

use super::globals::Global;
use super::machine::Machine;
use super::opcode::Kind;
use super::value::{Dtype, Seq, Value};
use crate::Stop;

/// The flag of a dtype that holds references to objects: `NPY_ITEM_REFCOUNT`.
const REFCOUNT: i64 = 1;

/// Where the item size and the flags stand in a dtype's state.
const STATE_SIZE: usize = 5;
const STATE_FLAGS: usize = 7;

/// What `numpy.dtype(text, …)` gives; `None` when it says nothing about sizes.
pub(super) fn dtype(machine: &Machine<'_, '_, '_, '_>, args: &[Value]) -> Result<Option<Dtype>, Stop> {
    let Some(first) = args.first() else { return Ok(None) };
    Ok(machine.constant(*first)?.and_then(|text| parse(&text)))
}

/// `f8`, `<U10`, `|V12`, `O8`.
fn parse(text: &str) -> Option<Dtype> {
    let text = text.trim_start_matches(['<', '>', '=', '|']);
    let mut rest = text.chars();
    let kind = rest.next()?;
    let digits = rest.as_str();
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let size: u32 = if digits.is_empty() { default_size(kind)? } else { digits.parse().ok()? };
    let size = if kind == 'U' { size.checked_mul(4)? } else { size };
    "biufcmMSUVOap?".contains(kind).then_some(Dtype { size, object: kind == 'O' })
}

const fn default_size(kind: char) -> Option<u32> {
    match kind {
        '?' | 'b' => Some(1),
        'S' | 'U' | 'V' | 'a' => Some(0),
        'O' | 'M' | 'm' => Some(8),
        _ => None,
    }
}

/// The dtype after `__setstate__`: structured ones say their size and whether a field holds objects.
pub(super) fn dtype_state(machine: &Machine<'_, '_, '_, '_>, dtype: Dtype, state: Value) -> Dtype {
    let Value::Seq(seq) = state else { return dtype };
    let Some(state) = machine.all(seq) else { return dtype };
    let size = match state.get(STATE_SIZE) {
        Some(Value::Int(size)) => u32::try_from(*size).ok().filter(|size| *size > 0),
        _ => None,
    };
    let object = matches!(state.get(STATE_FLAGS), Some(Value::Int(flags)) if flags & REFCOUNT != 0);
    Dtype { size: size.unwrap_or(dtype.size), object: dtype.object || object }
}

/// After a wrapper got its state, joblib reads the array from the stream.
pub(super) fn after_build(
    machine: &mut Machine<'_, '_, '_, '_>,
    class: u32,
    state: Value,
) -> Result<(), Stop> {
    if !machine.globals.get(class).is_some_and(is_wrapper) {
        return Ok(());
    }
    let Some(array) = wrapped(machine, state)? else {
        return Err(Stop::Unsupported("joblib array wrapper"));
    };
    machine.leave_frame();
    if array.dtype.object {
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
    dtype: Dtype,
    bytes: u64,
    padded: bool,
}

fn wrapped(machine: &Machine<'_, '_, '_, '_>, state: Value) -> Result<Option<Wrapped>, Stop> {
    let Value::Seq(state) = state else { return Ok(None) };
    let Some(state) = machine.all(state) else { return Ok(None) };
    let (mut dtype, mut count, mut padded) = (None, None, false);
    for pair in state.chunks_exact(2) {
        let [key, value] = pair else { continue };
        match (machine.constant(*key)?.as_deref(), *value) {
            (Some("dtype"), Value::Dtype(known)) => dtype = Some(known),
            (Some("shape"), Value::Seq(shape)) => count = product(machine, shape),
            (Some("numpy_array_alignment_bytes"), value) => padded = value != Value::None,
            _ => {}
        }
    }
    let Some((dtype, count)) = dtype.zip(count) else { return Ok(None) };
    Ok(count.checked_mul(u64::from(dtype.size)).map(|bytes| Wrapped { dtype, bytes, padded }))
}

/// How many items an array of this shape has.
fn product(machine: &Machine<'_, '_, '_, '_>, shape: Seq) -> Option<u64> {
    if shape.kind != Kind::Tuple {
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
        for (text, size, object) in [
            ("f8", 8, false),
            ("<U10", 40, false),
            ("|V12", 12, false),
            ("O8", 8, true),
            ("O", 8, true),
            ("M8[ns]", 8, false),
        ] {
            assert_eq!(parse(text), Some(Dtype { size, object }), "{text}");
        }
        assert_eq!((parse("x4"), parse("U4294967295"), parse("")), (None, None, None));
    }
}

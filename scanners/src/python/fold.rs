//! Texts and numbers that are put together from constants, worked out as Python would.

use ruff_python_ast::Operator;

use super::decode::{Decoder, MAX_DECODED, codec, decoder};
use super::value::{Made, Value};

/// The most items worked out of one list or range.
pub(super) const MAX_ITEMS: usize = 1 << 16;

/// What an operator makes of two constants.
pub(super) fn binary(left: &Value, operator: Operator, right: &Value) -> Value {
    match (left, operator, right) {
        (Value::Text(a, x), Operator::Add, Value::Text(b, y)) => {
            let longer = a.len().saturating_add(b.len());
            if longer > MAX_DECODED {
                Value::Hidden
            } else {
                Value::text(&format!("{a}{b}"), Made::Assembled.max(*x).max(*y))
            }
        }
        (Value::Bytes(a, x), Operator::Add, Value::Bytes(b, y))
            if a.len().saturating_add(b.len()) <= MAX_DECODED =>
        {
            Value::Bytes([&**a, &**b].concat().into(), Made::Assembled.max(*x).max(*y))
        }
        (Value::List(a), Operator::Add, Value::List(b)) if a.len().saturating_add(b.len()) <= MAX_ITEMS => {
            Value::list(a.iter().chain(b.iter()).cloned().collect())
        }
        (Value::Text(a, made), Operator::Mod, values) => percent(a, *made, values),
        (Value::Text(a, made), Operator::Mult, Value::Int(times))
        | (Value::Int(times), Operator::Mult, Value::Text(a, made)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            if a.len().saturating_mul(times) > MAX_DECODED {
                Value::Unknown
            } else {
                Value::text(&a.repeat(times), Made::Assembled.max(*made))
            }
        }
        // `Path.home() / "name"` is another path on disk.
        (Value::Path(path, made), Operator::Div, _) if path.starts_with("pathlib.") => {
            Value::Path("pathlib.Path()".into(), *made)
        }
        (Value::Int(a), operator, Value::Int(b)) => {
            number(*a, operator, *b).map_or(Value::Unknown, Value::Int)
        }
        (a, _, b) if a.made().max(b.made()) == Made::Decoded => Value::Hidden,
        _ => Value::Unknown,
    }
}

fn number(a: i64, operator: Operator, b: i64) -> Option<i64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Sub => a.checked_sub(b),
        Operator::Mult => a.checked_mul(b),
        Operator::FloorDiv => a.checked_div_euclid(b),
        Operator::Mod => a.checked_rem_euclid(b),
        Operator::BitXor => Some(a ^ b),
        Operator::BitAnd => Some(a & b),
        Operator::BitOr => Some(a | b),
        Operator::LShift => a.checked_shl(u32::try_from(b).ok()?),
        Operator::RShift => a.checked_shr(u32::try_from(b).ok()?),
        Operator::Pow => a.checked_pow(u32::try_from(b).ok()?),
        Operator::Div | Operator::MatMult => None,
    }
}

/// `'%s%s' % (a, b)` of plain insertions.
fn percent(format: &str, made: Made, values: &Value) -> Value {
    let one = [values.clone()];
    let mut values = if let Value::List(values) = values { values.iter() } else { one.iter() };
    let mut text = String::new();
    let mut made = made.max(Made::Assembled);
    let mut rest = format.split('%');
    text.push_str(rest.next().unwrap_or_default());
    while let Some(part) = rest.next() {
        match part.chars().next() {
            None => {
                text.push('%');
                text.push_str(rest.next().unwrap_or_default());
            }
            Some('s' | 'd' | 'c' | 'i') => {
                let Some((value, how)) = values.next().and_then(shown) else { return Value::Unknown };
                made = made.max(how);
                text.push_str(&value);
                text.push_str(part.get(1..).unwrap_or_default());
            }
            Some(_) => return Value::Unknown,
        }
    }
    if text.len() > MAX_DECODED { Value::Hidden } else { Value::text(&text, made) }
}

/// `str(value)`, for constants.
pub(super) fn shown(value: &Value) -> Option<(String, Made)> {
    match value {
        Value::Text(text, made) => Some((text.to_string(), *made)),
        Value::Int(number) => Some((number.to_string(), Made::Plain)),
        Value::Bool(truth) => Some((if *truth { "True" } else { "False" }.to_owned(), Made::Plain)),
        Value::None => Some(("None".to_owned(), Made::Plain)),
        Value::Unknown
        | Value::Hidden
        | Value::Path(..)
        | Value::Bytes(..)
        | Value::List(_)
        | Value::Any(_)
        | Value::Function(_)
        | Value::Class(_)
        | Value::Instance(_) => None,
    }
}

/// The items a loop over it would see.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) if items.len() <= MAX_ITEMS => Some(items.to_vec()),
        Value::Text(text, made) => Some(
            text.chars()
                .take(MAX_ITEMS)
                .map(|one| Value::text(one.encode_utf8(&mut [0; 4]), *made))
                .collect(),
        ),
        Value::Bytes(bytes, _) => {
            Some(bytes.iter().take(MAX_ITEMS).map(|byte| Value::Int(i64::from(*byte))).collect())
        }
        Value::Unknown
        | Value::Hidden
        | Value::Path(..)
        | Value::Int(_)
        | Value::Bool(_)
        | Value::None
        | Value::List(_)
        | Value::Any(_)
        | Value::Function(_)
        | Value::Class(_)
        | Value::Instance(_) => None,
    }
}

/// The character of a number.
pub(super) fn chr(value: &Value) -> Value {
    let Value::Int(number) = value else { return Value::Hidden };
    let character = u32::try_from(*number).ok().and_then(char::from_u32);
    character.map_or(Value::Unknown, |one| Value::text(one.encode_utf8(&mut [0; 4]), Made::Decoded))
}

/// Bytes of numbers.
pub(super) fn bytes(value: &Value) -> Value {
    match value {
        Value::Bytes(..) => value.clone(),
        Value::Text(text, made) => Value::Bytes(text.as_bytes().into(), *made),
        Value::List(numbers) => {
            let byte = |value: &Value| {
                if let Value::Int(number) = value { u8::try_from(*number).ok() } else { None }
            };
            match numbers.iter().map(byte).collect::<Option<Vec<u8>>>() {
                Some(bytes) => Value::Bytes(bytes.into(), Made::Decoded),
                None => Value::Hidden,
            }
        }
        Value::Unknown
        | Value::Hidden
        | Value::Path(..)
        | Value::Int(_)
        | Value::Bool(_)
        | Value::None
        | Value::Any(_)
        | Value::Function(_)
        | Value::Class(_)
        | Value::Instance(_) => Value::Unknown,
    }
}

pub(super) fn text_of(bytes: &[u8], made: Made) -> Value {
    std::str::from_utf8(bytes).map_or(Value::Hidden, |text| Value::text(text, made))
}

/// What a decoder makes of it: never plain any more, whether it is known or not.
pub(super) fn decoded(decoder: Decoder, value: &Value) -> Value {
    let known = match value {
        Value::Text(text, _) => decoder.decode(text.as_bytes()).map(|bytes| (bytes, true)),
        Value::Bytes(bytes, _) => decoder.decode(bytes).map(|bytes| (bytes, false)),
        Value::Any(values) => return values.first().map_or(Value::Hidden, |value| decoded(decoder, value)),
        Value::Unknown
        | Value::Hidden
        | Value::Path(..)
        | Value::Int(_)
        | Value::Bool(_)
        | Value::None
        | Value::List(_)
        | Value::Function(_)
        | Value::Class(_)
        | Value::Instance(_) => None,
    };
    match known {
        Some((bytes, true)) if decoder == Decoder::Rot13 => text_of(&bytes, Made::Decoded),
        Some((bytes, _)) => Value::Bytes(bytes.into(), Made::Decoded),
        None => Value::Hidden,
    }
}

/// What a function of the standard library that works on constants gives.
pub(super) fn call(path: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first();
    if let Some(decoder) = decoder(path) {
        return Some(decoded(decoder, first.unwrap_or(&Value::Unknown)));
    }
    Some(match path {
        "codecs.decode" | "codecs.encode" => {
            let decoder = arguments.get(1).and_then(Value::as_text).and_then(|(name, _)| codec(name));
            decoder.map_or(Value::Unknown, |decoder| decoded(decoder, first.unwrap_or(&Value::Unknown)))
        }
        "builtins.chr" | "builtins.unichr" => first.map_or(Value::Unknown, chr),
        "builtins.ord" => match first {
            Some(Value::Text(text, _)) => {
                text.chars().next().map_or(Value::Unknown, |one| Value::Int(i64::from(u32::from(one))))
            }
            Some(Value::Bytes(bytes, _)) => {
                bytes.first().map_or(Value::Unknown, |one| Value::Int(i64::from(*one)))
            }
            _ => Value::Unknown,
        },
        "builtins.str" => match first {
            Some(Value::Bytes(bytes, made)) => text_of(bytes, *made),
            Some(value) if value.made() == Made::Decoded => value.clone(),
            Some(value) => shown(value).map_or(Value::Unknown, |(text, made)| Value::text(&text, made)),
            None => Value::text("", Made::Plain),
        },
        "builtins.bytes" | "builtins.bytearray" => first.map_or(Value::Unknown, bytes),
        "builtins.int" => integer(first, arguments.get(1)),
        "builtins.list" | "builtins.tuple" | "builtins.iter" | "builtins.sorted" => {
            first.and_then(items).map_or_else(|| first.cloned().unwrap_or(Value::Unknown), Value::list)
        }
        "builtins.reversed" => first.and_then(items).map_or(Value::Unknown, |mut items| {
            items.reverse();
            Value::list(items)
        }),
        "builtins.range" => range(arguments),
        _ => return None,
    })
}

fn integer(text: Option<&Value>, base: Option<&Value>) -> Value {
    match (text, base) {
        (Some(Value::Int(number)), _) => Value::Int(*number),
        (Some(Value::Text(text, _)), base) => {
            let base =
                if let Some(Value::Int(base)) = base { u32::try_from(*base).unwrap_or(10) } else { 10 };
            let digits = text.trim_start_matches("0x").trim_start_matches("0b");
            if (2..=36).contains(&base) {
                i64::from_str_radix(digits, base).map_or(Value::Unknown, Value::Int)
            } else {
                Value::Unknown
            }
        }
        _ => Value::Unknown,
    }
}

fn range(arguments: &[Value]) -> Value {
    let numbers: Option<Vec<i64>> = arguments
        .iter()
        .map(|value| if let Value::Int(number) = value { Some(*number) } else { None })
        .collect();
    let (start, end, step) = match numbers.as_deref() {
        Some([end]) => (0, *end, 1),
        Some([start, end]) => (*start, *end, 1),
        Some([start, end, step]) => (*start, *end, *step),
        _ => return Value::Unknown,
    };
    let (mut items, mut at) = (Vec::new(), start);
    while step != 0 && ((step > 0 && at < end) || (step < 0 && at > end)) && items.len() < 4096 {
        items.push(Value::Int(at));
        at = at.saturating_add(step);
    }
    Value::list(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value) -> (&str, Made) {
        value.as_text().unwrap()
    }

    #[test]
    fn pieces_make_a_text_that_is_not_plain() {
        let (sys, tem) = (Value::text("sys", Made::Plain), Value::text("tem", Made::Plain));
        assert_eq!(text(&binary(&sys, Operator::Add, &tem)), ("system", Made::Assembled));
        let both = Value::list(vec![sys.clone(), tem.clone()]);
        assert_eq!(
            text(&binary(&Value::text("%s%s", Made::Plain), Operator::Mod, &both)),
            ("system", Made::Assembled)
        );
        assert_eq!(
            text(&super::super::texts::method(&Value::text("", Made::Plain), "join", &[both]).unwrap()),
            ("system", Made::Assembled)
        );
        let turned = super::super::texts::slice(&Value::text("metsys", Made::Plain), None, None, Some(-1));
        assert_eq!(text(&turned), ("system", Made::Decoded));
    }
}

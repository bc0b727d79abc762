//! Methods and slices of constants, worked out as Python would.

use super::decode::{Decoder, MAX_DECODED, codec};
use super::fold::{MAX_ITEMS, bytes, decoded, items, shown, text_of};
use super::value::{Made, Value};

/// What a method of a constant gives.
pub(super) fn method(value: &Value, name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first();
    match value {
        Value::Text(text, made) => text_method(text, *made, name, first, arguments.get(1)),
        Value::Bytes(bytes, made) => match name {
            "decode" => Some(text_of(bytes, *made)),
            "hex" => {
                Some(Value::text(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), *made))
            }
            "join" => Some(Value::Unknown),
            "translate" | "replace" | "strip" => Some(Value::Hidden),
            _ => None,
        },
        Value::Hidden
            if matches!(name, "decode" | "strip" | "replace" | "encode" | "join" | "split" | "translate") =>
        {
            Some(Value::Hidden)
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

fn text_method(
    text: &str,
    made: Made,
    name: &str,
    first: Option<&Value>,
    second: Option<&Value>,
) -> Option<Value> {
    let assembled = made.max(Made::Assembled);
    Some(match name {
        "join" => join(text, made, first?),
        "format" => {
            let filled = text.replacen("{}", &shown(first?)?.0, 1).replacen("{0}", &shown(first?)?.0, 1);
            let filled =
                second.and_then(shown).map_or(filled.clone(), |(next, _)| filled.replacen("{}", &next, 1));
            Value::text(filled.get(..MAX_DECODED).unwrap_or(&filled), assembled)
        }
        "replace" => {
            let (Value::Text(from, _), Value::Text(to, _)) = (first?, second?) else {
                return Some(Value::Unknown);
            };
            if from.is_empty() || text.len().saturating_mul(to.len().max(1)) > MAX_DECODED {
                return Some(Value::Hidden);
            }
            let replaced = text.replace(&**from, to);
            if *replaced == *text { Value::text(text, made) } else { Value::text(&replaced, Made::Decoded) }
        }
        "encode" => match first.and_then(Value::as_text).and_then(|(name, _)| codec(name)) {
            Some(Decoder::Rot13) => decoded(Decoder::Rot13, &Value::text(text, made)),
            Some(_) => Value::Hidden,
            None => Value::Bytes(text.as_bytes().into(), made),
        },
        "strip" | "rstrip" | "lstrip" => Value::text(text.trim(), made),
        "lower" => Value::text(&text.to_lowercase(), assembled),
        "upper" => Value::text(&text.to_uppercase(), assembled),
        "swapcase" | "translate" => Value::Hidden,
        "split" => {
            let parts: Vec<Value> = match first {
                Some(Value::Text(by, _)) if !by.is_empty() => {
                    text.split(&**by).take(MAX_ITEMS).map(|part| Value::text(part, assembled)).collect()
                }
                _ => {
                    text.split_whitespace().take(MAX_ITEMS).map(|part| Value::text(part, assembled)).collect()
                }
            };
            Value::list(parts)
        }
        _ => return None,
    })
}

fn join(separator: &str, made: Made, parts: &Value) -> Value {
    let Some(parts) = items(parts) else {
        return if parts.made() == Made::Decoded { Value::Hidden } else { Value::Unknown };
    };
    let (mut text, mut made) = (String::new(), made.max(Made::Assembled));
    for (at, part) in parts.iter().enumerate() {
        let Value::Text(part, how) = part else {
            return if part.made() == Made::Decoded { Value::Hidden } else { Value::Unknown };
        };
        made = made.max(*how);
        if at > 0 {
            text.push_str(separator);
        }
        text.push_str(part);
        if text.len() > MAX_DECODED {
            return Value::Hidden;
        }
    }
    Value::text(&text, made)
}

/// `value[start:end:step]`.
pub(super) fn slice(value: &Value, start: Option<i64>, end: Option<i64>, step: Option<i64>) -> Value {
    let Some(all) = items(value) else {
        return if value.made() == Made::Decoded { Value::Hidden } else { Value::Unknown };
    };
    let length = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let clamp =
        |at: i64, low: i64, high: i64| if at < 0 { at.saturating_add(length) } else { at }.clamp(low, high);
    let (mut at, end) = if step > 0 {
        (clamp(start.unwrap_or(0), 0, length), clamp(end.unwrap_or(length), 0, length))
    } else {
        let last = length.saturating_sub(1);
        (start.map_or(last, |at| clamp(at, -1, last)), end.map_or(-1, |at| clamp(at, -1, last)))
    };
    let mut taken = Vec::new();
    while step != 0 && ((step > 0 && at < end) || (step < 0 && at > end)) {
        taken.extend(usize::try_from(at).ok().and_then(|at| all.get(at)).cloned());
        at = at.saturating_add(step);
    }
    // A step turns a text around or thins it out, which nobody reads.
    let made = if step == 1 { Made::Assembled } else { Made::Decoded };
    match value {
        Value::Text(_, how) => join("", made.max(*how), &Value::list(taken)),
        Value::Bytes(_, how) => match bytes(&Value::list(taken)) {
            Value::Bytes(bytes, _) => Value::Bytes(bytes, made.max(*how)),
            Value::Unknown
            | Value::Hidden
            | Value::Path(..)
            | Value::Text(..)
            | Value::Int(_)
            | Value::Bool(_)
            | Value::None
            | Value::List(_)
            | Value::Any(_)
            | Value::Function(_)
            | Value::Class(_)
            | Value::Instance(_) => Value::Unknown,
        },
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
        | Value::Instance(_) => Value::list(taken),
    }
}

/// `value[at]`.
pub(super) fn index(value: &Value, at: i64) -> Value {
    let Some(all) = items(value) else { return Value::Unknown };
    let length = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length) } else { at };
    usize::try_from(at).ok().and_then(|at| all.get(at)).cloned().unwrap_or(Value::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value) -> (&str, Made) {
        value.as_text().unwrap()
    }

    #[test]
    fn slices_are_pythons() {
        let digits = Value::text("0123456789", Made::Plain);
        for (start, end, step, want) in [
            (Some(2), Some(5), None, "234"),
            (Some(-3), None, None, "789"),
            (None, Some(-8), None, "01"),
            (None, None, Some(3), "0369"),
            (Some(4), None, Some(-2), "420"),
            (Some(50), Some(-50), Some(-4), "951"),
        ] {
            assert_eq!(text(&slice(&digits, start, end, step)).0, want);
        }
    }
}

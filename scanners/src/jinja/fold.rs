//! Computes what can be known of an expression's value: attackers build the names of attributes from pieces.
//!
//! The analysis does not follow control flow: a variable may hold anything that any assignment gives it.

use std::collections::BTreeMap;

use super::ast::{Arguments, Expr, ExprKind};

/// Alternatives kept for one value.
const MAX_ALTERNATIVES: usize = 16;

/// Items kept of one list; more may hold anything.
const MAX_ITEMS: usize = 256;

/// The longest text that is computed; attribute names are short.
const MAX_TEXT: usize = 1024;

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// One of these texts, or something harmless.
    Texts(Vec<String>),
    Number(i64),
    /// Items of a list, values of a mapping.
    List(Vec<Known>),
    /// Text put together from parts that are not all known.
    Built,
    /// Text that came as a whole: harmless as a key, but its letters spell anything.
    Foreign,
    /// Anything else.
    Other,
}

/// Variables, with `namespace.name` for attributes of namespaces.
pub(super) type Variables = BTreeMap<String, Known>;

impl Known {
    /// Either of two values.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Texts(mut left), Self::Texts(right)) => {
                for text in right {
                    if !left.contains(&text) {
                        left.push(text);
                    }
                }
                texts(left)
            }
            (Self::Built, _) | (_, Self::Built) => Self::Built,
            (Self::List(mut left), Self::List(right)) => {
                for item in right {
                    if !left.contains(&item) {
                        left.push(item);
                    }
                }
                list(left)
            }
            (Self::Other | Self::Number(_), known) | (known, Self::Other | Self::Number(_)) => known,
            (Self::List(mut items), known) | (known, Self::List(mut items)) => {
                items.push(known);
                list(items)
            }
            (Self::Foreign, known) | (known, Self::Foreign) => known,
        }
    }

    /// Any of the items.
    pub(super) fn any_item(self) -> Self {
        match self {
            Self::List(items) => items.into_iter().fold(Self::Other, Self::or),
            Self::Texts(_) | Self::Built | Self::Foreign => Self::Built,
            Self::Number(_) | Self::Other => Self::Other,
        }
    }

    /// The texts it may be.
    pub(super) fn alternatives(&self) -> &[String] {
        match self {
            Self::Texts(texts) => texts,
            Self::Number(_) | Self::List(_) | Self::Built | Self::Foreign | Self::Other => &[],
        }
    }
}

/// A list whose items are all kept, or one that may hold anything.
fn list(items: Vec<Known>) -> Known {
    if items.len() <= MAX_ITEMS { Known::List(items) } else { Known::List(vec![Known::Built]) }
}

fn texts(texts: Vec<String>) -> Known {
    let fits = texts.len() <= MAX_ALTERNATIVES && texts.iter().all(|text| text.len() <= MAX_TEXT);
    if fits { Known::Texts(texts) } else { Known::Built }
}

/// What is known of an expression's value.
pub(super) fn fold(expr: &Expr, variables: &Variables) -> Known {
    let fold = |expr: &Expr| fold(expr, variables);
    match &expr.kind {
        ExprKind::Text(text) => texts(vec![text.clone()]),
        ExprKind::Number(number) => Known::Number(*number),
        ExprKind::Constant | ExprKind::Test(..) => Known::Other,
        ExprKind::Name(name) => variables.get(name).cloned().unwrap_or(Known::Other),
        ExprKind::Attribute(of, name) => {
            if let ExprKind::Name(namespace) = &of.kind
                && let Some(known) = variables.get(&format!("{namespace}.{name}"))
            {
                return known.clone();
            }
            match fold(of) {
                list @ Known::List(_) => list.any_item(),
                Known::Texts(_) | Known::Number(_) | Known::Built | Known::Foreign | Known::Other => {
                    Known::Other
                }
            }
        }
        ExprKind::Item(of, index) => item(fold(of), &fold(index)),
        ExprKind::Slice(of, parts) => slice(fold(of), parts),
        ExprKind::Call(callee, arguments) => call(callee, arguments, variables),
        ExprKind::Filter(of, name, arguments) => {
            let of = of.as_deref().map_or(Known::Other, fold);
            filter(of, name, &values(arguments, variables))
        }
        ExprKind::Binary(operator, left, right) => binary(operator, fold(left), fold(right)),
        ExprKind::Unary(of) => match fold(of) {
            Known::Number(number) => Known::Number(number.saturating_neg()),
            Known::Texts(_) | Known::List(_) | Known::Built | Known::Foreign | Known::Other => Known::Other,
        },
        ExprKind::Condition(value, _, otherwise) => {
            let otherwise = otherwise.as_deref().map_or(Known::Other, fold);
            fold(value).or(otherwise)
        }
        ExprKind::List(items) => list(items.iter().map(fold).collect()),
        ExprKind::Dict(pairs) => {
            list(pairs.iter().flat_map(|(key, value)| [fold(key), fold(value)]).collect())
        }
    }
}

fn values(arguments: &Arguments, variables: &Variables) -> Vec<Known> {
    arguments.iter().map(|(_, value)| fold(value, variables)).collect()
}

/// Applies `change` to every alternative; what is not known stays so.
fn each(of: Known, change: impl Fn(&str) -> Option<String>) -> Known {
    match of {
        Known::Texts(all) => {
            all.iter().map(|text| change(text)).collect::<Option<_>>().map_or(Known::Built, texts)
        }
        Known::Number(_) | Known::List(_) | Known::Built | Known::Foreign | Known::Other => Known::Built,
    }
}

/// Applies `change` to every pair of alternatives.
fn pairs(left: &Known, right: &Known, change: impl Fn(&str, &str) -> String) -> Known {
    let (left, right) = (left.alternatives(), right.alternatives());
    if left.is_empty() || right.is_empty() || left.len().saturating_mul(right.len()) > MAX_ALTERNATIVES {
        return Known::Built;
    }
    texts(left.iter().flat_map(|left| right.iter().map(|right| change(left, right))).collect())
}

/// A number is shown as text where text is put together.
fn as_text(known: Known) -> Known {
    match known {
        Known::Number(number) => texts(vec![number.to_string()]),
        Known::Texts(_) | Known::List(_) | Known::Built | Known::Foreign | Known::Other => known,
    }
}

fn binary(operator: &str, left: Known, right: Known) -> Known {
    let both_numbers = match (&left, &right) {
        (Known::Number(left), Known::Number(right)) => Some((*left, *right)),
        _ => None,
    };
    let textual = |known: &Known| matches!(known, Known::Texts(_) | Known::Built | Known::Foreign);
    match operator {
        "or" | "and" => left.or(right),
        "compare" => Known::Other,
        "~" => pairs(&as_text(left), &as_text(right), |left, right| format!("{left}{right}")),
        "+" if textual(&left) || textual(&right) => {
            pairs(&left, &right, |left, right| format!("{left}{right}"))
        }
        "%" if textual(&left) => {
            let arguments = match right {
                Known::List(items) => items,
                one @ (Known::Texts(_) | Known::Number(_) | Known::Built | Known::Foreign | Known::Other) => {
                    vec![one]
                }
            };
            percent(&left, &arguments)
        }
        "+" | "-" | "*" | "/" | "//" | "%" | "**" => both_numbers
            .and_then(|(left, right)| arithmetic(operator, left, right))
            .map_or(Known::Other, Known::Number),
        _ => Known::Other,
    }
}

fn arithmetic(operator: &str, left: i64, right: i64) -> Option<i64> {
    match operator {
        "+" => Some(left.saturating_add(right)),
        "-" => Some(left.saturating_sub(right)),
        "*" => Some(left.saturating_mul(right)),
        "//" | "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        "**" => Some(u32::try_from(right).map_or(i64::MAX, |power| left.saturating_pow(power))),
        _ => None,
    }
}

/// `'%c%s' % (95, 'x')` for the two letters that hide names.
fn percent(format: &Known, arguments: &[Known]) -> Known {
    let [format] = format.alternatives() else { return Known::Built };
    let mut arguments = arguments.iter();
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match (characters.next(), arguments.next()) {
            (Some('c'), Some(Known::Number(code))) => {
                text.extend(u32::try_from(*code).ok().and_then(char::from_u32));
            }
            (Some('s' | 'd'), Some(Known::Number(number))) => text.push_str(&number.to_string()),
            (Some('s' | 'c'), Some(Known::Texts(all))) if all.len() == 1 => text.extend(all.first().cloned()),
            _ => return Known::Built,
        }
    }
    texts(vec![text])
}

fn item(of: Known, index: &Known) -> Known {
    match (of, index) {
        (of @ Known::Texts(_), Known::Number(index)) => {
            each(of, |text| at(&text.chars().collect::<Vec<_>>(), *index).map(String::from))
        }
        // Mappings are lists of their keys and values here, so no index is exact.
        (of @ Known::List(_), _) => of.any_item(),
        (Known::Texts(_) | Known::Built | Known::Foreign, _) => Known::Built,
        (Known::Number(_) | Known::Other, _) => Known::Other,
    }
}

/// The item at a position that may count from the end.
fn at<T: Clone>(items: &[T], index: i64) -> Option<T> {
    let length = i64::try_from(items.len()).ok()?;
    let index = if index < 0 { length.checked_add(index)? } else { index };
    items.get(usize::try_from(index).ok()?).cloned()
}

/// A slice of text: `[::-1]` turns it around, anything else may be any part of it.
fn slice(of: Known, parts: &[Option<Expr>]) -> Known {
    let step = |expr: &Expr| match (&expr.kind, expr.depth) {
        (ExprKind::Unary(one), _) => matches!(one.kind, ExprKind::Number(1)),
        _ => false,
    };
    match (of, parts) {
        (of @ Known::Texts(_), [None, None, Some(back)]) if step(back) => {
            each(of, |text| Some(text.chars().rev().collect()))
        }
        (Known::Texts(_) | Known::Built | Known::Foreign, _) => Known::Built,
        (known @ (Known::List(_) | Known::Number(_) | Known::Other), _) => known,
    }
}

/// Filters and methods that give text made from their operand.
fn change(of: Known, name: &str, arguments: &[Known]) -> Option<Known> {
    let constant = arguments.iter().map(Known::alternatives).collect::<Vec<_>>();
    Some(match (name, constant.as_slice()) {
        ("lower" | "casefold", []) => each(of, |text| Some(text.to_lowercase())),
        ("upper", []) => each(of, |text| Some(text.to_uppercase())),
        ("swapcase" | "title" | "capitalize", []) => each(of, |_| None),
        ("trim" | "strip", []) => each(of, |text| Some(text.trim().to_owned())),
        ("string" | "safe" | "escape" | "e" | "lstrip" | "rstrip", []) => {
            each(of, |text| Some(text.to_owned()))
        }
        ("replace", [[from], [to]]) => each(of, |text| Some(text.replace(from.as_str(), to))),
        (
            "trim" | "strip" | "lstrip" | "rstrip" | "replace" | "center" | "ljust" | "rjust" | "zfill"
            | "removeprefix" | "removesuffix" | "truncate" | "translate" | "format_map" | "expandtabs"
            | "decode" | "encode" | "indent" | "urlencode" | "striptags" | "wordwrap",
            _,
        ) => each(of, |_| None),
        _ => return None,
    })
}

/// Whether a value is text or may have been made to be.
fn is_text(known: &Known) -> bool {
    matches!(known, Known::Texts(_) | Known::Built | Known::Foreign)
}

fn filter(of: Known, name: &str, arguments: &[Known]) -> Known {
    match name {
        "join" => join(arguments.first(), of),
        "string" | "escape" | "e" | "safe" | "tojson" | "lower" | "upper" | "trim" | "title"
        | "capitalize" | "replace" | "pprint" | "urlencode" | "forceescape" | "indent"
            if matches!(of, Known::Other | Known::Number(_) | Known::List(_) | Known::Foreign) =>
        {
            Known::Foreign
        }
        "format" => percent(&of, arguments),
        "reverse" if is_text(&of) => each(of, |text| Some(text.chars().rev().collect())),
        "reverse" => match of {
            Known::List(items) => Known::List(items.into_iter().rev().collect()),
            Known::Texts(_) | Known::Number(_) | Known::Built | Known::Foreign | Known::Other => Known::Other,
        },
        "list" | "sort" | "unique" => match of {
            Known::Texts(all) => match all.as_slice() {
                [text] if text.len() <= MAX_TEXT => {
                    Known::List(text.chars().map(|c| Known::Texts(vec![c.to_string()])).collect())
                }
                _ => Known::Built,
            },
            Known::List(_) | Known::Number(_) | Known::Built | Known::Foreign | Known::Other => of,
        },
        "first" => item(of, &Known::Number(0)),
        "last" => item(of, &Known::Number(-1)),
        "random" | "min" | "max" => of.any_item(),
        "default" | "d" => of.or(arguments.first().cloned().unwrap_or(Known::Other)),
        _ if is_text(&of) => change(of, name, arguments).unwrap_or(Known::Other),
        _ => Known::Other,
    }
}

/// Items joined by a separator. Joining what is not known is how most templates print lists, so it is text, and built.
fn join(separator: Option<&Known>, of: Known) -> Known {
    let separator = match separator {
        None => Some(String::new()),
        Some(Known::Texts(all)) => all.first().filter(|_| all.len() == 1).cloned(),
        Some(Known::Number(_) | Known::List(_) | Known::Built | Known::Foreign | Known::Other) => None,
    };
    let (Some(separator), Known::List(items)) = (separator, of) else { return Known::Built };
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        let [text] = item.alternatives() else { return Known::Built };
        if index > 0 {
            joined.push_str(&separator);
        }
        joined.push_str(text);
        if joined.len() > MAX_TEXT {
            return Known::Built;
        }
    }
    texts(vec![joined])
}

fn call(callee: &Expr, arguments: &Arguments, variables: &Variables) -> Known {
    let given = values(arguments, variables);
    if let ExprKind::Name(name) = &callee.kind {
        return match name.as_str() {
            // Names of keywords become keys.
            "dict" | "namespace" => {
                let keys =
                    arguments.iter().filter_map(|(name, _)| name.clone()).map(|name| texts(vec![name]));
                list(keys.chain(given).collect())
            }
            "range" | "loop" | "raise_exception" | "strftime_now" => Known::Other,
            // What a macro writes may be anything that stands in the template.
            _ => Known::Built,
        };
    }
    let ExprKind::Attribute(of, method) = &callee.kind else { return Known::Other };
    let of = fold(of, variables);
    match method.as_str() {
        "join" => join(Some(&of), given.first().cloned().unwrap_or(Known::Other)),
        "format" => format(&of, &given),
        "get" | "pop" | "values" | "items" => of.any_item(),
        "copy" => of,
        "split" | "rsplit" | "splitlines" | "partition" | "rpartition" if is_text(&of) => Known::Built,
        _ if is_text(&of) => change(of, method, &given).unwrap_or(Known::Other),
        _ => Known::Other,
    }
}

/// `'{}{}'.format(a, b)` where every field is a plain `{}`.
fn format(of: &Known, arguments: &[Known]) -> Known {
    let [pattern] = of.alternatives() else { return Known::Built };
    let mut text = String::new();
    let mut arguments = arguments.iter();
    let mut parts = pattern.split("{}");
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let Some([argument]) = arguments.next().map(Known::alternatives) else { return Known::Built };
        text.push_str(argument);
        text.push_str(part);
    }
    if text.contains('{') { Known::Built } else { texts(vec![text]) }
}

//! Python literals, as far as NumPy writes them: dictionaries, tuples, lists, strings, integers, booleans and None.
//!
//! No escapes but of quotes and the backslash, no adjacent strings, no floats, no operators: NumPy writes none.

/// Levels of nesting; a structured dtype in a structured dtype has five.
const MAX_DEPTH: u32 = 32;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    /// `{key: value}`, in order.
    Dict(Vec<(Literal, Literal)>),
    /// A tuple or a list.
    Sequence(Vec<Literal>),
    /// A string.
    Text(String),
    /// An integer.
    Int(u64),
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
}

/// Parses the whole text as one literal; `None` when it is anything else.
pub(crate) fn parse(text: &str) -> Option<Literal> {
    let mut rest = text;
    let value = value(&mut rest, 0)?;
    space(&mut rest);
    rest.is_empty().then_some(value)
}

fn value(rest: &mut &str, depth: u32) -> Option<Literal> {
    if depth > MAX_DEPTH {
        return None;
    }
    space(rest);
    let deeper = depth.saturating_add(1);
    match rest.chars().next()? {
        '{' => dict(rest, deeper),
        '(' => sequence(rest, '(', ')', deeper),
        '[' => sequence(rest, '[', ']', deeper),
        '\'' | '"' => text(rest),
        '0'..='9' => int(rest),
        _ => word(rest),
    }
}

fn dict(rest: &mut &str, depth: u32) -> Option<Literal> {
    take(rest, '{')?;
    let mut pairs = Vec::new();
    while take(rest, '}').is_none() {
        let key = value(rest, depth)?;
        take(rest, ':')?;
        pairs.push((key, value(rest, depth)?));
        if take(rest, ',').is_none() {
            take(rest, '}')?;
            break;
        }
    }
    Some(Literal::Dict(pairs))
}

fn sequence(rest: &mut &str, open: char, close: char, depth: u32) -> Option<Literal> {
    take(rest, open)?;
    let mut items = Vec::new();
    let mut comma = false;
    while take(rest, close).is_none() {
        items.push(value(rest, depth)?);
        comma = take(rest, ',').is_some();
        if !comma {
            take(rest, close)?;
            break;
        }
    }
    // Parentheses around one value are no tuple.
    if open == '(' && !comma && items.len() == 1 { items.pop() } else { Some(Literal::Sequence(items)) }
}

fn text(rest: &mut &str) -> Option<Literal> {
    let mut characters = rest.chars();
    let quote = characters.next()?;
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\\' => match characters.next()? {
                escaped @ ('\\' | '\'' | '"') => text.push(escaped),
                _ => return None,
            },
            '\n' => return None,
            end if end == quote => break,
            plain => text.push(plain),
        }
    }
    *rest = characters.as_str();
    Some(Literal::Text(text))
}

/// Digits, and the `L` that Python 2 put behind them.
fn int(rest: &mut &str) -> Option<Literal> {
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end)?;
    *rest = after.strip_prefix('L').unwrap_or(after);
    digits.parse().ok().map(Literal::Int)
}

fn word(rest: &mut &str) -> Option<Literal> {
    let words = [("True", Literal::Bool(true)), ("False", Literal::Bool(false)), ("None", Literal::None)];
    for (word, value) in words {
        if let Some(after) = rest.strip_prefix(word) {
            *rest = after;
            return Some(value);
        }
    }
    None
}

fn space(rest: &mut &str) {
    *rest = rest.trim_start_matches([' ', '\n', '\t', '\r']);
}

/// Takes one character after spaces, or nothing.
fn take(rest: &mut &str, wanted: char) -> Option<()> {
    let after = rest.trim_start_matches([' ', '\n', '\t', '\r']).strip_prefix(wanted)?;
    *rest = after;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_numpy_writes_is_read() {
        let header = parse("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3L), }   \n").unwrap();
        let text = |text: &str| Literal::Text(text.to_owned());
        assert_eq!(
            header,
            Literal::Dict(vec![
                (text("descr"), text("<f8")),
                (text("fortran_order"), Literal::Bool(false)),
                (text("shape"), Literal::Sequence(vec![Literal::Int(2), Literal::Int(3)])),
            ])
        );
        assert_eq!(parse("(3,)"), Some(Literal::Sequence(vec![Literal::Int(3)])));
        assert_eq!(parse("(3)"), Some(Literal::Int(3)));
    }

    #[test]
    fn programs_are_not_literals() {
        for bad in [
            "{'shape': (lambda: 1)()}",
            "__import__('os')",
            "[x for x in ()]",
            "1 + 1",
            "-1",
            "f''",
            "'\\x41'",
            "{'a': 1} {}",
            "{1}",
            "(",
            "'a",
            "[1 2]",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        assert!(parse(&"[".repeat(100_000)).is_none());
    }
}

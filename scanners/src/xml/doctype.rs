//! What a document type declaration makes a parser do: open something, or expand something.

use std::collections::BTreeMap;

/// Entities that are held; a document of a model has none.
const MAX_ENTITIES: usize = 10_000;

/// Where PMML's own definitions of before 2005 lie; documents of that time name them.
const OWN_DEFINITIONS: &[&str] = &["http://www.dmg.org/", "https://www.dmg.org/", "http://dmg.org/"];

/// What a declaration says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Doctype {
    /// What would be opened.
    pub(super) opens: Vec<String>,
    /// Entities that the document declares.
    pub(super) declares: bool,
    /// Characters that each entity expands to; the largest number for one that contains itself.
    sizes: BTreeMap<String, u64>,
}

impl Doctype {
    /// Reads what stands between `<!DOCTYPE` and its `>`.
    pub(super) fn read(text: &str) -> Self {
        let mut doctype = Self::default();
        let (head, subset) = text.split_once('[').unwrap_or((text, ""));
        if let Some(address) = external(head) {
            let own = OWN_DEFINITIONS.iter().any(|start| address.starts_with(start));
            if !own {
                doctype.opens.push(address);
            }
        }
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for declaration in declarations(subset) {
            doctype.declares = true;
            let Some((name, rest)) = name(declaration) else { continue };
            if let Some(address) = external(rest) {
                doctype.opens.push(address);
            } else if let Some(value) = quoted(rest).next() {
                // A value may spell a declaration that counts when it is expanded.
                let spelled = characters(value);
                if spelled.contains("<!ENTITY") {
                    doctype.opens.extend(external(&spelled));
                }
                if values.len() < MAX_ENTITIES {
                    // The first declaration of a name counts.
                    values.entry(name).or_insert(spelled);
                }
            }
        }
        doctype.sizes = sizes(&values);
        doctype
    }

    /// Characters that a reference to this name expands to.
    pub(super) fn expansion(&self, name: &str) -> u64 {
        self.sizes.get(name).copied().unwrap_or_default()
    }

    /// The largest expansion of one entity.
    pub(super) fn largest(&self) -> u64 {
        self.sizes.values().copied().max().unwrap_or_default()
    }
}

/// What follows each `<!ENTITY` up to its `>`.
fn declarations(mut subset: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let start = subset.find("<!ENTITY")?.checked_add("<!ENTITY".len())?;
        let rest = subset.get(start..)?;
        let mut quote = None;
        let end = rest.char_indices().find(|(_, one)| match (quote, one) {
            (Some(open), one) if open == *one => {
                quote = None;
                false
            }
            (None, '"' | '\'') => {
                quote = Some(*one);
                false
            }
            (None, '>') => true,
            (Some(_) | None, _) => false,
        });
        let end = end.map_or(rest.len(), |(at, _)| at);
        subset = rest.get(end..).unwrap_or_default();
        rest.get(..end)
    })
}

/// The name that is declared, `%` before that of a parameter entity, and what follows it.
fn name(declaration: &str) -> Option<(String, &str)> {
    let text = declaration.trim_start();
    let (sign, text) = text.strip_prefix('%').map_or(("", text), |rest| ("%", rest.trim_start()));
    let end = text.find(|one: char| one.is_whitespace() || matches!(one, '"' | '\''))?;
    Some((format!("{sign}{}", text.get(..end)?), text.get(end..)?))
}

/// The address after `SYSTEM` or `PUBLIC`.
fn external(text: &str) -> Option<String> {
    let before = text.split(['"', '\'']).next()?;
    let outside = |word: &str| before.split_whitespace().any(|each| each == word);
    let mut quoted = quoted(text);
    if outside("SYSTEM") {
        Some(quoted.next().unwrap_or_default().to_owned())
    } else if outside("PUBLIC") {
        let public = quoted.next().unwrap_or_default();
        Some(quoted.next().unwrap_or(public).to_owned())
    } else {
        // A spelled-out declaration inside a value.
        let at = text.find("<!ENTITY")?;
        let (_, rest) = name(text.get(at.checked_add("<!ENTITY".len())?..)?)?;
        external(rest)
    }
}

/// Texts in quotes.
fn quoted(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let start = text.find(['"', '\''])?;
        let quote = text.get(start..)?.chars().next()?;
        let (value, rest) = text.get(start.checked_add(1)?..)?.split_once(quote)?;
        text = rest;
        Some(value)
    })
}

/// A value with its numbered characters as characters; names of entities stay.
fn characters(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("&#") {
        text.push_str(before);
        let (number, behind) = after.split_once(';').unwrap_or((after, ""));
        let code = match number.strip_prefix('x') {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        text.push(code.ok().and_then(char::from_u32).unwrap_or('?'));
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// How long every entity is when what it refers to is put in its place.
fn sizes(values: &BTreeMap<String, String>) -> BTreeMap<String, u64> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    // An entity whose references are all known is known; what stays refers to itself in the end.
    let mut unknown: Vec<(&String, Vec<String>, u64)> = values
        .iter()
        .map(|(name, value)| {
            let inside: Vec<String> =
                references(value).filter(|reference| values.contains_key(reference)).collect();
            (name, inside, value.len() as u64)
        })
        .collect();
    for _ in 0..MAX_ROUNDS {
        let before = unknown.len();
        unknown.retain(|(name, inside, own)| {
            let known: Option<u64> = inside
                .iter()
                .try_fold(*own, |sum, reference| sizes.get(reference).map(|size| sum.saturating_add(*size)));
            if let Some(size) = known {
                sizes.insert((*name).clone(), size);
            }
            known.is_none()
        });
        if unknown.len() == before {
            break;
        }
    }
    sizes.extend(unknown.into_iter().map(|(name, ..)| (name.clone(), u64::MAX)));
    sizes
}

/// Levels of entities that are followed; one that goes deeper counts as endless.
const MAX_ROUNDS: u32 = 64;

/// Names that a text refers to, `%` before those of parameter entities.
pub(super) fn references(text: &str) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find(['&', '%'])?;
            let sign = if rest.get(at..)?.starts_with('%') { "%" } else { "" };
            rest = rest.get(at.checked_add(1)?..)?;
            let end = rest.find(|one: char| !(one.is_alphanumeric() || matches!(one, '_' | '-' | '.' | ':')));
            let end = end.unwrap_or(rest.len());
            let name = rest.get(..end)?;
            if !name.is_empty() && rest.get(end..)?.starts_with(';') {
                return Some(format!("{sign}{name}"));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_opened_is_named_wherever_it_stands() {
        for (text, address) in [
            (" net SYSTEM \"http://h/x.dtd\"", "http://h/x.dtd"),
            (" net PUBLIC '-//x' 'file:///x'", "file:///x"),
            (" net [<!ENTITY x SYSTEM \"file:///etc/passwd\">]", "file:///etc/passwd"),
            (" net [<!ENTITY % x SYSTEM 'x.dtd'> %x;]", "x.dtd"),
            (" net [<!ENTITY a \"<!ENTITY &#37; b SYSTEM 'y'>\">]", "y"),
            (" net [<!ENTITY a '>'> <!ENTITY b PUBLIC 'p' 's' NDATA n>]", "s"),
        ] {
            assert_eq!(Doctype::read(text).opens, [address], "{text}");
        }
    }

    #[test]
    fn a_declaration_that_opens_nothing_is_told_from_that() {
        for text in [" net", " net [<!ELEMENT net ANY>]", " net [<!ENTITY a 'SYSTEM'>]"] {
            assert_eq!(Doctype::read(text).opens, Vec::<String>::new(), "{text}");
        }
        let own = " PMML PUBLIC \"PMML 2.0\" \"http://www.dmg.org/v2-0/pmml_v2_0.dtd\"";
        assert_eq!(Doctype::read(own), Doctype::default());
    }

    #[test]
    fn expansions_are_computed_and_never_made() {
        let mut text = " a [<!ENTITY l0 'lol'>".to_owned();
        for level in 1..30 {
            let below = format!("&l{};", level - 1).repeat(10);
            text.push_str(&format!("<!ENTITY l{level} '{below}'>"));
        }
        let doctype = Doctype::read(&text);
        assert_eq!(doctype.expansion("l0"), 3);
        assert!(doctype.expansion("l2") > 300 && doctype.largest() == u64::MAX);
        let endless = Doctype::read(" a [<!ENTITY a '&b;'><!ENTITY b '&a;'>]");
        assert_eq!(endless.expansion("a"), u64::MAX);
        assert_eq!(Doctype::read(" a [<!ENTITY a 'x'>").expansion("b"), 0);
    }
}

//! The name of the first element, from the first bytes of a document.

use super::encoding::Width;

/// What the first bytes of a file tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Root {
    /// XML whose first element has this name, without its prefix.
    Named(String),
    /// It starts as XML, and the first element is not in sight: only comments and declarations are.
    OutOfSight,
    /// Something else.
    NotXml,
}

/// Tells the first element of what begins with `head`.
pub(crate) fn root(head: &[u8]) -> Root {
    let Some(width) = Width::of(head) else { return Root::NotXml };
    let start = usize::try_from(width.start()).unwrap_or_default();
    // Most files end here: only what begins with a tag is looked at further.
    let first = head.get(start..head.len().min(256)).unwrap_or_default();
    let first = width.narrow(first);
    if !matches!(first.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'<') | None) {
        return Root::NotXml;
    }
    let text = width.narrow(head.get(start..).unwrap_or_default());
    after_prolog(&text)
}

fn after_prolog(mut text: &[u8]) -> Root {
    loop {
        text = text.trim_ascii_start();
        let end = if text.starts_with(b"<?") {
            find(text, b"?>")
        } else if text.starts_with(b"<!--") {
            find(text, b"-->")
        } else if text.starts_with(b"<!DOCTYPE") {
            doctype_end(text)
        } else if let Some(name) = text.strip_prefix(b"<") {
            return named(name);
        } else {
            return if text.is_empty() { Root::OutOfSight } else { Root::NotXml };
        };
        match end.and_then(|end| text.get(end..)) {
            Some(rest) => text = rest,
            None => return Root::OutOfSight,
        }
    }
}

fn named(text: &[u8]) -> Root {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let Some(end) = text.iter().position(ends).filter(|end| *end > 0) else { return Root::NotXml };
    let name = text.get(..end).unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
    match local.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
            Root::Named(String::from_utf8_lossy(local).into_owned())
        }
        _ => Root::NotXml,
    }
}

/// Behind the end of the first `wanted`.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)?.checked_add(wanted.len())
}

/// Behind the `>` that is in no quotes and in no brackets.
fn doctype_end(text: &[u8]) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_u32);
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'[') => depth = depth.saturating_add(1),
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return at.checked_add(1),
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_is_found_behind_everything_that_may_stand_before_it() {
        for text in [
            "<net>",
            "\u{feff}<?xml version='1.0'?>\n<!-- <a> --><net name='x'>",
            "<!DOCTYPE net [<!ENTITY a '>]'> <!ENTITY b SYSTEM \"x\">]><net/>",
            "<p:net xmlns:p='x'>",
        ] {
            assert_eq!(root(text.as_bytes()), Root::Named("net".into()), "{text}");
        }
    }

    #[test]
    fn what_is_not_xml_or_not_in_sight_is_told() {
        for text in ["", "net", "{}", "< net>", "<>", "<3 text", "a <net>"] {
            assert_eq!(root(text.as_bytes()), Root::NotXml, "{text}");
        }
        for text in ["<!-- ", "<?xml ?>", "<!DOCTYPE a ["] {
            assert_eq!(root(text.as_bytes()), Root::OutOfSight, "{text}");
        }
    }
}

//! What an item amounts to for whoever holds it: its nature, and in code a text of it.

/// Bytes of a text that are kept.
pub(super) const MAX_TEXT: usize = 120;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Nothing that matters here.
    Other,
    /// The mark of a promise that has no value yet.
    Unbound,
    /// A name, or a function of R's own by its name.
    Symbol,
    /// A text, of which the first is shown.
    Text,
    /// A call that somebody may evaluate.
    Call,
    /// Compiled code.
    Compiled,
    /// A function.
    Closure,
}

/// What an item amounts to.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) nature: Nature,
    /// As R would write it, cut; empty outside of code.
    pub(super) text: String,
    /// The name that it has among arguments or in a list.
    pub(super) tag: String,
}

impl Shown {
    pub(super) fn new(nature: Nature, text: String) -> Self {
        Self { nature, text: cut(text), tag: String::new() }
    }

    pub(super) const fn other() -> Self {
        Self { nature: Nature::Other, text: String::new(), tag: String::new() }
    }

    /// As an argument.
    fn argument(&self) -> String {
        let text = match self.nature {
            Nature::Text => format!("{:?}", self.text),
            _ if self.text.is_empty() => "…".to_owned(),
            Nature::Other
            | Nature::Unbound
            | Nature::Symbol
            | Nature::Call
            | Nature::Compiled
            | Nature::Closure => self.text.clone(),
        };
        if self.tag.is_empty() { text } else { format!("{} = {text}", self.tag) }
    }
}

/// A call as R would write it, but for operators other than `::`.
pub(super) fn call(head: &Shown, arguments: &[Shown]) -> Shown {
    let text = match (head.text.as_str(), arguments) {
        (operator @ ("::" | ":::" | "$"), [left, right]) => format!("{}{operator}{}", left.text, right.text),
        (head, arguments) => {
            let list: Vec<String> = arguments.iter().map(Shown::argument).collect();
            format!("{}({})", if head.is_empty() { "…" } else { head }, list.join(", "))
        }
    };
    Shown::new(Nature::Call, text)
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

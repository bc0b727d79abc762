//! Where the path of a file operator comes from: a constant of the graph, the loader, or a computation.
//!
//! Only what forwards its first input is followed. Names are kept for texts and what forwards them, so a graph of
//! millions of other nodes costs nothing.

use std::collections::BTreeMap;

use crate::protobuf::{Field, Span, Value, Wire};
use crate::{Limit, Stop};

/// Bytes of names and texts that are kept for one graph or function; large models have under 1 MiB.
const MAX_KEPT: usize = 16 << 20;

/// Nodes followed from a file operator to its constant.
const MAX_STEPS: usize = 16;

/// Bytes of a text that are kept.
const MAX_TEXT: usize = crate::beside::MAX_PATH;

/// Operators that give on the text of their first input, or something that begins with it.
const FORWARD: &[&str] = &[
    "Identity",
    "IdentityN",
    "PlaceholderWithDefault",
    "Reshape",
    "ExpandDims",
    "Pack",
    "ShardedFilename",
    "Squeeze",
    "StringJoin",
    "StringStrip",
];

/// Where a path comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// The graph itself says it.
    Constant(String),
    /// Whoever runs the graph gives it.
    Given,
    /// The graph computes it, or it cannot be told.
    Computed,
}

enum Node {
    Text(String),
    Forward(String),
    Given,
}

/// What texts the nodes of one graph or function have.
#[derive(Default)]
pub(super) struct Texts {
    nodes: BTreeMap<String, Node>,
    kept: usize,
    full: bool,
}

impl Texts {
    /// Remembers a node if it is or gives on a text.
    pub(super) fn keep(&mut self, name: &str, operator: &str, text: Option<String>, input: Option<&str>) {
        let node = match (operator, text, input) {
            ("Const", Some(text), _) => Node::Text(text),
            ("Placeholder" | "PlaceholderV2", ..) => Node::Given,
            (_, _, Some(input)) if FORWARD.contains(&operator) => Node::Forward(input.to_owned()),
            _ => return,
        };
        let size = match &node {
            Node::Text(text) | Node::Forward(text) => text.len(),
            Node::Given => 0,
        };
        self.kept = self.kept.saturating_add(name.len()).saturating_add(size);
        if self.kept > MAX_KEPT {
            self.full = true;
        } else {
            self.nodes.insert(name.to_owned(), node);
        }
    }

    /// An error when something had to be forgotten.
    pub(super) fn complete(&self) -> Result<(), Stop> {
        if self.full { Err(Stop::Limit(Limit::Memory("texts of a graph"))) } else { Ok(()) }
    }

    /// Where the text of an input comes from, and the node that has it.
    pub(super) fn resolve<'n>(&'n self, input: &'n str) -> (&'n str, Path) {
        let mut name = node_of(input);
        for _ in 0..MAX_STEPS {
            match self.nodes.get(name) {
                Some(Node::Text(text)) => return (name, Path::Constant(text.clone())),
                Some(Node::Forward(input)) => name = node_of(input),
                Some(Node::Given) => return (name, Path::Given),
                None => break,
            }
        }
        (name, Path::Computed)
    }
}

/// The node of an input: `^name`, `name`, `name:0`, and in functions `name:output:0`.
fn node_of(input: &str) -> &str {
    let input = input.strip_prefix('^').unwrap_or(input);
    input.split(':').next().unwrap_or(input)
}

/// The text of a constant: the first string of its `TensorProto`.
pub(super) fn tensor_text(wire: &mut Wire<'_, '_>, mut tensor: Span) -> Result<Option<String>, Stop> {
    let mut text = None;
    while let Some(Field { number, value, .. }) = wire.field(&mut tensor)? {
        match (number, value) {
            (8, Value::Bytes(string)) if text.is_none() => text = Some(wire.text(string, MAX_TEXT)?),
            (4, Value::Bytes(content)) if text.is_none() && content.size() <= MAX_TEXT as u64 => {
                text = packed_text(&wire.bytes(content, MAX_TEXT)?);
            }
            _ => {}
        }
    }
    Ok(text)
}

/// One string as `tensor_content` holds it: its length, then its bytes.
fn packed_text(content: &[u8]) -> Option<String> {
    let (length, rest) = match content {
        [low @ 0..=0x7f, rest @ ..] => (usize::from(*low), rest),
        [low, high @ 0..=0x7f, rest @ ..] => {
            (usize::from(*low & 0x7f) | usize::from(*high).checked_shl(7)?, rest)
        }
        _ => return None,
    };
    let text = std::str::from_utf8(rest).ok()?;
    (length == rest.len() && length > 0).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_followed_to_its_constant() {
        let mut texts = Texts::default();
        texts.keep("save/Const", "Const", Some("model".to_owned()), None);
        texts.keep("save/filename", "PlaceholderWithDefault", None, Some("save/Const"));
        texts.keep("join", "StringJoin", None, Some("save/filename:0"));
        texts.keep("arg", "Placeholder", None, None);
        assert_eq!(texts.resolve("join:output:0"), ("save/Const", Path::Constant("model".to_owned())));
        assert_eq!(texts.resolve("arg").1, Path::Given);
        assert_eq!(texts.resolve("elsewhere").1, Path::Computed);
    }

    #[test]
    fn a_circle_has_an_end() {
        let mut texts = Texts::default();
        texts.keep("a", "Identity", None, Some("b"));
        texts.keep("b", "Identity", None, Some("a"));
        assert_eq!(texts.resolve("a").1, Path::Computed);
    }

    #[test]
    fn what_is_forgotten_is_told() {
        let mut texts = Texts::default();
        for number in 0..5000 {
            texts.keep(&number.to_string(), "Const", Some("a".repeat(4096)), None);
        }
        assert!(texts.complete().is_err());
        assert!(Texts::default().complete().is_ok());
    }

    #[test]
    fn a_packed_string_is_read() {
        assert_eq!(packed_text(b"\x04/etc").as_deref(), Some("/etc"));
        assert_eq!(packed_text(b"\x05/etc"), None);
        assert_eq!(packed_text(b"\0\0\x80\x3f"), None);
    }
}

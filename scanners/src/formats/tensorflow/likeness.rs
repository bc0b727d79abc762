//! Which of TensorFlow's messages the first bytes of a file are: they have no magic number.
//!
//! A graph is proved by a node: a name and an operator, both plain words at their places. That TensorFlow knows the
//! operator makes it certain; without that, the file's name has to say it too.

use super::Message;
use super::operators::{Kind, kind};
use crate::Probe;
use crate::protobuf::{Peek, PeekedValue};

/// Fields of a message that are tried before it counts as something else.
const TRIED: usize = 256;

/// The longest name of a node that proves anything.
const MAX_NAME: usize = 1024;

/// How much the bytes of a message of a given size are like a graph.
type Judge = fn(&[u8], u64) -> Likeness;

/// How much bytes are like a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    None,
    /// Names and operators, none of which TensorFlow has.
    Shape,
    /// An operator of TensorFlow.
    Proof,
}

/// What a file is, if it is one of TensorFlow's messages.
pub(super) fn message(probe: &Probe<'_>) -> Option<Message> {
    let base = probe.name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    // TensorFlow opens nothing but these names, whatever their content is.
    if matches!(base.as_str(), "saved_model.pb" | "saved_model.pbtxt" | "saved_model.cpb") {
        return Some(Message::SavedModel);
    }
    let enough = if probe.named(&[".pb", ".meta"]) { Likeness::Shape } else { Likeness::Proof };
    let candidates: [(Message, Judge); 3] =
        [(Message::SavedModel, saved_model), (Message::MetaGraph, meta_graph), (Message::Graph, graph)];
    let like = candidates.iter().find(|(_, like)| like(probe.head, probe.size) >= enough);
    like.map(|(message, _)| *message)
}

/// The best likeness of what `judge` makes of the fields; fields of wrong kinds make it none.
fn best(head: &[u8], size: u64, judge: impl Fn(u32, PeekedValue<'_>) -> Option<Likeness>) -> Likeness {
    let mut best = Likeness::None;
    for field in Peek::new(head, size).take(TRIED) {
        match judge(field.number, field.value) {
            Some(likeness) => best = best.max(likeness),
            None => return Likeness::None,
        }
        if best == Likeness::Proof {
            break;
        }
    }
    best
}

fn saved_model(head: &[u8], size: u64) -> Likeness {
    best(head, size, |number, value| match (number, value) {
        (2, PeekedValue::Bytes(content, size)) => Some(meta_graph(content, size)),
        (1, PeekedValue::Varint(_)) | (3.., _) => Some(Likeness::None),
        _ => None,
    })
}

fn meta_graph(head: &[u8], size: u64) -> Likeness {
    best(head, size, |number, value| match (number, value) {
        (2, PeekedValue::Bytes(content, size)) => Some(graph(content, size)),
        (1 | 3..=7, PeekedValue::Bytes(..)) | (8.., _) => Some(Likeness::None),
        _ => None,
    })
}

fn graph(head: &[u8], size: u64) -> Likeness {
    best(head, size, |number, value| match (number, value) {
        (1, PeekedValue::Bytes(content, size)) => node(content, size),
        (2, PeekedValue::Bytes(content, size)) => Some(library(content, size)),
        (3, PeekedValue::Varint(_)) | (4 | 5, PeekedValue::Bytes(..)) | (6.., _) => Some(Likeness::None),
        _ => None,
    })
}

fn library(head: &[u8], size: u64) -> Likeness {
    best(head, size, |number, value| match (number, value) {
        (1, PeekedValue::Bytes(content, size)) => Some(function(content, size)),
        (2 | 3, PeekedValue::Bytes(..)) | (4.., _) => Some(Likeness::None),
        _ => None,
    })
}

fn function(head: &[u8], size: u64) -> Likeness {
    best(head, size, |number, value| match (number, value) {
        (3, PeekedValue::Bytes(content, size)) => node(content, size),
        (1, PeekedValue::Bytes(..)) | (2 | 4.., _) => Some(Likeness::None),
        _ => None,
    })
}

/// A node has a name and an operator, and its other fields have their kinds; `None` for anything else.
fn node(head: &[u8], size: u64) -> Option<Likeness> {
    let (mut name, mut operator) = (false, None);
    for field in Peek::new(head, size).take(TRIED) {
        match (field.number, field.value) {
            (1, PeekedValue::Bytes(content, _)) => name = word(content).is_some(),
            (2, PeekedValue::Bytes(content, _)) => operator = word(content),
            (3..=7, PeekedValue::Bytes(..)) | (8.., _) => {}
            _ => return None,
        }
    }
    match operator.filter(|_| name) {
        Some(operator) if kind(operator) != Kind::Unknown => Some(Likeness::Proof),
        Some(_) => Some(Likeness::Shape),
        None => None,
    }
}

/// The names that TensorFlow gives to nodes and operators.
fn word(content: &[u8]) -> Option<&str> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.\\/>-".contains(byte);
    let plain = !content.is_empty() && content.len() <= MAX_NAME && content.iter().all(allowed);
    std::str::from_utf8(content).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::probe::probe;
    use crate::{Budget, Input, MemorySpool};

    fn recognised(name: &str, head: &[u8]) -> Option<Message> {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        probe(&Input::file(name, &head, &budget, &spool), message).unwrap()
    }

    #[test]
    fn each_message_is_told_from_the_others() {
        let graph = b"\x0a\x09\x0a\x01x\x12\x04Relu";
        let library = b"\x12\x0f\x0a\x0d\x0a\0\x1a\x09\x0a\x01x\x12\x04Relu";
        assert_eq!(recognised("x", graph), Some(Message::Graph));
        assert_eq!(recognised("x", library), Some(Message::Graph));
        let meta = [b"\x12\x0b".as_slice(), graph].concat();
        assert_eq!(recognised("x", &meta), Some(Message::MetaGraph));
        let saved = [b"\x08\x01\x12\x0d".as_slice(), &meta].concat();
        assert_eq!(recognised("x", &saved), Some(Message::SavedModel));
        assert_eq!(recognised("x", &saved[2..]), Some(Message::SavedModel), "the version may be missing");
    }

    #[test]
    fn an_unknown_operator_needs_a_telling_name() {
        let graph = b"\x0a\x09\x0a\x01x\x12\x04Mine";
        assert_eq!(recognised("x", graph), None);
        assert_eq!(recognised("frozen.pb", graph), Some(Message::Graph));
    }

    #[test]
    fn other_content_is_not_recognised() {
        let near_misses: [&[u8]; 8] = [
            b"",
            b"\x08\x01",
            b"\x08\x01\x10\x02\x18\x03",
            b"\x0a\x0b\x0a\x04word\x15\0\0\0\0",
            b"\x0a\x04Relu",
            b"\n\x09hello you\n",
            b"\x80\x04\x95",
            b"version https://git-lfs.github.com/spec/v1\n",
        ];
        for head in near_misses {
            assert_eq!(recognised("x.pb", head), None, "{head:?}");
        }
        assert_eq!(recognised("m/saved_model.pb", b"text"), Some(Message::SavedModel));
    }
}

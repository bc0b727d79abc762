//! How much a file is like an ONNX model, which has no magic number.

use crate::protobuf::{Peek, PeekedValue};

/// Fields of a graph that are looked at to tell it from anything else.
const MAX_TOLD: usize = 64;

/// The highest plausible version of the intermediate representation; ONNX 1.20 writes 13.
const MAX_IR_VERSION: u64 = 1000;

/// How much the first bytes are like a model.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    None,
    /// Some fields of a model, and none of anything else.
    Begun,
    /// A version and a graph, or a version and as much of a model as the first bytes can hold.
    Model,
}

pub(super) fn likeness(head: &[u8], size: u64) -> Likeness {
    let mut peek = Peek::new(head, size);
    let (mut version, mut graph, mut known) = (false, false, false);
    for field in peek.by_ref() {
        match (field.number, field.value) {
            (1, PeekedValue::Varint(number)) => version |= (1..=MAX_IR_VERSION).contains(&number),
            (7, PeekedValue::Bytes(content, size)) => {
                graph |= is_graph(content, size);
                known |= graph;
            }
            // Core ML starts alike, with a message where ONNX has the name of who wrote the model.
            (2, PeekedValue::Bytes(producer, _)) => known |= producer.iter().all(|byte| *byte >= b' '),
            (5, PeekedValue::Varint(_)) | (3 | 4 | 6 | 8 | 14 | 20 | 25 | 26, PeekedValue::Bytes(..)) => {
                known = true;
            }
            (1..=8 | 14 | 20 | 25 | 26, _) => return Likeness::None,
            _ => {}
        }
    }
    // A break behind the graph is for the scan to report.
    match (version, graph) {
        (true, true) => Likeness::Model,
        (true, false) if known && !peek.broken() && size > head.len() as u64 => Likeness::Model,
        // One field that nobody knows may take all of the first bytes.
        _ if (version || graph || known || size > head.len() as u64) && !peek.broken() => Likeness::Begun,
        _ => Likeness::None,
    }
}

/// Whether this begins with fields of a `GraphProto`, one of which says what goes in, out or on. Fields that nobody knows
/// are skipped by every parser, and a long one in front may hide the others.
fn is_graph(content: &[u8], size: u64) -> bool {
    let mut fields = Peek::new(content, size);
    let (mut telling, mut any) = (false, false);
    for field in fields.by_ref().take(MAX_TOLD) {
        any = true;
        match (field.number, field.value) {
            (1 | 5 | 11 | 12 | 15, PeekedValue::Bytes(..)) => telling = true,
            (2 | 10 | 13 | 14 | 16, PeekedValue::Bytes(..)) => {}
            // Numbers of a graph with another content, and numbers that ONNX has given up.
            (1..=16, _) => return false,
            _ => {}
        }
    }
    let beyond = any && size > content.len() as u64;
    (telling || beyond) && !fields.broken()
}

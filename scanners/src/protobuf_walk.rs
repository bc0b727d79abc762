//! Walks a message by a grammar that names only what is looked at: which field of which message is a message, which a text.
//!
//! Everything else is skipped without reading it.

use crate::protobuf::{Span, Value, Wire};
use crate::{Limit, Stop};

/// Bytes of a text that are read; a longer path is refused by every file system.
const MAX_TEXT: usize = 4096;

/// Messages that are opened; the largest graphs have some hundred thousand nodes, each with some dozen parts.
const MAX_MESSAGES: u32 = 1 << 24;

/// What a field of a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<M> {
    /// Nothing that is looked at.
    Skipped,
    /// A message of its own.
    Message(M),
    /// A text that somebody wants.
    Text,
    /// A field that no such message has: the input is something else.
    Foreign,
}

/// Walks messages of kind `M`.
pub(crate) struct Walk<'i, 'a, M> {
    wire: Wire<'i, 'a>,
    grammar: fn(M, u32) -> Part<M>,
    left: u32,
}

impl<'i, 'a, M: Copy> Walk<'i, 'a, M> {
    pub(crate) const fn new(wire: Wire<'i, 'a>, grammar: fn(M, u32) -> Part<M>) -> Self {
        Self { wire, grammar, left: MAX_MESSAGES }
    }

    /// Tells `tell` of every text in the order of the file: the message it stands in, its field, where, and what it says.
    /// A message's end is told with field 0 and no text.
    ///
    /// # Errors
    /// [`Stop`] where it is no message, and for limits.
    pub(crate) fn message(
        &mut self,
        kind: M,
        mut message: Span,
        tell: &mut dyn FnMut(M, u32, u64, &str),
    ) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Limit(Limit::Count("messages")))?;
        let start = message.start();
        while let Some(field) = self.wire.field(&mut message)? {
            match ((self.grammar)(kind, field.number), field.value) {
                (Part::Message(inner), Value::Bytes(span)) => self.message(inner, span, tell)?,
                (Part::Text, Value::Bytes(span)) => {
                    let text = self.wire.text(span, MAX_TEXT)?;
                    tell(kind, field.number, field.at, &text);
                }
                (Part::Foreign, _) => {
                    return Err(Stop::Malformed { what: "field of another format", offset: field.at });
                }
                _ => {}
            }
        }
        tell(kind, 0, start, "");
        Ok(())
    }
}

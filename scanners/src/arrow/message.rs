//! Messages in a row: a length, a flatbuffer, and a body that is stepped over.

use std::cell::Cell;

use super::{examine_pairs, pairs, schema};
use crate::flatbuffer::Buffer;
use crate::{Input, Limit, Report, Stop};

/// Messages that are followed; a stream of a billion rows in batches of 1,000 has a million.
const MAX_MESSAGES: u32 = 1 << 20;

/// What stands before a length since Arrow 0.15.
const CONTINUATION: u32 = u32::MAX;

/// The number of a schema in the union of messages.
const SCHEMA: u8 = 1;

/// The highest number in the union of messages.
const LAST_KIND: u8 = 5;

/// Judges the messages from `offset` on, and gives the offset after the mark of the end or after the last one. A stream
/// may end without a mark.
///
/// # Errors
/// [`Stop`] where a message breaks or does not lie inside.
pub(crate) fn messages(
    input: &Input<'_>,
    offset: u64,
    end: u64,
    steps: &Cell<u32>,
    report: &mut Report<'_>,
) -> Result<u64, Stop> {
    let mut cursor = input.cursor(offset, end.saturating_sub(offset));
    for _ in 0..MAX_MESSAGES {
        if cursor.left() == 0 {
            return Ok(cursor.position());
        }
        input.budget().charge(64)?;
        let mut size = cursor.u32_le("message length")?;
        if size == CONTINUATION {
            size = cursor.u32_le("message length")?;
        }
        if size == 0 {
            return Ok(cursor.position());
        }
        let start = cursor.position();
        cursor.skip(u64::from(size), "message")?;
        let buffer = Buffer::new(input, cursor.position(), steps);
        let body = message(&buffer, start, input, report)?;
        cursor.skip(body, "message body")?;
    }
    Err(Stop::Limit(Limit::Count("messages")))
}

/// Judges the message that starts at `start`, and gives the length of its body.
fn message(
    buffer: &Buffer<'_, '_>,
    start: u64,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<u64, Stop> {
    let message = buffer.table(buffer.follow(start)?)?;
    examine_pairs("message", &pairs(buffer, &message, 4)?, input, report)?;
    if message.field(1).map_or(Ok(0), |at| buffer.u8(at))? == SCHEMA {
        let Some(table) = buffer.inner(&message, 2)? else {
            return Err(Stop::Malformed { what: "schema message", offset: start });
        };
        schema(buffer, &table, input, report)?;
    }
    message.field(3).map_or(Ok(0), |at| buffer.u64(at))
}

/// Whether a stream starts here: the first message of one is its schema. Without the mark that newer versions write, only
/// a name may say so.
pub(crate) fn starts_stream(head: &[u8], named: bool) -> bool {
    let word = |at: usize| head.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    match (word(0), named) {
        (Some(CONTINUATION), _) => is_message(head.get(8..).unwrap_or_default(), word(4)),
        (size, true) => is_message(head.get(4..).unwrap_or_default(), size),
        (_, false) => false,
    }
}

/// Whether a message of this size begins so: its table is where its first word leads to, and says what kind it is.
fn is_message(bytes: &[u8], size: Option<u32>) -> bool {
    let kind = || {
        let at = usize::try_from(u32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
        let back = i32::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
        let fields = at.checked_add_signed(isize::try_from(back).ok()?.checked_neg()?)?;
        let kind = u16::from_le_bytes(*bytes.get(fields.checked_add(6)?..)?.first_chunk()?);
        bytes.get(at.checked_add(usize::from(kind))?).copied()
    };
    size.is_some_and(|size| size >= 16) && kind().is_some_and(|kind| (SCHEMA..=LAST_KIND).contains(&kind))
}

//! The flatbuffer of a schema: fields inside fields, each with metadata.

use super::examine_pairs;
use crate::flatbuffer::{Buffer, Table};
use crate::{Input, Limit, Report, Stop};

/// Bytes of a key or of a field's name that are read.
const MAX_NAME: usize = 256;

/// Pairs of one list; a schema has a few, and some writers put one for each column there.
const MAX_PAIRS: usize = 65_536;

/// One key and the place of its value.
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) at: u64,
    pub(crate) size: u64,
}

/// Judges a schema and every field in it.
///
/// # Errors
/// [`Stop`] where it breaks, or leads to more tables than are followed.
pub(crate) fn schema(
    buffer: &Buffer<'_, '_>,
    schema: &Table,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    examine_pairs("schema", &pairs(buffer, schema, 2)?, input, report)?;
    // Fields may lie in each other as deep as an attacker likes, so they wait here and not on our stack.
    let mut open = Vec::new();
    for field in buffer.tables(schema, 1)? {
        open.push(field?.at);
    }
    while let Some(at) = open.pop() {
        let field = buffer.table(at)?;
        let metadata = pairs(buffer, &field, 6)?;
        if !metadata.is_empty() {
            let name = buffer.text(&field, 0, MAX_NAME)?;
            examine_pairs(&name, &metadata, input, report)?;
        }
        for child in buffer.tables(&field, 5)? {
            open.push(child?.at);
        }
    }
    Ok(())
}

/// The pairs of a vector of them, in their order, duplicates included.
///
/// # Errors
/// [`Stop`] where it breaks, or leads to more tables than are followed.
pub(crate) fn pairs(buffer: &Buffer<'_, '_>, owner: &Table, number: usize) -> Result<Vec<Pair>, Stop> {
    let mut pairs = Vec::new();
    for pair in buffer.tables(owner, number)? {
        if pairs.len() >= MAX_PAIRS {
            return Err(Stop::Limit(Limit::Count("Arrow metadata")));
        }
        let pair = pair?;
        let key = buffer.text(&pair, 0, MAX_NAME)?;
        if let Some(value) = buffer.vector(&pair, 1)? {
            pairs.push(Pair { key, at: value.first, size: u64::from(value.count) });
        }
    }
    Ok(pairs)
}

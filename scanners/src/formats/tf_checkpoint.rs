//! TensorFlow's checkpoint index: a table of names, shapes and places of tensors in the data files beside it.
//!
//! Nothing in it runs: the object graph it lists names nodes that the program has already made. The handles of its
//! blocks are checked to lie inside the file; values are not looked at.
//!
//! Source: `tensorflow/core/lib/io/table_format.txt`; `tensor_bundle.proto`.

use assay_core::{Format, Rule};

use crate::{Cursor, Input, Probe, Report, Scanner, Stop};

/// Bytes of the footer: two handles, padding, the magic number.
const FOOTER: u64 = 48;

/// The magic number at the end of every table.
const MAGIC: &[u8] = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb";

/// Behind every block stand its compression and checksum.
const TRAILER: u64 = 5;

/// Scanner of checkpoint indexes.
#[derive(Debug)]
pub(super) struct TfCheckpoint;

impl Scanner for TfCheckpoint {
    fn format(&self) -> Format {
        Format::TfCheckpoint
    }

    fn rules(&self) -> &'static [Rule] {
        &[]
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.size >= FOOTER && probe.tail.ends_with(MAGIC)
    }

    fn scan(&self, input: &Input<'_>, _report: &mut Report<'_>) -> Result<(), Stop> {
        let footer = input.size().saturating_sub(FOOTER);
        let mut cursor = input.cursor(footer, FOOTER);
        handle(&mut cursor, footer)?;
        let (index, size) = handle(&mut cursor, footer)?;
        blocks(input, index, size)
    }
}

/// The block that a handle leads to, which lies before `end`.
fn handle(cursor: &mut Cursor<'_, '_>, end: u64) -> Result<(u64, u64), Stop> {
    let at = cursor.position();
    let (start, size) = (cursor.varint("handle of a block")?, cursor.varint("handle of a block")?);
    let block = start.checked_add(size).and_then(|stop| stop.checked_add(TRAILER));
    match block {
        Some(stop) if stop <= end => Ok((start, size)),
        _ => Err(Stop::Malformed { what: "block of a checkpoint index", offset: at }),
    }
}

/// Every entry of the index block leads to a block before it. One that is compressed is not taken apart.
fn blocks(input: &Input<'_>, start: u64, size: u64) -> Result<(), Stop> {
    let end = start.saturating_add(size);
    let compression = input.cursor(end, 1).u8("compression of a block")?;
    if compression != 0 {
        return Ok(());
    }
    let broken = Stop::Malformed { what: "index block", offset: start };
    let Some(counted) = size.checked_sub(4) else { return Err(broken) };
    let restarts = u64::from(input.cursor(start.saturating_add(counted), 4).u32_le("restarts")?);
    let Some(entries) = restarts.checked_mul(4).and_then(|bytes| counted.checked_sub(bytes)) else {
        return Err(broken);
    };
    let mut cursor = input.cursor(start, entries);
    while cursor.left() > 0 {
        let what = "entry of a checkpoint index";
        let (_shared, own, value) = (cursor.varint(what)?, cursor.varint(what)?, cursor.varint(what)?);
        cursor.skip(own, "key of a checkpoint index")?;
        let from = cursor.position();
        handle(&mut cursor, start)?;
        if cursor.position().saturating_sub(from) != value {
            return Err(cursor.malformed("value of a checkpoint index"));
        }
    }
    Ok(())
}

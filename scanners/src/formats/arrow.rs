//! Arrow IPC files and streams, which Feather version 2 is too, and Feather version 1.
//!
//! Reading the schema is enough to run code in some versions: see [`crate::arrow`]. A file has its schema twice, at its
//! start for those who read it as a stream and in its footer; both are judged. The columns' values are not looked at.
//!
//! Source: "Arrow Columnar Format"; `feather.fbs` of Arrow before 0.17 for version 1.

use std::cell::Cell;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::arrow::{
    MAX_TABLES, PICKLED_METADATA, PICKLED_TYPE, Pair, examine_pairs, messages, pairs, schema, starts_stream,
};
use crate::flatbuffer::{Buffer, Table};
use crate::{Input, Probe, Report, Scanner, Stop, examine};

const FILE: &[u8] = b"ARROW1";
const FEATHER: &[u8] = b"FEA1";

/// Where the messages of a file start.
const FIRST_MESSAGE: u64 = 8;

/// Names of streams from before Arrow 0.15, which have no mark at their start.
const ENDINGS: &[&str] = &[".arrow", ".arrows", ".feather", ".ipc"];

const TRAILING: Rule = Rule {
    id: RuleId::new("arrow-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes follow the mark that ends the stream",
    taxonomy: &["CWE-506"],
};
const RULES: &[Rule] = &[PICKLED_TYPE, PICKLED_METADATA, TRAILING];

/// Scanner of Arrow files and streams.
#[derive(Debug)]
pub(super) struct Arrow;

impl Scanner for Arrow {
    fn format(&self) -> Format {
        Format::Arrow
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let head = probe.head;
        head.starts_with(FILE) || head.starts_with(FEATHER) || starts_stream(head, probe.named(ENDINGS))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let head = input.window(0, FILE.len())?;
        if head == FILE {
            return file(input, report);
        }
        if head.starts_with(FEATHER) {
            return feather(input, report);
        }
        let end = messages(input, 0, input.size(), &Cell::new(MAX_TABLES), report)?;
        let rest = input.size().saturating_sub(end);
        if rest == 0 {
            return Ok(());
        }
        report.hit(&TRAILING, input.place().at(end), &format!("{rest} bytes after the end"), &[]);
        examine(&input.member(&format!("[bytes at {end:#x}]"), end, rest)?, report)
    }
}

/// Both ways to read a file, so that neither hides the other.
fn file(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let footer = Footer::of(input, FILE)?;
    let steps = Cell::new(MAX_TABLES);
    let streamed = messages(input, FIRST_MESSAGE, footer.start, &steps, report);
    let steps = Cell::new(MAX_TABLES);
    let buffer = Buffer::new(input, footer.end, &steps);
    let table = buffer.table(buffer.follow(footer.start)?)?;
    examine_pairs("footer", &pairs(&buffer, &table, 4)?, input, report)?;
    let Some(inner) = buffer.inner(&table, 1)? else {
        return Err(Stop::Malformed { what: "footer without a schema", offset: footer.start });
    };
    schema(&buffer, &inner, input, report)?;
    streamed.map(|_| ())
}

/// Feather version 1 has texts where later versions have metadata.
fn feather(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let footer = Footer::of(input, FEATHER)?;
    let steps = Cell::new(MAX_TABLES);
    let buffer = Buffer::new(input, footer.end, &steps);
    let table = buffer.table(buffer.follow(footer.start)?)?;
    text(&buffer, &table, 4, input, report)?;
    for column in buffer.tables(&table, 2)? {
        text(&buffer, &column?, 4, input, report)?;
    }
    Ok(())
}

fn text(
    buffer: &Buffer<'_, '_>,
    owner: &Table,
    number: usize,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let Some(value) = buffer.vector(owner, number)? else { return Ok(()) };
    let pair = Pair { key: "metadata".to_owned(), at: value.first, size: u64::from(value.count) };
    examine_pairs("table", &[pair], input, report)
}

/// Where the flatbuffer at the end of a file stands.
struct Footer {
    start: u64,
    end: u64,
}

impl Footer {
    /// The footer before a length and the magic that ends the file.
    fn of(input: &Input<'_>, magic: &[u8]) -> Result<Self, Stop> {
        let broken = || Stop::Malformed { what: "end of Arrow file", offset: input.size() };
        let last = input.size().checked_sub(magic.len() as u64).ok_or_else(broken)?;
        if input.window(last, magic.len())? != magic {
            return Err(broken());
        }
        let end = last.checked_sub(4).ok_or_else(broken)?;
        let size = u64::from(input.cursor(end, 4).u32_le("footer length")?);
        let start = end.checked_sub(size).filter(|start| *start >= magic.len() as u64).ok_or_else(broken)?;
        Ok(Self { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn what_is_cut_or_leads_outside_is_a_gap() {
        for bytes in [
            b"ARROW1\0\0".as_slice(),
            b"ARROW1\0\0\xff\xff\xff\xffARROW1",
            b"ARROW1\0\0\0\0\0\0\0\0\0\0ARROW1",
            b"FEA1\xff\0\0\0FEA1",
            b"\xff\xff\xff\xff\x10\0\0\0\x04\0\0\0",
            b"\xff\xff\xff\xff\x10\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            let facts = scan(&Arrow, "x.arrow", bytes);
            assert!(facts.findings.is_empty() && facts.gaps.len() == 1, "{bytes:?}: {facts:?}");
        }
    }

    #[test]
    fn fields_that_share_their_children_end_at_the_limit_of_tables() {
        // Offsets lead forwards, so nothing is its own child; but each of 24 lists leads twice to the next field, whose
        // children are the next list: 2^24 paths. The lists of fields of the tables stand first.
        let mut bytes = Vec::new();
        bytes.extend([[10, 0], [12, 0], [0, 0], [4, 0], [8, 0]].concat());
        bytes.extend([[8, 0], [8, 0], [0, 0], [4, 0]].concat());
        bytes.extend([[16, 0], [8, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [4, 0]].concat());
        let (message, schema, field) = (0_u32, 10, 18);
        let table = |bytes: &mut Vec<u8>, fields: u32, own: &[u32]| {
            let back = u32::try_from(bytes.len()).unwrap() - fields;
            bytes.extend(back.to_le_bytes());
            own.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
        };
        let start = u32::try_from(bytes.len()).unwrap() + 4;
        table(&mut bytes, message, &[1, 4]);
        table(&mut bytes, schema, &[4]);
        for _ in 0..24 {
            [2_u32, 8, 4].iter().for_each(|word| bytes.extend(word.to_le_bytes()));
            table(&mut bytes, field, &[4]);
        }
        bytes.extend([0; 4]);
        let whole = [start.to_le_bytes().as_slice(), &bytes].concat();
        let size = u32::try_from(whole.len()).unwrap().to_le_bytes();
        let facts = scan(&Arrow, "x", &[b"\xff\xff\xff\xff".as_slice(), &size, &whole].concat());
        assert_eq!(facts.gaps[0].message, "limit reached: declared count of tables", "{facts:?}");
    }
}

//! gzip streams: everything inside is examined as one content, as Python's `gzip` and `zcat` read it.
//!
//! Source: RFC 1952; CPython `Lib/gzip.py`, which steps over zeros between two members. Members follow each other; what
//! comes after the last one is examined by itself. The name in the header is never used.

use std::io::{self, BufReader, Read};

use assay_core::{Format, Rule, RuleId, Severity};
use flate2::bufread::GzDecoder;

use crate::input::{InputReader, as_io};
use crate::{Input, Limit, Probe, Report, Scanner, Stop, examine};

/// The first bytes of every member: two for gzip, one for deflate, which is the only method there is.
const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// Zero bytes after the last member pass for padding up to this many; tapes pad to 10 KiB.
const MAX_PADDING: usize = 64 << 10;

/// Members without any content; some tools end a file with one, and joined files have as many.
const MAX_EMPTY: u32 = 16_384;

const TRAILING: Rule = Rule {
    id: RuleId::new("gzip-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes that are not compressed follow the compressed data",
    taxonomy: &["CWE-506"],
};
static RULES: [Rule; 1] = [TRAILING];

/// gzip streams.
#[derive(Debug)]
pub(super) struct Gzip;

impl Scanner for Gzip {
    fn format(&self) -> Format {
        Format::Gzip
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.head.starts_with(MAGIC)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let reader = input.reader();
        let first = GzDecoder::new(BufReader::new(reader));
        let mut members = Members { input, member: Some(first), end: 0, given: false, empty: 0 };
        let name = content_name(input.name());
        input.inflated(&name, &mut members, Members::consumed, &mut |content| examine(content, report))?;
        trailing(input, members.end, report)
    }
}

/// The name without the ending that says gzip.
fn content_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let cut = |ending: &str| name.get(..name.len().saturating_sub(ending.len())).unwrap_or(name);
    if lower.ends_with(".tgz") {
        format!("{}.tar", cut(".tgz"))
    } else if lower.ends_with(".gz") {
        cut(".gz").to_owned()
    } else {
        "[content]".to_owned()
    }
}

/// Reports and examines what follows the last member.
fn trailing(input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let rest = input.size().saturating_sub(end);
    let sight = input.window(end, MAX_PADDING)?;
    if rest <= MAX_PADDING as u64 && sight.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    report.hit(&TRAILING, input.place().at(end), &format!("{rest} bytes after the compressed data"), &[]);
    let zeros = sight.iter().take_while(|byte| **byte == 0).count() as u64;
    let (end, rest) = (end.saturating_add(zeros), rest.saturating_sub(zeros));
    let member = input.member(&format!("[bytes at {end:#x}]"), end, rest)?;
    examine(&member, report)
}

/// The content of all members, one after the other.
struct Members<'i, 'a> {
    input: &'i Input<'a>,
    member: Option<GzDecoder<BufReader<InputReader<'i, 'a>>>>,
    end: u64,
    /// Whether this member has given any content.
    given: bool,
    /// Members that had none.
    empty: u32,
}

impl<'i, 'a> Members<'i, 'a> {
    /// Opens the member that follows, behind zeros too.
    fn next(&mut self, mut reader: BufReader<InputReader<'i, 'a>>) -> Result<(), Stop> {
        self.empty = self.empty.saturating_add(u32::from(!self.given));
        self.given = false;
        if self.empty > MAX_EMPTY {
            return Err(Stop::Limit(Limit::Count("empty gzip members")));
        }
        let mut next = self.input.window(self.end, MAGIC.len())?;
        if next.first() == Some(&0) {
            let padding = self.input.window(self.end, MAX_PADDING)?;
            let zeros = padding.iter().position(|byte| *byte != 0).unwrap_or(padding.len());
            next = self.input.window(self.end.saturating_add(zeros as u64), MAGIC.len())?;
            if next == MAGIC {
                let stepped = io::copy(&mut (&mut reader).take(zeros as u64), &mut io::sink())?;
                self.end = self.end.saturating_add(stepped);
            }
        }
        self.member = (next == MAGIC).then(|| GzDecoder::new(reader));
        Ok(())
    }

    /// Bytes of the input taken so far.
    fn consumed(&self) -> u64 {
        self.member.as_ref().map_or(self.end, |member| taken(member.get_ref()))
    }
}

fn taken(reader: &BufReader<InputReader<'_, '_>>) -> u64 {
    reader.get_ref().offset().saturating_sub(reader.buffer().len() as u64)
}

impl Read for Members<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                self.given |= read > 0;
                return Ok(read);
            }
            let Some(reader) = self.member.take().map(GzDecoder::into_inner) else { break };
            self.end = taken(&reader);
            self.next(reader).map_err(as_io)?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::Gzip;
    use crate::testing::scan;

    fn member(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn zeros_between_two_members_are_stepped_over() {
        let (first, rest) = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.".split_at(7);
        for zeros in [0, 1, 700] {
            let facts = scan(&Gzip, "m.gz", &[member(first), vec![0; zeros], member(rest)].concat());
            assert!(facts.rules().contains(&"pickle-unsafe-global"), "{zeros}: {facts:?}");
        }
    }
}

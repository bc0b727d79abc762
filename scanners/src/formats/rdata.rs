//! R's saved objects: RDS of `saveRDS`, RData and RDA of `save`, behind any compression.
//!
//! What runs when they are read or used is found by [`crate::rdata`]. Values of vectors are not looked at, but for bytes
//! that begin like R's own serialization.
//!
//! Source: "Serialization Formats" of R Internals; `src/main/saveload.c` of R 4 for the names of the encodings.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::rdata::{
    ACTIVE_BINDING, CLOSURE, Encoding, LAZY_ARGUMENT, MAPPED_FILE, Machine, PERSISTENT_NAME, PROMISE,
    STARTUP_FUNCTION, Stream, UNSAFE_CALL,
};
use crate::{Input, Probe, Report, Scanner, Stop, examine};

/// Bytes of the line that `save` writes first.
const LINE: u64 = 5;

/// The first lines that `save` has ever written; those of R before 1.4 have numbers of their own.
const LINES: &[&[u8]] =
    &[b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n", b"RDX1\n", b"RDA1\n", b"RDB1\n"];

const TRAILING: Rule = Rule {
    id: RuleId::new("r-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes follow the object that nobody reads",
    taxonomy: &["CWE-506"],
};
const RULES: &[Rule] = &[
    PROMISE,
    UNSAFE_CALL,
    STARTUP_FUNCTION,
    MAPPED_FILE,
    LAZY_ARGUMENT,
    ACTIVE_BINDING,
    PERSISTENT_NAME,
    CLOSURE,
    TRAILING,
];

/// Scanner of R's saved objects.
#[derive(Debug)]
pub(super) struct Rdata;

impl Scanner for Rdata {
    fn format(&self) -> Format {
        Format::Rdata
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        saved(probe.head) || serialized(probe.head)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let head = input.window(0, 5)?;
        let lines = saved(&head);
        if matches!(head.as_slice(), [_, _, _, b'1', _]) && lines {
            return Err(Stop::Unsupported("R data of before 1.4"));
        }
        let stream = Stream::open(input.cursor(if lines { LINE } else { 0 }, u64::MAX))?;
        let ascii = stream.encoding() == Encoding::Ascii;
        let machine = Machine::new(stream, input, report);
        let end = if lines { machine.objects()? } else { machine.object()? };
        let rest = input.size().saturating_sub(end);
        let blank = ascii && rest <= 2 && input.window(end, 2)?.iter().all(u8::is_ascii_whitespace);
        if rest == 0 || blank {
            return Ok(());
        }
        report.hit(&TRAILING, input.place().at(end), &format!("{rest} bytes after the object"), &[]);
        examine(&input.member(&format!("[bytes at {end:#x}]"), end, rest)?, report)
    }
}

/// Whether `save` wrote it.
fn saved(head: &[u8]) -> bool {
    LINES.iter().any(|line| head.starts_with(line))
}

/// Whether an object begins here: the encoding, and version 2 or 3 in it.
fn serialized(head: &[u8]) -> bool {
    match head {
        [b'X', b'\n', 0, 0, 0, 2 | 3, 0, ..] => true,
        [b'B', b'\n', 2 | 3, 0, 0, 0, _, _, _, 0, ..] => true,
        [b'A', b'\n', b'2' | b'3', b'\n', digit, ..] => digit.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn object(words: &[u32]) -> Vec<u8> {
        let mut bytes = b"X\n\0\0\0\x02\0\x04\x02\x02\0\x02\x03\0".to_vec();
        words.iter().for_each(|word| bytes.extend(word.to_be_bytes()));
        bytes
    }

    #[test]
    fn what_breaks_or_promises_too_much_is_a_gap() {
        for words in [
            [0; 3].as_slice(),          // No such type.
            &[26],                      // No such type either.
            &[255, 1],                  // A reference to nothing.
            &[14, 0x7fff_ffff],         // More numbers than there are.
            &[19, 0x7fff_ffff],         // More elements than there are.
            &[19, u32::MAX, 0xffff, 0], // The same, with a long length.
            &[10, 0xffff_fffe],         // A negative length.
            &[16, 1, 9, 0x8000_0000],   // A text of negative length.
            &[248, 1, 1],               // Names that do not begin as they must.
            &[1],                       // A name that is missing.
        ] {
            let facts = scan(&Rdata, "x.rds", &object(words));
            assert!(facts.findings.is_empty() && facts.gaps.len() == 1, "{words:?}: {facts:?}");
        }
    }

    #[test]
    fn depth_ends_at_a_limit_and_long_lists_do_not() {
        let deep = scan(&Rdata, "x.rds", &object(&[19, 1].repeat(20_000)));
        assert_eq!(deep.gaps[0].message, "limit reached: max-recursion", "{deep:?}");
        let long = scan(&Rdata, "x.rds", &object(&[[2, 254].repeat(20_000), vec![254]].concat()));
        assert!(long.is_clean(), "{long:?}");
    }

    #[test]
    fn other_versions_are_gaps() {
        for bytes in [b"RDX1\n".as_slice(), b"RDX2\nX\n\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\xfe"] {
            let facts = scan(&Rdata, "x.rda", bytes);
            assert_eq!(facts.gaps[0].kind, assay_core::GapKind::Unsupported, "{facts:?}");
        }
    }

    #[test]
    fn words_are_read_as_c_writes_them() {
        let text = b"A\n3\n262658\n197888\n5\nUTF-8\n6\n1\n262153\n6\n\\163\\171st\\145m\n2\n16\n1\n262153\n3\n\\040\\n\\\"\n254\n";
        let facts = scan(&Rdata, "x.rds", text);
        assert_eq!(facts.rules(), ["r-unsafe-call"], "{facts:?}");
    }
}

//! Streams that are compressed and nothing else: bzip2, LZ4, LZMA, xz, zlib, Zstandard.
//!
//! joblib, pandas and Python's own modules load through them, and go on from one stream to the next as one content, so
//! all streams are examined as one. What comes after the last one is examined by itself. LZMA and zlib have no magic
//! number: they are recognised by a strict header and by decoding a little. zlib behind the `ZF` header of old joblib
//! counts too. Source: see [`crate::codec`].

use std::cell::Cell;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::codec::{Codec, OLD_JOBLIB_HEADER, Streams, recognise};
use crate::probe::ends_in;
use crate::{Input, Probe, Report, Scanner, Stop, examine};

/// Zero bytes after the last stream pass for padding up to this many; tapes pad to 10 KiB.
const MAX_PADDING: usize = 64 << 10;

/// One rule for each, because what may follow is each format's own affair.
const fn trailing_rule(id: &'static str) -> Rule {
    Rule {
        id: RuleId::new(id),
        severity: Severity::Medium,
        summary: "Bytes that are not compressed follow the compressed data",
        taxonomy: &["CWE-506"],
    }
}
static BZIP2: [Rule; 1] = [trailing_rule("bzip2-trailing-data")];
static LZ4: [Rule; 1] = [trailing_rule("lz4-trailing-data")];
static LZMA: [Rule; 1] = [trailing_rule("lzma-trailing-data")];
static XZ: [Rule; 1] = [trailing_rule("xz-trailing-data")];
static ZLIB: [Rule; 1] = [trailing_rule("zlib-trailing-data")];
static ZSTD: [Rule; 1] = [trailing_rule("zstd-trailing-data")];

/// Endings of names, how they are compressed, and the ending of the content's name.
const ENDINGS: &[(&str, Codec, &str)] = &[
    (".bz2", Codec::Bzip2, ""),
    (".tbz", Codec::Bzip2, ".tar"),
    (".tbz2", Codec::Bzip2, ".tar"),
    (".lz4", Codec::Lz4, ""),
    (".lzma", Codec::Lzma, ""),
    (".tlz", Codec::Lzma, ".tar"),
    (".txz", Codec::Xz, ".tar"),
    (".xz", Codec::Xz, ""),
    (".z", Codec::Zlib, ""),
    (".zlib", Codec::Zlib, ""),
    (".tzst", Codec::Zstd, ".tar"),
    (".zst", Codec::Zstd, ""),
    (".zstd", Codec::Zstd, ""),
];

/// Streams of one compression.
#[derive(Debug)]
pub(super) struct Compressed(pub(super) Codec);

impl Scanner for Compressed {
    fn format(&self) -> Format {
        self.0.format()
    }

    fn rules(&self) -> &'static [Rule] {
        match self.0 {
            Codec::Bzip2 => &BZIP2,
            Codec::Lz4 => &LZ4,
            Codec::Lzma => &LZMA,
            Codec::Xz => &XZ,
            Codec::Zlib => &ZLIB,
            Codec::Zstd => &ZSTD,
        }
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let named = ending(probe.name).map(|(_, codec, _)| *codec);
        recognise(probe.head, probe.size, named) == Some(self.0)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let old_joblib = self.0 == Codec::Zlib && input.window(0, 2)? == b"ZF";
        let at = Cell::new(if old_joblib { OLD_JOBLIB_HEADER as u64 } else { 0 });
        let streams = Streams::new(input, &at, self.0);
        input.unpacked(&content_name(input.name()), streams, &at, &mut |content| examine(content, report))?;
        self.trailing(input, at.get(), report)
    }
}

impl Compressed {
    /// Reports and examines what follows the last stream.
    fn trailing(&self, input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
        let rest = input.size().saturating_sub(end);
        let sight = input.window(end, MAX_PADDING)?;
        if rest <= MAX_PADDING as u64 && sight.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        for rule in self.rules() {
            let text = format!("{rest} bytes after the compressed data");
            report.hit(rule, input.place().at(end), &text, &[]);
        }
        let member = input.member(&format!("[bytes at {end:#x}]"), end, rest)?;
        examine(&member, report)
    }
}

/// The longest ending that the name has.
fn ending(name: &str) -> Option<&'static (&'static str, Codec, &'static str)> {
    ENDINGS.iter().find(|(ending, ..)| ends_in(name, ending))
}

/// The name without the ending that tells the compression. joblib compresses without a change of name, and the name
/// still says that it is a pickle.
fn content_name(name: &str) -> String {
    let Some((ending, _, replaced)) = ending(name) else { return name.to_owned() };
    let stem = name.get(..name.len().saturating_sub(ending.len())).unwrap_or(name);
    format!("{stem}{replaced}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_ending_that_tells_the_compression_and_no_other() {
        for (outer, inner) in [
            ("m.pkl.bz2", "m.pkl"),
            ("M.TXZ", "M.tar"),
            ("m.tbz2", "m.tar"),
            ("m.joblib", "m.joblib"),
            ("x", "x"),
            (".xz", ""),
        ] {
            assert_eq!(content_name(outer), inner);
        }
    }
}

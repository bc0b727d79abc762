//! Parquet: columns of values, and a footer that describes them.
//!
//! Looks for what reading the footer does: the schema of Arrow in it may be a pickle (see [`crate::arrow`]), other
//! key-value metadata may be pickles, and columns may lie in other files. Values of columns are not decoded; the
//! smallest and largest of each, which the footer has too, are read. What is encrypted is a gap.
//!
//! Source: `parquet.thrift` and "File Format" of Apache Parquet.

use std::cell::Cell;

use assay_core::{Format, Rule, RuleId, Severity};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::arrow::{MAX_TABLES, PICKLED_METADATA, PICKLED_TYPE, Pair, examine_pairs, messages};
use crate::injected::{INJECTED_INSTRUCTION, judge};
use crate::member_name::unsafe_path;
use crate::thrift::{Compact, Kind};
use crate::{Input, Probe, Report, Scanner, Stop};

const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED: &[u8] = b"PARE";

/// Bytes of a key or path that are read.
const MAX_NAME: u64 = 4096;

/// The longest schema of Arrow that is decoded; one of 10,000 columns has 3 MiB.
const MAX_SCHEMA: usize = 64 << 20;

/// As lenient as readers are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const EXTERNAL_PATH: Rule = Rule {
    id: RuleId::new("parquet-external-path"),
    severity: Severity::High,
    summary: "The values of a column are bytes of a file outside the dataset's folder",
    taxonomy: &["CWE-22", "CWE-73"],
};
const RULES: &[Rule] = &[PICKLED_TYPE, PICKLED_METADATA, EXTERNAL_PATH, INJECTED_INSTRUCTION];

/// Scanner of Parquet files.
#[derive(Debug)]
pub(super) struct Parquet;

impl Scanner for Parquet {
    fn format(&self) -> Format {
        Format::Parquet
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.head.starts_with(MAGIC) || probe.head.starts_with(ENCRYPTED)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let broken = || Stop::Malformed { what: "end of Parquet file", offset: input.size() };
        let end = input.size().checked_sub(8).ok_or_else(broken)?;
        let mut tail = input.cursor(end, 8);
        let size = u64::from(tail.u32_le("footer length")?);
        let magic = tail.bytes(4, 4, "magic")?;
        if magic == ENCRYPTED {
            return Err(Stop::Encrypted("Parquet footer"));
        }
        let start = end.checked_sub(size).filter(|start| *start >= MAGIC.len() as u64);
        let start = start.filter(|_| magic == MAGIC).ok_or_else(broken)?;
        let mut cursor = input.cursor(start, size);
        let mut footer = Footer { input, report, hidden: false };
        footer.file(&mut Compact(&mut cursor))?;
        if footer.hidden { Err(Stop::Encrypted("Parquet column")) } else { Ok(()) }
    }
}

struct Footer<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    /// Whether a column's description is encrypted.
    hidden: bool,
}

impl Footer<'_, '_, '_, '_> {
    /// `FileMetaData`.
    fn file(&mut self, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let mut last = 0;
        while let Some((number, kind)) = reader.field(&mut last)? {
            match (number, kind) {
                (4, Kind::List) => self.each(reader, Self::row_group)?,
                (5, Kind::List) => self.pairs("file", reader)?,
                _ => reader.skip(kind)?,
            }
        }
        Ok(())
    }

    /// Every struct of a list.
    fn each(
        &mut self,
        reader: &mut Compact<'_, '_, '_>,
        look: fn(&mut Self, &mut Compact<'_, '_, '_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let (kind, count) = reader.list()?;
        for _ in 0..count {
            if kind == Kind::Struct {
                look(self, reader)?;
            } else {
                return Err(reader.0.malformed("Parquet list"));
            }
        }
        Ok(())
    }

    /// `RowGroup`.
    fn row_group(&mut self, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let mut last = 0;
        while let Some((number, kind)) = reader.field(&mut last)? {
            match (number, kind) {
                (1, Kind::List) => self.each(reader, Self::column)?,
                _ => reader.skip(kind)?,
            }
        }
        Ok(())
    }

    /// `ColumnChunk`.
    fn column(&mut self, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let mut last = 0;
        while let Some((number, kind)) = reader.field(&mut last)? {
            match (number, kind) {
                (1, Kind::Binary) => self.path(reader)?,
                (3, Kind::Struct) => self.column_metadata(reader)?,
                (9, Kind::Binary) => {
                    self.hidden = true;
                    reader.skip(kind)?;
                }
                _ => reader.skip(kind)?,
            }
        }
        Ok(())
    }

    /// `ColumnMetaData`.
    fn column_metadata(&mut self, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let mut last = 0;
        while let Some((number, kind)) = reader.field(&mut last)? {
            match (number, kind) {
                (8, Kind::List) => self.pairs("column", reader)?,
                (12, Kind::Struct) => self.statistics(reader)?,
                _ => reader.skip(kind)?,
            }
        }
        Ok(())
    }

    /// `Statistics`: the smallest and the largest value, the only ones that stand in the footer.
    fn statistics(&mut self, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let mut last = 0;
        while let Some((number, kind)) = reader.field(&mut last)? {
            match (number, kind) {
                (5 | 6, Kind::Binary) => {
                    let (at, size) = reader.binary()?;
                    judge(&self.text(at, size)?, self.input.place().at(at), self.report);
                }
                _ => reader.skip(kind)?,
            }
        }
        Ok(())
    }

    /// Where a column lies when it does not lie here. Summaries name the files beside them.
    fn path(&mut self, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let (at, size) = reader.binary()?;
        let path = self.text(at, size)?;
        if unsafe_path(path.as_bytes()) || path.contains("://") {
            let message = format!("a column is read from {path}");
            self.report.hit(&EXTERNAL_PATH, self.input.place().at(at), &message, &[("path", &path)]);
        }
        Ok(())
    }

    fn text(&self, at: u64, size: u64) -> Result<String, Stop> {
        let size = usize::try_from(size.min(MAX_NAME)).unwrap_or_default();
        Ok(String::from_utf8_lossy(&self.input.window(at, size)?).into_owned())
    }

    /// A list of `KeyValue`.
    fn pairs(&mut self, owner: &str, reader: &mut Compact<'_, '_, '_>) -> Result<(), Stop> {
        let (kind, count) = reader.list()?;
        for _ in 0..count {
            if kind != Kind::Struct {
                return Err(reader.0.malformed("Parquet list"));
            }
            let pair = self.pair(reader)?;
            if pair.key == "ARROW:schema" {
                let looked = self.arrow(&pair);
                self.leave(looked)?;
            }
            examine_pairs(owner, &[pair], self.input, self.report)?;
        }
        Ok(())
    }

    fn pair(&self, reader: &mut Compact<'_, '_, '_>) -> Result<Pair, Stop> {
        let mut pair = Pair { key: String::new(), at: 0, size: 0 };
        let mut last = 0;
        while let Some((number, kind)) = reader.field(&mut last)? {
            match (number, kind) {
                (1, Kind::Binary) => {
                    let (at, size) = reader.binary()?;
                    pair.key = self.text(at, size)?;
                }
                (2, Kind::Binary) => (pair.at, pair.size) = reader.binary()?,
                _ => reader.skip(kind)?,
            }
        }
        Ok(pair)
    }

    /// The schema of Arrow, which is a message of it in base64.
    fn arrow(&mut self, pair: &Pair) -> Result<(), Stop> {
        let text = self.input.cursor(pair.at, pair.size).bytes(pair.size, MAX_SCHEMA, "ARROW:schema")?;
        let decoded = BASE64.decode(&text);
        let decoded = decoded.map_err(|_| Stop::Malformed { what: "ARROW:schema", offset: pair.at })?;
        let report = &mut *self.report;
        self.input.inflated("ARROW:schema", &mut decoded.as_slice(), |_| pair.size, &mut |member| {
            messages(member, 0, member.size(), &Cell::new(MAX_TABLES), report).map(|_| ())
        })
    }

    /// A schema that cannot be followed does not hide what stands behind it.
    fn leave(&mut self, looked: Result<(), Stop>) -> Result<(), Stop> {
        match looked {
            Err(Stop::Deadline) => Err(Stop::Deadline),
            Err(stop) => {
                self.report.gap(&self.input.place().member("ARROW:schema"), &stop);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use assay_core::GapKind;

    use super::*;
    use crate::testing::scan;

    fn file(footer: &[u8]) -> Vec<u8> {
        let size = u32::try_from(footer.len()).unwrap().to_le_bytes();
        [b"PAR1", footer, &size, b"PAR1"].concat()
    }

    #[test]
    fn what_is_encrypted_is_a_gap() {
        let whole = scan(&Parquet, "x", b"PARE\0\0\0\0\0\0\0\0PARE");
        assert_eq!(whole.gaps[0].kind, GapKind::Encrypted);
        // One row group, one column, whose description is field 9.
        let column = scan(&Parquet, "x", &file(b"\x49\x1c\x19\x1c\x98\x01x\0\0\0"));
        assert_eq!(column.gaps[0].kind, GapKind::Encrypted, "{column:?}");
    }

    #[test]
    fn a_cut_a_count_and_depth_are_gaps() {
        let deep = [[0x1c].repeat(1 << 16), vec![0; 1 << 16]].concat();
        for bytes in [
            b"PAR1".to_vec(),
            b"PAR1\0\0\0\0PAR".to_vec(),
            b"PAR1\xff\xff\xff\xffPAR1".to_vec(),
            file(b"\x59\xfc\xff\xff\xff\xff\x0f"),
            file(b"\x19\xf0\x01"),
            file(&deep),
        ] {
            let facts = scan(&Parquet, "x", &bytes);
            assert!(facts.findings.is_empty() && facts.gaps.len() == 1, "{facts:?}");
        }
    }

    #[test]
    fn a_schema_that_is_no_base64_is_a_gap_and_hides_nothing() {
        let pair = |key: &str, value: &str| {
            let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            [b"\x18".to_vec(), text(key), b"\x18".to_vec(), text(value), b"\0".to_vec()].concat()
        };
        let pickle = "cposix\nsystem\n(S'id'\ntR.";
        let footer = [b"\x59\x2c".to_vec(), pair("ARROW:schema", "?"), pair("x", pickle), b"\0".to_vec()];
        let facts = scan(&Parquet, "x", &file(&footer.concat()));
        assert_eq!(facts.gaps.len(), 1, "{facts:?}");
        assert!(facts.rules().contains(&"pickle-unsafe-global"));
    }
}

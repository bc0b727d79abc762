//! TFRecord: records behind their lengths and checksums; data sets of TensorFlow and its event logs.
//!
//! What a record means is the program's affair, and honest ones are protocol buffers. A record that is a pickle is told:
//! some program will unpickle it. Checksums of lengths are compared, those of records are not.
//!
//! Source: `tensorflow/core/lib/io/record_writer.h`.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::{Input, Probe, Report, Scanner, Stop, crc32c, pickle};

/// Bytes of a record that tell whether it is a pickle.
const HEAD: usize = 64 << 10;

/// A record's length and checksum, and the checksum behind it.
const AROUND: u64 = 16;

/// Names that such files have.
const ENDINGS: &[&str] = &[".tfrecord", ".tfrecords", ".tfrec"];

const PICKLED_RECORD: Rule = Rule {
    id: RuleId::new("tfrecord-pickled-record"),
    severity: Severity::Medium,
    summary: "A record is a pickle that imports something; what reads it will unpickle it",
    taxonomy: &["CWE-502", "AML.T0010", "OWASP-LLM03"],
};
const CHECKSUM: Rule = Rule {
    id: RuleId::new("tfrecord-checksum-mismatch"),
    severity: Severity::Low,
    summary: "A length does not have the checksum it states; TensorFlow refuses it, other readers may not",
    taxonomy: &["CWE-354"],
};
const RULES: &[Rule] = &[PICKLED_RECORD, CHECKSUM];

/// Scanner of TFRecord files.
#[derive(Debug)]
pub(super) struct Tfrecord;

impl Scanner for Tfrecord {
    fn format(&self) -> Format {
        Format::Tfrecord
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let Some((length, rest)) = probe.head.split_first_chunk::<8>() else { return false };
        let fits = u64::from_le_bytes(*length).checked_add(AROUND).is_some_and(|size| size <= probe.size);
        let sum = rest.first_chunk().map(|sum| u32::from_le_bytes(*sum));
        fits && sum.is_some_and(|sum| sum == crc32c::masked(length) || probe.named(ENDINGS))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut cursor = input.cursor(0, u64::MAX);
        let mut wrong = false;
        while cursor.left() > 0 {
            let at = cursor.position();
            let length: [u8; 8] = cursor.array("record length")?;
            let sum = cursor.u32_le("checksum of a record's length")?;
            if sum != crc32c::masked(&length) && !wrong {
                wrong = true;
                report.hit(&CHECKSUM, input.place().at(at), "the checksum of a length does not fit", &[]);
            }
            let (start, size) = (cursor.position(), u64::from_le_bytes(length));
            cursor.skip(size, "record")?;
            cursor.skip(4, "checksum of a record")?;
            record(input, start, size, report)?;
        }
        Ok(())
    }
}

/// Looks at one record. What programs write begins with the tag of a field.
fn record(input: &Input<'_>, start: u64, size: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let first = input.window(start, usize::try_from(size).unwrap_or(2).min(2))?;
    if matches!(first.as_slice(), [0x0a | 0x12 | 0x09 | 0x0d, ..] | []) {
        return Ok(());
    }
    let head = input.window(start, usize::try_from(size).unwrap_or(HEAD).min(HEAD))?;
    if pickle::may_import(&head, size) {
        report.hit(&PICKLED_RECORD, input.place().at(start), "a record is a pickle", &[]);
    }
    Ok(())
}

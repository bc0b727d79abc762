//! NumPy `.npy`: one array; object arrays are pickles.
//!
//! Source: see [`crate::npy`]; CVE-2019-6446 (`numpy.load` ran pickles without being asked).

use assay_core::{Format, Rule, RuleId, Severity};

use crate::npy::{Dtype, Literal, parse};
use crate::{Input, Loader, Probe, Report, Scanner, Stop, examine, pickle};

const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header; NumPy refuses more than 10,000 bytes unless pickles are allowed.
const MAX_HEADER: usize = 1 << 20;

const OBJECT_ARRAY: Rule = Rule {
    id: RuleId::new("numpy-object-array"),
    severity: Severity::Medium,
    summary: "The elements are Python objects, so the data are a pickle that loading runs",
    taxonomy: &["CWE-502", "CVE-2019-6446"],
};
const HEADER: Rule = Rule {
    id: RuleId::new("numpy-malformed-header"),
    severity: Severity::High,
    summary: "The header is not the plain dictionary that NumPy writes",
    taxonomy: &["CWE-95"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("numpy-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes that are not another array follow the array",
    taxonomy: &["CWE-506"],
};
static RULES: [Rule; 3] = [OBJECT_ARRAY, HEADER, TRAILING];

/// NumPy arrays.
#[derive(Debug)]
pub(super) struct Npy;

impl Scanner for Npy {
    fn format(&self) -> Format {
        Format::Npy
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.head.starts_with(MAGIC)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut offset = array(input, 0, report)?;
        // `numpy.save` may have been called again on the same file.
        while input.window(offset, MAGIC.len())? == MAGIC {
            offset = array(input, offset, report)?;
        }
        if offset == input.size() {
            return Ok(());
        }
        let rest = input.size().saturating_sub(offset);
        report.hit(&TRAILING, input.place().at(offset), &format!("{rest} bytes after the array"), &[]);
        hidden(input, offset, report)
    }
}

/// Looks at the array that begins at `offset`, and gives the offset after it.
fn array(input: &Input<'_>, offset: u64, report: &mut Report<'_>) -> Result<u64, Stop> {
    let (header, data) = header(input, offset)?;
    let place = input.place().at(offset.saturating_add(10));
    let Some(array) = Array::of(&header) else {
        report.hit(&HEADER, place, "the header is not a plain dictionary", &[("header", &header)]);
        // A lenient loader may take it, and objects cannot be ruled out.
        hidden(input, data, report)?;
        return Ok(input.size());
    };
    let end = match array.dtype {
        Dtype::Plain(size) => {
            let length = array.elements.checked_mul(size);
            length.and_then(|length| data.checked_add(length))
        }
        Dtype::Object => {
            report.hit(&OBJECT_ARRAY, place, "an array of Python objects", &[("header", &header)]);
            let numpy = input.part(0, input.size()).loaded_by(Loader::Numpy);
            Some(pickle::scan_one(&numpy, data, report)?)
        }
        Dtype::Unknown => {
            hidden(input, data, report)?;
            return Err(Stop::Unsupported("dtype"));
        }
    };
    end.filter(|end| *end <= input.size()).ok_or(Stop::Malformed { what: "array size", offset: data })
}

/// Examines bytes that are no array to us.
fn hidden(input: &Input<'_>, from: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let rest = input.size().saturating_sub(from);
    let member = input.member(&format!("[bytes at {from:#x}]"), from, rest)?.loaded_by(Loader::Numpy);
    examine(&member, report)
}

/// The text of the header of the array at `offset`, and where its data start.
fn header(input: &Input<'_>, offset: u64) -> Result<(String, u64), Stop> {
    let mut cursor = input.cursor(offset.saturating_add(MAGIC.len() as u64), u64::MAX);
    let [major, _minor] = cursor.array("npy version")?;
    let length = match major {
        1 => u64::from(cursor.u16_le("npy header length")?),
        2 | 3 => u64::from(cursor.u32_le("npy header length")?),
        _ => return Err(Stop::Unsupported("npy version")),
    };
    let bytes = cursor.bytes(length, MAX_HEADER, "npy header")?;
    // Version 3 is UTF-8, the others are Latin-1.
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    Ok((text, cursor.position()))
}

/// What a header states.
struct Array {
    dtype: Dtype,
    elements: u64,
}

impl Array {
    /// Takes a header apart; `None` when it is not exactly what NumPy accepts.
    fn of(header: &str) -> Option<Self> {
        let Literal::Dict(pairs) = parse(header)? else { return None };
        let value = |wanted: &str| {
            let mut values = pairs.iter().filter(|(key, _)| *key == Literal::Text(wanted.to_owned()));
            values.next().map(|(_, value)| value).filter(|_| values.next().is_none())
        };
        let (descr, order, shape) = (value("descr")?, value("fortran_order")?, value("shape")?);
        if pairs.len() != 3 || !matches!(order, Literal::Bool(_)) {
            return None;
        }
        Some(Self { dtype: Dtype::of(descr), elements: shape.elements()? })
    }
}

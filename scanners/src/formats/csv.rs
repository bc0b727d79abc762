//! CSV and TSV: cells that a spreadsheet program takes for formulas.
//!
//! Libraries for data read the cells as text; a person who opens the file in a spreadsheet runs what they say. Only
//! cells that begin as formulas do are looked at, and only formulas that start programs or reach out are told above low.
//! The name decides what is looked at, since any text can be read as a table.
//!
//! Source: RFC 4180; OWASP "CSV Injection".

use assay_core::{Format, Rule, RuleId, Severity};

use crate::{Cursor, Input, Probe, Report, Scanner, Stop};

/// Names of tables as text.
const ENDINGS: &[&str] = &[".csv", ".tsv"];

/// Bytes of a formula that are read.
const MAX_FORMULA: usize = 512;

/// Cells that are looked at closely; numbers with a sign are told from formulas before that.
const MAX_FORMULAS: u32 = 10_000;

const ACTIVE_FORMULA: Rule = Rule {
    id: RuleId::new("csv-active-formula"),
    severity: Severity::Medium,
    summary: "A cell is a formula that starts a program or reaches out when a spreadsheet opens it",
    taxonomy: &["CWE-1236"],
};
const FORMULA: Rule = Rule {
    id: RuleId::new("csv-formula"),
    severity: Severity::Low,
    summary: "A cell is a formula for a spreadsheet that opens it",
    taxonomy: &["CWE-1236"],
};
const RULES: &[Rule] = &[ACTIVE_FORMULA, FORMULA];

/// Functions that reach out, start programs or read other files, in upper case.
const ACTIVE: &[&str] = &[
    "CALL(",
    "CMD(",
    "DDE(",
    "EXEC(",
    "FILES(",
    "FOPEN(",
    "FWRITE(",
    "HYPERLINK(",
    "IMAGE(",
    "IMPORTDATA(",
    "IMPORTFEED(",
    "IMPORTHTML(",
    "IMPORTRANGE(",
    "IMPORTXML(",
    "REGISTER(",
    "RTD(",
    "SYSTEM(",
    "WEBSERVICE(",
];

/// Scanner of tables as text.
#[derive(Debug)]
pub(super) struct Csv;

impl Scanner for Csv {
    fn format(&self) -> Format {
        Format::Csv
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        // UTF-16 has zeros and no byte above: spreadsheets read it too, but nobody who loads data does.
        probe.named(ENDINGS) && probe.size > 0 && !probe.head.contains(&0)
    }

    fn fills(&self, _probe: &Probe<'_>) -> bool {
        // Whatever stands in it, the name alone says that it is a table.
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut cursor = input.cursor(0, u64::MAX);
        let mut left = MAX_FORMULAS;
        let mut starts = true;
        while left > 0 {
            let Some(at) = next_cell(&mut cursor, starts)? else { return Ok(()) };
            starts = false;
            let cell = input.window(at, MAX_FORMULA)?;
            if is_formula(&cell) {
                left = left.saturating_sub(1);
                tell(&cell, at, input, report);
            }
        }
        Ok(())
    }
}

/// Steps to the next cell that begins with what may begin a formula, and gives its offset.
fn next_cell(cursor: &mut Cursor<'_, '_>, starts: bool) -> Result<Option<u64>, Stop> {
    let mut starts = starts;
    loop {
        let from = cursor.position();
        let buffered = cursor.buffered()?;
        if buffered.is_empty() {
            return Ok(None);
        }
        let mut found = None;
        for (number, byte) in buffered.iter().enumerate() {
            match byte {
                b'=' | b'+' | b'-' | b'@' if starts => {
                    found = Some(number as u64);
                    break;
                }
                b',' | b';' | b'\t' | b'\n' | b'\r' => starts = true,
                // Space and quotes may stand before what a cell begins with.
                b' ' | b'"' | b'\'' | 0xef | 0xbb | 0xbf => {}
                _ => starts = false,
            }
        }
        let taken = found.map_or(buffered.len() as u64, |found| found.saturating_add(1));
        cursor.skip(taken, "cell")?;
        if let Some(found) = found {
            return Ok(Some(from.saturating_add(found)));
        }
    }
}

/// Whether the cell is no number and no word with a sign in front.
fn is_formula(cell: &[u8]) -> bool {
    let Some((sign, rest)) = cell.split_first() else { return false };
    let called = || {
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
        name > 1 && matches!(rest.get(name), Some(b'(' | b'|'))
    };
    match sign {
        b'=' => {
            matches!(rest.first(), Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'(' | b'+' | b'-' | b'@'))
        }
        // Excel's links to running programs count wherever they stand in a formula.
        _ => called() || rest.split(|byte| *byte == b'\n').next().is_some_and(exchanges),
    }
}

/// Whether a program and what to ask it stand here: `cmd|'/C x'`.
fn exchanges(line: &[u8]) -> bool {
    line.windows(2).any(|pair| pair == b"|'")
}

fn tell(cell: &[u8], at: u64, input: &Input<'_>, report: &mut Report<'_>) {
    let end = cell.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(cell.len());
    let text = String::from_utf8_lossy(cell.get(..end).unwrap_or(cell)).into_owned();
    let upper: String = text.to_ascii_uppercase().chars().filter(|each| !each.is_whitespace()).collect();
    // Excel's links to running programs: `program|'argument'!cell`.
    let exchange = upper.split_once('|').is_some_and(|(_, rest)| rest.contains('!'));
    let active = exchange || ACTIVE.iter().any(|name| upper.contains(name));
    let rule = if active { &ACTIVE_FORMULA } else { &FORMULA };
    report.hit(rule, input.place().at(at), &format!("a cell is {text}"), &[("formula", &text)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn numbers_and_words_with_signs_are_no_formulas() {
        for text in
            ["a\n-1.5\n+2,-3e5\n", "x,@user,-none,=\n", "\"-\",- item (2),+49 30 (1)\n", "a,b-c=d(1)\n"]
        {
            assert!(scan(&Csv, "x.csv", text.as_bytes()).is_clean(), "{text}");
        }
    }

    #[test]
    fn formulas_begin_a_cell_behind_space_and_quotes() {
        for (text, rule) in [
            ("a,=1+2\n", "csv-formula"),
            ("=cmd|' /C calc'!A0", "csv-active-formula"),
            ("a;\" =cmd|'/c x'!'A1'\"", "csv-active-formula"),
            ("a\t@SUM(1)*cmd|'/c x'!A0", "csv-active-formula"),
            ("a\n-2+3+cmd|'x'!A0", "csv-active-formula"),
            ("\u{feff}=Hyper Link(\"http://192.0.2.1\")", "csv-active-formula"),
            ("+webservice(A1)", "csv-active-formula"),
        ] {
            let facts = scan(&Csv, "x.csv", text.as_bytes());
            assert_eq!(facts.rules().first().copied().unwrap_or_default(), rule, "{text}");
        }
    }
}

//! CSV: numbers and words with signs, and formulas. A table that is cut is a table, so formulas stand first.

use assay_core::Format;

use super::Sample;

fn sample(name: &'static str, text: &str, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "x.csv", format: Format::Csv, bytes: text.as_bytes().to_vec(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        sample("numbers and words with signs", "a,b\n-1.5,+2e3\n@user,- item\n\"x=1\",a=b(1)\n", &[]),
        sample("a sum", "=A1+1,b\n1,2\n", &["csv-formula"]),
        sample("a program", "=cmd|'/C calc'!A0,b\n1,2\n", &["csv-active-formula"]),
        sample("a link", "=HYPERLINK(\"http://192.0.2.1\");b\n1;2\n", &["csv-active-formula"]),
    ]
}

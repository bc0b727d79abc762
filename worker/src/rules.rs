//! What the scanners look for, for programs that must not link them.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context as _;
use assay_core::wire::worker::RuleRow;
use assay_core::{Format, Rule};

/// Writes every rule once, ordered by id, as JSON.
pub(crate) fn list(out: &mut dyn Write) -> anyhow::Result<()> {
    serde_json::to_writer(out, &rows()).context("writing the rules")
}

fn rows() -> Vec<RuleRow> {
    let mut rows = BTreeMap::new();
    for rule in assay_scanners::rules() {
        rows.entry(rule.id.as_str()).or_insert_with(|| row(rule));
    }
    for scanner in assay_scanners::SCANNERS {
        for rule in scanner.rules() {
            rows.entry(rule.id.as_str()).or_insert_with(|| row(rule)).formats.push(scanner.format());
        }
    }
    rows.into_values().map(sorted).collect()
}

fn row(rule: &Rule) -> RuleRow {
    RuleRow {
        id: rule.id.clone(),
        severity: rule.severity,
        summary: rule.summary.to_owned(),
        formats: Vec::new(),
        taxonomy: rule.catalogues().map(str::to_owned).collect(),
    }
}

fn sorted(mut row: RuleRow) -> RuleRow {
    row.formats.sort_by_key(|format: &Format| format.name());
    row.formats.dedup();
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_several_formats_stands_once() {
        let rows = rows();
        assert!(rows.is_sorted_by(|a, b| a.id < b.id));
        let shared = rows.iter().find(|row| row.id.as_str() == "jinja-unsafe-call").unwrap();
        assert!(shared.formats.len() > 1 && shared.formats.contains(&Format::Gguf));
        assert!(rows.iter().any(|row| row.id.as_str() == "polyglot-file" && row.formats.is_empty()));
    }
}

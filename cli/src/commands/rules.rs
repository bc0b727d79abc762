//! `assay rules`: what the scanners look for.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Result;
use assay_core::{Rule, Severity};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use serde::Serialize;

use crate::args::{Args, Rules as Asked, Show};
use crate::exit::Exit;
use crate::output::{self, Rows, View};
use crate::rules::page;

/// Lists every rule, or shows one.
pub(crate) fn run(asked: &Asked, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "rules")?;
    let mut rules = all();
    if let Some(id) = &asked.rule {
        rules.retain(|rule| rule.id == *id);
        if rules.is_empty() {
            let message = format!("no rule '{id}'; 'assay rules' lists them");
            return Err(Args::command().error(ErrorKind::InvalidValue, message).into());
        }
    }
    output::show(&List { schema: "assay.rules/1", rules, page: asked.rule.is_some() }, show)?;
    Ok(Exit::Clean)
}

/// Every rule once, ordered by id, with the formats whose scanners can hit it.
fn all() -> Vec<Row> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut add = |rule: &'static Rule, format: Option<&'static str>| {
        let row = rows.entry(rule.id.as_str()).or_insert_with(|| Row {
            id: rule.id.as_str(),
            severity: rule.severity,
            summary: rule.summary,
            formats: Vec::new(),
            taxonomy: rule.catalogues().collect(),
            page: page(rule.id.as_str()).map(|page| page.text),
        });
        row.formats.extend(format);
    };
    for scanner in assay_scanners::SCANNERS {
        for rule in scanner.rules() {
            add(rule, Some(scanner.format().name()));
        }
    }
    assay_scanners::rules().for_each(|rule| add(rule, None));
    rows.into_values().collect()
}

#[derive(Serialize)]
struct Row {
    id: &'static str,
    severity: Severity,
    summary: &'static str,
    /// Empty for a rule about all of them.
    formats: Vec<&'static str>,
    taxonomy: Vec<&'static str>,
    page: Option<&'static str>,
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    rules: Vec<Row>,
    /// Whether one rule was asked for.
    #[serde(skip)]
    page: bool,
}

impl List {
    fn rows(&self) -> Rows {
        let mut rows = Rows::new(&["RULE", "SEVERITY", "WHAT", "CATALOGUES"]);
        for rule in &self.rules {
            let cells = [
                rule.id.to_owned(),
                rule.severity.to_string(),
                rule.summary.to_owned(),
                rule.taxonomy.join(" "),
            ];
            rows.rows.push(cells.to_vec());
        }
        rows
    }

    fn pages(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rules
            .iter()
            .filter_map(|rule| rule.page)
            .try_for_each(|page| writeln!(out, "{}", page.trim_end()))
    }
}

impl View for List {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.page { self.pages(out) } else { self.rows().table(out) }
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.page { self.pages(out) } else { self.rows().markdown(out) }
    }
}

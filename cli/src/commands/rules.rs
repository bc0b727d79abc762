//! `assay rules`: what the scanners look for.

use std::io::{self, Read as _, Write};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use assay_core::wire::worker::RuleRow;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use serde::Serialize;

use crate::args::{Args, Rules as Asked, Show};
use crate::exit::Exit;
use crate::output::{self, Rows, View};
use crate::rules::page;

/// The most bytes a worker may list; 200 rules are 60 kB.
const MAX_LIST: u64 = 4 << 20;

/// Lists every rule, or shows one.
pub(crate) fn run(asked: &Asked, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "rules")?;
    let mut rules = listed().context("asking the worker for its rules")?;
    if let Some(id) = &asked.rule {
        rules.retain(|rule| rule.id.as_str() == id);
        if rules.is_empty() {
            let message = format!("no rule '{id}'; 'assay rules' lists them");
            return Err(Args::command().error(ErrorKind::InvalidValue, message).into());
        }
    }
    let rules =
        rules.into_iter().map(|rule| Row { page: page(rule.id.as_str()).map(|page| page.text), rule });
    let list = List { schema: "assay.rules/1", rules: rules.collect(), page: asked.rule.is_some() };
    output::show(&list, show)?;
    Ok(Exit::Clean)
}

/// The rules, from the program that has the scanners: this one must not.
fn listed() -> Result<Vec<RuleRow>> {
    let mut worker = Command::new(assay_pool::locate_worker()?)
        .arg("--rules")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut text = Vec::new();
    if let Some(out) = worker.stdout.take() {
        #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
        out.take(MAX_LIST).read_to_end(&mut text)?;
    }
    if !worker.wait()?.success() {
        bail!("the worker failed");
    }
    Ok(serde_json::from_slice(&text)?)
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    rule: RuleRow,
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
        for Row { rule, page: _ } in &self.rules {
            let RuleRow { id, severity, summary, formats: _, taxonomy } = rule;
            let cells = [id.to_string(), severity.to_string(), summary.clone(), taxonomy.join(" ")];
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

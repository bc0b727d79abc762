//! `assay artifacts`: what assayd knows, with verdicts.

use std::io::{self, Write};

use anyhow::{Result, bail};
use assay_core::wire::api::{ArtifactRow, Artifacts as Page};
use serde::Serialize;

use crate::args::{Artifacts, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{self, Rows, View, time};
use crate::units::bytes;

/// Rows asked for at once.
const PAGE: &str = "1000";

/// The most pages: a million artifacts.
const MAX_PAGES: usize = 1_000;

/// Lists artifacts, ordered by reference.
pub(crate) fn run(args: &Artifacts, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "artifacts")?;
    let client = Client::new(&args.daemon)?;
    let mut query = vec![("limit", PAGE.to_owned())];
    query.extend(args.decision.map(|decision| ("decision", decision.to_string())));
    let mut list = List { schema: "assay.artifacts/1", artifacts: Vec::new() };
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut asked = query.clone();
        asked.extend(after.take().map(|reference| ("after", reference)));
        let page: Page = client.get("/v1/artifacts", &asked)?;
        list.artifacts.extend(page.artifacts);
        after = page.next;
        if after.is_none() {
            output::show(&list, show)?;
            return Ok(Exit::Clean);
        }
    }
    bail!("assayd lists more than {MAX_PAGES} pages")
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    artifacts: Vec<ArtifactRow>,
}

impl List {
    fn rows(&self) -> Rows {
        let mut rows = Rows::new(&["VERDICT", "REFERENCE", "FILES", "SIZE", "JUDGED"]);
        for artifact in &self.artifacts {
            let ArtifactRow { reference, source: _, decision, files, bytes: size, judged_at } = artifact;
            let cells =
                [decision.to_string(), reference.clone(), files.to_string(), bytes(*size), time(*judged_at)];
            rows.rows.push(cells.to_vec());
        }
        rows
    }
}

impl View for List {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rows().table(out)
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rows().markdown(out)
    }
}

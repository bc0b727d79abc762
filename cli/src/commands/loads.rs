//! `assay loads`: who loaded what, when, and what the kernel was told.

use std::io::{self, Write};

use anyhow::Result;
use assay_core::Load;
use assay_core::wire::api::{LoadRow, Loads as Page};
use serde::Serialize;

use crate::args::{Loads, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{self, Rows, View, time};

/// Lists loads, newest first.
pub(crate) fn run(args: &Loads, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "loads")?;
    let mut query = vec![("limit", args.limit.to_string())];
    query.extend(args.digest.map(|digest| ("digest", digest.to_string())));
    let page: Page = Client::new(&args.daemon)?.get("/v1/loads", &query)?;
    output::show(&List { schema: "assay.loads/1", loads: page.loads }, show)?;
    Ok(Exit::Clean)
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    loads: Vec<LoadRow>,
}

impl List {
    fn rows(&self) -> Rows {
        let mut rows = Rows::new(&["TIME", "ANSWER", "MODE", "PID", "UID", "PROGRAM", "PATH", "DIGEST"]);
        for LoadRow { id: _, sha256, load } in &self.loads {
            let Load { at, process, key: _, path, mode, answer } = load;
            let uid = process.uid.map_or_else(|| "?".to_owned(), |uid| uid.to_string());
            let digest = sha256.map_or_else(|| "?".to_owned(), |digest| digest.to_string());
            let digest = digest.get(..12).unwrap_or(&digest).to_owned();
            let program = process.exe.clone().unwrap_or_else(|| "?".to_owned());
            let (answer, mode, pid) = (answer.to_string(), mode.to_string(), process.pid.to_string());
            rows.rows.push(vec![time(*at), answer, mode, pid, uid, program, path.clone(), digest]);
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

//! `assay log export`.

use anyhow::{Context as _, Result, anyhow, bail};
use assay_core::shown;
use assay_proof::log::{Entry, cef, ocsf};

use crate::args::{LogExport, LogFormat, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output;

/// Writes rows as assayd sends them. The last one is a checkpoint, so that an export can be verified to its end.
pub(super) fn run(args: &LogExport, show: &Show) -> Result<Exit> {
    if show.output.is_some() {
        bail!("--output takes one result; redirect the rows instead");
    }
    let engine = env!("CARGO_PKG_VERSION");
    let query = [("after", args.after.to_string())];
    Client::new(&args.daemon)?.raw_lines("/v1/log", &query, &mut |line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let entry = Entry::read(line).map_err(|error| anyhow!("a row of the audit log: {error}"))?;
        let text = match args.format {
            LogFormat::Jsonl => std::str::from_utf8(line).context("a row of the audit log")?.to_owned(),
            LogFormat::Cef => shown(&cef(&entry, engine)),
            LogFormat::Ocsf => ocsf(&entry, engine).to_string(),
        };
        output::line(show, &text)
    })?;
    Ok(Exit::Clean)
}

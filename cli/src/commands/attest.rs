//! `assay attest`: assayd's verdict as a signed statement.

use anyhow::{Context as _, Result};

use super::explain::{absolute, digest};
use crate::args::{Attest, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output;

/// Writes one DSSE envelope a line, for each artifact that holds the subject.
pub(crate) fn run(args: &Attest, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "attest")?;
    let named = args.subject.to_str().filter(|text| text.contains("://") || text.starts_with("dir:/"));
    let question = match (digest(&args.subject), named) {
        (Some(digest), _) => ("digest", digest.to_string()),
        (None, Some(reference)) => ("reference", reference.to_owned()),
        (None, None) => ("path", absolute(&args.subject)?),
    };
    let lines = Client::new(&args.daemon)?.text("/v1/attest", &[question]).context("attesting")?;
    output::raw(show, lines.as_bytes())?;
    Ok(Exit::Clean)
}

//! `assay mode`: whether verdicts block opens.

use anyhow::{Context as _, Result};
use assay_core::Mode;
use assay_core::wire::api::{SetMode as Wanted, Status};

use super::status::Standing;
use crate::args::{SetMode, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output;

/// Shows the mode of each root, after setting it when one is given.
pub(crate) fn run(args: &SetMode, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "mode")?;
    let client = Client::new(&args.daemon)?;
    let status: Status = match args.mode {
        None => client.get("/v1/status", &[])?,
        Some(mode) => {
            let root = args.root.as_deref().map(std::path::absolute).transpose().context("--root")?;
            let root = root.map(|root| root.display().to_string());
            client.post("/v1/mode", &Wanted { mode, root })?
        }
    };
    let ungated = status.roots.iter().any(|root| root.mode == Mode::Enforce && !root.gated);
    if ungated {
        output::note(
            show,
            "note: a root in enforce mode is not gated, so nothing blocks opens there; see 'assay status'",
        );
    }
    output::show(&Standing { schema: "assay.status/1", status }, show)?;
    Ok(Exit::Clean)
}

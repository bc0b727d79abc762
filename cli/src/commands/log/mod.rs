//! `assay log`: the audit log.

mod export;
mod verify;

use anyhow::Result;

use crate::args::{Log, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output;

/// Runs one of its commands.
pub(crate) fn run(log: &Log, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "log")?;
    match log {
        Log::Verify(args) => verify::run(args, show),
        Log::Export(args) => export::run(args, show),
        Log::Key(daemon) => {
            output::raw(show, Client::new(daemon)?.text("/v1/log/key", &[])?.as_bytes())?;
            Ok(Exit::Clean)
        }
    }
}

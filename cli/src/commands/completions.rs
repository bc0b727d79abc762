//! `assay completions`: shell completions, from the same definitions as the parser.

use anyhow::Result;
use clap::CommandFactory as _;

use crate::args::{Args, Completions, Show};
use crate::exit::Exit;
use crate::output;

/// Writes the completions of one shell.
pub(crate) fn run(args: &Completions, show: &Show) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "assay", &mut script);
    output::raw(show, &script)?;
    Ok(Exit::Clean)
}

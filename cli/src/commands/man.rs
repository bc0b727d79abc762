//! `assay man`: the man pages, from the same definitions as the parser.

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::args::{Args, Man};
use crate::exit::Exit;

/// Writes `assay.1` and a page for each command.
pub(crate) fn run(args: &Man) -> Result<Exit> {
    clap_mangen::generate_to(Args::command().disable_help_subcommand(true), &args.folder)
        .with_context(|| format!("writing man pages into {}", args.folder.display()))?;
    Ok(Exit::Clean)
}

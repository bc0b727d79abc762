//! assayd's command line.

use std::path::PathBuf;

use clap::Parser;

/// Watches model caches, judges what is in them, remembers the verdicts and serves them.
///
/// Without any option it finds the local caches that exist and starts in audit mode.
#[derive(Debug, Default, Parser)]
#[command(name = "assayd", version)]
pub(crate) struct Args {
    /// Configuration file [default: /etc/assay/assay.toml if it exists]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the store is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Unix socket of the API
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// A directory to watch as a plain directory of models; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Vec<PathBuf>,
    /// Do not look for the caches of known tools
    #[arg(long)]
    pub(crate) no_default_roots: bool,
    /// Start every root in enforce mode
    #[arg(long)]
    pub(crate) enforce: bool,
    /// Unix socket of assay-guard
    #[arg(long, value_name = "PATH")]
    pub(crate) guard_socket: Option<PathBuf>,
    /// Do without a guard: verdicts only, nothing is blocked
    #[arg(long, conflicts_with = "guard_socket")]
    pub(crate) no_guard: bool,
}

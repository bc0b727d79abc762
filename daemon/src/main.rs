//! assayd: watches, judges, remembers and serves.
//!
//! It parses no artifact: descriptors go to sandboxed workers, and facts come back. Threads that may wait do the
//! judging; the async runtime serves the API and the network, and nothing else.
#![forbid(unsafe_code)]

mod accounts;
mod api;
mod args;
mod audit;
mod catalogue;
mod config;
mod durable;
mod files;
mod guard;
mod judge;
mod ledger;
mod paths;
mod privileges;
mod queue;
mod rename;
mod rescan;
mod roots;
mod scanning;
mod service;
mod signing_key;
mod state;
mod store;
#[cfg(test)]
mod testing;
mod watch;
mod webhook;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

/// The exit code for an operational error.
const FAILED: u8 = 3;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let colour = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr).init();
    match service::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::from(FAILED)
        }
    }
}

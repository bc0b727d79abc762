//! `assay`: the command line. Parses arguments, runs one command, turns what it ends with into an exit code.
#![forbid(unsafe_code)]

mod args;
mod client;
mod commands;
mod demo;
mod exit;
mod local;
mod output;
mod rules;
mod units;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    match commands::run(args) {
        Ok(exit) => exit.into(),
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(error) => usage(&error),
            Err(error) => {
                output::complain(&format!("error: {}", assay_core::shown(&format!("{error:#}"))));
                ExitCode::from(exit::FAILED)
            }
        },
    }
}

/// Help and version are results; everything else is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    // When the stream is gone there is nobody to tell.
    let _gone = error.print();
    if error.use_stderr() { ExitCode::from(exit::USAGE) } else { ExitCode::SUCCESS }
}

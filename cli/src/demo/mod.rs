//! `assay demo`: a malicious model is blocked by the kernel, on a private scratch file system that vanishes.
//!
//! As root the show runs in a mount and a process namespace of its own: models, store and sockets lie on a tmpfs only
//! it can see, and when its first process ends, however it ends, the kernel ends all others and drops the tmpfs.
//! Without the right to make namespaces, the models are scanned and explained from a folder that is removed again.

mod children;
mod models;
mod private;
mod rehearsal;
mod stage;
mod zip;

use anyhow::{Result, bail};

use crate::args::{Demo, OutputFormat, Show};
use crate::exit::Exit;

/// Runs the demo.
pub(crate) fn run(args: &Demo, show: &Show) -> Result<Exit> {
    if show.format != OutputFormat::Table || show.output.is_some() {
        bail!("the demo is a show for a terminal; it has no --format and no --output");
    }
    match &args.stage {
        Some(scratch) => stage::run(scratch, show),
        None => match private::enter()? {
            private::Entered::Private(command) => private::watch(command),
            private::Entered::Refused(why) => rehearsal::run(&why, show),
        },
    }
}

/// One line of the show.
fn say(show: &Show, text: &str) -> Result<()> {
    crate::output::line(show, text).map(|_| ())
}

/// A step of the show, under its number.
fn step(show: &Show, number: u32, text: &str) -> Result<()> {
    say(show, &format!("\n[{number}] {text}"))
}

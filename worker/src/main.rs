//! assay-worker: the one program that parses artifacts, in a sandbox.
//!
//! It gets its work on descriptor 0, a Unix socket from the program that started it: requests with open descriptors,
//! answered with facts (`assay_core::wire::worker`). Before it reads the first request it gives up everything it does
//! not need: see [`sandbox`]. It opens no path, makes no connection, starts no program, and runs nothing it reads.
#![forbid(unsafe_code)]

mod answers;
mod attempt;
mod hashing;
mod rules;
mod sandbox;
mod serve;
mod spool;

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use anyhow::{Context, bail};
use assay_core::wire::worker::{Answer, MAX_ANSWER};
use assay_pool::frame;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, None) => {}
        (Some("--attempt"), Some(what)) => return attempt::attempt(&what),
        (Some("--rules"), None) => return rules::list(&mut std::io::stdout().lock()),
        _ => bail!(
            "usage: assay-worker [--rules | --attempt open|connect|execute|memory]; it is started by assayd and assay"
        ),
    }
    let descriptor = std::io::stdin().as_fd().try_clone_to_owned().context("taking the socket")?;
    let mut socket = UnixStream::from(descriptor);
    assay_sbom::prepare_for_sandbox();
    sandbox::enter().context("entering the sandbox")?;
    frame::write(&mut socket, &Answer::Ready, MAX_ANSWER).context("greeting")?;
    serve::serve(&mut socket)
}

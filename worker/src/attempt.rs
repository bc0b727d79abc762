//! Proof of the sandbox: enters it and tries what it must prevent.
//!
//! `assay-worker --attempt WHAT` ends by `SIGSYS` (or, for memory, by `SIGABRT`) when the sandbox holds, and with exit
//! code 1 and a message when it does not.

use std::net::TcpStream;
use std::process::Command;

use anyhow::bail;

use crate::sandbox;

/// More than the sandbox gives.
const TOO_MUCH: usize = 4 << 30;

/// Enters the sandbox and tries `what`.
///
/// # Errors
/// When the attempt was not stopped, or `what` is not known.
pub(crate) fn attempt(what: &str) -> anyhow::Result<()> {
    sandbox::enter()?;
    match what {
        "open" => drop(std::fs::File::open("/etc/passwd")),
        "connect" => drop(TcpStream::connect("127.0.0.1:1")),
        "execute" => drop(Command::new("/bin/true").status()),
        "memory" => drop(std::hint::black_box(vec![1_u8; TOO_MUCH])),
        _ => bail!("nothing to attempt under that name"),
    }
    bail!("the sandbox did not stop: {what}")
}

//! Namespaces for the show, and a watch over its first process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::thread::UnshareFlags;

use super::children::Running;
use crate::exit::{Exit, FAILED};

/// The whole show takes a few seconds; a minute means that something hangs.
const WATCHDOG: Duration = Duration::from_secs(60);

/// Folders that every system has and no program of ours needs; the scratch file system covers one of them.
const PLACES: [&str; 4] = ["/mnt", "/media", "/srv", "/opt"];

/// Whether the show can be private.
pub(super) enum Entered {
    /// This program again, to be started as the first process of its namespaces.
    Private(Command),
    /// Not here; why.
    Refused(String),
}

/// Makes the namespaces that the next child will live in.
pub(super) fn enter() -> Result<Entered> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Entered::Refused("this is not root: only root may watch a file system".to_owned()));
    }
    let program = std::env::current_exe().context("finding this program")?;
    let Some(scratch) = place(&program) else {
        return Ok(Entered::Refused(format!("none of {} is a free folder", PLACES.join(", "))));
    };
    #[expect(deprecated, reason = "its unsafe successor guards against FILES, which is not asked for here")]
    let unshared = rustix::thread::unshare(UnshareFlags::NEWNS | UnshareFlags::NEWPID);
    if let Err(error) = unshared {
        return Ok(Entered::Refused(format!("this root may not make namespaces ({error})")));
    }
    let mut command = Command::new(program);
    command.args(["demo", "--stage"]).arg(scratch).stdin(Stdio::piped());
    Ok(Entered::Private(command))
}

/// Runs the show until its end, or ends it when it takes too long.
pub(super) fn watch(mut command: Command) -> Result<Exit> {
    let mut stage = Running::new(command.spawn().context("starting the show")?);
    if !ends_within(stage.child(), WATCHDOG)? {
        bail!("the demo took longer than {} s and was ended", WATCHDOG.as_secs());
    }
    let status = stage.wait().context("waiting for the show")?;
    match status.code() {
        Some(0) => Ok(Exit::Clean),
        Some(code) if code == i32::from(FAILED) => Err(anyhow!("the demo did not show what it should")),
        _ => bail!("the demo ended with {status}"),
    }
}

/// Whether a child ends in time; it stays to be waited for.
pub(super) fn ends_within(child: &Child, time: Duration) -> Result<bool> {
    let handle = pidfd(child)?;
    let limit = Timespec::try_from(time).context("a time limit")?;
    let mut polled = [PollFd::new(&handle, PollFlags::IN)];
    loop {
        match poll(&mut polled, Some(&limit)) {
            Ok(ready) => return Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("waiting for a process"),
        }
    }
}

/// Asks a child to end.
pub(super) fn ask_to_end(child: &Child) -> Result<()> {
    pidfd_send_signal(pidfd(child)?, Signal::TERM).context("asking a process to end")
}

fn pidfd(child: &Child) -> Result<rustix::fd::OwnedFd> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
    pidfd_open(pid, PidfdFlags::empty()).context("watching a process")
}

/// A folder that can be covered without covering this program.
fn place(program: &Path) -> Option<PathBuf> {
    PLACES
        .iter()
        .map(Path::new)
        .find(|place| place.is_dir() && !program.starts_with(place))
        .map(Path::to_owned)
}

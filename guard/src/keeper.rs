//! The keeper: holds the groups, the roots and the socket, and replaces the server whenever it dies or hangs.
//!
//! It has one thread, reads nothing from outside and opens nothing after its start, so it cannot wait for the very events
//! that nobody answers while a server is missing. The server is forked, not executed, for the same reason.
//! Under systemd the groups also go to the FD store, so that even the keeper's death lets nothing through; except while the
//! file system of the guard's own program is enforced, when a restart would wait for itself.

use std::{
    os::fd::{AsFd as _, AsRawFd as _, OwnedFd},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    pipe::PipeFlags,
    process::{Pid, PidfdFlags, Signal, WaitOptions},
};
use sd_notify::NotifyState;

use crate::{
    args::Options,
    complain,
    groups::Groups,
    link,
    privileges::{self, MAX_DESCRIPTORS},
    saved::Saved,
    server::{self, Inheritance},
    sys::{self, Forked},
};

/// A server without a heartbeat for so long is replaced.
const SILENCE: Duration = Duration::from_secs(10);

/// A server that died younger is not replaced at once, so that a crash loop leaves the machine its cores.
const YOUNG: Duration = Duration::from_millis(500);

/// The names in systemd's FD store.
const PERMISSION: &str = "permission";
const ROOTS: &str = "roots";

/// What stays while servers come and go.
struct Keeper {
    groups: Groups,
    saved: Saved,
    listener: Arc<OwnedFd>,
    /// SIGTERM and SIGINT.
    signals: OwnedFd,
    /// Whether the service manager has the permission group.
    stored: bool,
}

/// How a server ended.
enum Ended {
    /// It died, or was killed because it hung.
    Died,
    /// assayd told it to.
    Told,
    /// The service manager told us to.
    Stopped,
}

/// Guards. Returns twice: in the keeper at the end, in each server at its own.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let signals = sys::signals(&[libc::SIGTERM, libc::SIGINT]).context("blocking signals")?;
    let (permission, roots) = from_store()?;
    privileges::raise_descriptor_limit()?;
    let owner = options.user.as_deref().map(privileges::identity).transpose()?;
    // Before privilege goes: the socket may stand in a directory that only root writes to.
    let listener = Arc::new(link::bind(&options.socket, owner)?);
    privileges::reduce(owner)?;
    let stored = permission.is_some();
    let mut keeper = Keeper {
        listener,
        groups: Groups::create(permission).context("fanotify")?,
        saved: Saved::create(roots).context("keeping the roots")?,
        signals,
        stored,
    };
    notify(&[NotifyState::Ready]);
    loop {
        let born = Instant::now();
        let (heart, pulse) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let child = match sys::fork().context("forking the server")? {
            Forked::Child => {
                drop(heart);
                return server::run(keeper.inheritance(pulse));
            }
            Forked::Parent(child) => child,
        };
        drop(pulse);
        match keeper.watch(child, &heart)? {
            Ended::Told => return Ok(ExitCode::SUCCESS),
            Ended::Stopped => return Ok(keeper.stop()),
            Ended::Died => complain("the server died; the next one takes over"),
        }
        if born.elapsed() < YOUNG && keeper.pause(Duration::from_millis(100))? {
            return Ok(keeper.stop());
        }
    }
}

impl Keeper {
    fn inheritance(&self, heart: OwnedFd) -> Inheritance {
        Inheritance {
            groups: self.groups.clone(),
            saved: self.saved.clone(),
            listener: Arc::clone(&self.listener),
            heart,
        }
    }

    /// Watches a server to its end.
    fn watch(&mut self, child: Pid, heart: &OwnedFd) -> anyhow::Result<Ended> {
        let pidfd = rustix::process::pidfd_open(child, PidfdFlags::empty()).context("watching the server")?;
        let mut silent_since = Instant::now();
        loop {
            let left = SILENCE.saturating_sub(silent_since.elapsed());
            let [stop, dead, beat] = ready([&self.signals, &pidfd, heart], left)?;
            if stop {
                kill(&pidfd, child)?;
                return Ok(Ended::Stopped);
            }
            if dead {
                return self.reap(child);
            }
            if beat {
                silent_since = Instant::now();
                self.beat(heart);
            } else if silent_since.elapsed() >= SILENCE {
                complain("the server hangs; it is replaced");
                kill(&pidfd, child)?;
                return Ok(Ended::Died);
            }
        }
    }

    fn reap(&self, child: Pid) -> anyhow::Result<Ended> {
        let status =
            rustix::process::waitpid(Some(child), WaitOptions::empty()).context("the server's end")?;
        let told = status.is_some_and(|(_, status)| status.exit_status() == Some(0));
        Ok(if told { Ended::Told } else { Ended::Died })
    }

    /// A heartbeat: tells the service manager, and gives it the group or takes it back.
    fn beat(&mut self, heart: &OwnedFd) {
        let mut beats = [0; 64];
        let read = rustix::io::read(heart, &mut beats).unwrap_or(0);
        let storable = beats.get(..read).and_then(<[u8]>::last).is_some_and(|beat| *beat == b'y');
        if storable != self.stored {
            self.store(storable);
        }
        notify(&[NotifyState::Watchdog]);
    }

    /// Gives the group to the service manager, or takes it back; what fails is tried again at the next heartbeat.
    fn store(&mut self, storable: bool) {
        if storable {
            // The roots first: a group without roots could not be served.
            self.stored = store(ROOTS, self.saved.descriptor()) && store(PERMISSION, &self.groups.permission);
        } else {
            self.stored = false;
            for name in [PERMISSION, ROOTS] {
                notify(&[NotifyState::FdStoreRemove, NotifyState::FdName(name)]);
            }
        }
    }

    /// Waits. Returns whether it was told to stop.
    fn pause(&self, pause: Duration) -> anyhow::Result<bool> {
        let [stop] = ready([&self.signals], pause)?;
        Ok(stop)
    }

    /// Opens that the server had read are denied before the group closes; those not read yet pass, as with any stop.
    fn stop(&self) -> ExitCode {
        notify(&[NotifyState::Stopping]);
        complain(
            "told to stop: opens pass, unless this is a restart and the service manager keeps the group",
        );
        self.groups.deny_in_flight(0..i32::try_from(MAX_DESCRIPTORS).unwrap_or(i32::MAX));
        ExitCode::SUCCESS
    }
}

/// The descriptors that systemd kept for us.
fn from_store() -> anyhow::Result<(Option<OwnedFd>, Option<OwnedFd>)> {
    let (mut permission, mut roots) = (None, None);
    let Ok(passed) = sd_notify::listen_fds_with_names() else { return Ok((None, None)) };
    for (number, name) in passed {
        let file = sys::inherited(number)
            .with_context(|| format!("descriptor {number} from the service manager"))?;
        match name.as_str() {
            PERMISSION => permission = Some(file),
            ROOTS => roots = Some(file),
            _ => {}
        }
    }
    if permission.is_some() && roots.is_none() {
        bail!("the service manager kept the permission group but not the roots");
    }
    Ok((permission, roots))
}

/// Kills and reaps a server. SIGKILL: one that hangs does not listen to anything else.
fn kill(pidfd: &OwnedFd, child: Pid) -> anyhow::Result<()> {
    rustix::process::pidfd_send_signal(pidfd, Signal::KILL).context("killing the server")?;
    rustix::process::waitpid(Some(child), WaitOptions::empty()).context("the server's end")?;
    Ok(())
}

/// Which of these can be read, or have ended, within the time.
fn ready<const N: usize>(files: [&OwnedFd; N], within: Duration) -> anyhow::Result<[bool; N]> {
    let mut polled = files.map(|file| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::IN));
    let timeout = Timespec {
        tv_sec: i64::try_from(within.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(within.subsec_nanos()),
    };
    match rustix::event::poll(&mut polled, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(polled.map(|file| !file.revents().is_empty())),
        Err(error) => Err(error).context("waiting for the server"),
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        complain(&format!("the service manager does not listen: {error}"));
    }
}

fn store(name: &str, file: &OwnedFd) -> bool {
    let states = [NotifyState::FdStore, NotifyState::FdName(name)];
    let stored = sd_notify::notify_with_fds(&states, &[file.as_fd()]);
    if let Err(error) = &stored {
        complain(&format!("{name} (descriptor {}) is not kept: {error}", file.as_raw_fd()));
    }
    stored.is_ok()
}

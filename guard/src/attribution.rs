//! Who opened: read from procfs, and believed only if the process was still there afterwards. A denied opener is read while
//! it waits; an allowed one after the answer, which it may outrun.
//!
//! A process id is reused; the event's process descriptor is not. If it still names a living process after the reads,
//! all of them were about that process.

use std::{fs::File, io::Read as _, os::fd::OwnedFd};

use assay_core::{Process, shown};
use rustix::event::{PollFd, PollFlags, Timespec};

use crate::opening::Opener;

/// The most bytes read of one procfs file; `status` has about 1.5 kB, a cgroup path at most 4 kB for each hierarchy.
const MAX_READ: u64 = 16 << 10;

/// Whether the process of this descriptor still runs.
pub(crate) fn alive(pidfd: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(pidfd, PollFlags::IN)];
    matches!(rustix::event::poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(0))
}

/// Describes the process that opened. Only its id is known when it is gone.
pub(crate) fn describe(opener: &Opener) -> Process {
    let pid = opener.pid;
    let only_id = Process { pid, ..Process::default() };
    let Some(pidfd) = &opener.pidfd else { return only_id };
    let described = Process {
        pid,
        uid: read(pid, "status").and_then(|status| uid(&status)),
        exe: std::fs::read_link(format!("/proc/{pid}/exe")).ok().map(|exe| shown(&exe.to_string_lossy())),
        cgroup: read(pid, "cgroup").and_then(|cgroups| cgroup(&cgroups)),
    };
    if alive(pidfd) { described } else { only_id }
}

fn read(pid: i32, name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(format!("/proc/{pid}/{name}")).ok()?;
    #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
    file.take(MAX_READ).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The real user id of `/proc/PID/status`.
fn uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// The path in the unified hierarchy, or in the first one there is.
fn cgroup(cgroups: &str) -> Option<String> {
    let unified = cgroups.lines().find_map(|line| line.strip_prefix("0::"));
    let path = unified.or_else(|| cgroups.lines().next()?.splitn(3, ':').nth(2))?;
    Some(shown(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    fn opener(pid: Pid) -> Opener {
        Opener { pid: pid.as_raw_nonzero().get(), pidfd: Some(pidfd_open(pid, PidfdFlags::empty()).unwrap()) }
    }

    #[test]
    fn a_living_process_is_described() {
        let me = describe(&opener(rustix::process::getpid()));
        assert_eq!(me.uid, Some(rustix::process::getuid().as_raw()));
        assert!(me.exe.unwrap().contains("assay_guard"));
    }

    #[test]
    fn a_dead_process_is_only_an_id() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let opener = opener(Pid::from_child(&child));
        child.wait().unwrap();
        assert_eq!(describe(&opener), Process { pid: opener.pid, ..Process::default() });
    }

    #[test]
    fn the_unified_cgroup_is_preferred() {
        assert_eq!(cgroup("12:cpu:/a\n0::/b\n").unwrap(), "/b");
        assert_eq!(cgroup("12:cpu,cpuacct:/a:b\n").unwrap(), "/a:b");
    }

    #[test]
    fn the_real_uid_is_the_first() {
        assert_eq!(uid("Name:\tx\nUid:\t1000\t0\t0\t0\n"), Some(1000));
        assert_eq!(uid("Name:\tUid: 0\n"), None);
    }
}

//! Child processes that do not outlive the show.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::Duration;

/// A child that is killed and reaped unless it has ended before.
#[derive(Debug)]
pub(super) struct Running(Child);

impl Running {
    /// Takes responsibility for a child.
    pub(super) const fn new(child: Child) -> Self {
        Self(child)
    }

    /// The child.
    pub(super) const fn child(&self) -> &Child {
        &self.0
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// Waits until it ends.
    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }

    /// Asks it to end, and makes it when it does not.
    pub(super) fn stop(mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        super::private::ask_to_end(&self.0)?;
        if !super::private::ends_within(&self.0, patience)? {
            self.0.kill()?;
        }
        Ok(self.0.wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // It may end by itself in between; either way it is reaped.
            let _ended = self.0.kill();
            let _reaped = self.0.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn endless() -> Running {
        Running::new(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    #[test]
    fn a_forgotten_child_is_ended() {
        let running = endless();
        let pid = running.child().id();
        drop(running);
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn a_child_that_is_asked_ends() {
        use std::os::unix::process::ExitStatusExt as _;
        let status = endless().stop(Duration::from_secs(30)).unwrap();
        assert_eq!(status.signal(), Some(15));
    }
}

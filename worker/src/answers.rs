//! Sends what scanners find, as they find it.

use std::io;
use std::os::unix::net::UnixStream;

use assay_core::wire::worker::{Answer, Lines, MAX_ANSWER};
use assay_core::{Finding, Gap};
use assay_pool::frame;
use assay_scanners::Sink;

/// The way back to whoever asked. The first failure is kept and ends the worker after the scan.
pub(crate) struct Answers<'s> {
    socket: &'s UnixStream,
    lines: Lines,
    failed: Option<io::Error>,
}

impl<'s> Answers<'s> {
    pub(crate) const fn new(socket: &'s UnixStream, lines: Lines) -> Self {
        Self { socket, lines, failed: None }
    }

    pub(crate) fn send(&mut self, answer: &Answer) {
        if self.failed.is_none() {
            self.failed = frame::write(&mut self.socket, answer, MAX_ANSWER).err();
        }
    }

    /// Whether everything was delivered.
    pub(crate) fn delivered(self) -> io::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl Sink for Answers<'_> {
    fn finding(&mut self, finding: Finding) {
        self.send(&Answer::Finding(finding));
    }

    fn gap(&mut self, gap: Gap) {
        self.send(&Answer::Gap(gap));
    }

    fn line(&mut self, line: String) {
        self.send(&Answer::Line(line));
    }

    fn wants_lines(&self) -> bool {
        self.lines == Lines::Send
    }
}

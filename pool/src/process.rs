//! One worker process: started, asked, listened to until a deadline, killed when it must be.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assay_core::shown;
use assay_core::wire::worker::{Answer, MAX_ANSWER, MAX_REQUEST, Request};

use crate::{PoolError, frame};

/// Time a worker has to set up its sandbox; generous, because machines swap.
const START_TIME: Duration = Duration::from_secs(30);

/// The most a dying worker's last words may be.
const MAX_LAST_WORDS: u64 = 4096;

/// One worker process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    socket: UnixStream,
    served: u32,
}

impl Worker {
    /// Starts a worker and waits until its sandbox stands.
    pub(crate) fn start(program: &Path) -> Result<Self, PoolError> {
        let failed = |error: io::Error| PoolError::Start {
            program: program.to_owned(),
            detail: shown(&error.to_string()),
        };
        let (socket, theirs) = UnixStream::pair().map_err(failed)?;
        let child = Command::new(program)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut worker = Self { child, socket, served: 0 };
        let first = Answers { worker: &mut worker, deadline: Instant::now() + START_TIME }.next();
        match first {
            Ok(Answer::Ready) => Ok(worker),
            Ok(_) => Err(PoolError::Protocol("the first word was not ready")),
            Err(error) => {
                Err(PoolError::Start { program: program.to_owned(), detail: shown(&error.to_string()) })
            }
        }
    }

    /// Requests served so far.
    pub(crate) const fn served(&self) -> u32 {
        self.served
    }

    /// Sends a request; the answers must come within `patience`.
    pub(crate) fn ask(
        &mut self,
        request: &Request,
        descriptors: &[BorrowedFd<'_>],
        patience: Duration,
    ) -> Result<Answers<'_>, PoolError> {
        self.served = self.served.saturating_add(1);
        let deadline = Instant::now() + patience;
        self.socket.set_write_timeout(Some(patience))?;
        match frame::send(self.socket.as_fd(), request, MAX_REQUEST, descriptors) {
            Ok(()) => Ok(Answers { worker: self, deadline }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(PoolError::Deadline),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(PoolError::Died(self.last_words()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// How it ended and what it last said, after making sure that it has ended.
    fn last_words(&mut self) -> String {
        self.kill();
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut words = Vec::new();
        if let Some(stderr) = self.child.stderr.take() {
            #[expect(
                clippy::disallowed_methods,
                reason = "bounded by take; what was read before an error counts"
            )]
            let _read = stderr.take(MAX_LAST_WORDS).read_to_end(&mut words);
        }
        let words = String::from_utf8_lossy(&words);
        match words.trim() {
            "" => status,
            words => format!("{status}: {}", shown(words)),
        }
    }

    fn kill(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _gone = self.child.kill();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
        let _reaped = self.child.wait();
    }
}

/// The answers to one request.
pub(crate) struct Answers<'w> {
    worker: &'w mut Worker,
    deadline: Instant,
}

impl Answers<'_> {
    /// Hands every answer but the last to `each`, and gives the last.
    pub(crate) fn last(mut self, each: &mut dyn FnMut(Answer)) -> Result<Answer, PoolError> {
        loop {
            match self.next()? {
                step @ (Answer::Progress(_) | Answer::Finding(_) | Answer::Gap(_) | Answer::Line(_)) => {
                    each(step)
                }
                last @ (Answer::Scanned(_)
                | Answer::Signature(_)
                | Answer::Wanted(_)
                | Answer::Sbom(_)
                | Answer::Failed(_)) => {
                    return Ok(last);
                }
                Answer::Ready => return Err(PoolError::Protocol("ready came twice")),
            }
        }
    }

    fn next(&mut self) -> Result<Answer, PoolError> {
        match frame::read(&mut Deadlined(self), MAX_ANSWER) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(PoolError::Died(self.worker.last_words())),
            Err(error) => Err(self.broken(error)),
        }
    }

    fn broken(&mut self, error: io::Error) -> PoolError {
        let kind = error.kind();
        if kind == io::ErrorKind::TimedOut {
            PoolError::Deadline
        } else if kind == io::ErrorKind::UnexpectedEof || kind == io::ErrorKind::ConnectionReset {
            PoolError::Died(self.worker.last_words())
        } else if kind == io::ErrorKind::InvalidData {
            PoolError::Protocol("a frame that is too long or not ours")
        } else {
            PoolError::Io(error)
        }
    }
}

/// Reads the worker's socket, each read no longer than what is left until the deadline.
struct Deadlined<'a, 'w>(&'a mut Answers<'w>);

impl Read for Deadlined<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.0.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut socket = &self.0.worker.socket;
        socket.set_read_timeout(Some(left))?;
        match socket.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::TimedOut.into()),
            read => read,
        }
    }
}

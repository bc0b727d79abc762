//! A real assayd, and the questions tests ask it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::programs::program;

/// How long anything that is awaited may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running assayd with a state directory and socket of its own. Dropping it ends it and its guard.
pub struct Daemon {
    child: Child,
    home: PathBuf,
    arguments: Vec<String>,
}

impl Daemon {
    /// Starts assayd with `home` for its state and sockets, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start(home: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = spawn(home, &arguments)?;
        let mut daemon = Self { child, home: home.to_owned(), arguments };
        daemon.wait_ready()?;
        Ok(daemon)
    }

    /// Kills it with SIGKILL, its guard left alone.
    ///
    /// # Errors
    /// When it was gone already.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again on the same state.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.child = spawn(&self.home, &self.arguments)?;
        self.wait_ready()
    }

    /// Ends it as an operator would, and waits.
    ///
    /// # Errors
    /// When it does not end by itself.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.terminate()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The API's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.home.join("assay.sock")
    }

    /// Runs `assay` against it.
    ///
    /// # Errors
    /// When `assay` cannot be started.
    pub fn assay(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        Command::new(program("assay")?)
            .args(arguments)
            .arg("--socket")
            .arg(self.socket())
            .output()
            .context("running assay")
    }

    /// The JSON that `assay` prints for this question.
    ///
    /// # Errors
    /// When it fails or prints no JSON.
    pub fn ask(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.assay(&[arguments, &["--format", "json"]].concat())?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!("assay {arguments:?} printed no JSON: {}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// Asks again until `found` gives something.
    ///
    /// # Errors
    /// When it does not within a minute; the last answer is in the message.
    pub fn wait_for<T>(&self, arguments: &[&str], found: impl Fn(&Value) -> Option<T>) -> anyhow::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.ask(arguments)?;
            if let Some(found) = found(&answer) {
                return Ok(found);
            }
            ensure!(Instant::now() < deadline, "assay {arguments:?} still answers {answer}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// The decision about the artifact whose reference contains `part`.
    ///
    /// # Errors
    /// When there is none within a minute.
    pub fn decision(&self, part: &str) -> anyhow::Result<String> {
        self.wait_for(&["artifacts"], |answer| {
            let rows = answer["artifacts"].as_array()?;
            let row =
                rows.iter().find(|row| row["reference"].as_str().is_some_and(|it| it.contains(part)))?;
            row["decision"].as_str().map(str::to_owned)
        })
    }

    /// The raw answer to a GET request on the API's socket.
    ///
    /// # Errors
    /// When nobody answers.
    pub fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = UnixStream::connect(self.socket())?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: assay\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        #[expect(clippy::disallowed_methods, reason = "our own daemon's answer, in a test")]
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn wait_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("assayd ended: {status}; its log is in {}", self.home.display());
            }
            if self.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        bail!("assayd did not become ready; its log is in {}", self.home.display())
    }

    fn terminate(&mut self) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Daemon {
    #[expect(clippy::print_stderr, reason = "a failed test shows what the daemon said")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", crate::text(&self.home.join("assayd.log")).unwrap_or_default());
        }
        if matches!(self.child.try_wait(), Ok(None)) && self.terminate().is_err() {
            drop(self.child.kill());
        }
    }
}

fn spawn(home: &Path, arguments: &[String]) -> anyhow::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(home.join("assayd.log"))?;
    let mut command = Command::new(program("assayd")?);
    command.arg("--state-dir").arg(home.join("state")).arg("--socket").arg(home.join("assay.sock"));
    if !arguments.iter().any(|argument| argument == "--no-guard") {
        command.arg("--guard-socket").arg(home.join("guard.sock"));
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .context("starting assayd")
}

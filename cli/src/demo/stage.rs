//! The show itself, as the first process of its own namespaces.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use assay_core::wire::api::{Artifacts, Loads, Status};
use assay_core::{Answer, Decision, shown};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::Signal;

use super::children::Running;
use super::models::{Model, models};
use super::{rehearsal, say, step};
use crate::args::{self, Show};
use crate::client::Client;
use crate::commands;
use crate::exit::Exit;

/// How long assayd may take to be ready, and then to judge three small files.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a child that opens a file may take.
const OPEN_TIME: Duration = Duration::from_secs(15);

/// The first pause between two questions; each next one is twice as long, up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// The last words of a daemon that failed.
const MAX_LOG: u64 = 4 << 10;

/// Plays the show on `scratch`.
pub(super) fn run(scratch: &Path, show: &Show) -> Result<Exit> {
    ensure!(rustix::process::getpid().as_raw_nonzero().get() == 1, "--stage is for the demo itself");
    die_with_parent()?;
    make_private(scratch)?;
    say(show, &format!("assay demo, on a tmpfs at {} that only its own processes see", scratch.display()))?;
    let models = scratch.join("models");
    fs::create_dir(&models).context("making the models' folder")?;
    rehearsal::lay(&models, show)?;
    let mut daemon = Daemon::start(scratch, &models, show)?;
    let shown = play(&mut daemon, &models, show);
    if shown.is_err() {
        crate::output::complain(&daemon.last_words());
    }
    shown?;
    daemon.stop(show)?;
    Ok(Exit::Clean)
}

fn play(daemon: &mut Daemon, folder: &Path, show: &Show) -> Result<()> {
    daemon.wait_until_judged(models().len())?;
    let all = args::Artifacts { decision: None, daemon: daemon.address() };
    let listed = commands::artifacts::run(&all, show)?;
    ensure!(listed == Exit::Clean, "the artifacts could not be listed");
    let [benign @ .., malicious] = models();
    step(show, 3, "assay explain: why the malicious one is denied")?;
    let subject = folder.join(malicious.folder).join(malicious.file);
    let explain = args::Explain { subject, local: false, daemon: daemon.address() };
    ensure!(commands::explain::run(&explain, show)? == Exit::Denied, "the malicious model was not denied");
    step(show, 4, "a benign model is opened by another process")?;
    for model in &benign {
        ensure!(opens(folder, model, show)?, "a benign model could not be opened");
    }
    step(show, 5, "the malicious model is opened by another process")?;
    ensure!(!opens(folder, &malicious, show)?, "the malicious model was opened: nothing blocked it");
    step(show, 6, "assay loads: what was recorded")?;
    daemon.wait_for_denied_load()?;
    let loads = args::Loads { digest: None, limit: 20, daemon: daemon.address() };
    commands::loads::run(&loads, show).map(|_| ())
}

/// Ends with whoever started the show, even if that is killed before it can say so.
fn die_with_parent() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .context("tying the show to its start")?;
    let stdin = io::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::empty())];
    let gone = poll(&mut polled, Some(&Timespec::default())).context("looking at stdin")? > 0;
    ensure!(!gone, "whoever started the show is gone");
    Ok(())
}

/// A tmpfs and a `/proc` that no process outside sees.
fn make_private(scratch: &Path) -> Result<()> {
    let inherited = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", inherited).context("making mounts private")?;
    let safe = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("tmpfs", scratch, "tmpfs", safe, Some(c"size=64m,mode=0755"))
        .context("mounting the scratch file system")?;
    mount("proc", "/proc", "proc", safe, None).context("mounting /proc")
}

/// The real assayd, with the embedded defaults and the scratch folder as its only root.
struct Daemon {
    running: Running,
    socket: PathBuf,
    log: PathBuf,
    client: Client,
}

impl Daemon {
    fn start(scratch: &Path, models: &Path, show: &Show) -> Result<Self> {
        step(show, 2, "assayd starts, judges what it finds, and its guard enforces the verdicts")?;
        let program = std::env::current_exe().context("finding this program")?.with_file_name("assayd");
        ensure!(program.is_file(), "{} is missing: build the whole workspace first", program.display());
        let (socket, log) = (scratch.join("run/assay.sock"), scratch.join("assayd.log"));
        let output = File::create(&log).context("making the log")?;
        let child = Command::new(program)
            .arg("--state-dir")
            .arg(scratch.join("state"))
            .arg("--socket")
            .arg(&socket)
            .arg("--root")
            .arg(models)
            .args(["--no-default-roots", "--enforce"])
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("sharing the log")?)
            .stderr(output)
            .spawn()
            .context("starting assayd")?;
        let client = Client::new(&args::Daemon { socket: Some(socket.clone()) })?;
        Ok(Self { running: Running::new(child), socket, log, client })
    }

    fn address(&self) -> args::Daemon {
        args::Daemon { socket: Some(self.socket.clone()) }
    }

    /// Waits for readiness, for the guard, and for a verdict on each model.
    fn wait_until_judged(&mut self, count: usize) -> Result<()> {
        self.wait("assayd to be ready", |client| client.ready())?;
        let status: Status = self.client.get("/v1/status", &[])?;
        if status.guard.is_none() || status.roots.iter().any(|root| !root.gated) {
            self.wait("the guard to gate the models", |client| {
                let status: Status = client.get("/v1/status", &[])?;
                Ok(status.guard.is_some() && status.roots.iter().all(|root| root.gated))
            })
            .with_context(|| format!("assayd says: {}", shown(&status.limits.join("; "))))?;
        }
        self.wait("a verdict on each model", |client| {
            let page: Artifacts = client.get("/v1/artifacts", &[])?;
            let denied = page.artifacts.iter().filter(|artifact| artifact.decision == Decision::Deny).count();
            Ok(page.artifacts.len() == count && denied == 1)
        })
    }

    fn wait_for_denied_load(&mut self) -> Result<()> {
        self.wait("the denied load to be recorded", |client| {
            let page: Loads = client.get("/v1/loads", &[])?;
            Ok(page.loads.iter().any(|row| row.load.answer == Answer::Deny))
        })
    }

    fn wait(&mut self, what: &str, mut there: impl FnMut(&Client) -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = PAUSES.0;
        loop {
            let asked = there(&self.client);
            if matches!(asked, Ok(true)) {
                return Ok(());
            }
            if let Some(status) = self.running.ended().context("looking at assayd")? {
                bail!("assayd ended with {status} while waiting for {what}");
            }
            if Instant::now() >= deadline {
                return asked.and_then(|_| bail!("waited {} s for {what}", PATIENCE.as_secs()));
            }
            thread::sleep(pause);
            pause = pause.saturating_mul(2).min(PAUSES.1);
        }
    }

    fn last_words(&self) -> String {
        let mut text = Vec::new();
        let read = File::open(&self.log).and_then(|mut log| {
            use io::Seek as _;
            let length = log.metadata()?.len();
            log.seek(io::SeekFrom::Start(length.saturating_sub(MAX_LOG)))?;
            #[expect(clippy::disallowed_methods, reason = "taken up to the limit")]
            log.take(MAX_LOG).read_to_end(&mut text)
        });
        match read {
            Ok(_) => {
                let text = String::from_utf8_lossy(&text);
                let lines: Vec<String> =
                    text.lines().map(|line| format!("assayd: {}", shown(line))).collect();
                lines.join("\n")
            }
            Err(error) => format!("assayd's log cannot be read: {error}"),
        }
    }

    fn stop(self, show: &Show) -> Result<()> {
        let status = self.running.stop(PATIENCE).context("stopping assayd")?;
        step(show, 7, &format!("assayd ended with {status}; the scratch file system vanishes with the demo"))
    }
}

/// Lets a process of its own read a model; whether it could.
fn opens(folder: &Path, model: &Model, show: &Show) -> Result<bool> {
    let path = folder.join(model.folder).join(model.file);
    say(show, &format!("    $ cat {}", path.display()))?;
    let command = Command::new("cat")
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = command.context("starting cat")?;
    let words = child.stderr.take();
    let mut running = Running::new(child);
    ensure!(super::private::ends_within(running.child(), OPEN_TIME)?, "cat did not come back");
    let status = running.wait().context("waiting for cat")?;
    let mut said = Vec::new();
    if let Some(words) = words {
        #[expect(clippy::disallowed_methods, reason = "taken up to the limit")]
        words.take(MAX_LOG).read_to_end(&mut said).context("reading what cat said")?;
    }
    let said = String::from_utf8_lossy(&said).trim_end().to_owned();
    match status.success() {
        true => say(show, &format!("    read {} bytes", model.content.len()))?,
        false => say(show, &format!("    {}", shown(&said)))?,
    }
    Ok(status.success())
}

//! Starting assay-guard by hand; as packaged, systemd starts it.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Connection;

/// The guard's file name.
const NAME: &str = "assay-guard";

/// How long the guard may take until it listens.
const START_PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether it listens.
const STEP: Duration = Duration::from_millis(20);

/// Why there is no guard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The program is not beside ours, nor in the `libexec/assay` next to it.
    #[error("no {NAME} beside {0}")]
    Missing(PathBuf),
    /// The program could not be started.
    #[error("cannot start {NAME}: {0}")]
    Spawn(io::Error),
    /// The program ended at once; it has said why.
    #[error("{NAME} ended: {0}")]
    Ended(std::process::ExitStatus),
    /// It runs and does not listen.
    #[error("{NAME} does not listen at {0}")]
    Silent(PathBuf),
}

/// Connects to a guard that outlived an earlier daemon, else starts one as the user `uid` and connects to it.
///
/// # Errors
/// [`StartError`]
pub(crate) fn start(socket: &Path, uid: u32) -> Result<Connection, StartError> {
    if let Ok(connection) = Connection::connect(socket) {
        tracing::info!(socket = %socket.display(), "guard-found");
        return Ok(connection);
    }
    let program = locate()?;
    let mut child = Command::new(&program)
        .arg("--socket")
        .arg(socket)
        .arg("--user")
        .arg(uid.to_string())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        // A key press that ends us must not end it at the same moment: it is told to, in order.
        .process_group(0)
        .spawn()
        .map_err(StartError::Spawn)?;
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        if let Ok(connection) = Connection::connect(socket) {
            tracing::info!(program = %program.display(), pid = child.id(), "guard-started");
            return Ok(connection);
        }
        if let Some(status) = child.try_wait().map_err(StartError::Spawn)?
            && !status.success()
        {
            return Err(StartError::Ended(status));
        }
        if Instant::now() > deadline {
            child.kill().map_err(StartError::Spawn)?;
            return Err(StartError::Silent(socket.to_owned()));
        }
        std::thread::sleep(STEP);
    }
}

fn locate() -> Result<PathBuf, StartError> {
    let program = std::env::current_exe().map_err(StartError::Spawn)?;
    let directory = program.parent().unwrap_or(Path::new("/"));
    let installed = directory.parent().map(|prefix| prefix.join("libexec/assay").join(NAME));
    std::iter::once(directory.join(NAME))
        .chain(installed)
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| StartError::Missing(program.clone()))
}

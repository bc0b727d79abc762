//! A machine of its own for a test that blocks opens: its own mounts, processes and file system, and a time limit.
//!
//! A mark on a file system holds for the whole machine, so a test only ever marks a tmpfs that nobody else has.

use std::process::Command;

use anyhow::{Context, ensure};

/// Set inside the namespaces.
const INSIDE: &str = "ASSAY_TEST_INSIDE";

/// Seconds after which everything inside is killed.
const TIME_LIMIT: &str = "300";

/// Where the private tmpfs is mounted inside.
pub const SCRATCH: &str = "/mnt";

/// Runs `body` inside namespaces of its own, with an empty tmpfs at [`SCRATCH`]; the outer process only waits.
///
/// `test` is the test's own full name: the test program is run again, for that test alone.
///
/// # Errors
/// When the namespaces cannot be made or the test failed inside.
pub fn inside(test: &str, body: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    if std::env::var_os(INSIDE).is_some() {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "mode=755", "scratch", SCRATCH]).status()?;
        ensure!(mounted.success(), "mounting the scratch file system");
        return body();
    }
    let status = Command::new("timeout")
        .args(["--signal=KILL", TIME_LIMIT])
        .args(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(std::env::current_exe()?)
        .args([test, "--exact", "--include-ignored", "--nocapture"])
        .env(INSIDE, "1")
        .status()
        .context("starting unshare")?;
    ensure!(status.success(), "{test} failed inside its namespaces: {status}");
    Ok(())
}

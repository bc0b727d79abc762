//! The programs under test, as the test command built them.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context, ensure};

/// The path of a program built beside the running test: `assay`, `assayd`, `assay-guard`, `assay-worker`.
///
/// # Errors
/// When the workspace was not built first.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    // target/<profile>/deps/<test>
    let directory = test.ancestors().nth(2).context("the test has no target directory")?;
    let program = directory.join(name);
    ensure!(program.is_file(), "{} is not built: run `cargo build --workspace` first", program.display());
    Ok(program)
}

/// Runs `assay` with these arguments.
///
/// # Errors
/// When it could not be started.
pub fn assay(arguments: &[&str]) -> anyhow::Result<Output> {
    Command::new(program("assay")?).args(arguments).output().context("running assay")
}

/// The folder of the `tests` package, with the real clients' Python under `.venv`.
#[must_use]
pub fn tests_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Python that has the real clients, installed by the test command.
///
/// # Errors
/// When the test command has not installed it.
pub fn python() -> anyhow::Result<PathBuf> {
    let python = tests_folder().join(".venv/bin/python");
    ensure!(python.exists(), "the Python clients are not installed: run tests/run");
    Ok(python)
}

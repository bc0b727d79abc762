//! The part of the demo that needs no privilege: the models are scanned and explained, and nothing is blocked.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};

use super::models::{Model, models};
use super::{say, step};
use crate::args::{Limits, Scan, Show};
use crate::commands;
use crate::exit::Exit;

/// A folder that is removed when the demo ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("assay-demo-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            crate::output::complain(&format!("could not remove {}: {error}", self.0.display()));
        }
    }
}

/// Scans and explains the models, after saying what cannot be shown.
pub(super) fn run(why: &str, show: &Show) -> Result<Exit> {
    let interrupted = watch_for_interrupt();
    let scratch = Scratch::new()?;
    say(show, &format!("assay demo, without a block: {why}."))?;
    say(show, "What it cannot show here: assayd with assay-guard refusing the open. As root it does.")?;
    lay(&scratch.0, show)?;
    step(show, 2, "assay scan: what is in them")?;
    let found = commands::scan::run(&scan(&scratch.0), show)?;
    ensure!(found == Exit::Denied, "the scan did not find the malicious model");
    if interrupted.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    let [.., malicious] = models();
    step(show, 3, "assay explain: why the malicious one is denied")?;
    let why = commands::explain::here(&scratch.0.join(malicious.folder).join(malicious.file), show)?;
    ensure!(why == Exit::Denied, "the malicious model was not denied");
    if interrupted.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    Ok(Exit::Clean)
}

/// Writes the models below `folder`.
pub(super) fn lay(folder: &Path, show: &Show) -> Result<()> {
    step(show, 1, "three models are laid out")?;
    for Model { folder: name, file, content, about } in models() {
        let model = folder.join(name);
        fs::create_dir(&model).with_context(|| model.display().to_string())?;
        let path = model.join(file);
        fs::write(&path, content).with_context(|| path.display().to_string())?;
        say(show, &format!("    {}  {about}", path.display()))?;
    }
    Ok(())
}

fn scan(folder: &Path) -> Scan {
    Scan {
        paths: vec![folder.to_owned()],
        fail_on: assay_core::Severity::High,
        all: true,
        limits: Limits::default(),
    }
}

/// Ctrl-C ends the demo between two steps, so that the folder is removed.
fn watch_for_interrupt() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&interrupted);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if runtime.is_ok_and(|runtime| runtime.block_on(tokio::signal::ctrl_c()).is_ok()) {
            seen.store(true, Ordering::Relaxed);
        }
    });
    interrupted
}

//! Programs killed at random moments under load.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, ensure};
use assay_tests::namespace::{SCRATCH, inside};
use assay_tests::running::Daemon;
use assay_tests::samples;

/// Kills in the test command; `ASSAY_KILLS=200` for the campaign.
const KILLS: u64 = 12;

/// A few processes opening a denied file as fast as they can, counting successes.
struct Openers {
    stop: Arc<AtomicBool>,
    tried: Arc<AtomicU64>,
    opened: Arc<AtomicU64>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Openers {
    fn start(denied: &Path) -> Self {
        let (stop, tried, opened): (Arc<AtomicBool>, Arc<AtomicU64>, Arc<AtomicU64>) = Default::default();
        let threads = (0..2)
            .map(|_| {
                let (stop, tried, opened, denied) =
                    (Arc::clone(&stop), Arc::clone(&tried), Arc::clone(&opened), denied.to_owned());
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        tried.fetch_add(1, Ordering::Relaxed);
                        if std::fs::File::open(&denied).is_ok() {
                            opened.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        Self { stop, tried, opened, threads }
    }

    fn finish(self) -> anyhow::Result<(u64, u64)> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow::anyhow!("an opener panicked"))?;
        }
        Ok((self.tried.load(Ordering::Relaxed), self.opened.load(Ordering::Relaxed)))
    }
}

/// Process ids by program name in our own pid namespace, oldest first.
fn pids(name: &str) -> anyhow::Result<Vec<i32>> {
    let output = Command::new("pgrep").args(["-x", name]).output()?;
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(|line| line.parse().ok()).collect())
}

fn kill(pid: i32) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        // It may have ended by itself meanwhile.
        let _gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

fn integrity(home: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(home.join("state"))? {
        let path: PathBuf = entry?.path();
        if path.extension().is_some_and(|extension| extension == "db" || extension == "sqlite") {
            let check = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('pragma integrity_check').fetchone()[0])";
            let output = Command::new("python3").args(["-c", check]).arg(&path).output()?;
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            ensure!(told.trim() == "ok", "{}: {told}", path.display());
            return Ok(());
        }
    }
    anyhow::bail!("no store found")
}

#[test]
#[ignore = "needs root: fanotify"]
fn no_kill_lets_a_denied_open_through() {
    inside("kills::no_kill_lets_a_denied_open_through", || {
        let home = tempfile::tempdir()?;
        let root = Path::new(SCRATCH).join("models");
        std::fs::create_dir(&root)?;
        let denied = root.join("evil.pkl");
        std::fs::write(&denied, samples::malicious_pickle())?;
        std::fs::write(root.join("good.safetensors"), samples::safetensors(64))?;
        let root_text = root.to_str().context("path")?;
        let mut daemon =
            Daemon::start(home.path(), &["--no-default-roots", "--root", root_text, "--enforce"])?;
        assert_eq!(daemon.decision("evil.pkl")?, "deny");

        let openers = Openers::start(&denied);
        let kills = std::env::var("ASSAY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
        for round in 0..kills {
            thread::park_timeout(Duration::from_millis(round * 37 % 150));
            // A new file keeps the workers busy.
            std::fs::write(root.join(format!("{round}.pkl")), samples::malicious_pickle())?;
            match round % 3 {
                0 => {
                    daemon.kill()?;
                    daemon.restart()?;
                }
                // The serving process is the keeper's child, so it is the youngest.
                1 => pids("assay-guard")?.last().copied().into_iter().for_each(kill),
                _ => pids("assay-worker")?.into_iter().for_each(kill),
            }
        }
        let (tried, opened) = openers.finish()?;
        ensure!(tried > kills, "only {tried} opens were tried");
        ensure!(opened == 0, "{opened} of {tried} opens of a denied file succeeded");
        for round in 0..kills {
            assert_eq!(daemon.decision(&format!("/{round}.pkl"))?, "deny");
        }
        assert!(std::fs::File::open(root.join("good.safetensors")).is_ok(), "what is allowed still opens");
        println!("{kills} kills, {tried} opens of a denied file, 0 succeeded");
        let log = daemon.ask(&["log", "verify"])?;
        ensure!(log["whole"] == true && log["signed"] == log["last"], "the audit log: {log}");
        daemon.stop()?;
        integrity(home.path())
    })
    .unwrap();
}

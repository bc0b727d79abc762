//! What an open costs: bare, outside the roots, and accepted with lease and key check, in one run.
//!
//! `cargo test --release -p assay-guard --test kernel -- --ignored --nocapture latency` prints the table; nothing is
//! asserted, because a busy machine is not a failure.

use std::{fs::File, path::Path, process::Command, time::Instant};

use assay_core::wire::guard::Ruling;

use crate::harness::{Scene, on_each_filesystem};

const OPENS: usize = 20_000;
const WARM_UP: usize = 1_000;
const FILE: &str = "ASSAY_GUARD_LATENCY_FILE";

/// Median and 99th percentile of one open and close, nanoseconds.
#[derive(Clone, Copy)]
struct Cost {
    median: u128,
    p99: u128,
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_open_is_measured() {
    on_each_filesystem("latency::an_open_is_measured", |scene| {
        for path in [scene.model("allowed"), scene.other("outside")] {
            std::fs::write(path, [0; 4096]).unwrap();
        }
        let daemon = scene.daemon();
        let cores = std::thread::available_parallelism().unwrap().get();
        for core in [None, Some(0)].into_iter().take(cores) {
            pin(scene, core);
            println!(
                "{}:",
                core.map_or("the scheduler's choice of cores", |_| "guard and opener on one core")
            );
            daemon.set_roots(&[], 3_000);
            let bare = opens(&scene.other("outside"), core);
            row("bare", bare, bare);
            daemon.set_roots(&[(&scene.disk().join("models"), assay_core::Mode::Enforce)], 3_000);
            daemon.judge(&scene.model("allowed"), Ruling::Allow);
            row("outside the roots", opens(&scene.other("outside"), core), bare);
            row("accepted", opens(&scene.model("allowed"), core), bare);
        }
    });
}

/// Pins the server's threads to a core.
fn pin(scene: &Scene, core: Option<usize>) {
    if let Some(core) = core {
        let server = scene.server().to_string();
        let output =
            Command::new("taskset").args(["-a", "-p", "-c", &core.to_string(), &server]).output().unwrap();
        assert!(output.status.success());
    }
}

fn row(name: &str, cost: Cost, bare: Cost) {
    let micros = |nanos: u128| nanos as f64 / 1_000.0;
    println!(
        "  {name:18} median {:7.2} us  p99 {:7.2} us  {:5.2} x  +{:.2} us",
        micros(cost.median),
        micros(cost.p99),
        cost.median as f64 / bare.median as f64,
        micros(cost.median.saturating_sub(bare.median)),
    );
}

/// Opens in another process, because the one that plays the daemon is exempt.
fn opens(path: &Path, core: Option<usize>) -> Cost {
    let program = std::env::current_exe().unwrap();
    let mut command = match core {
        Some(core) => {
            let mut pinned = Command::new("taskset");
            pinned.args(["-c", &core.to_string()]).arg(program);
            pinned
        }
        None => Command::new(program),
    };
    command.args(["--exact", "latency::opener", "--ignored", "--nocapture"]).env(FILE, path);
    let output = command.output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("COST ")).expect("a measurement").1;
    let mut numbers = line.split(' ').map(|number| number.parse().unwrap());
    Cost { median: numbers.next().unwrap(), p99: numbers.next().unwrap() }
}

#[test]
#[ignore = "needs root: started by an_open_is_measured"]
fn opener() {
    let Some(path) = std::env::var_os(FILE) else {
        return println!("skipped: {FILE} is not set");
    };
    let mut costs = Vec::with_capacity(OPENS);
    for round in 0..WARM_UP + OPENS {
        let start = Instant::now();
        drop(File::open(&path).unwrap());
        if round >= WARM_UP {
            costs.push(start.elapsed().as_nanos());
        }
    }
    costs.sort_unstable();
    println!("COST {} {}", costs[OPENS / 2], costs[OPENS * 99 / 100]);
}

//! The systemd units are accepted and tight.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assay_tests::text;

/// The most exposure `systemd-analyze security` may find, in tenths.
const EXPOSURE: &[(&str, &str)] = &[("assay-guard.service", "25"), ("assayd.service", "15")];

/// A copy of the unit whose program exists on this machine; its manual page may not be installed.
fn unit(directory: &Path, name: &str) -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd").join(name);
    let shipped = text(&shipped).unwrap();
    let here: Vec<String> =
        shipped
            .lines()
            .filter(|line| !line.starts_with("Documentation="))
            .map(|line| {
                if line.starts_with("ExecStart=") {
                    "ExecStart=/bin/true".to_owned()
                } else {
                    line.to_owned()
                }
            })
            .collect();
    let path = directory.join(name);
    std::fs::write(&path, here.join("\n")).unwrap();
    path
}

/// `None` where systemd is not installed.
fn analyze(arguments: &[&str], units: &[PathBuf]) -> Option<Output> {
    Command::new("systemd-analyze").args(arguments).args(units).output().ok()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let directory = tempfile::tempdir().unwrap();
    let units: Vec<PathBuf> = EXPOSURE.iter().map(|(name, _)| unit(directory.path(), name)).collect();
    match analyze(&["verify"], &units) {
        Some(output) => assert!(output.status.success(), "{}", told(&output)),
        None => println!("not checked: systemd-analyze is not installed"),
    }
}

#[test]
fn exposure_stays_below_its_threshold() {
    let directory = tempfile::tempdir().unwrap();
    for (name, threshold) in EXPOSURE {
        let unit = unit(directory.path(), name);
        let limit = format!("--threshold={threshold}");
        match analyze(&["security", "--offline=true", &limit], &[unit]) {
            Some(output) => assert!(output.status.success(), "{}", told(&output)),
            None => println!("not checked: systemd-analyze is not installed"),
        }
    }
}

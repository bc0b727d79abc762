//! `assay scan` from outside: rows, formats, exit codes.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use super::program::{
    assay, assert_valid, denied, has_worker, json, malicious_pickle, published, ran, run, safetensors,
};

/// A regular file whose content cannot be read, even by root: address 0 of the scanning process is not mapped.
const UNREADABLE: &str = "/proc/self/mem";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("m")).unwrap();
    fs::write(folder.path().join("m/model.safetensors"), safetensors()).unwrap();
    fs::write(folder.path().join("m/README.md"), "# a model\n").unwrap();
    fs::write(folder.path().join("m/empty"), "").unwrap();
    folder
}

fn scan_json(paths: &[&str], more: &[&str]) -> (i32, Value) {
    let ran = run(&[&["scan", "--format", "json"], more, paths].concat());
    (ran.code, json(&ran.stdout))
}

#[test]
fn a_clean_folder_ends_with_0_and_has_a_row_for_each_file() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("m");
    let (code, report) = scan_json(&[path.to_str().unwrap()], &[]);
    assert_eq!(code, 0);
    let names: Vec<&str> =
        report["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    let expected =
        ["README.md", "empty", "model.safetensors"].map(|name| path.join(name).display().to_string());
    assert_eq!(names, expected);
    assert_eq!(report["files"][2]["formats"], json(r#"["safetensors"]"#));
    // SHA-256 of nothing.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(report["files"][1]["sha256"], empty);
    assert_eq!(report["summary"]["allow"], 3);
}

#[test]
fn a_denied_file_ends_with_1_and_says_where() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("m/evil.safetensors");
    fs::write(&path, denied()).unwrap();
    let ran = run(&["scan", path.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let line = ran.stdout.lines().next().unwrap();
    assert!(line.starts_with("high ") && line.contains("evil.safetensors@0x"), "{line}");
}

#[test]
fn fail_on_moves_what_denies_and_never_hides_a_finding() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("m/model.safetensors");
    fs::write(&path, denied()).unwrap();
    let (_, lenient) = scan_json(&[path.to_str().unwrap()], &["--fail-on", "critical"]);
    let (code, strict) = scan_json(&[path.to_str().unwrap()], &["--fail-on", "info"]);
    assert_eq!((code, &strict["files"][0]["verdict"]), (1, &json("\"deny\"")));
    assert_eq!(lenient["files"][0]["findings"], strict["files"][0]["findings"]);
    assert!(!strict["files"][0]["findings"].as_array().unwrap().is_empty());
}

#[test]
fn the_report_follows_its_published_schema() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let base = folder.path().join("m");
    fs::write(base.join("evil.safetensors"), denied()).unwrap();
    fs::write(base.join("cut.safetensors"), &safetensors()[..20]).unwrap();
    std::os::unix::fs::symlink("evil.safetensors", base.join("link.safetensors")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", base.join("out")).unwrap();
    let (_, report) = scan_json(&[base.to_str().unwrap(), UNREADABLE], &[]);
    assert_valid(&published("assay.scan-1"), &report);
    let files = report["files"].as_array().unwrap();
    let denied =
        files.iter().find(|file| file["path"].as_str().unwrap().ends_with("evil.safetensors")).unwrap();
    assert!(denied["links"][0].as_str().unwrap().ends_with("link.safetensors"));
    assert_eq!(report["skipped"][0]["why"], "link-leaves");
}

#[test]
fn a_file_that_cannot_be_read_has_a_row_and_ends_with_4() {
    if !has_worker() {
        return;
    }
    let (code, report) = scan_json(&[UNREADABLE], &[]);
    assert_eq!(code, 4);
    assert_eq!(report["files"][0]["sha256"], Value::Null);
    assert_eq!(report["files"][0]["coverage"]["gaps"][0]["kind"], "unreadable");
}

#[test]
fn denied_wins_over_incomplete() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("evil.safetensors");
    fs::write(&path, denied()).unwrap();
    assert_eq!(run(&["scan", UNREADABLE, path.to_str().unwrap()]).code, 1);
}

#[test]
fn a_file_over_its_limit_is_never_clean() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("m/model.safetensors");
    let (code, report) = scan_json(&[path.to_str().unwrap()], &["--max-file-size", "8"]);
    assert_ne!(code, 0);
    assert_eq!(report["files"][0]["coverage"]["gaps"][0]["kind"], "limit");
    assert_ne!(report["files"][0]["sha256"], Value::Null, "it is still hashed");
}

#[test]
fn wrong_usage_ends_with_2() {
    for arguments in [
        &["scan"][..],
        &["scam"],
        &["scan", "--fail-on", "severe", "x"],
        &["scan", "--max-scan-time", "0", "x"],
    ] {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn a_path_that_does_not_exist_ends_with_3() {
    let ran = run(&["scan", "/nonexistent/model"]);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.stderr, "error: /nonexistent/model: No such file or directory (os error 2)\n");
}

#[test]
fn without_a_worker_nothing_is_called_clean() {
    let folder = folder();
    let alone = folder.path().join("assay");
    fs::copy(env!("CARGO_BIN_EXE_assay"), &alone).unwrap();
    let ran =
        ran(std::process::Command::new(alone).arg("scan").arg(folder.path().join("m")).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("assay-worker"), "{}", ran.stderr);
}

#[test]
fn a_fifo_is_not_waited_for() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
    let (code, report) = scan_json(&[folder.path().to_str().unwrap()], &[]);
    assert_eq!((code, &report["skipped"][0]["why"]), (0, &json("\"special-file\"")));
    assert_eq!(scan_json(&[fifo.to_str().unwrap()], &[]).0, 4, "it was named, so it was asked for");
}

#[test]
fn names_cannot_forge_output() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("\u{1b}[2J\nclean.safetensors"), denied()).unwrap();
    for format in ["table", "markdown", "sarif", "json"] {
        let ran =
            run(&["scan", "--all", "--color", "never", "--format", format, folder.path().to_str().unwrap()]);
        assert!(!ran.stdout.contains('\u{1b}'), "{format}");
        assert!(!ran.stdout.contains("\nclean.safetensors"), "{format}");
    }
}

#[test]
fn two_scans_print_the_same_but_for_the_time() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    fs::write(folder.path().join("evil.safetensors"), denied()).unwrap();
    let mut one = scan_json(&[folder.path().to_str().unwrap()], &[]).1;
    let mut other = scan_json(&[folder.path().to_str().unwrap()], &[]).1;
    for report in [&mut one, &mut other] {
        report["elapsed_ms"] = 0.into();
    }
    assert_eq!(one.to_string(), other.to_string());
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    if !has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for index in 0..3_000 {
        fs::write(folder.path().join(format!("{index:0100}")), "x").unwrap();
    }
    let mut child = assay()
        .args(["scan", "--all"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ran = ran(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn output_goes_to_a_file_that_is_complete() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    let report = folder.path().join("report.json");
    let ran = run(&[
        "scan",
        "--format",
        "json",
        "--output",
        report.to_str().unwrap(),
        folder.path().join("m").to_str().unwrap(),
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let report: Value = serde_json::from_reader(fs::File::open(report).unwrap()).unwrap();
    assert_eq!(report["schema"], "assay.scan/1");
}

#[test]
fn what_a_person_reads_is_reviewed() {
    if !has_worker() {
        return;
    }
    let folder = folder();
    fs::write(folder.path().join("m/evil.pkl"), malicious_pickle()).unwrap();
    fs::write(folder.path().join("m/cut.safetensors"), &safetensors()[..20]).unwrap();
    for format in ["table", "markdown"] {
        let output = assay()
            .args(["scan", "--all", "--format", format, "m"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = ran(output).stdout;
        // How long it took is the one thing that may differ.
        let lines: Vec<&str> = text.lines().map(|line| line.split(" partial (").next().unwrap()).collect();
        insta::assert_snapshot!(format!("scan-{format}"), lines.join("\n"));
    }
}

//! The commands that ask assayd, against a socket that answers what a test tells it to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::program::{self, Ran, malicious_pickle};

/// An assayd that knows a few answers by request target, and remembers what it was asked.
struct Daemon {
    _folder: tempfile::TempDir,
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    fn with(answers: &[(&str, u16, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("assay.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: BTreeMap<String, (u16, String)> = answers
            .iter()
            .map(|(target, status, body)| ((*target).to_owned(), (*status, body.clone())))
            .collect();
        let remembered = Arc::clone(&asked);
        // The thread ends with the test program.
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &answers, &remembered);
            }
        });
        Self { _folder: folder, socket, asked }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        program::run(&[arguments, &["--socket", self.socket.to_str().unwrap()]].concat())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: &UnixStream, answers: &BTreeMap<String, (u16, String)>, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    if reader.read_line(&mut request).unwrap_or(0) == 0 {
        return;
    }
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let target = request.rsplit_once(' ').unwrap().0;
    asked.lock().unwrap().push(format!("{target} {}", String::from_utf8(body).unwrap()).trim().to_owned());
    let unknown = (404, json!({"error": "nothing of that name"}).to_string());
    let (status, body) = answers.get(target).unwrap_or(&unknown);
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
}

fn status() -> Value {
    json!({
        "engine": "0.1.0", "started_at": 0, "policy": "ab".repeat(32), "policy_name": "built-in",
        "roots": [{"path": "/srv/models", "source": "dir", "mode": "enforce", "gated": true}],
        "guard": null, "limits": ["needs root"], "queued": 1, "scanning": ["x\u{1b}[2J"],
        "artifacts": {"allow": 2, "warn": 0, "deny": 1}
    })
}

fn artifact(reference: &str) -> Value {
    json!({"reference": reference, "source": "dir", "decision": "deny", "files": 1, "bytes": 2048, "judged_at": 0})
}

fn load(answer: &str) -> Value {
    json!({
        "id": 7, "sha256": "cd".repeat(32), "at": 1000,
        "process": {"pid": 42, "uid": 0, "exe": "/usr/bin/cat", "cgroup": null},
        "key": {"dev": 1, "ino": 2, "size": 3, "mtime_ns": 4, "ctime_ns": 5},
        "path": "/srv/models/evil.pkl", "mode": "enforce", "answer": answer
    })
}

#[test]
fn without_a_daemon_the_error_says_what_to_do() {
    let ran = program::run(&["status", "--socket", "/nonexistent/assay.sock"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("no assayd at /nonexistent/assay.sock; start one"), "{}", ran.stderr);
}

#[test]
fn status_shows_roots_and_limits_and_escapes_names() {
    let daemon = Daemon::with(&[("GET /v1/status", 200, status().to_string())]);
    let ran = daemon.run(&["status"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("/srv/models") && ran.stdout.contains("limit: needs root"));
    assert!(!ran.stdout.contains('\u{1b}'));
    let json = program::json(&daemon.run(&["status", "--format", "json"]).stdout);
    assert_eq!((&json["schema"], &json["queued"]), (&json!("assay.status/1"), &json!(1)));
}

#[test]
fn artifacts_of_every_page_are_listed() {
    let page =
        |reference: &str, next: Value| json!({"artifacts": [artifact(reference)], "next": next}).to_string();
    let daemon = Daemon::with(&[
        ("GET /v1/artifacts?limit=1000&decision=deny", 200, page("dir:/a", json!("dir:/a"))),
        ("GET /v1/artifacts?limit=1000&decision=deny&after=dir%3A%2Fa", 200, page("dir:/b", Value::Null)),
    ]);
    let ran = daemon.run(&["artifacts", "--decision", "deny", "--format", "json"]);
    let json = program::json(&ran.stdout);
    let references: Vec<&Value> =
        json["artifacts"].as_array().unwrap().iter().map(|row| &row["reference"]).collect();
    assert_eq!(references, [&json!("dir:/a"), &json!("dir:/b")]);
    assert!(daemon.run(&["artifacts", "--decision", "deny"]).stdout.contains("dir:/b"));
}

#[test]
fn loads_say_who_and_what_and_the_answer() {
    let body = json!({"loads": [load("deny")]}).to_string();
    let daemon = Daemon::with(&[("GET /v1/loads?limit=100", 200, body)]);
    let ran = daemon.run(&["loads"]);
    let line = ran.stdout.lines().nth(1).unwrap();
    for part in [
        "1970-01-01T00:00:01Z",
        "deny",
        "enforce",
        "42",
        "/usr/bin/cat",
        "/srv/models/evil.pkl",
        "cdcdcdcdcdcd",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

#[test]
fn events_are_one_line_each() {
    let denied = json!({"id": 1, "at": 0, "event": "denied", "load": {
        "at": 0, "process": load("deny")["process"], "key": load("deny")["key"],
        "path": "/m\n", "mode": "enforce", "answer": "deny"}});
    let guard = json!({"id": 2, "at": 0, "event": "guard", "connected": false});
    let daemon = Daemon::with(&[("GET /v1/events?follow=true", 200, format!("{denied}\n\n{guard}\n"))]);
    let ran = daemon.run(&["events", "--follow"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 2);
    assert!(ran.stdout.ends_with("guard  lost\n"));
    let lines = daemon.run(&["events", "--follow", "--format", "json"]).stdout;
    assert_eq!(lines.lines().map(|line| program::json(line)["id"].clone()).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn mode_is_set_for_one_root_by_its_absolute_path() {
    let daemon = Daemon::with(&[("POST /v1/mode", 200, status().to_string())]);
    let ran = daemon.run(&["mode", "enforce", "--root", "/srv/models"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(daemon.asked(), [r#"POST /v1/mode {"mode":"enforce","root":"/srv/models"}"#]);
}

#[test]
fn a_refusal_is_shown_in_the_daemons_words_and_escaped() {
    let body = json!({"error": "only root may\u{1b}[2J"}).to_string();
    let daemon = Daemon::with(&[("POST /v1/mode", 403, body)]);
    let ran = daemon.run(&["mode", "audit"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.starts_with("error: assayd: only root may\\u{1b}[2J"), "{}", ran.stderr);
}

#[test]
fn an_answer_that_is_no_answer_is_an_error() {
    let daemon = Daemon::with(&[
        ("GET /v1/status", 200, "{".to_owned()),
        ("GET /v1/loads?limit=100", 500, String::new()),
    ]);
    assert_eq!(daemon.run(&["status"]).code, 3);
    let ran = daemon.run(&["loads"]);
    assert_eq!((ran.code, ran.stderr.contains("500")), (3, true));
}

#[test]
fn an_explanation_by_digest_comes_from_the_daemon() {
    let digest = "cd".repeat(32);
    let reason = json!({"policy_rule": "built-in scan", "decision": "deny", "message": "bad", "file": "f", "remedy": "fetch it again"});
    let verdict = json!({"decision": "deny", "reasons": [reason], "policy": "ab".repeat(32), "engine": "0.1.0", "at": 0});
    let body = json!({
        "subject": digest, "file": null, "paths": ["/srv/models/f"], "ruling": "Deny",
        "held_by": [{"reference": "dir:/srv/models", "name": "f", "verdict": verdict}],
        "lines": ["f@0x2: posix.system('true')"]
    });
    let target = format!("GET /v1/explain?digest={digest}&lines=true");
    let daemon = Daemon::with(&[(target.as_str(), 200, body.to_string())]);
    let ran = daemon.run(&["explain", &format!("sha256:{digest}")]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in ["posix.system('true')", "deny", "remedy: fetch it again", "refuses to let it be opened"] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    let unknown = daemon.run(&["explain", &"00".repeat(32)]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.stderr.contains("nothing of that name"));
}

#[test]
fn a_path_the_daemon_does_not_know_is_scanned_here() {
    if !program::has_worker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pkl");
    std::fs::write(&path, malicious_pickle()).unwrap();
    let ran = Daemon::with(&[]).run(&["explain", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(program::json(&ran.stdout)["origin"], "here");
    assert!(ran.stderr.contains("scanning here"));
}

//! The API through a real Unix socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::wire::api::{Artifacts, Event, Explanation, Loads, Status, What};
use assay_core::wire::guard::Ruling;
use assay_core::{Answer, Decision, Mode};
use assay_proof::dsse::open;
use assay_proof::log::{Event as LogEvent, Verifier};
use assay_proof::vsa::PAYLOAD_TYPE;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::{Api, OPENAPI, ROUTES, bind, serve};
use crate::store::LoadsQuery;
use crate::testing::Fixture;

/// A served API, ended by its drop.
struct Served {
    fixture: Fixture,
    socket: PathBuf,
    _dir: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
    _runtime: tokio::runtime::Runtime,
}

fn served(fixture: Fixture) -> Served {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("assay.sock");
    let listener = bind(&socket).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let api = Api::new(Arc::clone(&fixture.shared));
    runtime.spawn(async move {
        let listener = tokio::net::UnixListener::from_std(listener).unwrap();
        serve(listener, api, async { drop(stopped.await) }).await.unwrap();
    });
    Served { fixture, socket, _dir: dir, _stop: stop, _runtime: runtime }
}

fn two_models() -> Served {
    let fixture = Fixture::new();
    fixture.write("good/model.bin", "fine");
    fixture.write("bad/model.bin", "EVIL");
    fixture.settle();
    served(fixture)
}

fn send(socket: &Path, request: &str) -> (u16, String) {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by the take")]
    stream.take(1 << 20).read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

fn get(served: &Served, path: &str) -> (u16, String) {
    send(&served.socket, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
}

fn post(served: &Served, path: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json");
    send(&served.socket, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}"))
}

fn read<T: DeserializeOwned>(served: &Served, path: &str) -> T {
    let (status, body) = get(served, path);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn status_counts_what_was_judged() {
    let served = two_models();
    let status: Status = read(&served, "/v1/status");
    assert_eq!((status.artifacts.allow, status.artifacts.deny), (1, 1));
    assert_eq!(status.policy_name, "built-in");
    assert_eq!(status.roots.len(), 1);
    assert!(status.guard.is_none() && !status.roots[0].gated);
}

#[test]
fn artifacts_come_in_pages() {
    let served = two_models();
    let first: Artifacts = read(&served, "/v1/artifacts?limit=1");
    assert_eq!(first.artifacts.len(), 1);
    let next = first.next.unwrap().replace('\n', "%0A");
    let second: Artifacts = read(&served, &format!("/v1/artifacts?limit=1&after={next}"));
    assert!(second.artifacts[0].reference > first.artifacts[0].reference);
    let denied: Artifacts = read(&served, "/v1/artifacts?decision=deny");
    assert_eq!(denied.artifacts.len(), 1);
    assert_eq!(denied.artifacts[0].decision, Decision::Deny);
    assert_eq!(denied.next, None);
}

#[test]
fn the_audit_log_tells_every_verdict_and_is_signed_to_its_end() {
    let served = two_models();
    let (status, body) = post(&served, "/v1/mode", r#"{"mode":"audit","root":null}"#);
    assert_eq!(status, 200, "{body}");
    let (status, pem) = get(&served, "/v1/log/key");
    assert_eq!(status, 200);
    let key = assay_proof::VerifyingKey::from_pem(&pem).unwrap();
    let rows = |after: u64| {
        let (status, chunked) = get(&served, &format!("/v1/log?after={after}"));
        assert_eq!(status, 200, "{chunked}");
        chunked.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut verifier = Verifier::new(vec![key], Vec::new());
    let lines = rows(0);
    let events: Vec<LogEvent> =
        lines.iter().map(|line| verifier.line(line.as_bytes()).unwrap().event).collect();
    let summary = verifier.finish().unwrap();
    assert_eq!((summary.first, summary.signed), (1, lines.len() as u64));
    let denied = |event: &LogEvent| matches!(event, LogEvent::Verdict { decision: Decision::Deny, .. });
    assert_eq!(events.iter().filter(|event| denied(event)).count(), 1);
    let own = std::process::id().cast_signed();
    assert!(events.iter().any(|event| matches!(event, LogEvent::Mode { by, .. } if by.pid == Some(own))));
    assert_eq!(rows(2), lines[2..]);
}

#[test]
fn a_verdict_is_attested_by_path_and_reference() {
    let served = two_models();
    let (_, pem) = get(&served, "/v1/log/key");
    let key = assay_proof::VerifyingKey::from_pem(&pem).unwrap();
    let path = format!("{}/bad/model.bin", served.fixture.path());
    let said = |query: &str| {
        let (status, body) = get(&served, &format!("/v1/attest?{query}"));
        assert_eq!(status, 200, "{body}");
        let envelope = serde_json::from_str(body.trim()).unwrap();
        let payload = open(&envelope, PAYLOAD_TYPE, std::slice::from_ref(&key)).unwrap();
        serde_json::from_slice::<serde_json::Value>(&payload).unwrap()
    };
    let statement = said(&format!("path={path}"));
    assert_eq!(statement["predicate"]["verificationResult"], "FAILED");
    let uri = statement["predicate"]["resourceUri"].as_str().unwrap();
    assert_eq!(said(&format!("reference={uri}")), statement);
    let digest = statement["subject"][0]["digest"]["sha256"].as_str().unwrap();
    assert_eq!(said(&format!("digest={digest}")), statement);
    assert_eq!(get(&served, "/v1/attest").0, 400);
    assert_eq!(get(&served, "/v1/attest?reference=dir:/elsewhere").0, 404);
}

#[test]
fn an_explanation_leads_from_path_to_verdict() {
    let served = two_models();
    let path = format!("{}/bad/model.bin", served.fixture.path());
    let explained: Explanation = read(&served, &format!("/v1/explain?path={path}&lines=true"));
    assert_eq!(explained.ruling, Some(Ruling::Deny));
    assert_eq!(explained.paths, [path]);
    assert_eq!(explained.held_by[0].verdict.decision, Decision::Deny);
    let file = explained.file.unwrap();
    assert_eq!(file.findings.len(), 1);
    assert_eq!(explained.lines, ["model.bin: the word"]);
    let digest = file.sha256.unwrap();
    let same: Explanation = read(&served, &format!("/v1/explain?digest={digest}"));
    assert_eq!(same.held_by, explained.held_by);
}

#[test]
fn a_changed_file_is_not_explained_by_what_it_was() {
    let served = two_models();
    let path = served.fixture.write("bad/model.bin", "something else");
    assert_eq!(get(&served, &format!("/v1/explain?path={}", path.display())).0, 404);
}

#[test]
fn a_question_without_a_subject_is_refused() {
    let served = two_models();
    assert_eq!(get(&served, "/v1/explain").0, 400);
    assert_eq!(get(&served, "/v1/explain?path=relative").0, 400);
    assert_eq!(get(&served, "/v1/artifacts?limit=1&unknown=1").0, 400);
    assert_eq!(get(&served, "/v1/nothing").0, 404);
}

#[test]
fn loads_are_listed_newest_first() {
    let served = two_models();
    let key = crate::files::key_at(&served.fixture.write("x", "y")).unwrap();
    let load = |answer| crate::store::test_load(key, 7, answer);
    let store = &served.fixture.shared.store;
    store.record_loads(&[load(Answer::Allow), load(Answer::Deny)], 10).unwrap();
    let loads: Loads = read(&served, "/v1/loads?limit=1");
    assert_eq!(loads.loads[0].load.answer, Answer::Deny);
    let before: Loads = read(&served, &format!("/v1/loads?before={}", loads.loads[0].id));
    assert_eq!(before.loads.len(), 1);
    let others = LoadsQuery { uid: Some(8), limit: 9, ..LoadsQuery::default() };
    assert_eq!(store.loads(&others).unwrap(), []);
}

#[test]
fn a_mode_is_set_remembered_and_an_event() {
    let served = two_models();
    let (status, body) = post(&served, "/v1/mode", r#"{"mode": "audit", "root": null}"#);
    assert_eq!(status, 200, "{body}");
    let after: Status = serde_json::from_str(&body).unwrap();
    assert_eq!(after.roots[0].mode, Mode::Audit);
    let modes = served.fixture.shared.store.modes().unwrap();
    assert_eq!(modes.get(&served.fixture.path()), Some(&Mode::Audit));
    let (_, lines) = get(&served, "/v1/events?after=2");
    let line = lines.lines().find(|line| line.starts_with('{')).unwrap();
    let event: Event = serde_json::from_str(line).unwrap();
    assert!(matches!(event.what, What::Mode { mode: Mode::Audit, .. }));
    assert_eq!(post(&served, "/v1/mode", r#"{"mode": "audit", "root": "/nowhere"}"#).0, 404);
}

#[test]
fn a_long_body_is_refused() {
    let served = two_models();
    let body = format!(r#"{{"mode": "audit", "root": "{}"}}"#, "x".repeat(100_000));
    assert_eq!(post(&served, "/v1/mode", &body).0, 413);
}

#[test]
fn a_follower_sees_what_happens_next() {
    let served = two_models();
    let mut stream = UnixStream::connect(&served.socket).unwrap();
    stream.write_all(b"GET /v1/events?after=2&follow=true HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    served.fixture.write("third/model.bin", "EVIL too");
    served.fixture.settle();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut seen = String::new();
    let mut buffer = [0; 1024];
    while !seen.contains("third") {
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(seen.contains(r#""event":"verdict""#), "{seen}");
}

#[test]
fn readiness_follows_the_first_walk() {
    let served = two_models();
    assert_eq!(get(&served, "/readyz").0, 503);
    served.fixture.shared.walked.store(true, std::sync::atomic::Ordering::Release);
    assert_eq!(get(&served, "/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(get(&served, "/healthz"), (200, "ok\n".to_owned()));
}

#[test]
fn metrics_are_in_the_text_format() {
    let served = two_models();
    let (status, body) = get(&served, "/metrics");
    assert_eq!(status, 200);
    assert!(body.contains("# TYPE assay_artifacts gauge\n"), "{body}");
    assert!(body.contains("assay_artifacts{decision=\"deny\"} 1\n"), "{body}");
    assert!(body.contains("assay_guard_connected 0\n"), "{body}");
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
    let mut described = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.push((method.clone(), path.clone()));
        }
    }
    let mut routes: Vec<_> =
        ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    described.sort();
    routes.sort();
    assert_eq!(described, routes);
}

#[test]
fn every_route_that_is_listed_answers() {
    let served = two_models();
    for (method, path) in ROUTES {
        let (status, _) = if *method == "get" { get(&served, path) } else { post(&served, path, "{}") };
        assert!(status != 404 && status != 405, "{method} {path}: {status}");
    }
}

#[test]
fn a_second_daemon_does_not_take_the_socket() {
    let served = two_models();
    assert_eq!(bind(&served.socket).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn a_socket_that_nobody_serves_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    drop(bind(&socket).unwrap());
    assert!(bind(&socket).is_ok());
}

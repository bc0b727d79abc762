//! A notification through a real socket, an artifact from a registry of a few lines, a verdict in the store.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use assay_core::{Decision, Sha256, Timestamp};
use assay_registries::oci::{Client, Options};
use assay_registries::webhook::StaticHeader;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Sender, after, check, pull, receive};
use crate::config::WebhookKind;
use crate::state::now;
use crate::testing::Fixture;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(bytes).into())
}

async fn listen(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

async fn receiver(fixture: &Fixture, registry: &str) -> SocketAddr {
    let secret = StaticHeader::bearer("s3cret").unwrap();
    let sender = Sender { kind: WebhookKind::Distribution, secret, registry: registry.to_owned() };
    listen(receive::router(Arc::clone(&fixture.shared), vec![sender])).await
}

async fn notify(to: SocketAddr, authorization: &str, body: &str) -> u16 {
    let mut stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let request = format!(
        "POST /webhook/distribution HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

fn event(action: &str, digest: &Sha256) -> String {
    format!(
        r#"{{"events": [{{"id": "1", "action": "{action}", "target": {{"mediaType": "{MANIFEST}",
            "digest": "sha256:{digest}", "repository": "models/tiny", "tag": "v1"}}}}]}}"#
    )
}

/// A registry with one manifest of one layer.
async fn registry(layer: &[u8]) -> (SocketAddr, Sha256) {
    let config = b"{}".to_vec();
    let manifest = format!(
        r#"{{"schemaVersion": 2, "mediaType": "{MANIFEST}",
            "config": {{"mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:{}", "size": 2}},
            "layers": [{{"mediaType": "application/octet-stream", "digest": "sha256:{}", "size": {},
                         "annotations": {{"org.opencontainers.image.title": "model.bin"}}}}]}}"#,
        sha256(&config),
        sha256(layer),
        layer.len()
    );
    let digest = sha256(manifest.as_bytes());
    let parts = [config, layer.to_vec(), manifest.into_bytes()];
    let blobs: BTreeMap<String, Vec<u8>> =
        parts.into_iter().map(|part| (format!("sha256:{}", sha256(&part)), part)).collect();
    let serve = |State(blobs): State<Arc<BTreeMap<String, Vec<u8>>>>, Path(digest): Path<String>| async move {
        let blob = blobs.get(&digest).cloned().ok_or(StatusCode::NOT_FOUND)?;
        Ok::<_, StatusCode>(([("content-type", MANIFEST)], blob))
    };
    let app = Router::new()
        .route("/v2/models/tiny/manifests/{digest}", get(serve))
        .route("/v2/models/tiny/blobs/{digest}", get(serve))
        .with_state(Arc::new(blobs));
    (listen(app).await, digest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_and_told_nothing() {
    let fixture = Fixture::new();
    let receiver = receiver(&fixture, "127.0.0.1:1").await;
    let body = event("push", &sha256(b"m"));
    assert_eq!(notify(receiver, "Bearer wrong", &body).await, 401);
    assert_eq!(fixture.shared.store.next_delivery(now()).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_in_the_store_before_it_is_acknowledged() {
    let fixture = Fixture::new();
    let receiver = receiver(&fixture, "127.0.0.1:1").await;
    let digest = sha256(b"m");
    assert_eq!(notify(receiver, "Bearer s3cret", &event("push", &digest)).await, 202);
    let delivery = fixture.shared.store.next_delivery(now()).unwrap().unwrap();
    assert_eq!((delivery.registry.as_str(), delivery.digest), ("127.0.0.1:1", digest));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_pulls_do_not_come_back() {
    let fixture = Fixture::new();
    let receiver = receiver(&fixture, "127.0.0.1:1").await;
    assert_eq!(notify(receiver, "Bearer s3cret", &event("pull", &sha256(b"m"))).await, 202);
    assert_eq!(fixture.shared.store.next_delivery(now()).unwrap(), None);
    assert_eq!(notify(receiver, "Bearer s3cret", "{").await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_model_has_a_verdict_by_its_manifest() {
    for (layer, decision) in [(&b"fine"[..], Decision::Allow), (b"EVIL", Decision::Deny)] {
        let fixture = Fixture::new();
        let (registry, digest) = registry(layer).await;
        let receiver = receiver(&fixture, &registry.to_string()).await;
        assert_eq!(notify(receiver, "Bearer s3cret", &event("push", &digest)).await, 202);
        let delivery = fixture.shared.store.next_delivery(now()).unwrap().unwrap();
        let client = Client::new(Options::default()).unwrap();
        pull::judge(&fixture.shared, &client, &delivery).await.unwrap();
        let held = fixture.shared.store.by_manifest(&digest).unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].verdict.decision, decision);
        assert_eq!(held[0].reference, format!("oci://{registry}/models/tiny@sha256:{digest}"));
        let layer = fixture.shared.store.holdings(&sha256(layer), 9).unwrap();
        assert_eq!(layer[0].0.name, "model.bin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_is_not_there_is_no_verdict() {
    let fixture = Fixture::new();
    let (registry, _) = registry(b"fine").await;
    let missing = sha256(b"another");
    let deliveries = [(registry.to_string(), "models/tiny".to_owned(), missing)];
    assert!(fixture.shared.store.accept_deliveries(&deliveries, now()).unwrap());
    let delivery = fixture.shared.store.next_delivery(now()).unwrap().unwrap();
    let client = Client::new(Options::default()).unwrap();
    assert!(pull::judge(&fixture.shared, &client, &delivery).await.is_err());
    assert_eq!(fixture.shared.store.by_manifest(&missing).unwrap(), []);
}

#[test]
fn pauses_double_up_to_an_hour() {
    let pause = |attempts| after(Timestamp::from_millis(0), attempts).as_millis();
    assert_eq!((pause(0), pause(1), pause(2)), (5_000, 10_000, 20_000));
    assert_eq!((pause(31), pause(u32::MAX)), (3_600_000, 3_600_000));
}

#[test]
fn only_loopback_is_listened_on() {
    assert!(check("127.0.0.1:1".parse().unwrap()).is_ok());
    assert!(check("[::1]:1".parse().unwrap()).is_ok());
    assert!(check("0.0.0.0:1".parse().unwrap()).is_err());
}

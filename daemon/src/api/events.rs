//! `GET /v1/events`: newline-delimited JSON, one event each line.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::lines::Lines;
use super::{Api, Peer, Problem};

/// Events read from the store at once.
const BATCH: u32 = 500;

/// How long a follower may be quiet before an empty line shows whether the caller is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    after: Option<i64>,
    #[serde(default)]
    follow: bool,
}

/// What has happened, oldest first.
pub(crate) async fn events(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(feed(api, peer, asked, sender));
    let body = Body::new(Lines::new(receiver));
    Ok(([("content-type", "application/x-ndjson")], body).into_response())
}

/// Sends lines until there are no more, or the caller is gone.
async fn feed(api: Api, peer: Peer, asked: Asked, sender: mpsc::Sender<Bytes>) {
    let mut after = asked.after.unwrap_or(0);
    let mut news = api.shared.news.subscribe();
    loop {
        news.mark_unchanged();
        let Ok(batch) = api.blocking(move |shared| shared.store.events(after, BATCH)).await else { return };
        let done = batch.is_empty();
        let mut lines = Vec::new();
        for (event, uid) in batch {
            after = event.id;
            let visible = peer.sees_only().is_none_or(|own| uid.is_none_or(|uid| uid == own));
            if visible && serde_json::to_writer(&mut lines, &event).is_ok() {
                lines.push(b'\n');
            }
        }
        if !lines.is_empty() && sender.send(lines.into()).await.is_err() {
            return;
        }
        if !done {
            continue;
        }
        if !asked.follow {
            return;
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
            () = tokio::time::sleep(KEEPALIVE) => {
                if sender.send(Bytes::from_static(b"\n")).await.is_err() {
                    return;
                }
            }
        }
    }
}

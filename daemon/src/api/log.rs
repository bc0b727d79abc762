//! `GET /v1/log`: the audit log as newline-delimited JSON, signed to its end; `GET /v1/log/key`: who signs it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::lines::Lines;
use super::{Api, Peer, Problem};
use crate::audit::Segment;
use crate::state::{Shared, now};
use crate::store::StoreError;

/// Rows read from the store at once.
const BATCH: u32 = 500;

/// Bytes sent at once.
const CHUNK: usize = 64 << 10;

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    after: u64,
}

/// Rows after number `after`, oldest first, up to a checkpoint that is signed now. Rows tell who ran what, so this is
/// the operator's.
pub(crate) async fn log(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    peer.operator()?;
    let (sender, receiver) = mpsc::channel(4);
    let end = api.blocking(|shared| shared.store.checkpoint(&shared.key, now())).await?.seq;
    let shared = Arc::clone(&api.shared);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = feed(&shared, asked.after, end, &sender) {
            // The stream ends too early, without its checkpoint: whoever verifies it sees that.
            tracing::error!(%error, "audit-log");
        }
    });
    Ok(([("content-type", "application/x-ndjson")], Body::new(Lines::new(receiver))).into_response())
}

/// The public key, PEM.
pub(crate) async fn key(State(api): State<Api>) -> ([(&'static str, &'static str); 1], String) {
    ([("content-type", "application/x-pem-file")], api.shared.key.public().to_pem())
}

fn feed(shared: &Shared, after: u64, end: u64, sender: &mpsc::Sender<Bytes>) -> Result<(), StoreError> {
    let mut after = after;
    for segment in Segment::all(&shared.audit.directory)? {
        if segment.last <= after {
            continue;
        }
        if !send_file(shared, segment, after, sender)? {
            return Ok(());
        }
        after = segment.last;
    }
    while after < end {
        let batch = shared.store.log_lines(after, BATCH)?;
        let mut chunk = Vec::new();
        let before = after;
        for (seq, line) in batch.into_iter().filter(|(seq, _)| *seq <= end) {
            chunk.extend_from_slice(line.as_bytes());
            chunk.push(b'\n');
            after = seq;
        }
        if after == before || sender.blocking_send(chunk.into()).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Sends a file's rows after number `after`; tells whether anybody still listens.
fn send_file(
    shared: &Shared,
    segment: Segment,
    after: u64,
    sender: &mpsc::Sender<Bytes>,
) -> Result<bool, StoreError> {
    let mut lines = BufReader::new(File::open(shared.audit.directory.join(segment.name()))?);
    let mut skip = after.saturating_sub(segment.first.saturating_sub(1));
    let mut chunk = Vec::new();
    loop {
        let start = chunk.len();
        // Our own file, written in lines of bounded length.
        if lines.read_until(b'\n', &mut chunk)? == 0 {
            return Ok(chunk.is_empty() || sender.blocking_send(chunk.into()).is_ok());
        }
        if skip > 0 {
            skip = skip.saturating_sub(1);
            chunk.truncate(start);
        }
        if chunk.len() > CHUNK && sender.blocking_send(std::mem::take(&mut chunk).into()).is_err() {
            return Ok(false);
        }
    }
}

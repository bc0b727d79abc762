//! Receiving notifications: who sends, what they say, 202.

use std::sync::Arc;
use std::time::Duration;

use assay_registries::webhook::{MAX_BODY_BYTES, distribution};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;

use super::Sender;
use crate::api::Problem;
use crate::config::WebhookKind;
use crate::state::{Shared, now};

/// How long a sender may take for its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the route needs.
#[derive(Clone)]
struct Receiver {
    shared: Arc<Shared>,
    senders: Arc<Vec<Sender>>,
}

pub(super) fn router(shared: Arc<Shared>, senders: Vec<Sender>) -> Router {
    Router::new()
        .route("/webhook/distribution", post(receive))
        .layer(middleware::from_fn(in_time))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Receiver { shared, senders: Arc::new(senders) })
}

async fn in_time(request: Request, next: Next) -> Result<Response, Problem> {
    tokio::time::timeout(PATIENCE, next.run(request)).await.map_err(|_| Problem::late())
}

/// Accepts a notification of CNCF Distribution.
async fn receive(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let sender = receiver
        .senders
        .iter()
        .find(|sender| match sender.kind {
            WebhookKind::Distribution => sender.secret.authenticate(&headers).is_ok(),
        })
        .ok_or_else(Problem::unauthorized)?;
    let found = distribution::parse(&body).map_err(|error| Problem::refused(&error.to_string()))?;
    let registry = sender.registry.clone();
    let deliveries: Vec<_> = found
        .into_iter()
        .map(|notification| (registry.clone(), notification.repository, notification.digest))
        .collect();
    let shared = Arc::clone(&receiver.shared);
    let accepted =
        tokio::task::spawn_blocking(move || shared.store.accept_deliveries(&deliveries, now())).await;
    match accepted.map_err(|error| Problem::broken(&error))?.map_err(|error| Problem::broken(&error))? {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(Problem::busy("too many notifications wait")),
    }
}

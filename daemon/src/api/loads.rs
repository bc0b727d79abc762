//! `GET /v1/loads`.

use assay_core::Sha256;
use assay_core::wire::api::Loads;
use axum::Json;
use axum::extract::{ConnectInfo, Query, State};
use serde::Deserialize;

use super::artifacts::MAX_LIMIT;
use super::{Api, Peer, Problem};
use crate::store::LoadsQuery;

/// Rows of a page when the caller names no number.
const DEFAULT_LIMIT: u32 = 100;

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    digest: Option<Sha256>,
    limit: Option<u32>,
    before: Option<i64>,
}

/// Recorded loads, newest first.
pub(crate) async fn loads(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Json<Loads>, Problem> {
    let query = LoadsQuery {
        sha256: asked.digest,
        uid: peer.sees_only(),
        before: asked.before,
        limit: asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT),
    };
    Ok(Json(Loads { loads: api.blocking(move |shared| shared.store.loads(&query)).await? }))
}

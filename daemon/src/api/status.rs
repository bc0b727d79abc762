//! `GET /v1/status`.

use std::sync::PoisonError;

use assay_core::wire::api::{RootStatus, Status};
use axum::Json;
use axum::extract::State;

use super::{Api, Problem};
use crate::state::{ENGINE, Shared};
use crate::store::StoreError;

/// How assayd is.
pub(crate) async fn status(State(api): State<Api>) -> Result<Json<Status>, Problem> {
    Ok(Json(api.blocking(status_of).await?))
}

/// How assayd is.
///
/// # Errors
/// The store's.
pub(crate) fn status_of(shared: &Shared) -> Result<Status, StoreError> {
    let refused = shared.guard.refused_roots();
    let gated = |path: &str| {
        let refused = refused.as_deref();
        refused.is_some_and(|refused| !refused.iter().any(|entry| entry.starts_with(&format!("{path}:"))))
    };
    let roots = shared.roots().into_iter().map(|root| RootStatus {
        gated: gated(&root.path),
        path: root.path,
        source: root.cache.source,
        mode: root.mode,
    });
    let limitations = shared.limitations.lock().unwrap_or_else(PoisonError::into_inner);
    let limits = limitations.values().cloned().collect();
    drop(limitations);
    Ok(Status {
        engine: ENGINE.to_owned(),
        started_at: shared.started_at,
        policy: shared.policy.digest(),
        policy_name: shared.policy.name().to_owned(),
        roots: roots.collect(),
        guard: shared.guard.status(),
        limits,
        queued: u64::try_from(shared.queue.outstanding()).unwrap_or(u64::MAX),
        scanning: shared.in_progress.names(),
        artifacts: shared.store.tally()?,
    })
}

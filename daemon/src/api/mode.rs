//! `POST /v1/mode`.

use assay_core::wire::api::{SetMode, Status};
use axum::Json;
use axum::extract::{ConnectInfo, State};

use super::status::status_of;
use super::{Api, Peer, Problem};
use crate::guard::service::send_roots;
use crate::state::now;

/// Sets the mode of a root, or of all.
pub(crate) async fn set_mode(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Json(asked): Json<SetMode>,
) -> Result<Json<Status>, Problem> {
    let by = peer.operator()?;
    let status = api
        .blocking(move |shared| {
            let paths: Vec<String> = shared.roots().into_iter().map(|root| root.path).collect();
            let chosen: Vec<String> = match &asked.root {
                None => paths,
                Some(root) => paths.into_iter().filter(|path| path == root).collect(),
            };
            if chosen.is_empty() {
                return Ok(None);
            }
            // Remembered before it counts: a crash in between starts in the mode that was asked for.
            shared.store.set_modes(&chosen, asked.mode, &by, now())?;
            shared.set_mode(asked.root.as_deref(), asked.mode);
            if shared.guard.is_connected()
                && let Err(error) = send_roots(shared)
            {
                tracing::warn!(%error, "mode-unsent");
            }
            tracing::warn!(mode = %asked.mode, roots = ?chosen, ?by, "mode");
            shared.announce();
            status_of(shared).map(Some)
        })
        .await?;
    status.map(Json).ok_or_else(|| Problem::missing("no such root"))
}

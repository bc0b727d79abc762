//! `GET /v1/artifacts`.

use assay_core::Decision;
use assay_core::wire::api::Artifacts;
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::{Api, Problem};
use crate::store::Page;

/// Rows of a page when the caller names no number.
const DEFAULT_LIMIT: u32 = 100;

/// The most rows of a page.
pub(super) const MAX_LIMIT: u32 = 1_000;

/// Between reference and root in `next`: neither contains it unescaped in practice, and a wrong guess only repeats rows.
const SEPARATOR: char = '\n';

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    decision: Option<Decision>,
    after: Option<String>,
    limit: Option<u32>,
}

/// One page of artifacts, ordered by reference.
pub(crate) async fn artifacts(
    State(api): State<Api>,
    Query(asked): Query<Asked>,
) -> Result<Json<Artifacts>, Problem> {
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let page = Page { decision: asked.decision, after: asked.after.as_deref().map(position), limit };
    let rows = api.blocking(move |shared| shared.store.artifacts(&page)).await?;
    let full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
    let last = rows.last().filter(|_| full);
    let next = last.map(|(row, root)| format!("{}{SEPARATOR}{root}", row.reference));
    Ok(Json(Artifacts { artifacts: rows.into_iter().map(|(row, _)| row).collect(), next }))
}

/// A position is what `next` was, or a bare reference: after everything of that name then.
fn position(after: &str) -> (String, String) {
    let (reference, root) = after.rsplit_once(SEPARATOR).unwrap_or((after, "\u{10ffff}"));
    (reference.to_owned(), root.to_owned())
}

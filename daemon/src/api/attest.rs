//! `GET /v1/attest`: verdicts as signed statements.

use std::path::PathBuf;

use assay_core::Sha256;
use assay_proof::vsa::{AttestError, attest as sign};
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::explain::content_at;
use super::{Api, Problem};
use crate::state::Shared;
use crate::store::StoreError;

/// The most artifacts of one answer.
const MAX_ARTIFACTS: u32 = 100;

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    digest: Option<Sha256>,
    path: Option<PathBuf>,
    reference: Option<String>,
}

/// One DSSE envelope a line (an in-toto bundle), for each artifact that holds the content, is the manifest, or has the
/// reference; of a path, the content that was last judged there. Everybody may ask: it says no more than `explain`.
pub(crate) async fn attest(
    State(api): State<Api>,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse, Problem> {
    match (&asked.digest, &asked.path, &asked.reference) {
        (Some(_), None, None) | (None, None, Some(_)) => {}
        (None, Some(path), None) if path.is_absolute() => {}
        _ => return Err(Problem::refused("pass one of digest, absolute path and reference")),
    }
    let signed = api.blocking(move |shared| statements(shared, &asked)).await?;
    let lines = signed.map_err(|error| Problem::refused(&error.to_string()))?;
    if lines.is_empty() {
        return Err(Problem::missing("nothing is known about it"));
    }
    Ok(([("content-type", "application/vnd.in-toto.bundle")], lines))
}

fn statements(shared: &Shared, asked: &Asked) -> Result<Result<String, AttestError>, StoreError> {
    let digest = match &asked.path {
        Some(path) => content_at(shared, path)?,
        None => asked.digest,
    };
    let places = shared.store.places(digest.as_ref(), asked.reference.as_deref(), MAX_ARTIFACTS)?;
    let mut lines = String::new();
    for (reference, root) in places {
        let Some((evidence, verdict)) = shared.store.evidence(&reference, &root)? else { continue };
        match sign(&shared.key, &evidence, &verdict, shared.policy.name()) {
            Ok(envelope) => {
                lines.push_str(&serde_json::to_string(&envelope)?);
                lines.push('\n');
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(lines))
}

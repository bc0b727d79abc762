//! `GET /healthz` and `GET /readyz`.

use axum::extract::State;

use super::{Api, Problem};

/// Whether assayd can reach its store.
pub(crate) async fn healthz(State(api): State<Api>) -> Result<&'static str, Problem> {
    api.blocking(|shared| shared.store.meta("policy")).await?;
    Ok("ok\n")
}

/// Whether everything that was there at the start is judged, and the guard has its roots.
pub(crate) async fn readyz(State(api): State<Api>) -> Result<&'static str, Problem> {
    if api.shared.is_ready() {
        Ok("ready\n")
    } else {
        Err(Problem::unready("the first inventory is not judged yet"))
    }
}

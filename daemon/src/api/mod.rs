//! The HTTP API on a Unix socket.
//!
//! Everybody on the machine may connect (mode 0666) and read verdicts: whoever is denied must be able to ask why. Loads
//! and denials say who ran what, so a caller other than root and assayd's own user sees only its own. Changing
//! something needs one of those two. Who calls is what the kernel says (`SO_PEERCRED`), never what the request says.

mod artifacts;
mod attest;
mod events;
mod explain;
mod health;
mod lines;
mod loads;
mod log;
mod metrics;
mod mode;
mod peer;
mod problem;
mod status;
#[cfg(test)]
mod tests;

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::UnixListener;
use tokio::sync::Semaphore;

use crate::state::Shared;
use crate::store::StoreError;
pub(crate) use peer::Peer;
pub(crate) use problem::Problem;

/// The longest request body; a mode and a path need a tenth of it.
const MAX_BODY: usize = 64 << 10;

/// How long an answer may take, other than those that scan or follow.
const PATIENCE: Duration = Duration::from_secs(30);

/// The machine-readable description of this API.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// Every route and its method, as the description has them.
#[cfg(test)]
const ROUTES: &[(&str, &str)] = &[
    ("get", "/v1/status"),
    ("get", "/v1/artifacts"),
    ("get", "/v1/explain"),
    ("get", "/v1/attest"),
    ("get", "/v1/loads"),
    ("get", "/v1/events"),
    ("get", "/v1/log"),
    ("get", "/v1/log/key"),
    ("post", "/v1/mode"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
];

/// What every route needs.
#[derive(Clone)]
pub(crate) struct Api {
    /// What assayd's threads share.
    pub(crate) shared: Arc<Shared>,
    /// One caller at a time may have a file scanned again.
    pub(crate) rescans: Arc<Semaphore>,
}

impl Api {
    /// An API over what assayd's threads share.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, rescans: Arc::new(Semaphore::new(1)) }
    }

    /// Asks the store on a thread that may wait.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = Arc::clone(&self.shared);
        let asked = tokio::task::spawn_blocking(move || ask(&shared)).await;
        asked.map_err(|error| Problem::broken(&error))?.map_err(|error| Problem::broken(&error))
    }
}

/// Every route.
pub(crate) fn router(api: Api) -> Router {
    let patient = Router::new()
        .route("/v1/explain", get(explain::explain))
        .route("/v1/events", get(events::events))
        .route("/v1/log", get(log::log));
    Router::new()
        .route("/v1/status", get(status::status))
        .route("/v1/artifacts", get(artifacts::artifacts))
        .route("/v1/attest", get(attest::attest))
        .route("/v1/loads", get(loads::loads))
        .route("/v1/mode", post(mode::set_mode))
        .route("/v1/log/key", get(log::key))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi))
        .layer(middleware::from_fn(in_time))
        .merge(patient)
        .fallback(|| async { Problem::missing("no such route") })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(api)
}

async fn openapi() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("content-type", "application/json")], OPENAPI)
}

async fn in_time(request: Request, next: Next) -> Result<Response, Problem> {
    tokio::time::timeout(PATIENCE, next.run(request)).await.map_err(|_| Problem::late())
}

/// Binds the API's socket, in place of one that an earlier assayd left.
///
/// # Errors
/// The system's; `AddrInUse` when an assayd is answering there.
pub(crate) fn bind(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another assayd answers there"));
    }
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_socket() => std::fs::remove_file(path)?,
        Ok(_) | Err(_) => {}
    }
    let listener = std::os::unix::net::UnixListener::bind(path)?;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o666))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until `stop` is done; open event streams end with it.
///
/// # Errors
/// The system's.
pub(crate) async fn serve(
    listener: UnixListener,
    api: Api,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = router(api).into_make_service_with_connect_info::<Peer>();
    tokio::select! {
        served = async { axum::serve(listener, service).await } => served,
        () = stop => Ok(()),
    }
}

//! Answers that are not 2xx: a status and one sentence.

use std::fmt::Display;

use assay_core::{shown, wire};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// An answer that is not 2xx.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    error: String,
}

impl Problem {
    /// The request is wrong.
    pub(crate) fn refused(why: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: shown(why) }
    }

    /// Nobody knows the caller, and it learns nothing more.
    pub(crate) fn unauthorized() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error: "not authenticated".to_owned() }
    }

    /// The caller may not.
    pub(crate) fn forbidden(why: &str) -> Self {
        Self { status: StatusCode::FORBIDDEN, error: why.to_owned() }
    }

    /// There is no such thing.
    pub(crate) fn missing(what: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, error: shown(what) }
    }

    /// It took too long.
    pub(crate) fn late() -> Self {
        Self { status: StatusCode::GATEWAY_TIMEOUT, error: "out of time".to_owned() }
    }

    /// Not yet.
    pub(crate) fn unready(why: &str) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, error: why.to_owned() }
    }

    /// Too much at once.
    pub(crate) fn busy(why: &str) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, error: why.to_owned() }
    }

    /// Our fault, or the machine's: the details are in the log.
    pub(crate) fn broken(error: &dyn Display) -> Self {
        tracing::error!(%error, "api");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: "internal error, see assayd's log".to_owned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(wire::api::Problem { error: self.error })).into_response()
    }
}

//! What registries tell us: who may, and where to look.
//!
//! One file per sender. A notification is authenticated over what came over the wire before anything in it is parsed,
//! and nothing in it is believed after: its digest is resolved again from the registry, with our own login. What got
//! lost (every sender loses events) is found by polling, which is not done here.

pub mod distribution;
mod secret;

pub use secret::{Refused, StaticHeader};

use assay_core::Sha256;

use crate::oci::{Pick, Reference, ReferenceError};

/// The largest body that is read, bytes; a notification of a manifest with 1,000 layers has about 400 KiB.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// What happened to a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It was mounted from another repository.
    Mount,
    /// It was pushed.
    Push,
}

/// One manifest that a registry says it has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The sender's id of the event: the same for every delivery of it.
    pub id: String,
    /// What happened.
    pub action: Action,
    /// The repository.
    pub repository: String,
    /// The manifest's digest, to be pulled and compared.
    pub digest: Sha256,
    /// The manifest's media type.
    pub media_type: String,
    /// The tag, if it was pushed under one.
    pub tag: Option<String>,
    /// The registry as the pushing client called it. A hint for people; the registry that is asked is configured.
    pub host: Option<String>,
}

impl Notification {
    /// The manifest in the registry that this sender is configured to speak for.
    ///
    /// # Errors
    /// [`ReferenceError::Host`] when the configured host is none.
    pub fn reference(&self, host: &str) -> Result<Reference, ReferenceError> {
        Reference::new(host, &self.repository, Pick::Digest(self.digest))
    }
}

/// Why a body is no notification.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// One event is not as it must be; which, from 0, and what of it.
    #[error("malformed {what} in event {event}")]
    Event {
        /// Its place.
        event: usize,
        /// The part.
        what: &'static str,
    },
    /// Not the JSON of this sender.
    #[error("malformed notification")]
    Json(#[source] serde_json::Error),
    /// More than [`MAX_BODY_BYTES`].
    #[error("notification larger than 1 MiB")]
    TooLarge,
    /// More events than any sender puts into one body.
    #[error("too many events in one notification")]
    TooMany,
}

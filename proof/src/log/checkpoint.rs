//! Checkpoints: rows whose signature covers everything before them.

use assay_core::{Sha256, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Entry, Event, Head, LogId, Unreadable};
use crate::dsse::encoded;
use crate::{KeyError, SigningKey, VerifyingKey};

/// The DSSE payload type of a [`Checkpoint`].
pub const PAYLOAD_TYPE: &str = "application/vnd.assay.log-checkpoint+json";

/// What a checkpoint's signature is over: JSON with these fields in this order, without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The log.
    pub log: LogId,
    /// The number of the checkpoint's own row.
    pub seq: u64,
    /// When it was signed.
    pub at: Timestamp,
    /// SHA-256 of the row before, and so of all before it.
    pub prev: Sha256,
}

impl Checkpoint {
    /// What is signed.
    pub(super) fn message(&self) -> Result<Vec<u8>, Unreadable> {
        let payload = serde_json::to_vec(self).map_err(|error| Unreadable::Json(error.to_string()))?;
        Ok(encoded(PAYLOAD_TYPE, &payload))
    }

    /// Whether the key signed this checkpoint.
    pub(super) fn is_signed(&self, signature: &str, key: &VerifyingKey) -> bool {
        let Ok(message) = self.message() else { return false };
        // One spelling of the signature only: otherwise a byte of the row could change unseen.
        STANDARD
            .decode(signature)
            .is_ok_and(|bytes| STANDARD.encode(&bytes) == signature && key.verifies(&message, &bytes))
    }
}

/// The checkpoint that follows `head`.
///
/// # Errors
/// [`KeyError`] when the key cannot sign.
pub fn checkpoint(head: Head, log: &LogId, at: Timestamp, key: &SigningKey) -> Result<Entry, KeyError> {
    let signed = Checkpoint { log: log.clone(), seq: head.seq.saturating_add(1), at, prev: head.hash };
    let message = signed.message().map_err(|_| KeyError::Failed)?;
    let signature = STANDARD.encode(key.sign(&message)?);
    let signer = key.public().signer();
    Ok(head.next(at, Event::Checkpoint { log: log.clone(), signer, signature }))
}

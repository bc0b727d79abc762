//! DSSE envelopes made by assay.
//!
//! Source: Dead Simple Signing Envelope v1.0.2, `protocol.md` and `envelope.md`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::{KeyError, SigningKey, VerifyingKey};

/// A signed payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The payload, base64.
    pub payload: String,
    /// What the payload is: a media type.
    pub payload_type: String,
    /// Who signed. assay writes one.
    pub signatures: Vec<Signature>,
}

/// One signature of an [`Envelope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Which key: a hint, never trusted.
    pub keyid: String,
    /// The signature, base64.
    pub sig: String,
}

/// Signs a payload.
///
/// # Errors
/// [`KeyError`] when the key cannot sign.
pub fn seal(key: &SigningKey, payload_type: &str, payload: &[u8]) -> Result<Envelope, KeyError> {
    let signature = key.sign(&encoded(payload_type, payload))?;
    Ok(Envelope {
        payload: STANDARD.encode(payload),
        payload_type: payload_type.to_owned(),
        signatures: vec![Signature { keyid: key.public().signer(), sig: STANDARD.encode(signature) }],
    })
}

/// The payload, if one of the keys signed it as `payload_type`.
#[must_use]
pub fn open(envelope: &Envelope, payload_type: &str, keys: &[VerifyingKey]) -> Option<Vec<u8>> {
    if envelope.payload_type != payload_type {
        return None;
    }
    let payload = STANDARD.decode(&envelope.payload).ok()?;
    let message = encoded(payload_type, &payload);
    let signed = envelope.signatures.iter().filter_map(|signature| STANDARD.decode(&signature.sig).ok());
    let good = signed.into_iter().any(|signature| keys.iter().any(|key| key.verifies(&message, &signature)));
    good.then_some(payload)
}

/// The bytes that are signed: the pre-authentication encoding.
pub(crate) fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        assert_eq!(
            encoded("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn what_was_sealed_opens_with_that_key_and_type_only() {
        let (key, _) = SigningKey::generate().unwrap();
        let (other, _) = SigningKey::generate().unwrap();
        let envelope = seal(&key, "a/b", b"said").unwrap();
        assert_eq!(open(&envelope, "a/b", &[other.public().clone(), key.public().clone()]).unwrap(), b"said");
        assert_eq!(open(&envelope, "a/b", &[other.public().clone()]), None);
        assert_eq!(open(&envelope, "a/c", &[key.public().clone()]), None);
        let forged = Envelope { payload: STANDARD.encode(b"else"), ..envelope };
        assert_eq!(open(&forged, "a/b", &[key.public().clone()]), None);
    }
}

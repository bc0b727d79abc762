//! DSSE envelopes: one signature over a typed payload.
//!
//! Source: DSSE v1.0 `envelope.md`, `protocol.md`. The payload is believed only after the signature over its
//! pre-authentication encoding was checked; `keyid` is unsigned and decides nothing. An envelope with several
//! signatures is refused: which of them speaks for the payload would be the reader's choice.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Deserialize;

use crate::bundle::pre_authentication_encoding;
use crate::fault::{Fault, bounded};
use crate::json::strict;
use crate::key::{KeyError, PublicKey};

/// The largest envelope: an SBOM of 40 MiB as base64.
pub(crate) const MAX_ENVELOPE: usize = 64 << 20;

/// The payload type of in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// An envelope, before anything in it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload says it is; signed.
    pub payload_type: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The one signature.
    pub signature: Vec<u8>,
    /// What the envelope calls its key; unsigned.
    pub key_id: Option<String>,
}

/// An envelope as JSON, also inside of another document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
    keyid: Option<String>,
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// [`Fault`] when it is too large, no envelope, says a key twice, or has another number of signatures than one.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        Self::open(strict(bounded(bytes, "DSSE envelope", MAX_ENVELOPE)?, "DSSE envelope")?)
    }

    /// Opens an envelope that was read strictly.
    pub(crate) fn open(document: Document) -> Result<Self, Fault> {
        let [signature] = document.signatures.as_slice() else {
            let found = document.signatures.len().to_string();
            return Err(Fault::Unexpected { part: "the number of signatures", found });
        };
        Ok(Self {
            payload: decoded(&document.payload, "DSSE payload")?,
            payload_type: document.payload_type,
            signature: decoded(&signature.sig, "DSSE signature")?,
            key_id: signature.keyid.clone().filter(|keyid| !keyid.is_empty()),
        })
    }

    /// What is signed: the pre-authentication encoding of type and payload.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        pre_authentication_encoding(&self.payload_type, &self.payload)
    }

    /// The name of the first of these keys (PEM) that made the signature.
    ///
    /// # Errors
    /// [`KeyError`] for a text that is no key of a kind that verifies.
    pub fn signer(&self, keys: &[String]) -> Result<Option<String>, KeyError> {
        signer_among(keys, &self.signed_bytes(), &self.signature)
    }
}

/// The name of the first of these keys (PEM) that made a signature.
pub(crate) fn signer_among(
    keys: &[String],
    message: &[u8],
    signature: &[u8],
) -> Result<Option<String>, KeyError> {
    for pem in keys {
        let key = PublicKey::from_pem(pem)?;
        if key.verifies(message, signature) {
            return Ok(Some(key.signer()));
        }
    }
    Ok(None)
}

/// Either alphabet, as the protocol allows; padding and unused bits must be right.
fn decoded(text: &str, part: &'static str) -> Result<Vec<u8>, Fault> {
    let standard = STANDARD.decode(text);
    standard.or_else(|_| URL_SAFE.decode(text)).map_err(|error| Fault::malformed(part, error))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::key::tests::Signer;

    /// An envelope over a payload by a key.
    pub(crate) fn envelope(signer: &Signer, payload_type: &str, payload: &[u8]) -> String {
        let signature = STANDARD.encode(signer.sign(&pre_authentication_encoding(payload_type, payload)));
        let payload = STANDARD.encode(payload);
        format!(
            r#"{{"payload":"{payload}","payloadType":"{payload_type}","signatures":[{{"sig":"{signature}"}}]}}"#
        )
    }

    #[test]
    fn the_key_that_signed_is_found_among_others() {
        let (mine, other) = (Signer::p256(), Signer::p256());
        let read = Envelope::read(envelope(&mine, IN_TOTO, b"{}").as_bytes()).unwrap();
        let name = crate::key::signer_of(&mine.pem()).unwrap();
        assert_eq!(read.signer(&[other.pem(), mine.pem()]), Ok(Some(name)));
        assert_eq!(read.signer(&[other.pem()]), Ok(None));
        assert_eq!(read.signer(&["x".to_owned()]), Err(KeyError::NotPem));
    }

    #[test]
    fn type_and_payload_are_signed() {
        let mine = Signer::p256();
        let mut read = Envelope::read(envelope(&mine, IN_TOTO, b"{}").as_bytes()).unwrap();
        read.payload_type.push('x');
        assert_eq!(read.signer(&[mine.pem()]), Ok(None));
        let mut read = Envelope::read(envelope(&mine, IN_TOTO, b"{}").as_bytes()).unwrap();
        read.payload.push(b' ');
        assert_eq!(read.signer(&[mine.pem()]), Ok(None));
    }

    #[test]
    fn both_alphabets_are_read() {
        for text in ["-_8=", "+/8="] {
            let json = format!(r#"{{"payload":"{text}","payloadType":"t","signatures":[{{"sig":""}}]}}"#);
            assert_eq!(Envelope::read(json.as_bytes()).unwrap().payload, [0xfb, 0xff]);
        }
    }

    #[test]
    fn envelopes_that_can_be_read_in_two_ways_are_refused() {
        let mine = Signer::p256();
        let good = envelope(&mine, IN_TOTO, b"{}");
        for bad in [
            good.replacen('{', r#"{"payload":"e30=","#, 1),
            good.replace(r#"[{"sig""#, r#"[{"sig":"","sig""#),
            good.replace("}]", "},{\"sig\":\"\"}]"),
            good.replace("[{", "[]}{"),
            good.replace("e30=", "e30"),
            good.replace("e30=", "e31="),
            format!("{good}x"),
            String::new(),
        ] {
            assert!(Envelope::read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(matches!(Envelope::read(&vec![b' '; MAX_ENVELOPE + 1]), Err(Fault::TooLarge { .. })));
    }
}

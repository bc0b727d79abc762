//! The Sigstore bundle and the DSSE envelope in it.
//!
//! Source: Sigstore bundle format v0.3 (protobuf JSON); DSSE v1.0 protocol (pre-authentication encoding).
//! A bundle's own key material is unsigned and never decides who is trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use assay_core::UniqueKeys;

use crate::refusal::Refusal;

/// The largest signature file: a manifest of 200,000 files is about 40 MB as base64.
const MAX_SIGNATURE: usize = 64 << 20;

/// Both spellings of a v0.3 bundle.
const MEDIA_TYPES: [&str; 2] =
    ["application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3"];

/// What an envelope of a statement says it holds.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The most certificates of a chain, and the most time stamps; real ones have three and one.
const MAX_CERTIFICATES: usize = 10;

/// What a signature file holds, before anything in it is believed.
pub(crate) struct Bundle {
    /// What it is signed with.
    pub(crate) material: Material,
    /// The signed bytes.
    pub(crate) payload: Vec<u8>,
    /// The one signature.
    pub(crate) signature: Vec<u8>,
    /// RFC 3161 time stamps over the signature, DER.
    pub(crate) timestamps: Vec<Vec<u8>>,
}

/// What a bundle is signed with, as it says itself.
pub(crate) enum Material {
    /// A key, and what the bundle says about it; unsigned.
    Key(KeyHint),
    /// Certificates, DER, the signer's first.
    Certificate(Vec<Vec<u8>>),
    /// A certificate by Sigstore, with proof that it was logged; read by the Sigstore module.
    Keyless,
}

/// What a bundle says about its key. A help for messages, never a reason to trust.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyHint {
    /// Hex SHA-256 of the PEM text, by the reference implementation.
    hint: Option<String>,
    /// The key itself in DER, base64; before version 1.1.
    raw_bytes: Option<String>,
}

/// What the bundle is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Key,
    Certificate,
    Keyless,
    Unknown,
}

impl Method {
    /// The method's name in signature facts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Key => "oms-key",
            Self::Certificate => "oms-certificate",
            Self::Keyless => "oms-keyless",
            Self::Unknown => "oms",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: String,
    verification_material: Materials,
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Materials {
    public_key: Option<KeyHint>,
    x509_certificate_chain: Option<Chain>,
    certificate: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    timestamp_verification_data: Option<Timestamps>,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<Certificate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    raw_bytes: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Timestamps {
    #[serde(default)]
    rfc3161_timestamps: Vec<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Timestamp {
    signed_timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
}

impl Bundle {
    /// Reads a signature file: how it is signed, as far as that could be read, and what it holds.
    pub(crate) fn read(bytes: &[u8]) -> (Method, Result<Self, Refusal>) {
        let document = match document(bytes) {
            Ok(document) => document,
            Err(refusal) => return (Method::Unknown, Err(refusal)),
        };
        let Materials { public_key, x509_certificate_chain, certificate, timestamp_verification_data } =
            document.verification_material;
        let (method, material) = match (public_key, x509_certificate_chain, certificate) {
            (Some(hint), None, None) => (Method::Key, Ok(Material::Key(hint))),
            (None, Some(chain), None) => (Method::Certificate, chain.decoded()),
            (None, None, Some(_)) => (Method::Keyless, Ok(Material::Keyless)),
            _ => {
                let fault = "no key and no certificate, or several".to_owned();
                (Method::Unknown, Err(Refusal::Malformed { part: "verification material", fault }))
            }
        };
        let timestamps = timestamp_verification_data.unwrap_or_default();
        let bundle = material.and_then(|material| {
            open(document.media_type, document.dsse_envelope, material, timestamps.decoded()?)
        });
        (method, bundle)
    }

    /// What is signed: the DSSE pre-authentication encoding of the payload.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        pre_authentication_encoding(PAYLOAD_TYPE, &self.payload)
    }
}

impl Chain {
    fn decoded(self) -> Result<Material, Refusal> {
        if self.certificates.is_empty() || self.certificates.len() > MAX_CERTIFICATES {
            let fault = format!("{} certificates", self.certificates.len());
            return Err(Refusal::Malformed { part: "certificate chain", fault });
        }
        let decode = |one: &Certificate| decoded(&one.raw_bytes, "certificate");
        Ok(Material::Certificate(self.certificates.iter().map(decode).collect::<Result<_, _>>()?))
    }
}

impl Timestamps {
    fn decoded(&self) -> Result<Vec<Vec<u8>>, Refusal> {
        if self.rfc3161_timestamps.len() > MAX_CERTIFICATES {
            let fault = "too many".to_owned();
            return Err(Refusal::Malformed { part: "list of time stamps", fault });
        }
        self.rfc3161_timestamps.iter().map(|one| decoded(&one.signed_timestamp, "time stamp")).collect()
    }
}

impl KeyHint {
    /// Whether the bundle says that this key signed it. Only used to tell a broken signature from a stranger's.
    pub(crate) fn names(&self, pem: &str, der: &[u8]) -> bool {
        use sha2::{Digest as _, Sha256};
        let by_hint = self.hint.as_deref().is_some_and(|hint| hint == hex::encode(Sha256::digest(pem)));
        by_hint || self.raw_key().is_some_and(|raw| raw == der)
    }

    /// The key that the bundle itself carries.
    pub(crate) fn raw_key(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.raw_bytes.as_deref()?).ok()
    }
}

fn document(bytes: &[u8]) -> Result<Document, Refusal> {
    if bytes.len() > MAX_SIGNATURE {
        return Err(Refusal::TooLarge { max: MAX_SIGNATURE });
    }
    strict_json(bytes, "bundle")
}

fn open(
    media_type: String,
    envelope: Option<Envelope>,
    material: Material,
    timestamps: Vec<Vec<u8>>,
) -> Result<Bundle, Refusal> {
    if !MEDIA_TYPES.contains(&media_type.as_str()) {
        return Err(Refusal::Unexpected { part: "the bundle's media type", found: media_type });
    }
    let envelope = envelope.ok_or_else(|| Refusal::Malformed {
        part: "bundle",
        fault: "it holds no DSSE envelope".to_owned(),
    })?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(Refusal::Unexpected { part: "the payload type", found: envelope.payload_type });
    }
    // A second signature is a second opinion on whose word this is.
    let [signature] = envelope.signatures.as_slice() else {
        return Err(Refusal::NotOne { part: "signatures", found: envelope.signatures.len() });
    };
    Ok(Bundle {
        material,
        timestamps,
        payload: decoded(&envelope.payload, "payload")?,
        signature: decoded(&signature.sig, "signature")?,
    })
}

fn decoded(text: &str, part: &'static str) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(text).map_err(|error| Refusal::Malformed { part, fault: error.to_string() })
}

/// Reads JSON in which no object says a key twice, and after which nothing follows.
pub(crate) fn strict_json<'b, T: Deserialize<'b>>(bytes: &'b [u8], part: &'static str) -> Result<T, Refusal> {
    serde_json::from_slice::<UniqueKeys>(bytes).map_err(|error| Refusal::json(part, &error))?;
    serde_json::from_slice(bytes).map_err(|error| Refusal::json(part, &error))
}

/// `DSSEv1 <length> <type> <length> <payload>`.
pub(crate) fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_the_dsse_protocol_shows() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn a_signature_beyond_the_limit_is_not_read() {
        let (method, bundle) = Bundle::read(&vec![b' '; MAX_SIGNATURE + 1]);
        assert_eq!(method, Method::Unknown);
        assert_eq!(bundle.err(), Some(Refusal::TooLarge { max: MAX_SIGNATURE }));
    }

    #[test]
    fn a_bundle_without_an_envelope_or_with_two_materials_is_refused() {
        for (material, method) in [
            (r#"{"certificate":{}}"#, Method::Keyless),
            (r#"{"x509CertificateChain":{"certificates":[]}}"#, Method::Certificate),
            (r#"{"certificate":{},"publicKey":{}}"#, Method::Unknown),
            ("{}", Method::Unknown),
        ] {
            let json = format!(r#"{{"mediaType":"{}","verificationMaterial":{material}}}"#, MEDIA_TYPES[0]);
            let (found, bundle) = Bundle::read(json.as_bytes());
            assert_eq!(found, method);
            assert!(bundle.is_err());
        }
    }
}

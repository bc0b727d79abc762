//! The JWS envelope: RFC 7515 in flattened JSON serialization.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::{Algorithm, Headers, Signed};
use crate::fault::Fault;
use crate::intoto::time;
use crate::json::strict;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    payload: String,
    protected: String,
    header: Header,
    signature: String,
}

/// The unprotected header. Whatever else is in it is nobody's word.
#[derive(Deserialize)]
struct Header {
    x5c: Vec<String>,
}

#[derive(Deserialize)]
struct Protected {
    alg: String,
    cty: Option<String>,
    #[serde(default)]
    crit: Vec<String>,
    #[serde(rename = "io.cncf.notary.signingScheme")]
    scheme: Option<String>,
    #[serde(rename = "io.cncf.notary.signingTime")]
    signing_time: Option<String>,
    #[serde(rename = "io.cncf.notary.authenticSigningTime")]
    authentic_time: Option<String>,
    #[serde(rename = "io.cncf.notary.expiry")]
    expiry: Option<String>,
    /// RFC 7797: the payload would be signed in another form.
    b64: Option<bool>,
}

pub(super) fn read(envelope: &[u8]) -> Result<Signed, Fault> {
    let document: Document = strict(envelope, "JWS envelope")?;
    let protected: Protected =
        strict(&url_decoded(&document.protected, "protected header")?, "protected header")?;
    let algorithm = match protected.alg.as_str() {
        "PS256" => Algorithm::Ps256,
        "PS384" => Algorithm::Ps384,
        "PS512" => Algorithm::Ps512,
        "ES256" => Algorithm::Es256,
        "ES384" => Algorithm::Es384,
        "ES512" => Algorithm::Es512,
        other => return Err(Fault::unsupported("algorithm", other)),
    };
    if protected.b64.is_some() {
        return Err(Fault::unsupported("header", "b64"));
    }
    let moment = |text: Option<String>| text.as_deref().map(time).transpose();
    let headers = Headers {
        content_type: protected.cty,
        scheme: protected.scheme,
        signing_time: moment(protected.signing_time)?,
        authentic_time: moment(protected.authentic_time)?,
        expiry: moment(protected.expiry)?,
        critical: protected.crit,
    };
    let (scheme, expiry) = headers.check()?;
    let certificate =
        |text: &String| STANDARD.decode(text).map_err(|error| Fault::malformed("certificate chain", error));
    Ok(Signed {
        algorithm,
        scheme,
        expiry,
        chain: document.header.x5c.iter().map(certificate).collect::<Result<_, _>>()?,
        signature: url_decoded(&document.signature, "signature")?,
        payload: url_decoded(&document.payload, "payload")?,
        message: [document.protected, document.payload].join(".").into_bytes(),
    })
}

fn url_decoded(text: &str, part: &'static str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| Fault::malformed(part, error))
}

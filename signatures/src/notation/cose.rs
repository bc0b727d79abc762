//! The COSE envelope: `COSE_Sign1_Tagged` of RFC 9052.
//!
//! CBOR is read by `coset`, which refuses a header label given twice and bytes behind the end. What is signed is built
//! from the protected header's own bytes. An algorithm or a critical list in the unprotected header would be nobody's
//! word and is refused.

use assay_core::Timestamp;
use coset::cbor::Value;
use coset::iana::{self, EnumI64 as _};
use coset::{ContentType, CoseSign1, Header, Label, RegisteredLabelWithPrivate, TaggedCborSerializable as _};

use super::{AUTHENTIC_TIME, Algorithm, EXPIRY, Headers, SCHEME, SIGNING_TIME, Signed};
use crate::fault::Fault;

/// The tag of seconds since 1970 (RFC 8949 §3.4.2).
const EPOCH: u64 = 1;

/// The algorithms as COSE numbers them.
const ALGORITHMS: [(iana::Algorithm, Algorithm); 6] = [
    (iana::Algorithm::PS256, Algorithm::Ps256),
    (iana::Algorithm::PS384, Algorithm::Ps384),
    (iana::Algorithm::PS512, Algorithm::Ps512),
    (iana::Algorithm::ES256, Algorithm::Es256),
    (iana::Algorithm::ES384, Algorithm::Es384),
    (iana::Algorithm::ES512, Algorithm::Es512),
];

pub(super) fn read(envelope: &[u8]) -> Result<Signed, Fault> {
    let document =
        CoseSign1::from_tagged_slice(envelope).map_err(|error| Fault::malformed("COSE envelope", error))?;
    let protected = &document.protected.header;
    let unprotected = &document.unprotected;
    if unprotected.alg.is_some() || !unprotected.crit.is_empty() || unprotected.content_type.is_some() {
        return Err(Fault::malformed("COSE envelope", "a header that must be protected is not"));
    }
    if !unprotected.counter_signatures.is_empty() || !protected.counter_signatures.is_empty() {
        return Err(Fault::unsupported("COSE envelope", "counter signatures"));
    }
    let algorithm = algorithm(protected)?;
    let (scheme, expiry) = headers(protected)?.check()?;
    let chain = chain(protected, unprotected)?;
    let message = document.tbs_data(b"");
    let payload = document.payload.ok_or_else(|| Fault::malformed("COSE envelope", "it holds no payload"))?;
    Ok(Signed { algorithm, scheme, expiry, chain, message, signature: document.signature, payload })
}

fn algorithm(header: &Header) -> Result<Algorithm, Fault> {
    let Some(RegisteredLabelWithPrivate::Assigned(algorithm)) = &header.alg else {
        return Err(Fault::unsupported("algorithm", format!("{:?}", header.alg)));
    };
    let known = ALGORITHMS.iter().find(|(known, _)| known == algorithm);
    known.map(|(_, algorithm)| *algorithm).ok_or_else(|| Fault::unsupported("algorithm", algorithm.to_i64()))
}

fn headers(header: &Header) -> Result<Headers, Fault> {
    let mut headers = Headers {
        content_type: match &header.content_type {
            Some(ContentType::Text(text)) => Some(text.clone()),
            Some(ContentType::Assigned(_)) | None => None,
        },
        ..Headers::default()
    };
    for label in &header.crit {
        headers.critical.push(match label {
            RegisteredLabelWithPrivate::Text(text) => text.clone(),
            RegisteredLabelWithPrivate::Assigned(assigned) => assigned.to_i64().to_string(),
            RegisteredLabelWithPrivate::PrivateUse(number) => number.to_string(),
        });
    }
    for (label, value) in &header.rest {
        let Label::Text(label) = label else { continue };
        match label.as_str() {
            SCHEME => headers.scheme = value.as_text().map(str::to_owned),
            SIGNING_TIME => headers.signing_time = Some(moment(value)?),
            AUTHENTIC_TIME => headers.authentic_time = Some(moment(value)?),
            EXPIRY => headers.expiry = Some(moment(value)?),
            _ => {}
        }
    }
    Ok(headers)
}

/// The chain, which may stand in either header but only once: an array of byte strings, or one.
fn chain(protected: &Header, unprotected: &Header) -> Result<Vec<Vec<u8>>, Fault> {
    let malformed = |fault| Fault::malformed("certificate chain", fault);
    let label = Label::Int(iana::HeaderParameter::X5Chain.to_i64());
    let mut found = protected.rest.iter().chain(&unprotected.rest).filter(|(found, _)| *found == label);
    let (Some((_, chain)), None) = (found.next(), found.next()) else {
        return Err(malformed("there is none, or two"));
    };
    if let Some(one) = chain.as_bytes() {
        return Ok(vec![one.clone()]);
    }
    let all = chain.as_array().ok_or_else(|| malformed("it is no array"))?;
    all.iter()
        .map(|one| one.as_bytes().cloned().ok_or_else(|| malformed("an element is no byte string")))
        .collect()
}

/// Seconds since 1970, whole.
fn moment(value: &Value) -> Result<Timestamp, Fault> {
    let malformed = || Fault::malformed("time", "it is no number of seconds since 1970");
    let Value::Tag(EPOCH, seconds) = value else { return Err(malformed()) };
    let seconds = seconds.as_integer().and_then(|seconds| i64::try_from(seconds).ok());
    let millis = seconds.and_then(|seconds| seconds.checked_mul(1_000));
    millis.map(Timestamp::from_millis).ok_or_else(malformed)
}

//! Notary Project signatures: JWS and COSE envelopes over the descriptor of a manifest.
//!
//! Source: Notary Project `signature-specification.md`, `signature-envelope-jws.md`, `signature-envelope-cose.md`,
//! `signing-scheme.md`, `trust-store-trust-policy.md`. Not supported, and refused where the signature depends on it:
//! verification plugins, the COSE hash envelope, and time stamps (RFC 3161): without one, every certificate must be valid
//! now, so a time stamp can never make an expired certificate count.

mod cose;
mod jws;
mod payload;

use std::collections::BTreeMap;

use assay_core::{Sha256, Timestamp};

use crate::fault::Fault;
use crate::proof::{Method, Outcome, Proof, SignedBy};
use crate::x509::{Certificate, Chain, Identity, Kind, PublicKey, RevocationList};

/// The largest envelope; real ones have a few kilobytes.
const MAX_ENVELOPE: usize = 1 << 20;

/// The media type of the payload.
const PAYLOAD_TYPE: &str = "application/vnd.cncf.notary.payload.v1+json";

const SCHEME: &str = "io.cncf.notary.signingScheme";
const SIGNING_TIME: &str = "io.cncf.notary.signingTime";
const AUTHENTIC_TIME: &str = "io.cncf.notary.authenticSigningTime";
const EXPIRY: &str = "io.cncf.notary.expiry";

/// Which of the two envelopes it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// `application/jose+json`.
    Jws,
    /// `application/cose`.
    Cose,
}

impl Envelope {
    /// The envelope of a layer's media type.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/jose+json" => Some(Self::Jws),
            "application/cose" => Some(Self::Cose),
            _ => None,
        }
    }
}

/// The manifest that must be signed.
#[derive(Debug, Clone, Copy)]
pub struct Target<'t> {
    /// Its media type.
    pub media_type: &'t str,
    /// SHA-256 of its bytes.
    pub digest: Sha256,
    /// Its length, bytes.
    pub size: u64,
}

/// Whose signatures count. Nothing does by default.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Certificates of the trust store `ca`.
    pub authorities: Vec<Certificate>,
    /// Certificates of the trust store `signingAuthority`, whose word on the signing time counts.
    pub signing_authorities: Vec<Certificate>,
    /// Who may sign.
    pub identities: Vec<Identity>,
    /// What was taken back.
    pub revoked: Vec<RevocationList>,
}

/// An envelope, before anything in it is believed.
struct Signed {
    algorithm: Algorithm,
    scheme: Scheme,
    expiry: Option<Timestamp>,
    /// Leaf first.
    chain: Vec<Vec<u8>>,
    /// What the signature is over.
    message: Vec<u8>,
    signature: Vec<u8>,
    payload: Vec<u8>,
}

/// Under which scheme, and when by whose word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// `notary.x509`: the time is the signer's word and decides nothing.
    X509(Timestamp),
    /// `notary.x509.signingAuthority`: the time is a trusted authority's word.
    SigningAuthority(Timestamp),
}

/// The algorithms that the specification allows, each with one kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
}

impl Algorithm {
    /// The key of the certificate decides; the envelope must agree.
    const fn fits(self, key: &PublicKey) -> bool {
        matches!(
            (self, key.kind),
            (Self::Ps256, Kind::Rsa(2048))
                | (Self::Ps384, Kind::Rsa(3072))
                | (Self::Ps512, Kind::Rsa(4096))
                | (Self::Es256, Kind::P256)
                | (Self::Es384, Kind::P384)
                | (Self::Es512, Kind::P521)
        )
    }
}

/// The headers both envelopes protect, as each of them reads its own.
#[derive(Default)]
struct Headers {
    content_type: Option<String>,
    scheme: Option<String>,
    signing_time: Option<Timestamp>,
    authentic_time: Option<Timestamp>,
    expiry: Option<Timestamp>,
    /// What must be understood.
    critical: Vec<String>,
}

impl Headers {
    /// The scheme and the end, after all that the specification demands of the headers.
    fn check(&self) -> Result<(Scheme, Option<Timestamp>), Fault> {
        if self.content_type.as_deref() != Some(PAYLOAD_TYPE) {
            let found = self.content_type.clone().unwrap_or_default();
            return Err(Fault::Unexpected { part: "the payload type", found });
        }
        let critical = |name: &str| self.critical.iter().any(|critical| critical == name);
        let known = [SCHEME, AUTHENTIC_TIME, EXPIRY];
        if let Some(unknown) = self.critical.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(Fault::unsupported("critical header", unknown));
        }
        if self
            .critical
            .iter()
            .enumerate()
            .any(|(at, name)| self.critical.iter().skip(at.saturating_add(1)).any(|other| other == name))
        {
            return Err(Fault::malformed("headers", "a header is critical twice"));
        }
        // What must be obeyed must be marked so, or another verifier may overlook it.
        if !critical(SCHEME) || critical(EXPIRY) != self.expiry.is_some() {
            return Err(Fault::malformed(
                "headers",
                "scheme or expiry are not critical, or critical and absent",
            ));
        }
        if critical(AUTHENTIC_TIME) != self.authentic_time.is_some() {
            return Err(Fault::malformed("headers", "the authentic signing time is not critical, or absent"));
        }
        let scheme = match (self.scheme.as_deref(), self.signing_time, self.authentic_time) {
            (Some("notary.x509"), Some(at), None) => Scheme::X509(at),
            (Some("notary.x509.signingAuthority"), None, Some(at)) => Scheme::SigningAuthority(at),
            (Some("notary.x509" | "notary.x509.signingAuthority"), ..) => {
                return Err(Fault::malformed("headers", "the signing time is not that of the scheme"));
            }
            (other, ..) => {
                return Err(Fault::unsupported("signing scheme", other.unwrap_or("none")));
            }
        };
        Ok((scheme, self.expiry))
    }
}

/// Checks an envelope over a manifest.
pub fn verify(
    envelope: &[u8],
    kind: Envelope,
    target: &Target<'_>,
    trust: &Trust,
    now: Timestamp,
) -> Outcome {
    Outcome::of(check(envelope, kind, target, trust, now))
}

fn check(
    envelope: &[u8],
    kind: Envelope,
    target: &Target<'_>,
    trust: &Trust,
    now: Timestamp,
) -> Result<Outcome, Fault> {
    let signed = read(envelope, kind)?;
    let chain = Chain::read(&signed.chain)?;
    let key = chain.leaf().public_key()?;
    if !signed.algorithm.fits(&key) {
        return Err(chain.leaf().fault("has a key that is not of the envelope's algorithm"));
    }
    if !key.verifies_jose(&signed.message, &signed.signature) {
        return Err(Fault::BadSignature);
    }
    let claims = payload::check(&signed.payload, target)?;
    let named = format!("x509:{}", chain.leaf().subject());
    let (roots, at) = match signed.scheme {
        Scheme::X509(_) => (&trust.authorities, now),
        Scheme::SigningAuthority(at) => (&trust.signing_authorities, at),
    };
    let Some(anchor) = chain.anchor(roots) else { return Ok(Outcome::Untrusted { named }) };
    // Only now does an authority's word on the time count.
    check_times(&chain, &signed, at, now)?;
    chain.check_revocation(&trust.revoked, now)?;
    if !trust.identities.iter().any(|identity| identity.matches(chain.leaf())) {
        return Ok(Outcome::Untrusted { named });
    }
    Ok(Outcome::Verified(proof(&chain, anchor, &signed, claims)))
}

/// The certificate that an envelope says it is signed with. Whoever believes it has checked the envelope.
pub(crate) fn leaf(envelope: &[u8], kind: Envelope) -> Result<Vec<u8>, Fault> {
    let signed = read(envelope, kind)?;
    signed.chain.into_iter().next().ok_or_else(|| Fault::malformed("chain", "it has no certificate"))
}

fn read(envelope: &[u8], kind: Envelope) -> Result<Signed, Fault> {
    let envelope = crate::fault::bounded(envelope, "envelope", MAX_ENVELOPE)?;
    match kind {
        Envelope::Jws => jws::read(envelope),
        Envelope::Cose => cose::read(envelope),
    }
}

fn check_times(chain: &Chain, signed: &Signed, at: Timestamp, now: Timestamp) -> Result<(), Fault> {
    if at > now {
        return Err(Fault::NotYet { part: "the signature", at });
    }
    match signed.expiry {
        Some(expiry) if now >= expiry => return Err(Fault::Ended { part: "the signature", at: expiry }),
        _ => {}
    }
    chain.check_validity(at)
}

fn proof(chain: &Chain, anchor: &Certificate, signed: &Signed, claims: BTreeMap<String, String>) -> Proof {
    let claimed_at = match signed.scheme {
        Scheme::X509(at) | Scheme::SigningAuthority(at) => at,
    };
    Proof {
        method: Method::Notation,
        signer: SignedBy::Certificate {
            subject: chain.leaf().subject(),
            sha256: chain.leaf().sha256(),
            anchor: anchor.sha256(),
        },
        claimed_at: Some(claimed_at),
        claims,
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! A path check for the two shapes that the strict one refuses: a leaf that is marked as an authority (the reference
//! implementation's test PKI has those) and a leaf that is itself what policy names.
//!
//! Source: RFC 5280 §6.1, without name constraints and policies: a certificate with a critical extension other than
//! those checked here is refused.

use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use assay_core::Timestamp;

use super::leaf::validity;

/// The longest path, and the most signatures checked on the way: a bundle has at most ten certificates.
const MAX_DEPTH: usize = 6;
const MAX_CHECKS: usize = 64;

/// Critical extensions that are understood: basic constraints, key usage, extended key usage, alternative name.
const UNDERSTOOD: [&str; 4] = ["2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"];

/// Whether the chain ends in one of the anchors, valid at `at` on the whole way.
pub(super) fn ends_in(
    leaf: &[u8],
    issuers: &[Vec<u8>],
    anchors: &[CertificateDer<'static>],
    at: Timestamp,
) -> bool {
    let anchors_der: Vec<&[u8]> = anchors.iter().map(AsRef::as_ref).collect();
    let Ok(leaf_certificate) = Certificate::from_der(leaf) else { return false };
    if !understood(&leaf_certificate) || !validity(&leaf_certificate).contains(at) {
        return false;
    }
    // Named by policy itself: there is nothing above it to check.
    if anchors_der.contains(&leaf) {
        return true;
    }
    let parse = |der: &&[u8]| Certificate::from_der(der).ok();
    let search = Search {
        anchors: anchors_der.iter().filter_map(parse).collect(),
        issuers: issuers.iter().filter_map(|der| parse(&der.as_slice())).collect(),
        at,
    };
    search.ends(&leaf_certificate, 0, &mut MAX_CHECKS.clone())
}

struct Search {
    anchors: Vec<Certificate>,
    issuers: Vec<Certificate>,
    at: Timestamp,
}

impl Search {
    /// Whether `certificate`, with `below` authorities under it, was issued on a path from an anchor.
    fn ends(&self, certificate: &Certificate, below: usize, checks: &mut usize) -> bool {
        let candidates = self.anchors.iter().map(|one| (one, true));
        for (issuer, anchor) in candidates.chain(self.issuers.iter().map(|one| (one, false))) {
            if issuer.tbs_certificate.subject != certificate.tbs_certificate.issuer
                || !self.may_issue(issuer, below)
            {
                continue;
            }
            let Some(left) = checks.checked_sub(1) else { return false };
            *checks = left;
            if !issued(certificate, issuer) {
                continue;
            }
            if anchor || (below < MAX_DEPTH && self.ends(issuer, below.saturating_add(1), checks)) {
                return true;
            }
        }
        false
    }

    /// Whether it is an authority that may have `below` authorities under it.
    fn may_issue(&self, issuer: &Certificate, below: usize) -> bool {
        let constraints = issuer.tbs_certificate.get::<BasicConstraints>();
        let Ok(Some((_, BasicConstraints { ca: true, path_len_constraint }))) = constraints else {
            return false;
        };
        path_len_constraint.is_none_or(|length| below <= usize::from(length))
            && may_sign_certificates(issuer)
            && understood(issuer)
            && validity(issuer).contains(self.at)
    }
}

/// Whether its key usage, when it has one, is to sign certificates.
pub(super) fn may_sign_certificates(issuer: &Certificate) -> bool {
    match issuer.tbs_certificate.get::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    }
}

fn understood(certificate: &Certificate) -> bool {
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    let mut critical = extensions.filter(|extension| extension.critical);
    critical.all(|extension| UNDERSTOOD.contains(&extension.extn_id.to_string().as_str()))
}

/// Whether `issuer`'s key made the certificate's signature.
pub(super) fn issued(certificate: &Certificate, issuer: &Certificate) -> bool {
    let same = certificate.signature_algorithm == certificate.tbs_certificate.signature;
    let Ok(body) = certificate.tbs_certificate.to_der() else { return false };
    same && signed(&body, &certificate.signature_algorithm, &certificate.signature, issuer)
}

/// Whether `issuer`'s key made a signature of this algorithm over these bytes.
pub(super) fn signed(
    body: &[u8],
    algorithm: &x509_cert::spki::AlgorithmIdentifierOwned,
    signature: &x509_cert::der::asn1::BitString,
    issuer: &Certificate,
) -> bool {
    let key = &issuer.tbs_certificate.subject_public_key_info;
    let (Ok(algorithm), Ok(key_algorithm)) = (algorithm.to_der(), key.algorithm.to_der()) else {
        return false;
    };
    let (Some(signature), Some(key)) = (signature.as_bytes(), key.subject_public_key.as_bytes()) else {
        return false;
    };
    webpki::ALL_VERIFICATION_ALGS.iter().any(|one| {
        is(&algorithm, one.signature_alg_id().as_ref())
            && is(&key_algorithm, one.public_key_alg_id().as_ref())
            && one.verify_signature(key, body, signature).is_ok()
    })
}

/// Whether a DER sequence has exactly this content; identifiers are under 128 bytes.
fn is(sequence: &[u8], content: &[u8]) -> bool {
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80);
    matches!((sequence, length), ([0x30, found, rest @ ..], Some(length)) if *found == length && rest == content)
}

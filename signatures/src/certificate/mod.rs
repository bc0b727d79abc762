//! Signatures by a certificate whose chain ends in one that policy names.
//!
//! Source: `OpenSSF` Model Signing v1.0 §4.1.3; RFC 5280 §6. There is no default set of roots. The leaf must be for
//! signing, must be valid now or at a moment that a trusted time stamp authority proves, and every issuer must be an
//! authority. Who the subject is decides policy.

mod leaf;
mod own_path;
mod revoked;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_cert::der::Decode as _;

use assay_core::{CertificateRoots, SignedAt, Signer, Timestamp, Trust};

use crate::refusal::Refusal;
pub(crate) use leaf::Leaf;

/// The most certificates of one set of roots; public ones have under 200.
const MAX_ROOTS: usize = 1_000;

/// A chain as the bundle carries it, the leaf taken out and read.
pub(crate) struct Chain<'c> {
    leaf_der: &'c [u8],
    leaf: Leaf,
    issuers: &'c [Vec<u8>],
}

impl<'c> Chain<'c> {
    /// Reads the leaf and refuses one that is not for signing.
    pub(crate) fn read(certificates: &'c [Vec<u8>]) -> Result<Self, Refusal> {
        let Some((leaf_der, issuers)) = certificates.split_first() else {
            return Err(Refusal::Certificate("there is none".to_owned()));
        };
        Ok(Self { leaf_der, leaf: Leaf::read(leaf_der)?, issuers })
    }

    /// The key that must have made the signature.
    pub(crate) fn key(&self) -> &crate::key::PublicKey {
        self.leaf.key()
    }

    /// Who the leaf is about, vouched for by the first set of roots that its chain ends in.
    pub(crate) fn signer(&self, trust: &Trust, times: Vec<SignedAt>) -> Result<Signer, Refusal> {
        let at = times.iter().map(|time| time.at).min().unwrap_or(trust.at);
        self.leaf.check_time(at)?;
        let mut signer = self.leaf.signer(times);
        for roots in &trust.certificate_roots {
            let anchors = anchors(roots)?;
            if self.ends_in(&anchors, at) {
                revoked::check(self.leaf_der, self.issuers, &anchors, &trust.revocation_lists)?;
                signer.trust_root = Some(roots.name.clone());
                break;
            }
        }
        Ok(signer)
    }

    fn ends_in(&self, anchors: &[CertificateDer<'static>], at: Timestamp) -> bool {
        let issuers: Vec<_> = self.issuers.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let roots: Vec<TrustAnchor<'_>> =
            anchors.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect();
        let leaf = CertificateDer::from(self.leaf_der);
        let seconds = u64::try_from(at.as_millis()).unwrap_or_default() / 1_000;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let verified = EndEntityCert::try_from(&leaf).is_ok_and(|leaf| {
            let path = leaf.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &roots,
                &issuers,
                time,
                AnyUsage,
                None,
                None,
            );
            path.is_ok() && self.issuers_may_sign()
        });
        verified || own_path::ends_in(self.leaf_der, self.issuers, anchors, at)
    }

    /// Whether every issuer in the bundle is one by its key usage; the path check does not look at that.
    fn issuers_may_sign(&self) -> bool {
        self.issuers.iter().all(|der| {
            x509_cert::Certificate::from_der(der).is_ok_and(|issuer| own_path::may_sign_certificates(&issuer))
        })
    }
}

/// Accepts every extended key usage: the leaf's is checked by [`leaf`], and issuers of model signers have none, or any.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, iter: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        iter.into_iter().try_for_each(|usage| usage.map(|_| ()))
    }
}

/// The certificates of a PEM file.
fn anchors(roots: &CertificateRoots) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let fault = |fault: &str| Refusal::Trust { name: roots.name.clone(), fault: fault.to_owned() };
    let mut all = Vec::new();
    for block in crate::pem::blocks(&roots.pem, "CERTIFICATE") {
        let der = block.ok_or_else(|| fault("a certificate is not base64"))?;
        if all.len() >= MAX_ROOTS {
            return Err(fault("it holds too many certificates"));
        }
        all.push(CertificateDer::from(der));
    }
    if all.is_empty() { Err(fault("it holds no certificate")) } else { Ok(all) }
}

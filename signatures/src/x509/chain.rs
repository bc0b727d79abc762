//! A chain as Notary Project envelopes carry it: leaf first, each issued by the next, ending in a root.
//!
//! Source: Notary Project `signature-specification.md`, "Certificate Requirements". Two things are stricter: a critical
//! extension that is not understood refuses the chain, and so does a self-signed certificate that is not the last.

use assay_core::Timestamp;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages};

use super::{Certificate, Kind, RevocationList, Status};
use crate::fault::Fault;

/// The longest chain; public ones have four.
const MAX_CHAIN: usize = 10;

/// Purposes that a signing certificate must not have: any, server, client, mail, time stamping.
const FOREIGN_PURPOSES: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"),
];

/// A whole chain, leaf first.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    leaf: Certificate,
    issuers: Vec<Certificate>,
}

impl Chain {
    /// Reads a chain and checks that it is one: names, signatures, constraints and usages, whatever the time.
    pub(crate) fn read(certificates: &[Vec<u8>]) -> Result<Self, Fault> {
        if certificates.len() > MAX_CHAIN {
            return Err(Fault::TooMany { part: "certificates in a chain", max: MAX_CHAIN });
        }
        let mut chain = Vec::new();
        for der in certificates {
            chain.push(Certificate::from_der(der)?);
        }
        let mut chain = chain.into_iter();
        let leaf = chain.next().ok_or_else(|| Fault::malformed("chain", "it has no certificate"))?;
        let chain = Self { leaf, issuers: chain.collect() };
        chain.check()?;
        Ok(chain)
    }

    pub(crate) const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The first of these roots that the chain holds: an issuer in it, or the leaf where that is all of it.
    pub(crate) fn anchor<'r>(&self, roots: &'r [Certificate]) -> Option<&'r Certificate> {
        let alone = self.issuers.is_empty().then_some(&self.leaf);
        let mut candidates = self.issuers.iter().chain(alone);
        candidates.find_map(|candidate| roots.iter().find(|root| root.der() == candidate.der()))
    }

    /// Whether every certificate may be used at a moment.
    pub(crate) fn check_validity(&self, at: Timestamp) -> Result<(), Fault> {
        self.all().try_for_each(|certificate| certificate.check_validity(at))
    }

    /// Whether a list takes one of the certificates back.
    pub(crate) fn check_revocation(&self, lists: &[RevocationList], at: Timestamp) -> Result<(), Fault> {
        for (certificate, issuer) in self.all().zip(&self.issuers) {
            for list in lists {
                match list.status(certificate, issuer, at)? {
                    Status::Revoked => return Err(Fault::Revoked { what: certificate.subject() }),
                    Status::Good | Status::Elsewhere => {}
                }
            }
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.issuers)
    }

    fn check(&self) -> Result<(), Fault> {
        check_leaf(&self.leaf)?;
        for (below, issuer) in self.issuers.iter().enumerate() {
            check_issuer(issuer, below)?;
        }
        for certificate in self.all() {
            certificate.check_critical()?;
        }
        for (certificate, issuer) in self.all().zip(&self.issuers) {
            if certificate.check_issued_by(certificate).is_ok() {
                return Err(certificate.fault("is self-signed and not the last in the chain"));
            }
            certificate.check_issued_by(issuer)?;
        }
        let root = self.issuers.last().unwrap_or(&self.leaf);
        root.check_issued_by(root).map_err(|_| root.fault("ends the chain and is no root"))
    }
}

fn check_leaf(leaf: &Certificate) -> Result<(), Fault> {
    if leaf.extension::<BasicConstraints>()?.is_some_and(|(_, constraints)| constraints.ca) {
        return Err(leaf.fault("is an authority and must not sign artifacts"));
    }
    match leaf.extension::<KeyUsage>()? {
        Some((true, KeyUsage(usages))) => {
            // Beside digital signature, only non-repudiation may stand.
            let allowed = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
            if !usages.contains(KeyUsages::DigitalSignature) {
                return Err(leaf.fault("is not for digital signatures"));
            }
            if !allowed.contains(usages) {
                return Err(leaf.fault("is also for something else than signatures"));
            }
        }
        Some((false, _)) | None => return Err(leaf.fault("has no critical key usage")),
    }
    if let Some((_, ExtendedKeyUsage(purposes))) = leaf.extension::<ExtendedKeyUsage>()?
        && purposes.iter().any(|purpose| FOREIGN_PURPOSES.contains(purpose))
    {
        return Err(leaf.fault("is for servers, clients, mail, time stamps, or anything"));
    }
    match leaf.public_key()?.kind {
        Kind::Rsa(2048 | 3072 | 4096) | Kind::P256 | Kind::P384 | Kind::P521 => Ok(()),
        Kind::Rsa(_) | Kind::Ed25519 => Err(leaf.fault("has a key of a kind or size that does not sign")),
    }
}

fn check_issuer(issuer: &Certificate, below: usize) -> Result<(), Fault> {
    match issuer.extension::<BasicConstraints>()? {
        Some((true, constraints)) if constraints.ca => {
            if constraints.path_len_constraint.is_some_and(|longest| usize::from(longest) < below) {
                return Err(issuer.fault("allows fewer certificates below it"));
            }
        }
        _ => return Err(issuer.fault("is no authority and must not issue certificates")),
    }
    match issuer.extension::<KeyUsage>()? {
        Some((true, KeyUsage(usages))) if usages.contains(KeyUsages::KeyCertSign) => Ok(()),
        _ => Err(issuer.fault("is not for signing certificates")),
    }
}

//! Certificates: what they say, whose signature they carry, and chains of them.
//!
//! Source: RFC 5280. Parsed by `x509-cert`, verified by `aws-lc-rs`. Chains are given whole and in order, as Notary
//! Project envelopes carry them; nothing is looked for, fetched, or taken from a store of the system.

mod chain;
mod name;
mod public_key;
mod revocation;

use std::collections::BTreeSet;

use assay_core::{Sha256, Timestamp};
use sha2::Digest as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode, Encode, Reader, SliceReader};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::time::Time;

pub(crate) use chain::Chain;
pub use name::{Identity, IdentityError};
pub(crate) use public_key::{Kind, PublicKey};
pub use revocation::{RevocationList, Status};

use crate::fault::{Fault, bounded};

/// The largest certificate; real ones have one to two kilobytes.
const MAX_CERTIFICATE: usize = 64 << 10;

/// Extensions that are understood, and may therefore be critical.
const UNDERSTOOD: [ObjectIdentifier; 4] =
    [BasicConstraints::OID, KeyUsage::OID, ExtendedKeyUsage::OID, SubjectAltName::OID];

/// One certificate, parsed, with its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// Where the signed part lies in the bytes.
    signed: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Fault`] when it is none, is too large, or has an extension twice.
    pub fn from_der(der: &[u8]) -> Result<Self, Fault> {
        let malformed = |error: x509_cert::der::Error| Fault::malformed("certificate", error);
        bounded(der, "certificate", MAX_CERTIFICATE)?;
        let parsed = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let signed = signed_part(der).map_err(malformed)?;
        let extensions = parsed.tbs_certificate.extensions.as_deref().unwrap_or_default();
        let mut seen = BTreeSet::new();
        if !extensions.iter().all(|extension| seen.insert(extension.extn_id)) {
            return Err(Fault::malformed("certificate", "it has an extension twice"));
        }
        if parsed.signature_algorithm != parsed.tbs_certificate.signature {
            return Err(Fault::malformed("certificate", "its two signature algorithms differ"));
        }
        Ok(Self { der: der.to_vec(), signed, parsed })
    }

    /// Reads all certificates of a PEM text.
    ///
    /// # Errors
    /// [`Fault`] for the first that is none; also when there is none at all.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, Fault> {
        let blocks = pem_blocks(pem, "CERTIFICATE")?;
        blocks.iter().map(|der| Self::from_der(der)).collect()
    }

    /// Its bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        Sha256::new(sha2::Sha256::digest(&self.der).into())
    }

    /// Its subject, RFC 4514.
    #[must_use]
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    pub(crate) fn names(&self) -> &x509_cert::name::Name {
        &self.parsed.tbs_certificate.subject
    }

    pub(crate) fn public_key(&self) -> Result<PublicKey, Fault> {
        PublicKey::read(&self.parsed.tbs_certificate.subject_public_key_info)
    }

    /// The fault that this certificate must not sign, and why.
    pub(crate) fn fault(&self, fault: &'static str) -> Fault {
        Fault::Certificate { subject: self.subject(), fault }
    }

    /// Whether it may be used at a moment.
    pub(crate) fn check_validity(&self, at: Timestamp) -> Result<(), Fault> {
        let validity = &self.parsed.tbs_certificate.validity;
        let (first, last) = (moment(validity.not_before), moment(validity.not_after));
        if at < first {
            return Err(Fault::NotYet { part: "a certificate", at: first });
        }
        // The last second counts to its end.
        if at.as_millis() > last.as_millis().saturating_add(999) {
            return Err(Fault::Ended { part: "a certificate", at: last });
        }
        Ok(())
    }

    /// Refuses critical extensions that are not understood: whoever wrote them wants them to be obeyed.
    pub(crate) fn check_critical(&self) -> Result<(), Fault> {
        let unknown = |extension: &&Extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id);
        match self.extensions().find(unknown) {
            Some(extension) => Err(Fault::unsupported("critical extension", extension.extn_id)),
            None => Ok(()),
        }
    }

    fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.parsed.tbs_certificate.extensions.iter().flatten()
    }

    /// An extension and whether it is critical.
    pub(crate) fn extension<T>(&self) -> Result<Option<(bool, T)>, Fault>
    where
        T: AssociatedOid + for<'d> Decode<'d>,
    {
        let Some(found) = self.extensions().find(|extension| extension.extn_id == T::OID) else {
            return Ok(None);
        };
        let value = T::from_der(found.extn_value.as_bytes());
        value
            .map(|value| Some((found.critical, value)))
            .map_err(|error| Fault::malformed("certificate extension", error))
    }

    /// Whether `issuer` names and signs this certificate. Says nothing about what the issuer may do.
    pub(crate) fn check_issued_by(&self, issuer: &Self) -> Result<(), Fault> {
        let same = self.parsed.tbs_certificate.issuer.to_der().ok()
            == issuer.parsed.tbs_certificate.subject.to_der().ok();
        if !same {
            return Err(self.fault("is not issued by the next in the chain"));
        }
        let signature = self.parsed.signature.as_bytes().unwrap_or_default();
        let good =
            issuer.public_key()?.verifies(&self.parsed.signature_algorithm, &self.signed, signature)?;
        if good { Ok(()) } else { Err(self.fault("is not signed by the next in the chain")) }
    }
}

/// The first element of the outermost sequence, as it stands.
fn signed_part(der: &[u8]) -> Result<Vec<u8>, x509_cert::der::Error> {
    SliceReader::new(der)?.sequence(|reader| {
        let signed = reader.tlv_bytes()?.to_vec();
        // The other two are read to leave nothing behind.
        reader.tlv_bytes()?;
        reader.tlv_bytes()?;
        Ok(signed)
    })
}

pub(crate) fn moment(time: Time) -> Timestamp {
    let millis = i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(millis)
}

/// The contents of all blocks of one kind in a PEM text.
pub(crate) fn pem_blocks(pem: &str, label: &'static str) -> Result<Vec<Vec<u8>>, Fault> {
    use base64::Engine as _;
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut blocks = Vec::new();
    let mut rest = pem;
    while let Some((_, after)) = rest.split_once(&begin) {
        let (body, after) =
            after.split_once(&end).ok_or_else(|| Fault::malformed("PEM", "a block has no end"))?;
        let digits: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
        let decoded = base64::engine::general_purpose::STANDARD.decode(digits);
        blocks.push(decoded.map_err(|error| Fault::malformed("PEM", error))?);
        rest = after;
    }
    if blocks.is_empty() { Err(Fault::malformed("PEM", format!("no block \"{label}\""))) } else { Ok(blocks) }
}

#[cfg(test)]
pub(crate) mod tests;

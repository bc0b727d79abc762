//! Certificate revocation lists, given by the operator as files.
//!
//! Source: RFC 5280 §5. Whole lists of one issuer only: delta lists, indirect lists and lists of a part (critical
//! extensions all) are refused, because a certificate that is not in them may be revoked all the same.

use assay_core::Timestamp;
use x509_cert::crl::CertificateList;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use super::{Certificate, moment, pem_blocks, signed_part};
use crate::fault::{Fault, bounded};

/// The largest list; the largest public ones have some tens of megabytes, those of signing authorities kilobytes.
const MAX_LIST: usize = 32 << 20;

/// A list of revoked certificates, before its signature was checked.
#[derive(Debug, Clone)]
pub struct RevocationList {
    signed: Vec<u8>,
    parsed: CertificateList,
}

/// What a list says about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its issuer's current list does not name it.
    Good,
    /// Its issuer took it back.
    Revoked,
    /// The list is another issuer's.
    Elsewhere,
}

impl RevocationList {
    /// Reads a list in DER.
    ///
    /// # Errors
    /// [`Fault`] when it is none, too large, or of a kind that does not tell everything.
    pub fn from_der(der: &[u8]) -> Result<Self, Fault> {
        let malformed = |error: x509_cert::der::Error| Fault::malformed("revocation list", error);
        let parsed =
            CertificateList::from_der(bounded(der, "revocation list", MAX_LIST)?).map_err(malformed)?;
        let list = &parsed.tbs_cert_list;
        let entries = list.revoked_certificates.iter().flatten();
        let mut extensions =
            list.crl_extensions.iter().chain(entries.filter_map(|entry| entry.crl_entry_extensions.as_ref()));
        if let Some(critical) = extensions.find_map(|all| all.iter().find(|extension| extension.critical)) {
            return Err(Fault::unsupported("revocation list with critical extension", critical.extn_id));
        }
        if parsed.signature_algorithm != list.signature {
            return Err(Fault::malformed("revocation list", "its two signature algorithms differ"));
        }
        Ok(Self { signed: signed_part(der).map_err(malformed)?, parsed })
    }

    /// Reads all lists of a PEM text.
    ///
    /// # Errors
    /// [`Fault`] for the first that is none; also when there is none at all.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, Fault> {
        pem_blocks(pem, "X509 CRL")?.iter().map(|der| Self::from_der(der)).collect()
    }

    /// What the list says about a certificate of this issuer.
    ///
    /// # Errors
    /// [`Fault`] when the list is the issuer's by name, but is not signed by it or not current: nobody knows then.
    pub fn status(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        now: Timestamp,
    ) -> Result<Status, Fault> {
        let list = &self.parsed.tbs_cert_list;
        if list.issuer.to_der().ok() != issuer.names().to_der().ok() {
            return Ok(Status::Elsewhere);
        }
        let signature = self.parsed.signature.as_bytes().unwrap_or_default();
        if !issuer.public_key()?.verifies(&self.parsed.signature_algorithm, &self.signed, signature)? {
            return Err(Fault::malformed("revocation list", "it is not signed by the issuer that it names"));
        }
        if let Some((_, KeyUsage(usages))) = issuer.extension::<KeyUsage>()?
            && !usages.contains(KeyUsages::CRLSign)
        {
            return Err(issuer.fault("is not for signing revocation lists"));
        }
        let this_update = moment(list.this_update);
        if now < this_update {
            return Err(Fault::NotYet { part: "a revocation list", at: this_update });
        }
        // Without an end nobody can tell whether it is the current one.
        let Some(next_update) = list.next_update.map(moment) else {
            return Err(Fault::malformed("revocation list", "it does not say when the next one comes"));
        };
        if now > next_update {
            return Err(Fault::Ended { part: "a revocation list", at: next_update });
        }
        let serial = certificate.serial();
        let named = list.revoked_certificates.iter().flatten().any(|entry| entry.serial_number == *serial);
        Ok(if named { Status::Revoked } else { Status::Good })
    }
}

impl Certificate {
    const fn serial(&self) -> &x509_cert::serial_number::SerialNumber {
        &self.parsed.tbs_certificate.serial_number
    }
}

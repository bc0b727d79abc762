//! Revocation lists from files.
//!
//! Source: RFC 5280 §5. A list counts when an issuer's key signed it, however old it is: what was revoked stays
//! revoked. A certificate that no list speaks of is not revoked; nothing is fetched.

use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::der::{Decode as _, Encode as _};

use super::own_path::signed;
use crate::refusal::Refusal;

/// Refuses a chain in which a certificate is on a list of its issuer.
pub(super) fn check(
    leaf: &[u8],
    issuers: &[Vec<u8>],
    anchors: &[CertificateDer<'static>],
    lists: &[String],
) -> Result<(), Refusal> {
    if lists.is_empty() {
        return Ok(());
    }
    let parse = |der: &[u8]| Certificate::from_der(der).ok();
    let chain: Vec<Certificate> =
        std::iter::once(leaf).chain(issuers.iter().map(Vec::as_slice)).filter_map(parse).collect();
    let authorities: Vec<Certificate> =
        chain.iter().skip(1).cloned().chain(anchors.iter().filter_map(|der| parse(der.as_ref()))).collect();
    for text in lists {
        for block in crate::pem::blocks(text, "X509 CRL") {
            let list = block.and_then(|der| CertificateList::from_der(&der).ok());
            let list = list.ok_or_else(|| Refusal::Trust {
                name: "revocation-lists".to_owned(),
                fault: "a revocation list is malformed".to_owned(),
            })?;
            if let Some(revoked) = chain.iter().find(|one| is_on(&list, one, &authorities)) {
                let subject = revoked.tbs_certificate.subject.to_string();
                return Err(Refusal::Certificate(format!("{subject} is revoked by its issuer")));
            }
        }
    }
    Ok(())
}

fn is_on(list: &CertificateList, certificate: &Certificate, authorities: &[Certificate]) -> bool {
    let body = &list.tbs_cert_list;
    let serial = &certificate.tbs_certificate.serial_number;
    let named = body.revoked_certificates.iter().flatten().any(|one| one.serial_number == *serial);
    if !named || body.issuer != certificate.tbs_certificate.issuer {
        return false;
    }
    let Ok(bytes) = body.to_der() else { return false };
    let issuers = authorities.iter().filter(|one| one.tbs_certificate.subject == body.issuer);
    let mut issuers = issuers.filter(|one| signed(&bytes, &list.signature_algorithm, &list.signature, one));
    issuers.next().is_some()
}

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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
        KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
    };

    use super::*;

    /// A root of this name, and a leaf of it with the serial number 7.
    fn chain(name: &str) -> (CertificateParams, KeyPair, Vec<u8>, Vec<u8>) {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        let mut leaf = CertificateParams::default();
        leaf.serial_number = Some(SerialNumber::from(7_u64));
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = leaf.signed_by(&leaf_key, &Issuer::from_params(&params, &key)).unwrap().der().to_vec();
        (params, key, root, leaf)
    }

    fn list(params: &CertificateParams, key: &KeyPair, serial: u64) -> String {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2026, 2, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let der = list.signed_by(&Issuer::from_params(params, key)).unwrap().der().to_vec();
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
    }

    #[test]
    fn only_its_own_issuers_list_revokes_a_certificate_however_old_it_is() {
        let (params, key, root, leaf) = chain("root");
        let (_, other_key, ..) = chain("root");
        let anchors = [CertificateDer::from(root)];
        let revoked = |lists: &[String]| check(&leaf, &[], &anchors, lists).is_err();
        assert!(!revoked(&[]));
        assert!(!revoked(&[list(&params, &key, 8)]));
        assert!(revoked(&[list(&params, &key, 7)]));
        assert!(revoked(&[list(&params, &key, 8), list(&params, &key, 7)]));
        assert!(!revoked(&[list(&params, &other_key, 7)]), "the same name, another key");
        assert!(
            revoked(&["-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n".to_owned()]),
            "no list at all"
        );
    }
}

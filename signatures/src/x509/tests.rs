//! Authorities of tests, and what chains of theirs must not be.

use assay_core::Timestamp;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams,
    SerialNumber, date_time_ymd,
};

use super::*;

/// 2026-11-01.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_793_491_200_000);

/// A distinguished name of these attributes.
pub(crate) fn subject(names: &[(&str, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (attribute, value) in names {
        let kind = match *attribute {
            "C" => DnType::CountryName,
            "ST" => DnType::StateOrProvinceName,
            "O" => DnType::OrganizationName,
            _ => DnType::CommonName,
        };
        name.push(kind, *value);
    }
    name
}

/// An authority that issues certificates from 2026 to 2036.
pub(crate) struct Authority {
    pub(crate) der: Vec<u8>,
    params: CertificateParams,
    key: KeyPair,
}

/// What signs as JOSE and COSE have it.
pub(crate) struct LeafKey(EcdsaKeyPair);

impl LeafKey {
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&[("O", "Test"), ("CN", name)]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let (params, key) = (authority_params(name), KeyPair::generate().unwrap());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { der, params, key }
    }

    /// An authority below this one.
    pub(crate) fn below(&self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = authority_params("intermediate");
        change(&mut params);
        let der = params.signed_by(&key, &self.issuer()).unwrap().der().to_vec();
        Self { der, params, key }
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// A signing certificate and its key.
    pub(crate) fn leaf(&self, change: impl FnOnce(&mut CertificateParams)) -> (Vec<u8>, LeafKey) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(&[("C", "US"), ("ST", "WA"), ("O", "wabbit"), ("CN", "signer")]);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2036, 1, 1);
        params.serial_number = Some(SerialNumber::from(7_u64));
        change(&mut params);
        let der = params.signed_by(&key, &self.issuer()).unwrap().der().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.serialized_der()).unwrap();
        (der, LeafKey(pair))
    }

    /// A list that revokes these serial numbers.
    pub(crate) fn revoke(&self, serials: &[u64]) -> Vec<u8> {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 10, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 10, 2),
            next_update: date_time_ymd(2026, 12, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer()).unwrap().der().to_vec()
    }
}

/// Root, intermediate, and a leaf as the closure has it.
fn chain(change: impl FnOnce(&mut CertificateParams)) -> Result<Chain, Fault> {
    let root = Authority::new("root");
    let intermediate = root.below(|_| {});
    let (leaf, _) = intermediate.leaf(change);
    Chain::read(&[leaf, intermediate.der, root.der])
}

#[test]
fn a_chain_is_valid_in_its_time_and_anchored_by_any_of_its_issuers() {
    let root = Authority::new("root");
    let intermediate = root.below(|_| {});
    let (leaf, _) = intermediate.leaf(|_| {});
    let chain = Chain::read(&[leaf.clone(), intermediate.der.clone(), root.der.clone()]).unwrap();
    assert_eq!(chain.check_validity(NOW), Ok(()));
    for anchor in [&intermediate.der, &root.der] {
        assert!(chain.anchor(&[Certificate::from_der(anchor).unwrap()]).is_some());
    }
    assert!(chain.anchor(&[Certificate::from_der(&leaf).unwrap()]).is_none(), "a leaf vouches for nothing");
    assert!(chain.anchor(&[Certificate::from_der(&Authority::new("root").der).unwrap()]).is_none());
    let early = chain.check_validity(Timestamp::from_millis(0));
    assert!(matches!(early, Err(Fault::NotYet { .. })), "{early:?}");
    let late = chain.check_validity(Timestamp::from_millis(4_102_444_800_000));
    assert!(matches!(late, Err(Fault::Ended { .. })), "{late:?}");
}

#[test]
fn a_chain_out_of_order_or_with_a_stranger_is_none() {
    let root = Authority::new("root");
    let intermediate = root.below(|_| {});
    let (leaf, _) = intermediate.leaf(|_| {});
    let twin = Authority::new("root");
    for certificates in [
        vec![],
        vec![leaf.clone()],
        vec![leaf.clone(), intermediate.der.clone()],
        vec![leaf.clone(), root.der.clone()],
        vec![leaf.clone(), root.der.clone(), intermediate.der.clone()],
        vec![leaf.clone(), intermediate.der.clone(), twin.der.clone()],
        vec![leaf.clone(), intermediate.der.clone(), root.der.clone(), twin.der],
        vec![leaf.clone(), intermediate.der.clone(), root.der.clone(), root.der.clone()],
        vec![intermediate.der.clone(), root.der.clone()],
        vec![root.der.clone(); 11],
    ] {
        assert!(Chain::read(&certificates).is_err(), "{}", certificates.len());
    }
}

#[test]
fn leaves_for_something_else_are_refused() {
    use ExtendedKeyUsagePurpose as Purpose;
    use KeyUsagePurpose as Usage;
    for purpose in [
        Purpose::ServerAuth,
        Purpose::ClientAuth,
        Purpose::EmailProtection,
        Purpose::TimeStamping,
        Purpose::Any,
    ] {
        assert!(chain(|params| params.extended_key_usages.push(purpose)).is_err());
    }
    for usage in [Usage::KeyEncipherment, Usage::KeyAgreement, Usage::KeyCertSign, Usage::CrlSign] {
        assert!(chain(|params| params.key_usages.push(usage)).is_err());
    }
    assert!(chain(|params| params.key_usages = vec![]).is_err());
    assert!(chain(|params| params.key_usages = vec![Usage::ContentCommitment]).is_err());
    assert!(chain(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)).is_err());
    assert!(chain(|params| params.key_usages.push(Usage::ContentCommitment)).is_ok());
    assert!(chain(|params| params.extended_key_usages = vec![]).is_ok());
}

#[test]
fn a_critical_extension_that_is_not_understood_is_refused() {
    let extension = |critical| {
        chain(|params| {
            let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
            extension.set_criticality(critical);
            params.custom_extensions.push(extension);
        })
    };
    assert!(extension(false).is_ok());
    assert!(matches!(extension(true), Err(Fault::Unsupported { .. })));
}

#[test]
fn authorities_must_be_authorities() {
    let root = Authority::new("root");
    let refused = |change: &dyn Fn(&mut CertificateParams)| {
        let intermediate = root.below(change);
        let (leaf, _) = intermediate.leaf(|_| {});
        Chain::read(&[leaf, intermediate.der, root.der.clone()]).is_err()
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|params| params.is_ca = IsCa::NoCa));
    assert!(refused(&|params| params.is_ca = IsCa::ExplicitNoCa));
    assert!(refused(&|params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]));
    assert!(refused(&|params| params.key_usages = vec![]));
    let short = root.below(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let lowest = short.below(|params| params.distinguished_name = subject(&[("CN", "lowest")]));
    let (leaf, _) = lowest.leaf(|_| {});
    assert!(Chain::read(&[leaf, lowest.der, short.der, root.der]).is_err(), "the path is too long");
}

#[test]
fn a_revoked_certificate_and_a_list_nobody_can_trust_refuse_the_chain() {
    let root = Authority::new("root");
    let (leaf, _) = root.leaf(|_| {});
    let chain = Chain::read(&[leaf, root.der.clone()]).unwrap();
    let check = |der: &[u8], at| chain.check_revocation(&[RevocationList::from_der(der).unwrap()], at);
    assert_eq!(check(&root.revoke(&[8]), NOW), Ok(()));
    assert!(matches!(check(&root.revoke(&[8, 7]), NOW), Err(Fault::Revoked { .. })));
    assert_eq!(check(&Authority::new("another").revoke(&[7]), NOW), Ok(()), "another issuer's list");
    assert!(check(&Authority::new("root").revoke(&[8]), NOW).is_err(), "the same name, another key");
    let late = Timestamp::from_millis(NOW.as_millis() + 60 * 86_400_000);
    assert!(matches!(check(&root.revoke(&[8]), late), Err(Fault::Ended { .. })));
    let early = Timestamp::from_millis(NOW.as_millis() - 60 * 86_400_000);
    assert!(matches!(check(&root.revoke(&[8]), early), Err(Fault::NotYet { .. })));
}

#[test]
fn any_flipped_bit_of_a_leaf_breaks_the_chain() {
    let root = Authority::new("root");
    let (leaf, _) = root.leaf(|_| {});
    for at in 0..leaf.len() {
        let mut flipped = leaf.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(Chain::read(&[flipped, root.der.clone()]).is_err(), "byte {at}");
    }
}

//! What each kind of signature of a manifest becomes.

use assay_core::{CertificateRoots, FileCoverage, FileState, Sha256, Timestamp, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::dsse::IN_TOTO;
use crate::dsse::tests::envelope;
use crate::key::tests::Signer as Key;
use crate::notation::tests::Maker;
use crate::x509::tests::NOW;

const SUBJECT: Sha256 = Sha256::new([7; 32]);

fn check(kind: AttachedKind, trust: Trust) -> AttachedCheck {
    AttachedCheck {
        name: "sha256:00".to_owned(),
        kind,
        annotations: BTreeMap::new(),
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        digest: SUBJECT,
        size: 576,
        files: vec![FileCoverage { name: "m".to_owned(), state: FileState::Verified }],
        trust,
    }
}

fn trusting(keys: &[&Key]) -> Trust {
    Trust { keys: keys.iter().map(|key| key.pem()).collect(), ..Trust::nobody(NOW) }
}

fn simple(key: &Key, check: &mut AttachedCheck) -> Vec<u8> {
    let document = format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"r"}},"image":{{"docker-manifest-digest":"sha256:{SUBJECT}"}},"type":"cosign container image signature"}},"optional":null}}"#
    );
    let signature = STANDARD.encode(key.sign(document.as_bytes()));
    check.annotations.insert(cosign::SIGNATURE_ANNOTATION.to_owned(), signature);
    document.into_bytes()
}

fn statement(key: &Key, predicate_type: &str) -> Vec<u8> {
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{SUBJECT}"}}}}],"predicateType":"{predicate_type}","predicate":{{}}}}"#
    );
    envelope(key, IN_TOTO, statement.as_bytes()).into_bytes()
}

#[test]
fn a_signature_by_a_trusted_key_vouches_for_every_file_of_the_manifest() {
    let (key, other) = (Key::p256(), Key::p256());
    for (trusted, state) in [(&key, SignatureState::Verified), (&other, SignatureState::UntrustedSigner)] {
        let mut check = check(AttachedKind::SimpleSigning, trusting(&[trusted]));
        let document = simple(&key, &mut check);
        let fact = verify_attached(&document, &check);
        assert_eq!((fact.method.as_str(), &fact.state), ("cosign-key", &state));
        assert_eq!(fact.coverage, check.files);
        assert_eq!(fact.signer.is_some(), state == SignatureState::Verified);
    }
}

#[test]
fn an_attestation_is_shown_and_vouches_for_no_file() {
    let key = Key::p256();
    let check = check(AttachedKind::Dsse, trusting(&[&key]));
    let fact = verify_attached(&statement(&key, "https://example.com/audit/v1"), &check);
    assert_eq!((fact.method.as_str(), fact.state), ("attestation-key", SignatureState::Verified));
    assert_eq!(fact.coverage, []);
    assert_eq!(fact.file, "sha256:00 (https://example.com/audit/v1)");
    let signature = statement(&key, "https://sigstore.dev/cosign/sign/v1");
    assert_eq!(verify_attached(&signature, &check).coverage, check.files);
}

#[test]
fn a_notary_signature_is_by_the_name_under_the_roots_it_ends_in() {
    let maker = Maker::new();
    let roots = |name: &str, der: &[u8]| CertificateRoots {
        name: name.to_owned(),
        pem: format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der)),
    };
    let others = roots("others", &Maker::new().authority.der);
    let mine = roots("mine", &maker.authority.der);
    for (certificate_roots, root) in [(vec![others.clone(), mine], Some("mine")), (vec![others], None)] {
        let trust = Trust { certificate_roots, ..Trust::nobody(NOW) };
        let fact = verify_attached(maker.good().as_bytes(), &check(AttachedKind::NotationJws, trust));
        let by = fact.by.unwrap();
        assert!(by.name.contains("CN=signer"), "{by:?}");
        assert_eq!(by.trust_root.as_deref(), root);
        assert_eq!(fact.state == SignatureState::Verified, root.is_some());
    }
    let late = Trust::nobody(Timestamp::from_millis(4_102_444_800_000));
    let other = AttachedCheck { size: 577, ..check(AttachedKind::NotationJws, late) };
    let fact = verify_attached(maker.good().as_bytes(), &other);
    assert!(matches!(fact.state, SignatureState::Invalid { .. }), "{fact:?}");
}

#[test]
fn what_cannot_be_read_is_invalid_and_says_why() {
    for kind in [
        AttachedKind::SimpleSigning,
        AttachedKind::Dsse,
        AttachedKind::Bundle,
        AttachedKind::NotationJws,
        AttachedKind::NotationCose,
    ] {
        let fact = verify_attached(b"{}", &check(kind, Trust::nobody(NOW)));
        let SignatureState::Invalid { reason } = fact.state else { panic!("{kind:?}") };
        assert!(!reason.is_empty());
        assert_eq!(fact.coverage, []);
    }
}

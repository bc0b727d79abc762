//! Envelopes of a test authority, good and otherwise.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use coset::cbor::Value;
use coset::{CoseSign1Builder, HeaderBuilder, TaggedCborSerializable as _, iana};
use serde_json::json;

use super::*;
use crate::x509::tests::{Authority, LeafKey, NOW};

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

fn target() -> Target<'static> {
    Target { media_type: IMAGE, digest: Sha256::new([7; 32]), size: 576 }
}

fn payload() -> serde_json::Value {
    json!({"targetArtifact": {"mediaType": IMAGE, "digest": format!("sha256:{}", target().digest), "size": 576,
        "annotations": {"build": "7"}}})
}

fn protected() -> serde_json::Value {
    json!({"alg": "ES256", "cty": PAYLOAD_TYPE, SCHEME: "notary.x509", SIGNING_TIME: "2026-10-01T00:00:00Z",
        "crit": [SCHEME]})
}

/// An authority with one leaf.
pub(crate) struct Maker {
    pub(crate) authority: Authority,
    leaf: Vec<u8>,
    key: LeafKey,
}

impl Maker {
    pub(crate) fn new() -> Self {
        let authority = Authority::new("root");
        let (leaf, key) = authority.leaf(|_| {});
        Self { authority, leaf, key }
    }

    /// An envelope over the target.
    pub(crate) fn good(&self) -> String {
        self.jws(&protected(), &payload())
    }

    fn trust(&self) -> Trust {
        Trust {
            authorities: vec![Certificate::from_der(&self.authority.der).unwrap()],
            identities: vec!["x509.subject: C=US, ST=WA, O=wabbit".parse().unwrap()],
            ..Trust::default()
        }
    }

    fn jws(&self, protected: &serde_json::Value, payload: &serde_json::Value) -> String {
        let [protected, payload] = [protected, payload].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(format!("{protected}.{payload}").as_bytes()));
        let x5c = [&self.leaf, &self.authority.der].map(|der| STANDARD.encode(der));
        json!({"payload": payload, "protected": protected, "header": {"x5c": x5c}, "signature": signature})
            .to_string()
    }

    fn cose(&self, change: impl FnOnce(HeaderBuilder) -> HeaderBuilder) -> Vec<u8> {
        let seconds = |seconds: i64| Value::Tag(1, Box::new(Value::from(seconds)));
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::ES256)
            .content_type(PAYLOAD_TYPE.to_owned())
            .add_critical_label(coset::RegisteredLabelWithPrivate::Text(SCHEME.to_owned()))
            .text_value(SCHEME.to_owned(), Value::from("notary.x509"))
            .text_value(SIGNING_TIME.to_owned(), seconds(1_790_000_000));
        let chain = [&self.leaf, &self.authority.der].map(|der| Value::Bytes(der.clone()));
        let unprotected = HeaderBuilder::new().value(33, Value::Array(chain.to_vec())).build();
        CoseSign1Builder::new()
            .protected(change(protected).build())
            .unprotected(unprotected)
            .payload(payload().to_string().into_bytes())
            .create_signature(b"", |message| self.key.sign(message))
            .build()
            .to_tagged_vec()
            .unwrap()
    }

    fn check_jws(&self, protected: &serde_json::Value) -> Outcome {
        verify(self.jws(protected, &payload()).as_bytes(), Envelope::Jws, &target(), &self.trust(), NOW)
    }
}

fn with(mut object: serde_json::Value, key: &str, value: serde_json::Value) -> serde_json::Value {
    object[key] = value;
    object
}

#[test]
fn both_envelopes_prove_who_signed_what() {
    let maker = Maker::new();
    let jws = maker.check_jws(&protected());
    let cose = verify(&maker.cose(|header| header), Envelope::Cose, &target(), &maker.trust(), NOW);
    for outcome in [jws, cose] {
        let Outcome::Verified(proof) = outcome else { panic!("{outcome:?}") };
        assert!(proof.signer.name().contains("CN=signer"), "{}", proof.signer.name());
        assert_eq!(proof.claims, BTreeMap::from([("build".to_owned(), "7".to_owned())]));
        assert!(proof.claimed_at.is_some());
    }
}

#[test]
fn another_manifest_is_not_what_was_signed() {
    let maker = Maker::new();
    let envelope = maker.jws(&protected(), &payload());
    for other in [
        Target { digest: Sha256::new([8; 32]), ..target() },
        Target { size: 577, ..target() },
        Target { media_type: "application/vnd.oci.image.index.v1+json", ..target() },
    ] {
        let outcome = verify(envelope.as_bytes(), Envelope::Jws, &other, &maker.trust(), NOW);
        assert!(matches!(outcome, Outcome::Refused(Fault::OtherSubject { .. })), "{outcome:?}");
    }
}

#[test]
fn who_is_not_trusted_is_named_and_not_verified() {
    let maker = Maker::new();
    let envelope = maker.jws(&protected(), &payload());
    let strangers =
        Trust { identities: vec!["x509.subject: C=US, ST=WA, O=other".parse().unwrap()], ..maker.trust() };
    let nobody = Trust { identities: vec![], ..maker.trust() };
    let swapped =
        Trust { authorities: vec![], signing_authorities: maker.trust().authorities, ..maker.trust() };
    for trust in [strangers, nobody, swapped, Trust::default(), Maker::new().trust()] {
        let outcome = verify(envelope.as_bytes(), Envelope::Jws, &target(), &trust, NOW);
        assert!(
            matches!(&outcome, Outcome::Untrusted { named } if named.contains("CN=signer")),
            "{outcome:?}"
        );
    }
}

#[test]
fn an_expired_signature_is_refused_from_its_end_on() {
    let maker = Maker::new();
    let ends = |at: &str| with(with(protected(), EXPIRY, json!(at)), "crit", json!([SCHEME, EXPIRY]));
    assert!(maker.check_jws(&ends("2026-11-01T00:00:01Z")).is_verified());
    let outcome = maker.check_jws(&ends("2026-11-01T00:00:00Z"));
    assert!(matches!(outcome, Outcome::Refused(Fault::Ended { .. })), "{outcome:?}");
}

#[test]
fn headers_that_leave_a_choice_are_refused() {
    let maker = Maker::new();
    let (set, text) = (protected(), |value: &str| json!(value));
    for bad in [
        with(set.clone(), "alg", text("none")),
        with(set.clone(), "alg", text("HS256")),
        with(set.clone(), "alg", text("ES384")),
        with(set.clone(), "alg", text("RS256")),
        with(set.clone(), "cty", text("application/json")),
        with(set.clone(), "crit", json!([])),
        with(set.clone(), "crit", json!([SCHEME, SCHEME])),
        with(set.clone(), "crit", json!([SCHEME, "io.cncf.notary.verificationPlugin"])),
        with(set.clone(), "crit", json!([SCHEME, EXPIRY])),
        with(set.clone(), EXPIRY, text("2030-01-01T00:00:00Z")),
        with(set.clone(), SCHEME, text("notary.x509.signingAuthority")),
        with(set.clone(), SCHEME, text("notary.x510")),
        with(set.clone(), SIGNING_TIME, text("yesterday")),
        with(set.clone(), "b64", json!(false)),
    ] {
        let outcome = maker.check_jws(&bad);
        assert!(matches!(outcome, Outcome::Refused(_)), "{bad}: {outcome:?}");
    }
}

#[test]
fn a_signing_authoritys_time_counts_only_for_its_own_roots() {
    let maker = Maker::new();
    let at = |at: &str| {
        let mut set = protected();
        set.as_object_mut().unwrap().remove(SIGNING_TIME);
        let set = with(set, SCHEME, json!("notary.x509.signingAuthority"));
        with(with(set, AUTHENTIC_TIME, json!(at)), "crit", json!([SCHEME, AUTHENTIC_TIME]))
    };
    let trust =
        Trust { authorities: vec![], signing_authorities: maker.trust().authorities, ..maker.trust() };
    let check = |at: &serde_json::Value, now| {
        verify(maker.jws(at, &payload()).as_bytes(), Envelope::Jws, &target(), &trust, now)
    };
    let later = Timestamp::from_millis(2_200_000_000_000);
    assert!(check(&at("2026-10-01T00:00:00Z"), later).is_verified(), "after the certificates ended");
    assert!(!check(&at("2025-10-01T00:00:00Z"), NOW).is_verified(), "before they began");
    assert!(!check(&at("2027-10-01T00:00:00Z"), NOW).is_verified(), "in the future");
    assert!(matches!(maker.check_jws(&at("2026-10-01T00:00:00Z")), Outcome::Untrusted { .. }));
}

#[test]
fn a_certificate_that_ended_or_was_revoked_is_refused() {
    let maker = Maker::new();
    let envelope = maker.jws(&protected(), &payload());
    let check = |trust: &Trust, now| verify(envelope.as_bytes(), Envelope::Jws, &target(), trust, now);
    let outcome = check(&maker.trust(), Timestamp::from_millis(2_200_000_000_000));
    assert!(matches!(outcome, Outcome::Refused(Fault::Ended { .. })), "{outcome:?}");
    let revoked = vec![RevocationList::from_der(&maker.authority.revoke(&[7])).unwrap()];
    let outcome = check(&Trust { revoked, ..maker.trust() }, NOW);
    assert!(matches!(outcome, Outcome::Refused(Fault::Revoked { .. })), "{outcome:?}");
}

#[test]
fn documents_that_can_be_read_in_two_ways_are_refused() {
    let maker = Maker::new();
    let good = maker.jws(&protected(), &payload());
    let trust = maker.trust();
    for bad in [
        good.replacen('{', r#"{"payload":"","#, 1),
        good.replacen('{', r#"{"signatures":[],"#, 1),
        good.replace("\"signature\"", "\"Signature\""),
        format!("{good} {good}"),
        String::new(),
    ] {
        assert!(!verify(bad.as_bytes(), Envelope::Jws, &target(), &trust, NOW).is_verified(), "{bad:.80}");
    }
    let cose = maker.cose(|header| header);
    let untagged = &cose[1..];
    let longer = [cose.as_slice(), &[0]].concat();
    for bad in [untagged, &longer, &cose[..cose.len() - 1], b""] {
        assert!(!verify(bad, Envelope::Cose, &target(), &trust, NOW).is_verified());
    }
    let huge = vec![b' '; MAX_ENVELOPE + 1];
    let outcome = verify(&huge, Envelope::Jws, &target(), &trust, NOW);
    assert!(matches!(outcome, Outcome::Refused(Fault::TooLarge { .. })));
}

#[test]
fn cose_headers_are_as_strict() {
    let maker = Maker::new();
    let refused = |cose: Vec<u8>| {
        let outcome = verify(&cose, Envelope::Cose, &target(), &maker.trust(), NOW);
        assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    };
    refused(maker.cose(|header| header.algorithm(iana::Algorithm::ES384)));
    refused(maker.cose(|header| header.algorithm(iana::Algorithm::HMAC_256_256)));
    refused(maker.cose(|header| header.content_type("text/plain".to_owned())));
    refused(maker.cose(|header| header.add_critical(iana::HeaderParameter::X5Chain)));
    refused(maker.cose(|header| header.text_value(EXPIRY.to_owned(), Value::from(1))));
    refused(maker.cose(|header| header.value(33, Value::Array(vec![]))));
}

#[test]
fn any_flipped_bit_of_either_envelope_is_refused() {
    let maker = Maker::new();
    let trust = maker.trust();
    let jws = maker.jws(&protected(), &payload()).into_bytes();
    let cose = maker.cose(|header| header);
    for (envelope, kind) in [(jws, Envelope::Jws), (cose, Envelope::Cose)] {
        for at in 0..envelope.len() {
            let mut flipped = envelope.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(!verify(&flipped, kind, &target(), &trust, NOW).is_verified(), "{kind:?} byte {at}");
        }
    }
}

//! Attestations by key: a DSSE envelope, the statement in it, and whether it is about the artifact.

use std::collections::BTreeMap;

use assay_core::Sha256;

use crate::dsse::{Envelope, IN_TOTO};
use crate::fault::Fault;
use crate::intoto::Statement;
use crate::proof::{Method, Outcome, Proof, SignedBy};

/// An attestation that was checked. What it says is kept only when it is verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Attestation {
    /// What checking it gave.
    pub outcome: Outcome,
    /// What it says; a claim of the signer.
    pub statement: Option<Statement>,
}

impl Attestation {
    /// Checks a bare envelope over a statement about this artifact, by one of these keys (PEM).
    #[must_use]
    pub fn verify(envelope: &[u8], subject: Sha256, keys: &[String]) -> Self {
        Self::of(Envelope::read(envelope).and_then(|envelope| check(&envelope, subject, keys)))
    }

    pub(crate) fn of(checked: Result<Self, Fault>) -> Self {
        checked.unwrap_or_else(|fault| Self { outcome: fault.into(), statement: None })
    }
}

pub(crate) fn check(envelope: &Envelope, subject: Sha256, keys: &[String]) -> Result<Attestation, Fault> {
    let signer = envelope.signer(keys).map_err(|error| Fault::malformed("trusted key", error))?;
    let Some(id) = signer else {
        let named = envelope.key_id.clone().unwrap_or_else(|| "an unknown key".to_owned());
        return Ok(Attestation { outcome: Outcome::Untrusted { named }, statement: None });
    };
    let (statement, claims) = about(envelope, subject)?;
    let signer = SignedBy::Key { id, identity: None };
    let proof = Proof { method: Method::AttestationKey, signer, claimed_at: None, claims };
    Ok(Attestation { outcome: Outcome::Verified(proof), statement: Some(statement) })
}

/// What an envelope says about a subject, and the claims of that. Whoever believes it has checked the signature.
pub(crate) fn about(
    envelope: &Envelope,
    subject: Sha256,
) -> Result<(Statement, BTreeMap<String, String>), Fault> {
    if envelope.payload_type != IN_TOTO {
        return Err(Fault::Unexpected { part: "the payload type", found: envelope.payload_type.clone() });
    }
    let statement = Statement::read(&envelope.payload)?;
    let Some(about) = statement.subject(subject) else {
        let found = statement.subjects.first().and_then(|first| first.sha256());
        let found = found.map_or_else(|| "no SHA-256".to_owned(), |sha256| format!("sha256:{sha256}"));
        return Err(Fault::OtherSubject { found });
    };
    let claims = BTreeMap::from([
        ("predicate-type".to_owned(), statement.predicate_type.clone()),
        ("subject-name".to_owned(), about.name.clone()),
    ]);
    Ok((statement, claims))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsse::tests::envelope;
    use crate::intoto::Predicate;
    use crate::key::tests::Signer;

    const SUBJECT: Sha256 = Sha256::new([7; 32]);

    pub(crate) fn statement(predicate_type: &str, predicate: &str) -> String {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"m","digest":{{"sha256":"{SUBJECT}"}}}}],
            "predicateType":"{predicate_type}","predicate":{predicate}}}"#
        )
    }

    #[test]
    fn a_verified_attestation_is_typed() {
        let key = Signer::p256();
        let provenance = r#"{"builder":{"id":"https://b"},"buildType":"t"}"#;
        let text =
            envelope(&key, IN_TOTO, statement("https://slsa.dev/provenance/v0.2", provenance).as_bytes());
        let checked = Attestation::verify(text.as_bytes(), SUBJECT, &[key.pem()]);
        assert!(checked.outcome.is_verified(), "{:?}", checked.outcome);
        let Some(Predicate::Provenance(provenance)) = checked.statement.map(|statement| statement.predicate)
        else {
            panic!()
        };
        assert_eq!(provenance.builder, "https://b");
    }

    #[test]
    fn what_nobody_trusted_says_is_not_kept() {
        let (key, other) = (Signer::p256(), Signer::p256());
        let text = envelope(&key, IN_TOTO, statement("x", "{}").as_bytes());
        let checked = Attestation::verify(text.as_bytes(), SUBJECT, &[other.pem()]);
        assert!(matches!(checked.outcome, Outcome::Untrusted { .. }));
        assert_eq!(checked.statement, None);
    }

    #[test]
    fn other_subjects_types_and_predicates_out_of_shape_are_refused() {
        let key = Signer::p256();
        let check = |payload_type: &str, payload: &str, subject| {
            let text = envelope(&key, payload_type, payload.as_bytes());
            Attestation::verify(text.as_bytes(), subject, &[key.pem()]).outcome
        };
        let good = statement("x", "{}");
        assert!(check(IN_TOTO, &good, SUBJECT).is_verified());
        let outcome = check(IN_TOTO, &good, Sha256::new([8; 32]));
        assert!(matches!(outcome, Outcome::Refused(Fault::OtherSubject { .. })));
        assert!(matches!(check("text/plain", &good, SUBJECT), Outcome::Refused(Fault::Unexpected { .. })));
        let shapeless = statement("https://slsa.dev/provenance/v1", "{}");
        assert!(matches!(check(IN_TOTO, &shapeless, SUBJECT), Outcome::Refused(Fault::Malformed { .. })));
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let key = Signer::p256();
        let good = envelope(&key, IN_TOTO, statement("x", "{}").as_bytes()).into_bytes();
        for at in 0..good.len() {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << (at % 8);
            let outcome = Attestation::verify(&flipped, SUBJECT, &[key.pem()]).outcome;
            assert!(!outcome.is_verified(), "byte {at}");
        }
    }
}

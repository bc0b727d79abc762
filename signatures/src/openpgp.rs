//! OpenPGP signatures of files and of git objects.
//!
//! Source: RFC 9580. Packets are read and signatures checked by `pgp`; which key may sign, and when, is decided here: the
//! key that signed must be bound to a certificate that the operator named, be for signing, and be neither expired nor
//! revoked now. There is no web of trust and no key server. Text signatures, digests below SHA-256, and signatures of
//! several keys are refused. Packets have parts that nobody signs, so one signature has several texts.

use std::collections::BTreeMap;
use std::io::Read;

use assay_core::Timestamp;
use pgp::composed::{DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PublicKey, Signature, SignatureType};
use pgp::types::{KeyDetails, Tag};

use crate::fault::{Fault, bounded};
use crate::proof::{Method, Outcome, Proof, SignedBy};

/// The largest signature; a large one has two kilobytes.
const MAX_SIGNATURE: usize = 64 << 10;

/// The largest certificate; those of developers with many signatures have a megabyte.
const MAX_CERTIFICATE: usize = 8 << 20;

/// The most users and keys of a certificate.
const MAX_PARTS: usize = 1_000;

/// A certificate (public key) that the operator trusts.
#[derive(Debug, Clone)]
pub struct OpenPgpCertificate(SignedPublicKey);

impl OpenPgpCertificate {
    /// Reads one certificate in ASCII armor.
    ///
    /// # Errors
    /// [`Fault`] when it is none, or not exactly one.
    pub fn read(armor: &str) -> Result<Self, Fault> {
        bounded(armor.as_bytes(), "OpenPGP certificate", MAX_CERTIFICATE)?;
        let certificate: SignedPublicKey = one(armor.as_bytes(), "OpenPGP certificate")?;
        let parts = certificate.details.users.len().saturating_add(certificate.public_subkeys.len());
        if parts > MAX_PARTS {
            return Err(Fault::TooMany { part: "users and keys of a certificate", max: MAX_PARTS });
        }
        Ok(Self(certificate))
    }

    /// The certificate as policy and signature facts name it: `openpgp:<fingerprint>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("openpgp:{}", self.0.primary_key.fingerprint())
    }

    /// Its first user that it vouches for itself.
    fn user(&self) -> Option<String> {
        let key = &self.0.primary_key;
        let users = self.0.details.users.iter();
        let mut good = users.filter(|user| {
            user.signatures.iter().any(|signature| {
                is_by(signature, key) && signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
            })
        });
        good.next().and_then(|user| user.id.as_str().map(str::to_owned))
    }
}

/// Checks a detached signature in ASCII armor over a file.
pub fn verify(
    signature: &[u8],
    content: &mut dyn Read,
    certificates: &[OpenPgpCertificate],
    now: Timestamp,
) -> Outcome {
    Outcome::of(check(signature, content, certificates, now, Method::OpenPgp))
}

pub(crate) fn check(
    signature: &[u8],
    content: &mut dyn Read,
    certificates: &[OpenPgpCertificate],
    now: Timestamp,
    method: Method,
) -> Result<Outcome, Fault> {
    let armor = bounded(signature, "OpenPGP signature", MAX_SIGNATURE)?;
    let DetachedSignature { signature } = one(armor, "OpenPGP signature")?;
    let created = check_shape(&signature, now)?;
    let Some((certificate, key)) = signer(&signature, certificates) else {
        return Ok(Outcome::Untrusted { named: issuer(&signature) });
    };
    check_primary(&certificate.0, now)?;
    let good = match key {
        Key::Primary => {
            check_primary_signs(&certificate.0)?;
            signature.verify(&certificate.0.primary_key, content)
        }
        Key::Subkey(subkey) => {
            check_subkey(&certificate.0.primary_key, subkey, now)?;
            signature.verify(&subkey.key, content)
        }
    };
    good.map_err(|_| Fault::BadSignature)?;
    Ok(Outcome::Verified(Proof {
        method,
        signer: SignedBy::Key { id: certificate.name(), identity: certificate.user() },
        claimed_at: Some(created),
        claims: BTreeMap::new(),
    }))
}

/// The only thing of its kind in the armor.
fn one<T: pgp::composed::Deserializable>(armor: &[u8], part: &'static str) -> Result<T, Fault> {
    let malformed = |error: pgp::errors::Error| Fault::malformed(part, error);
    let (mut all, _) = T::from_armor_many(armor).map_err(malformed)?;
    let first = all.next().ok_or_else(|| Fault::malformed(part, "it is empty"))?.map_err(malformed)?;
    if all.next().is_some() { Err(Fault::malformed(part, "more than one")) } else { Ok(first) }
}

/// Type, digest and times of a signature; when it says it was made.
fn check_shape(signature: &Signature, now: Timestamp) -> Result<Timestamp, Fault> {
    if signature.typ() != Some(SignatureType::Binary) {
        return Err(Fault::unsupported("OpenPGP signature type", format!("{:?}", signature.typ())));
    }
    match signature.hash_alg() {
        Some(HashAlgorithm::Sha256 | HashAlgorithm::Sha384 | HashAlgorithm::Sha512) => {}
        other => return Err(Fault::unsupported("digest of an OpenPGP signature", format!("{other:?}"))),
    }
    let created = signature
        .created()
        .map(|created| moment(created.as_secs()))
        .ok_or_else(|| Fault::malformed("OpenPGP signature", "it does not say when it was made"))?;
    if created > now {
        return Err(Fault::NotYet { part: "the signature", at: created });
    }
    let lasts = signature.signature_expiration_time().map(|lasts| lasts.as_secs());
    check_end(created, lasts, now, "the signature")?;
    Ok(created)
}

/// Which key of a certificate.
enum Key<'c> {
    Primary,
    Subkey(&'c SignedPublicSubKey),
}

/// The first certificate, and its key, that the signature names as its issuer.
fn signer<'c>(
    signature: &Signature,
    certificates: &'c [OpenPgpCertificate],
) -> Option<(&'c OpenPgpCertificate, Key<'c>)> {
    certificates.iter().find_map(|certificate| {
        if names(signature, &certificate.0.primary_key) {
            return Some((certificate, Key::Primary));
        }
        let subkey = certificate.0.public_subkeys.iter().find(|subkey| names(signature, &subkey.key))?;
        Some((certificate, Key::Subkey(subkey)))
    })
}

/// By fingerprint where there is one, else by the short key id.
fn names(signature: &Signature, key: &impl KeyDetails) -> bool {
    let fingerprints = signature.issuer_fingerprint();
    if fingerprints.is_empty() {
        signature.issuer_key_id().contains(&&key.legacy_key_id())
    } else {
        fingerprints.contains(&&key.fingerprint())
    }
}

/// Who the signature says made it.
fn issuer(signature: &Signature) -> String {
    let fingerprint = signature.issuer_fingerprint().first().map(ToString::to_string);
    let key_id = || signature.issuer_key_id().first().map(ToString::to_string);
    let name = fingerprint.or_else(key_id);
    format!("openpgp:{}", name.unwrap_or_else(|| "unknown".to_owned()))
}

/// Whether a signature on a certificate says that this key made it.
fn is_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    let named = !signature.issuer_fingerprint().is_empty() || !signature.issuer_key_id().is_empty();
    !named || names(signature, key)
}

/// The newest of its own signatures that says what the primary key is for.
fn newest_own(certificate: &SignedPublicKey) -> Option<&Signature> {
    let key = &certificate.primary_key;
    let users = certificate.details.users.iter().flat_map(|user| {
        user.signatures.iter().filter(|signature| {
            is_by(signature, key)
                && signature.typ() != Some(SignatureType::CertRevocation)
                && signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
        })
    });
    let direct = certificate.details.direct_signatures.iter();
    let direct = direct.filter(|signature| is_by(signature, key) && signature.verify_key(key).is_ok());
    users.chain(direct).max_by_key(|signature| signature.created().map(|created| created.as_secs()))
}

/// Whether the certificate counts now: not revoked, and its own word on its end is not past.
fn check_primary(certificate: &SignedPublicKey, now: Timestamp) -> Result<(), Fault> {
    let key = &certificate.primary_key;
    let revoked =
        certificate.details.revocation_signatures.iter().any(|signature| signature.verify_key(key).is_ok());
    if revoked {
        return Err(Fault::Revoked { what: format!("openpgp:{}", key.fingerprint()) });
    }
    let own = newest_own(certificate)
        .ok_or_else(|| Fault::malformed("OpenPGP certificate", "it does not vouch for itself"))?;
    let lasts = own.key_expiration_time().map(|lasts| lasts.as_secs());
    check_end(moment(key.created_at().as_secs()), lasts, now, "the OpenPGP key")
}

fn check_primary_signs(certificate: &SignedPublicKey) -> Result<(), Fault> {
    // Certificates from before there were flags have none; their primary keys sign.
    let flags = newest_own(certificate).map(Signature::key_flags).unwrap_or_default();
    let none = flags == pgp::packet::KeyFlags::default();
    if flags.sign() || none { Ok(()) } else { Err(Fault::malformed("OpenPGP key", "it is not for signing")) }
}

fn check_subkey(primary: &PublicKey, subkey: &SignedPublicSubKey, now: Timestamp) -> Result<(), Fault> {
    let of = |kind: SignatureType| {
        subkey.signatures.iter().filter(move |signature| {
            signature.typ() == Some(kind) && signature.verify_subkey_binding(primary, &subkey.key).is_ok()
        })
    };
    if of(SignatureType::SubkeyRevocation).next().is_some() {
        return Err(Fault::Revoked { what: format!("openpgp:{}", subkey.key.fingerprint()) });
    }
    let newest = of(SignatureType::SubkeyBinding)
        .max_by_key(|signature| signature.created().map(|created| created.as_secs()))
        .ok_or_else(|| Fault::malformed("OpenPGP key", "it is not bound to its certificate"))?;
    // The subkey must agree, or anyone could take another's signing key into a certificate of theirs.
    let agrees = newest
        .embedded_signature()
        .is_some_and(|back| back.verify_primary_key_binding(&subkey.key, primary).is_ok());
    if !newest.key_flags().sign() || !agrees {
        return Err(Fault::malformed("OpenPGP key", "it is not for signing"));
    }
    let lasts = newest.key_expiration_time().map(|lasts| lasts.as_secs());
    check_end(moment(subkey.key.created_at().as_secs()), lasts, now, "the OpenPGP key")
}

/// Whether something that lasts some seconds is over; zero and nothing mean for ever.
fn check_end(begin: Timestamp, lasts: Option<u32>, now: Timestamp, part: &'static str) -> Result<(), Fault> {
    let Some(lasts) = lasts.filter(|lasts| *lasts > 0) else { return Ok(()) };
    let at = begin.as_millis().saturating_add(i64::from(lasts).saturating_mul(1_000));
    let at = Timestamp::from_millis(at);
    if now >= at { Err(Fault::Ended { part, at }) } else { Ok(()) }
}

fn moment(seconds: u32) -> Timestamp {
    Timestamp::from_millis(i64::from(seconds).saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBKEY: &str = include_str!("../tests/samples/openpgp/subkey.pub.asc");
    const RSA: &str = include_str!("../tests/samples/openpgp/rsa.pub.asc");
    const EXPIRING: &str = include_str!("../tests/samples/openpgp/expiring.pub.asc");
    const REVOKED: &str = include_str!("../tests/samples/openpgp/revoked.pub.asc");
    const BY_SUBKEY: &str = include_str!("../tests/samples/openpgp/subkey.sig.asc");
    const BY_RSA: &str = include_str!("../tests/samples/openpgp/rsa.sig.asc");
    const BY_EXPIRING: &str = include_str!("../tests/samples/openpgp/expiring.sig.asc");
    const BY_SHA1: &str = include_str!("../tests/samples/openpgp/sha1.sig.asc");
    const TEXT: &str = include_str!("../tests/samples/openpgp/text.sig.asc");
    /// 2026-11-01, eight weeks after the samples were made and the one key ended.
    const NOW: Timestamp = Timestamp::from_millis(1_793_491_200_000);

    fn checked(signature: &str, certificate: &str, content: &[u8], now: Timestamp) -> Outcome {
        let certificates = [OpenPgpCertificate::read(certificate).unwrap()];
        verify(signature.as_bytes(), &mut &*content, &certificates, now)
    }

    #[test]
    fn primary_keys_and_bound_subkeys_sign() {
        for (signature, certificate) in [(BY_RSA, RSA), (BY_SUBKEY, SUBKEY)] {
            let outcome = checked(signature, certificate, b"hello\n", NOW);
            let Outcome::Verified(proof) = outcome else { panic!("{outcome:?}") };
            let name = proof.signer.name();
            assert!(name.contains("@example.com") && name.contains("(openpgp:"), "{name}");
            assert_eq!(checked(signature, certificate, b"hello", NOW), Fault::BadSignature.into());
        }
    }

    #[test]
    fn a_key_counts_until_its_end_and_not_once_revoked() {
        let before = Timestamp::from_millis(1_788_300_000_000);
        assert!(checked(BY_EXPIRING, EXPIRING, b"hello\n", before).is_verified());
        let outcome = checked(BY_EXPIRING, EXPIRING, b"hello\n", NOW);
        assert!(matches!(outcome, Outcome::Refused(Fault::Ended { .. })), "{outcome:?}");
        let outcome = checked(BY_RSA, REVOKED, b"hello\n", NOW);
        assert!(matches!(outcome, Outcome::Refused(Fault::Revoked { .. })), "{outcome:?}");
    }

    #[test]
    fn weak_and_other_kinds_of_signature_are_refused() {
        for signature in [BY_SHA1, TEXT] {
            let outcome = checked(signature, RSA, b"hello\n", NOW);
            assert!(matches!(outcome, Outcome::Refused(Fault::Unsupported { .. })), "{outcome:?}");
        }
        let outcome = checked(BY_RSA, RSA, b"hello\n", Timestamp::from_millis(0));
        assert!(matches!(outcome, Outcome::Refused(Fault::NotYet { .. })), "{outcome:?}");
        for broken in ["", "x", &BY_RSA[..300]] {
            assert!(matches!(checked(broken, RSA, b"hello\n", NOW), Outcome::Refused(_)), "{broken}");
        }
    }

    #[test]
    fn a_stranger_is_named() {
        let outcome = checked(BY_RSA, SUBKEY, b"hello\n", NOW);
        assert!(matches!(&outcome, Outcome::Untrusted { named } if named.len() == 8 + 40), "{outcome:?}");
        assert!(
            OpenPgpCertificate::read(&format!("{RSA}{SUBKEY}")).is_ok_and(|read| read.name().len() == 48)
        );
        assert!(OpenPgpCertificate::read(BY_RSA).is_err());
    }

    #[test]
    fn any_flipped_bit_of_the_file_is_refused_and_none_of_the_signature_makes_another_verify() {
        for at in 0..6 {
            let mut content = *b"hello\n";
            content[at] ^= 1;
            assert!(!checked(BY_RSA, RSA, &content, NOW).is_verified());
        }
        for at in 0..BY_SUBKEY.len() {
            let mut flipped = BY_SUBKEY.as_bytes().to_vec();
            flipped[at] ^= 1 << (at % 8);
            let certificates = [OpenPgpCertificate::read(SUBKEY).unwrap()];
            let outcome = verify(&flipped, &mut &b"hellO\n"[..], &certificates, NOW);
            assert!(!outcome.is_verified(), "byte {at}");
        }
    }
}

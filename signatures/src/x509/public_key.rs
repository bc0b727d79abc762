//! Public keys of certificates, and the algorithms they verify with.
//!
//! Source: RFC 5480, RFC 8017 appendix A, RFC 8410. SHA-1, DSA, RSA below 2048 bits and other curves do not verify.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1,
    ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA512_ASN1,
    ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Reader, SliceReader};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::fault::Fault;

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EDWARDS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The curves, by their object identifiers.
const CURVES: [(ObjectIdentifier, Kind); 3] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Kind::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Kind::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Kind::P521),
];

/// What signs certificates, by object identifier, with the kind of key where one belongs to it.
type Algorithm = (&'static str, Option<Kind>, &'static dyn VerificationAlgorithm);

/// Signatures of certificates and revocation lists. RSA stands once: its size is in the key.
const ALGORITHMS: [Algorithm; 13] = [
    ("1.2.840.113549.1.1.11", None, &RSA_PKCS1_2048_8192_SHA256),
    ("1.2.840.113549.1.1.12", None, &RSA_PKCS1_2048_8192_SHA384),
    ("1.2.840.113549.1.1.13", None, &RSA_PKCS1_2048_8192_SHA512),
    ("1.2.840.10045.4.3.2", Some(Kind::P256), &ECDSA_P256_SHA256_ASN1),
    ("1.2.840.10045.4.3.3", Some(Kind::P256), &ECDSA_P256_SHA384_ASN1),
    ("1.2.840.10045.4.3.4", Some(Kind::P256), &ECDSA_P256_SHA512_ASN1),
    ("1.2.840.10045.4.3.2", Some(Kind::P384), &ECDSA_P384_SHA256_ASN1),
    ("1.2.840.10045.4.3.3", Some(Kind::P384), &ECDSA_P384_SHA384_ASN1),
    ("1.2.840.10045.4.3.4", Some(Kind::P384), &ECDSA_P384_SHA512_ASN1),
    ("1.2.840.10045.4.3.2", Some(Kind::P521), &ECDSA_P521_SHA256_ASN1),
    ("1.2.840.10045.4.3.3", Some(Kind::P521), &ECDSA_P521_SHA384_ASN1),
    ("1.2.840.10045.4.3.4", Some(Kind::P521), &ECDSA_P521_SHA512_ASN1),
    ("1.3.101.112", Some(Kind::Ed25519), &ED25519),
];

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    P256,
    P384,
    P521,
    Ed25519,
    /// With the length of its modulus in bits.
    Rsa(usize),
}

/// A key of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct PublicKey {
    pub(crate) kind: Kind,
    bytes: Vec<u8>,
}

impl PublicKey {
    pub(super) fn read(key: &SubjectPublicKeyInfoOwned) -> Result<Self, Fault> {
        let bytes = key.subject_public_key.as_bytes();
        let bytes = bytes.ok_or_else(|| Fault::malformed("public key", "it ends inside a byte"))?.to_vec();
        let kind = match key.algorithm.oid {
            RSA => Kind::Rsa(modulus_bits(&bytes)?),
            EDWARDS => Kind::Ed25519,
            EC => {
                let curve = key.algorithm.parameters.as_ref().map(|any| any.decode_as::<ObjectIdentifier>());
                let curve = match curve {
                    Some(Ok(curve)) => curve,
                    _ => return Err(Fault::malformed("public key", "it names no curve")),
                };
                let known = CURVES.iter().find(|(oid, _)| *oid == curve);
                known.map(|(_, kind)| *kind).ok_or_else(|| Fault::unsupported("curve", curve))?
            }
            other => return Err(Fault::unsupported("public key", other)),
        };
        Ok(Self { kind, bytes })
    }

    /// Whether a signature as certificates have them is by this key.
    pub(super) fn verifies(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        let named = algorithm.oid.to_string();
        let rsa = matches!(self.kind, Kind::Rsa(_));
        let fits = |(oid, kind, _): &&Algorithm| *oid == named && kind.map_or(rsa, |kind| kind == self.kind);
        let Some((_, _, algorithm)) = ALGORITHMS.iter().find(fits) else {
            return Err(Fault::unsupported("signature algorithm of a certificate", named));
        };
        Ok(self.verify(*algorithm, message, signature))
    }

    /// Whether a signature as JOSE and COSE have them is by this key, with the one digest that goes with the key: PSS for
    /// RSA of 2048, 3072 and 4096 bits, and two numbers of fixed length for curves.
    pub(crate) fn verifies_jose(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::Rsa(2048) => &RSA_PSS_2048_8192_SHA256,
            Kind::Rsa(3072) => &RSA_PSS_2048_8192_SHA384,
            Kind::Rsa(4096) => &RSA_PSS_2048_8192_SHA512,
            Kind::P256 => &ECDSA_P256_SHA256_FIXED,
            Kind::P384 => &ECDSA_P384_SHA384_FIXED,
            Kind::P521 => &ECDSA_P521_SHA512_FIXED,
            Kind::Rsa(_) | Kind::Ed25519 => return false,
        };
        self.verify(algorithm, message, signature)
    }

    fn verify(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        UnparsedPublicKey::new(algorithm, &self.bytes).verify(message, signature).is_ok()
    }
}

/// The length of an RSA modulus, from `RSAPublicKey`.
fn modulus_bits(key: &[u8]) -> Result<usize, Fault> {
    let malformed = |error: x509_cert::der::Error| Fault::malformed("public key", error);
    let mut reader = SliceReader::new(key).map_err(malformed)?;
    let modulus = reader.sequence(|reader| {
        let modulus: UintRef<'_> = reader.decode()?;
        let _exponent: UintRef<'_> = reader.decode()?;
        Ok(modulus)
    });
    let modulus = modulus.map_err(malformed)?;
    let bytes = modulus.as_bytes();
    let zeros = bytes.first().map_or(0, |first| first.leading_zeros());
    let zeros = usize::try_from(zeros).unwrap_or_default();
    Ok(bytes.len().saturating_mul(8).saturating_sub(zeros))
}

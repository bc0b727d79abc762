//! Public keys: which kinds verify, and how a signer is named.
//!
//! Source: `OpenSSF` Model Signing v1.0 §7 (P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512); RFC 5480 and
//! RFC 8410 for the encodings. Ed25519 and RSA (2048 to 8192 bits, SHA-256, PKCS #1 v1.5 or PSS) are accepted beyond the
//! specification, as other clients do. secp256k1, Brainpool curves and compressed points are not.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA256_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use assay_core::Digest;

/// A DER prefix of a `SubjectPublicKeyInfo` with an uncompressed key, the key's length, what verifies with it, and what
/// verified with it before the specification (SHA-256 whatever the curve).
type Kind = (&'static [u8], usize, &'static dyn VerificationAlgorithm, &'static dyn VerificationAlgorithm);

/// Every kind of key of one size that verifies.
const KINDS: [Kind; 4] = [
    // id-ecPublicKey, prime256v1.
    (b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00", 65, &ECDSA_P256_SHA256_ASN1, &ECDSA_P256_SHA256_ASN1),
    // id-ecPublicKey, secp384r1.
    (b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00", 97, &ECDSA_P384_SHA384_ASN1, &ECDSA_P384_SHA256_ASN1),
    // id-ecPublicKey, secp521r1.
    (b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00", 133, &ECDSA_P521_SHA512_ASN1, &ECDSA_P521_SHA256_ASN1),
    // id-Ed25519.
    (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 32, &ED25519, &ED25519),
];

/// `rsaEncryption` with its NULL, as it stands in a `SubjectPublicKeyInfo`.
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82";

/// Bytes before the algorithm of an RSA key: a sequence of up to 65,535 bytes.
const RSA_HEAD: usize = 4;

/// Why a text is not a key that verifies signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not exactly one `PUBLIC KEY` block.
    #[error("expected exactly one PEM block \"PUBLIC KEY\"")]
    NotPem,
    /// Another kind of key, or a broken one.
    #[error("expected an uncompressed P-256, P-384 or P-521 key, an Ed25519 key, or an RSA key")]
    Kind,
}

/// How policy and signature facts name the holder of a public key: `key:sha256:` and the SHA-256 of its DER.
///
/// # Errors
/// [`KeyError`] when the text is not one PEM public key of a kind that verifies.
pub fn signer_of(pem: &str) -> Result<String, KeyError> {
    PublicKey::from_pem(pem).map(|key| key.signer())
}

/// A public key of a kind that verifies.
pub(crate) struct PublicKey {
    der: Vec<u8>,
    algorithm: Algorithm,
}

enum Algorithm {
    /// The kind, and where the key itself starts in the DER.
    Fixed(&'static Kind, usize),
    Rsa,
}

impl PublicKey {
    pub(crate) fn from_pem(pem: &str) -> Result<Self, KeyError> {
        // RFC 7468 §5.2: explanatory text may stand around the block. Never two blocks: which one is trusted?
        let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----").ok_or(KeyError::NotPem)?;
        let (body, _) = rest.split_once("-----END PUBLIC KEY-----").ok_or(KeyError::NotPem)?;
        if pem.matches("-----BEGIN ").count() != 1 {
            return Err(KeyError::NotPem);
        }
        let digits: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
        Self::from_der(STANDARD.decode(digits).map_err(|_| KeyError::NotPem)?)
    }

    pub(crate) fn from_der(der: Vec<u8>) -> Result<Self, KeyError> {
        for kind @ (prefix, length, ..) in &KINDS {
            if der.strip_prefix(*prefix).is_some_and(|point| point.len() == *length) {
                return Ok(Self { der, algorithm: Algorithm::Fixed(kind, prefix.len()) });
            }
        }
        // The verifier reads the rest of it, and refuses sizes and forms that it does not know.
        let rsa =
            der.starts_with(b"\x30\x82") && der.get(RSA_HEAD..).is_some_and(|rest| rest.starts_with(RSA));
        if rsa { Ok(Self { der, algorithm: Algorithm::Rsa }) } else { Err(KeyError::Kind) }
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn signer(&self) -> String {
        format!("key:sha256:{}", self.fingerprint())
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Fixed((_, _, algorithm, _), start) => {
                self.fixed(*algorithm, start, message, signature)
            }
            Algorithm::Rsa => {
                let schemes: [&'static dyn VerificationAlgorithm; 2] =
                    [&RSA_PKCS1_2048_8192_SHA256, &RSA_PSS_2048_8192_SHA256];
                schemes.into_iter().any(|scheme| {
                    UnparsedPublicKey::new(scheme, &self.der).verify(message, signature).is_ok()
                })
            }
        }
    }

    /// As [`Self::verifies`], with the hash that version 0.2 took for certificates of every curve.
    pub(crate) fn verifies_legacy(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Fixed((_, _, _, legacy), start) => self.fixed(*legacy, start, message, signature),
            Algorithm::Rsa => false,
        }
    }

    fn fixed(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        start: usize,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let point = self.der.get(start..).unwrap_or_default();
        UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
    }

    /// SHA-256 of the DER.
    pub(crate) fn fingerprint(&self) -> assay_core::Sha256 {
        Digest::<32>::new(Sha256::digest(&self.der).into())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
        EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    };

    use super::*;

    /// A key pair for tests: signs, and shows its public key as PEM.
    pub(crate) enum Signer {
        Ec(usize, EcdsaKeyPair),
        Ed25519(Ed25519KeyPair),
    }

    impl Signer {
        /// One pair of each kind, in the order of [`KINDS`].
        pub(crate) fn of_each_kind() -> Vec<Self> {
            let curves = [
                &ECDSA_P256_SHA256_ASN1_SIGNING,
                &ECDSA_P384_SHA384_ASN1_SIGNING,
                &ECDSA_P521_SHA512_ASN1_SIGNING,
            ];
            let pair = |curve| EcdsaKeyPair::generate(curve).unwrap();
            let mut all: Vec<Self> =
                curves.into_iter().enumerate().map(|(kind, curve)| Self::Ec(kind, pair(curve))).collect();
            all.push(Self::Ed25519(Ed25519KeyPair::generate().unwrap()));
            all
        }

        pub(crate) fn p256() -> Self {
            Self::Ec(0, EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
        }

        pub(crate) fn der(&self) -> Vec<u8> {
            let (kind, point) = match self {
                Self::Ec(kind, pair) => (*kind, pair.public_key().as_ref()),
                Self::Ed25519(pair) => (3, pair.public_key().as_ref()),
            };
            [KINDS[kind].0, point].concat()
        }

        pub(crate) fn pem(&self) -> String {
            format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(self.der()))
        }

        pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
            match self {
                Self::Ec(_, pair) => {
                    pair.sign(&aws_lc_rs::rand::SystemRandom::new(), message).unwrap().as_ref().to_vec()
                }
                Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            }
        }
    }

    #[test]
    fn each_kind_of_key_verifies_its_own_signatures_and_no_others() {
        let signers = Signer::of_each_kind();
        for (number, signer) in signers.iter().enumerate() {
            let signature = signer.sign(b"message");
            for (other, verifier) in signers.iter().enumerate() {
                let key = PublicKey::from_pem(&verifier.pem()).unwrap();
                assert_eq!(key.verifies(b"message", &signature), number == other);
                assert!(!key.verifies(b"massage", &signature));
            }
        }
    }

    #[test]
    fn a_signer_is_named_by_the_digest_of_the_der() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGKSdQNu2OQkYZDnwjPD1FbJhOJ1s\nt4RBO0oTGfGlEa4Y0bi36hspIgGwPWgdZcNBApLgcBHgWC8cutJ8P6jPNg==\n-----END PUBLIC KEY-----\n";
        let signer = signer_of(pem).unwrap();
        assert!(signer.starts_with("key:sha256:") && signer.len() == 11 + 64, "{signer}");
        assert_eq!(signer_of(pem.trim()), Ok(signer.clone()));
        assert_eq!(signer_of(&format!("Curve: P-256\n\n{pem}")), Ok(signer));
    }

    #[test]
    fn other_texts_and_other_kinds_of_key_are_refused() {
        let signer = Signer::p256();
        let mut compressed = signer.der();
        compressed.truncate(59);
        let pem = signer.pem();
        for (text, error) in [
            (String::new(), KeyError::NotPem),
            (pem.replace("PUBLIC", "PRIVATE"), KeyError::NotPem),
            (pem.replace("\n-----END", "!\n-----END"), KeyError::NotPem),
            (format!("{pem}{pem}"), KeyError::NotPem),
            (pem.replace("MFkw", "MFkx"), KeyError::Kind),
        ] {
            assert_eq!(signer_of(&text), Err(error), "{text}");
        }
        assert_eq!(PublicKey::from_der(compressed).err(), Some(KeyError::Kind));
        assert_eq!(PublicKey::from_der([signer.der(), vec![0]].concat()).err(), Some(KeyError::Kind));
    }
}

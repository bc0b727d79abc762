//! assay's own key: ECDSA on P-256 with SHA-256, the one kind every DSSE and cosign verifier knows.
//!
//! Source: RFC 5958 (PKCS #8), RFC 5480 (public keys), RFC 7468 (PEM), FIPS 186-5.

use std::fmt;

use assay_core::Sha256;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256 as Hasher};

/// DER of a `SubjectPublicKeyInfo` for P-256 up to the point: id-ecPublicKey, prime256v1, BIT STRING.
const PREFIX: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// An uncompressed point of P-256.
const POINT_BYTES: usize = 65;

/// Characters of base64 on a line of PEM (RFC 7468 §2).
const PEM_LINE: usize = 64;

/// Why a text is not a key of assay's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not exactly one PEM block of that name.
    #[error("expected exactly one PEM block \"{0}\"")]
    NotPem(&'static str),
    /// Another kind of key, or a broken one.
    #[error("expected a P-256 key")]
    Kind,
    /// The system gave no random numbers, or the key was refused.
    #[error("the key could not be made or used")]
    Failed,
}

/// assay's private key. Its bytes are never shown.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: VerifyingKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public.signer()).finish()
    }
}

impl SigningKey {
    /// Makes a key; returns its PKCS #8 PEM too, to be kept.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the system has no random numbers.
    pub fn generate() -> Result<(Self, String), KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| KeyError::Failed)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyError::Failed)?;
        let pem = to_pem("PRIVATE KEY", document.as_ref());
        Ok((Self::of(pair)?, pem))
    }

    /// From the PKCS #8 PEM that [`SigningKey::generate`] returned, or that `openssl genpkey` wrote.
    ///
    /// # Errors
    /// [`KeyError`] when it is not one unencrypted P-256 private key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = from_pem("PRIVATE KEY", pem)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der);
        Self::of(pair.map_err(|_| KeyError::Kind)?)
    }

    fn of(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let point = pair.public_key().as_ref();
        let point = point.try_into().map_err(|_| KeyError::Kind)?;
        Ok(Self { pair, public: VerifyingKey { point } })
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// A signature of the message: ASN.1 DER.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the system has no random numbers.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }
}

/// The public half of assay's key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    point: [u8; POINT_BYTES],
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyingKey").field(&self.signer()).finish()
    }
}

impl VerifyingKey {
    /// From a PEM public key, as [`VerifyingKey::to_pem`] writes it.
    ///
    /// # Errors
    /// [`KeyError`] when it is not one uncompressed P-256 public key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = from_pem("PUBLIC KEY", pem)?;
        let point = der.strip_prefix(PREFIX).ok_or(KeyError::Kind)?;
        let point: [u8; POINT_BYTES] = point.try_into().map_err(|_| KeyError::Kind)?;
        // 4: both coordinates follow.
        if point.first() == Some(&4) { Ok(Self { point }) } else { Err(KeyError::Kind) }
    }

    /// As PEM, for `openssl`, cosign and [`VerifyingKey::from_pem`].
    #[must_use]
    pub fn to_pem(&self) -> String {
        to_pem("PUBLIC KEY", &self.to_der())
    }

    fn to_der(&self) -> Vec<u8> {
        [PREFIX, &self.point].concat()
    }

    /// The holder as policy and signature facts name it: `key:sha256:` and the SHA-256 of the public key's DER.
    #[must_use]
    pub fn signer(&self) -> String {
        format!("key:sha256:{}", Sha256::new(Hasher::digest(self.to_der()).into()))
    }

    /// Whether this key signed the message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.point).verify(message, signature).is_ok()
    }
}

fn to_pem(label: &str, der: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    let text: Vec<char> = STANDARD.encode(der).chars().collect();
    for line in text.chunks(PEM_LINE) {
        pem.extend(line);
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

fn from_pem(label: &'static str, pem: &str) -> Result<Vec<u8>, KeyError> {
    let wrong = KeyError::NotPem(label);
    // RFC 7468 §5.2: explanatory text may stand around the block. Never two blocks: which one is meant?
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----")).ok_or(wrong)?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or(wrong)?;
    if pem.matches("-----BEGIN ").count() != 1 {
        return Err(wrong);
    }
    let digits: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).map_err(|_| wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_pem() {
        let (key, pem) = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(&pem).unwrap();
        let public = VerifyingKey::from_pem(&key.public().to_pem()).unwrap();
        assert_eq!(again.public(), &public);
        assert!(public.verifies(b"said", &again.sign(b"said").unwrap()));
        assert!(!public.verifies(b"other", &again.sign(b"said").unwrap()));
    }

    #[test]
    fn another_kind_of_block_is_no_key() {
        let (key, pem) = SigningKey::generate().unwrap();
        assert_eq!(
            SigningKey::from_pem(&key.public().to_pem()).unwrap_err(),
            KeyError::NotPem("PRIVATE KEY")
        );
        assert_eq!(VerifyingKey::from_pem(&pem).unwrap_err(), KeyError::NotPem("PUBLIC KEY"));
        let two = key.public().to_pem().repeat(2);
        assert_eq!(VerifyingKey::from_pem(&two).unwrap_err(), KeyError::NotPem("PUBLIC KEY"));
    }

    #[test]
    fn a_private_key_is_not_shown() {
        let (key, pem) = SigningKey::generate().unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains("key:sha256:"));
        assert!(pem.lines().all(|line| !shown.contains(line)));
    }
}

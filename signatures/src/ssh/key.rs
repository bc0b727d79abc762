//! SSH keys: which verify, how, and what they are called.
//!
//! Source: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332, RFC 8709.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Signature};

use crate::fault::Fault;

/// A key as policy and signature facts name it: `ssh:` and the fingerprint that `ssh-keygen -l` prints.
pub(super) fn name(key: &KeyData) -> String {
    format!("ssh:{}", key.fingerprint(HashAlg::Sha256))
}

/// Checks a signature by a key.
pub(super) fn verify(key: &KeyData, signature: &Signature, message: &[u8]) -> Result<(), Fault> {
    let bytes = signature.as_bytes();
    match (key, signature.algorithm()) {
        (KeyData::Ed25519(key), Algorithm::Ed25519) => good(&ED25519, &key.0, message, bytes),
        (KeyData::Ecdsa(key), Algorithm::Ecdsa { curve }) if key.curve() == curve => {
            ecdsa(key, message, bytes)
        }
        (KeyData::Rsa(key), Algorithm::Rsa { hash: Some(hash) }) => rsa(key, hash, message, bytes),
        (key, algorithm) => {
            let found = format!("{} by a key of {}", algorithm.as_str(), key.algorithm().as_str());
            Err(Fault::unsupported("SSH signature", found))
        }
    }
}

fn good(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Fault> {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| Fault::BadSignature)
}

/// The two numbers of the signature, each with its length, become halves of the same length.
fn ecdsa(key: &EcdsaPublicKey, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
    let (algorithm, size): (&'static dyn VerificationAlgorithm, usize) = match key.curve() {
        EcdsaCurve::NistP256 => (&ECDSA_P256_SHA256_FIXED, 32),
        EcdsaCurve::NistP384 => (&ECDSA_P384_SHA384_FIXED, 48),
        EcdsaCurve::NistP521 => (&ECDSA_P521_SHA512_FIXED, 66),
    };
    let (r, rest) = number(signature)?;
    let (s, rest) = number(rest)?;
    if !rest.is_empty() {
        return Err(Fault::malformed("SSH signature", "more than two numbers"));
    }
    let mut fixed = padded(r, size)?;
    fixed.extend(padded(s, size)?);
    good(algorithm, key.as_sec1_bytes(), message, &fixed)
}

fn rsa(key: &RsaPublicKey, hash: HashAlg, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
    let algorithm = match hash {
        HashAlg::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        HashAlg::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        other => return Err(Fault::unsupported("digest of an RSA signature", other)),
    };
    let (Some(n), Some(e)) = (key.n.as_positive_bytes(), key.e.as_positive_bytes()) else {
        return Err(Fault::malformed("SSH key", "a number below zero"));
    };
    let signature = padded(signature, n.len())?;
    RsaPublicKeyComponents { n, e }.verify(algorithm, message, &signature).map_err(|_| Fault::BadSignature)
}

/// One number with its length in front, without a sign.
fn number(bytes: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let malformed = || Fault::malformed("SSH signature", "a number ends too soon");
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| malformed())?;
    let (number, rest) = rest.split_at_checked(length).ok_or_else(malformed)?;
    Ok((number.strip_prefix(&[0]).unwrap_or(number), rest))
}

/// Zeros in front, up to a size.
fn padded(number: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    let zeros = size
        .checked_sub(number.len())
        .ok_or_else(|| Fault::malformed("SSH signature", "a number is too large"))?;
    Ok([vec![0; zeros], number.to_vec()].concat())
}

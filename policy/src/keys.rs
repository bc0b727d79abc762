//! Public keys that rules name: a path in the policy, a fingerprint once a program has read the file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256 as Hasher};

/// A public key file that rules name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRef {
    path: String,
    line: usize,
    signer: Option<String>,
}

impl KeyRef {
    pub(crate) fn new(path: &str, line: usize) -> Self {
        Self { path: path.to_owned(), line, signer: None }
    }

    /// The path as the rule writes it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of the policy file that names it first.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Who signs with it, as signature facts say it: `key:sha256:<hex>` of the SPKI in DER. Absent until the file's
    /// text was handed to [`crate::Policy::with_keys`].
    #[must_use]
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
    }

    /// Takes the file's text.
    pub(crate) fn bind(&mut self, pem: &str) -> Result<(), &'static str> {
        let fingerprint = Hasher::digest(spki(pem)?);
        let digest = assay_core::Sha256::new(fingerprint.into());
        self.signer = Some(format!("key:sha256:{digest}"));
        Ok(())
    }
}

/// The DER inside exactly one `PUBLIC KEY` block. Whether it is a key of a usable kind is for signature checks.
fn spki(pem: &str) -> Result<Vec<u8>, &'static str> {
    // RFC 7468 §5.2: explanatory text may stand around the block.
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----").ok_or("is not a PEM public key")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----").ok_or("does not end as a PEM public key")?;
    if pem.matches("-----BEGIN ").count() != 1 {
        return Err("holds more than one PEM block");
    }
    let digits: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    match STANDARD.decode(digits) {
        Ok(der) if !der.is_empty() => Ok(der),
        Ok(_) | Err(_) => Err("is not valid base64 inside"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----\n";

    #[test]
    fn the_signer_is_the_digest_of_the_der() {
        let mut key = KeyRef::new("k.pub", 3);
        assert_eq!(key.signer(), None);
        key.bind(PEM).unwrap();
        let expected = "key:sha256:039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";
        assert_eq!(key.signer(), Some(expected));
        key.bind(&format!("Curve: P-256\n{PEM}")).unwrap();
        assert_eq!(key.signer(), Some(expected));
    }

    #[test]
    fn refuses_what_is_not_exactly_one_public_key() {
        let private = PEM.replace("PUBLIC", "PRIVATE");
        let twice = format!("{PEM}{PEM}");
        let empty = "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----";
        for bad in ["", "AQID", &private, &twice, empty, &PEM.replace("AQID", "A!ID")] {
            assert!(KeyRef::new("k", 1).bind(bad).is_err(), "{bad}");
        }
    }
}

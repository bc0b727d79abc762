//! Files that a policy names: their paths stand in it, their text comes from the program that reads them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256 as Hasher};

use assay_core::Sha256;

/// A file that a policy names: a key, or other things that signatures are checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustFile {
    kind: FileKind,
    path: String,
    line: usize,
    text: Option<String>,
    signer: Option<String>,
}

/// What a file that a policy names holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Certificates that chains may end in.
    CertificateRoots,
    /// One public key.
    Key,
    /// A certificate revocation list.
    RevocationList,
    /// A Sigstore instance's `trusted_root.json`.
    SigstoreRoot,
}

impl TrustFile {
    pub(crate) fn new(kind: FileKind, path: &str, line: usize) -> Self {
        Self { kind, path: path.to_owned(), line, text: None, signer: None }
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// The path as the policy writes it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of the policy file that names it first.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Its text, once it was handed to [`crate::Policy::with_files`].
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// For a key: who signs with it, as signature facts say it: `key:sha256:<hex>` of the SPKI in DER. Absent until the
    /// file's text was handed to [`crate::Policy::with_files`].
    #[must_use]
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
    }

    /// What the policy's digest says of it: the signer of a key, the digest of any other text.
    pub(crate) fn mark(&self) -> Option<String> {
        let digest = |text: &String| format!("sha256:{}", Sha256::new(Hasher::digest(text).into()));
        self.signer.clone().or_else(|| self.text.as_ref().map(digest))
    }

    /// Takes the file's text.
    pub(crate) fn bind(&mut self, text: &str) -> Result<(), &'static str> {
        match self.kind {
            FileKind::Key => {
                let fingerprint = Hasher::digest(spki(text)?);
                self.signer = Some(format!("key:sha256:{}", Sha256::new(fingerprint.into())));
            }
            FileKind::CertificateRoots if !text.contains("-----BEGIN CERTIFICATE-----") => {
                return Err("holds no PEM certificate");
            }
            FileKind::RevocationList if !text.contains("-----BEGIN X509 CRL-----") => {
                return Err("holds no PEM revocation list");
            }
            FileKind::SigstoreRoot if !text.trim_start().starts_with('{') => {
                return Err("is no trusted_root.json");
            }
            FileKind::CertificateRoots | FileKind::RevocationList | FileKind::SigstoreRoot => {}
        }
        self.text = Some(text.to_owned());
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
        let mut key = TrustFile::new(FileKind::Key, "k.pub", 3);
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
            assert!(TrustFile::new(FileKind::Key, "k", 1).bind(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_kind_of_file_is_refused_when_it_holds_something_else() {
        for kind in [FileKind::CertificateRoots, FileKind::RevocationList, FileKind::SigstoreRoot] {
            assert!(TrustFile::new(kind, "f", 1).bind(PEM).is_err(), "{kind:?}");
        }
        assert!(TrustFile::new(FileKind::SigstoreRoot, "f", 1).bind("{}").is_ok());
    }
}

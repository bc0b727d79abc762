//! SSH signatures of files, as `ssh-keygen -Y sign` makes them.
//!
//! Source: OpenSSH `PROTOCOL.sshsig`, `ssh-keygen(1)`. The namespace keeps a signature made for one purpose from being
//! taken for another, so the caller names it and the signature must have it. Keys on security tokens (`sk-…`), DSA,
//! certificates, and RSA with SHA-1 are not verified.

mod allowed;
mod key;

use std::io::Read;

use aws_lc_rs::digest::{Context, SHA256, SHA512};
use ssh_key::{HashAlg, LineEnding, SshSig};

pub use allowed::AllowedSigners;

use crate::fault::{Fault, bounded, text};
use crate::proof::{Method, Outcome, Proof, SignedBy};
use assay_core::Timestamp;
use std::collections::BTreeMap;

/// The largest signature; one by RSA with 16,384 bits has 6 KiB.
const MAX_SIGNATURE: usize = 64 << 10;

/// Bytes of the file read at a time.
const BLOCK: usize = 128 << 10;

/// The namespace of git's signatures.
pub(crate) const GIT: &str = "git";

/// Whom and what a signature must be for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Who may sign.
    pub signers: &'w AllowedSigners,
    /// What for; `file` by custom.
    pub namespace: &'w str,
    /// This moment.
    pub now: Timestamp,
}

/// Checks an armored SSH signature over a file.
pub fn verify(signature: &[u8], content: &mut dyn Read, wanted: &Wanted<'_>) -> Outcome {
    Outcome::of(check(signature, content, wanted, Method::Ssh))
}

/// Checks an armored SSH signature over a git object.
pub(crate) fn check(
    signature: &[u8],
    content: &mut dyn Read,
    wanted: &Wanted<'_>,
    method: Method,
) -> Result<Outcome, Fault> {
    let armor = text(bounded(signature, "SSH signature", MAX_SIGNATURE)?, "SSH signature")?;
    let signature =
        SshSig::from_pem(armor.trim()).map_err(|error| Fault::malformed("SSH signature", error))?;
    // The parser lets lengths be larger than what they measure; one signature must have one text.
    let written =
        signature.to_pem(LineEnding::LF).map_err(|error| Fault::malformed("SSH signature", error))?;
    if digits(&written) != digits(armor) {
        return Err(Fault::malformed("SSH signature", "a length is not that of its part"));
    }
    if signature.version() != SshSig::VERSION {
        return Err(Fault::unsupported("SSH signature version", signature.version()));
    }
    if signature.namespace() != wanted.namespace {
        let found = signature.namespace().to_owned();
        return Err(Fault::Unexpected { part: "the signature's namespace", found });
    }
    let message = signed_bytes(&signature, content)?;
    key::verify(signature.public_key(), signature.signature(), &message)?;
    let id = key::name(signature.public_key());
    // The embedded key is the signature's word; whether that key counts is the operator's.
    let Some(identity) = wanted.signers.identity(signature.public_key(), wanted.namespace, wanted.now)?
    else {
        return Ok(Outcome::Untrusted { named: id });
    };
    let claims = BTreeMap::from([("namespace".to_owned(), wanted.namespace.to_owned())]);
    let signer = SignedBy::Key { id, identity: Some(identity) };
    Ok(Outcome::Verified(Proof { method, signer, claimed_at: None, claims }))
}

/// The armor without blanks and line ends.
fn digits(armor: &str) -> String {
    armor.chars().filter(|character| !character.is_ascii_whitespace()).collect()
}

/// What the key signs: `SSHSIG`, namespace, reserved bytes, algorithm, and digest of the file.
fn signed_bytes(signature: &SshSig, content: &mut dyn Read) -> Result<Vec<u8>, Fault> {
    let algorithm = match signature.hash_alg() {
        HashAlg::Sha256 => &SHA256,
        HashAlg::Sha512 => &SHA512,
        other => return Err(Fault::unsupported("digest of an SSH signature", other)),
    };
    let mut context = Context::new(algorithm);
    let mut block = vec![0; BLOCK];
    loop {
        match content.read(&mut block) {
            Ok(0) => break,
            Ok(read) => context.update(block.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Fault::malformed("signed file", error)),
        }
    }
    let mut bytes = b"SSHSIG".to_vec();
    let name = signature.hash_alg().to_string();
    for part in
        [signature.namespace().as_bytes(), signature.reserved(), name.as_bytes(), context.finish().as_ref()]
    {
        let length = u32::try_from(part.len())
            .map_err(|_| Fault::TooLarge { part: "SSH signature", max: MAX_SIGNATURE })?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `ssh-keygen -Y sign -n file` of OpenSSH 9.2, of the six bytes `hello\n`.
    pub(crate) const KEY: &str = include_str!("../../tests/samples/ssh/ed25519.pub");
    const SIGNATURE: &str = include_str!("../../tests/samples/ssh/ed25519.sig");

    fn signers(options: &str) -> AllowedSigners {
        AllowedSigners::read(&format!("signer@example.com {options} {KEY}")).unwrap()
    }

    fn checked(signature: &str, content: &[u8], options: &str, namespace: &str) -> Outcome {
        let signers = signers(options);
        let wanted = Wanted { signers: &signers, namespace, now: Timestamp::from_millis(1_700_000_000_000) };
        verify(signature.as_bytes(), &mut &*content, &wanted)
    }

    #[test]
    fn a_signature_proves_its_file_and_names_its_signer() {
        let Outcome::Verified(proof) = checked(SIGNATURE, b"hello\n", "", "file") else { panic!() };
        let name = proof.signer.name();
        assert!(name.starts_with("signer@example.com (ssh:SHA256:"), "{name}");
        assert_eq!(checked(SIGNATURE, b"hello", "", "file"), Fault::BadSignature.into());
    }

    #[test]
    fn every_algorithm_of_the_samples_verifies() {
        for (key, signature) in [
            (
                include_str!("../../tests/samples/ssh/ecdsa256.pub"),
                include_str!("../../tests/samples/ssh/ecdsa256.sig"),
            ),
            (
                include_str!("../../tests/samples/ssh/ecdsa384.pub"),
                include_str!("../../tests/samples/ssh/ecdsa384.sig"),
            ),
            (
                include_str!("../../tests/samples/ssh/ecdsa521.pub"),
                include_str!("../../tests/samples/ssh/ecdsa521.sig"),
            ),
            (
                include_str!("../../tests/samples/ssh/rsa.pub"),
                include_str!("../../tests/samples/ssh/rsa.sig"),
            ),
        ] {
            let signers = AllowedSigners::read(&format!("a {key}")).unwrap();
            let wanted = Wanted { signers: &signers, namespace: "file", now: Timestamp::from_millis(0) };
            let outcome = verify(signature.as_bytes(), &mut &b"hello\n"[..], &wanted);
            assert!(outcome.is_verified(), "{key}: {outcome:?}");
            let outcome = verify(signature.as_bytes(), &mut &b"hellO\n"[..], &wanted);
            assert_eq!(outcome, Fault::BadSignature.into());
        }
    }

    #[test]
    fn a_signature_for_another_purpose_or_outside_of_its_time_counts_for_nothing() {
        let outcome = checked(SIGNATURE, b"hello\n", "", "git");
        assert!(matches!(outcome, Outcome::Refused(Fault::Unexpected { .. })), "{outcome:?}");
        for options in [
            "namespaces=\"git\"",
            "valid-before=\"20200101\"",
            "valid-after=\"20300101\"",
            "valid-before=\"20200101\",namespaces=\"file\"",
        ] {
            let outcome = checked(SIGNATURE, b"hello\n", options, "file");
            assert!(matches!(outcome, Outcome::Untrusted { .. }), "{options}: {outcome:?}");
        }
        for options in ["namespaces=\"git,f*\"", "valid-after=\"20200101\",valid-before=\"203001010000Z\""] {
            assert!(checked(SIGNATURE, b"hello\n", options, "file").is_verified(), "{options}");
        }
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        for at in 0..SIGNATURE.len() {
            for bit in 0..8 {
                let mut bytes = SIGNATURE.as_bytes().to_vec();
                bytes[at] ^= 1 << bit;
                let signers = signers("");
                let wanted = Wanted { signers: &signers, namespace: "file", now: Timestamp::from_millis(0) };
                let verified = verify(&bytes, &mut &b"hello\n"[..], &wanted).is_verified();
                // Lines may end otherwise, and blanks may follow the armor.
                assert!(!verified || SIGNATURE.as_bytes()[at] == b'\n', "byte {at} bit {bit}");
            }
        }
    }
}

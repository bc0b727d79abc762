//! minisign: one Ed25519 signature of a file, with a comment that is signed too.
//!
//! Source: minisign(1), "Signature format". Both the file and the trusted comment are checked. Signatures of the legacy
//! kind sign the file itself and not its BLAKE2b digest; they are verified only when asked for, and only of small files.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{Error, PublicKey, Signature};

use crate::fault::{Fault, bounded, text};
use crate::proof::{Method, Outcome, Proof, SignedBy};

/// The largest signature; its comments are lines of text.
const MAX_SIGNATURE: usize = 64 << 10;

/// The largest file that a legacy signature is checked against, because all of it is held at once.
const MAX_LEGACY: u64 = 256 << 20;

/// Bytes of the file read at a time.
const BLOCK: usize = 128 << 10;

/// What to think of signatures of the legacy kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legacy {
    /// They are verified.
    Verify,
    /// They are refused.
    Refuse,
}

/// A key as policy names it: the text of a `.pub` file, or its second line.
#[derive(Debug, Clone)]
pub struct MinisignKey {
    key: PublicKey,
    id: String,
}

impl MinisignKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`Fault::Malformed`] when the text is no minisign key.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let line = match lines.as_slice() {
            [key] => key,
            [comment, key] if comment.starts_with("untrusted comment:") => key,
            _ => return Err(Fault::malformed("minisign key", "not one key")),
        };
        let key =
            PublicKey::from_base64(line.trim()).map_err(|error| Fault::malformed("minisign key", error))?;
        Ok(Self { key, id: key_id(line.trim(), "minisign key")? })
    }

    /// The key as policy and signature facts name it: `minisign:<key id>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("minisign:{}", self.id)
    }
}

/// Checks a `.minisig` over a file.
pub fn verify(signature: &[u8], content: &mut dyn Read, keys: &[MinisignKey], legacy: Legacy) -> Outcome {
    Outcome::of(check(signature, content, keys, legacy))
}

fn check(
    signature: &[u8],
    content: &mut dyn Read,
    keys: &[MinisignKey],
    legacy: Legacy,
) -> Result<Outcome, Fault> {
    let text = text(bounded(signature, "minisign signature", MAX_SIGNATURE)?, "minisign signature")?;
    let id = shape(text)?;
    let signature = Signature::decode(text).map_err(|error| Fault::malformed("minisign signature", error))?;
    // A key id is eight bytes that anyone can choose, so every key of that id is tried.
    let named: Vec<_> = keys.iter().filter(|key| key.id == id).collect();
    if named.is_empty() {
        return Ok(Outcome::Untrusted { named: format!("minisign:{id}") });
    }
    let Some(key) = signed_by(&signature, content, &named, legacy)? else { return Err(Fault::BadSignature) };
    let comment = signature.trusted_comment().to_owned();
    Ok(Outcome::Verified(Proof {
        method: Method::Minisign,
        signer: SignedBy::Key { id: key.name(), identity: None },
        claimed_at: None,
        claims: BTreeMap::from([("trusted-comment".to_owned(), comment)]),
    }))
}

/// The first of the keys that signed the file and the comment.
fn signed_by<'k>(
    signature: &Signature,
    content: &mut dyn Read,
    keys: &[&'k MinisignKey],
    legacy: Legacy,
) -> Result<Option<&'k MinisignKey>, Fault> {
    let mut streams = Vec::new();
    for &key in keys {
        match key.key.verify_stream(signature) {
            Ok(stream) => streams.push((key, stream)),
            Err(Error::UnsupportedLegacyMode) if legacy == Legacy::Verify => {
                let whole = whole(content)?;
                let good = |key: &&&MinisignKey| key.key.verify(&whole, signature, true).is_ok();
                return Ok(keys.iter().find(good).copied());
            }
            Err(error) => return Err(Fault::unsupported("minisign signature", error)),
        }
    }
    let mut block = vec![0; BLOCK];
    loop {
        let part = match content.read(&mut block) {
            Ok(0) => break,
            Ok(read) => block.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Fault::malformed("signed file", error)),
        };
        streams.iter_mut().for_each(|(_, stream)| stream.update(part));
    }
    Ok(streams.into_iter().find_map(|(key, mut stream)| stream.finalize().is_ok().then_some(key)))
}

fn whole(content: &mut dyn Read) -> Result<Vec<u8>, Fault> {
    let mut whole = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the take stands here")]
    content
        .take(MAX_LEGACY.saturating_add(1))
        .read_to_end(&mut whole)
        .map_err(|error| Fault::malformed("signed file", error))?;
    let max = usize::try_from(MAX_LEGACY).unwrap_or(usize::MAX);
    bounded(&whole, "file of a legacy signature", max)?;
    Ok(whole)
}

/// Four lines and nothing else, in strict base64, so that one signature has one text. Returns the key id.
fn shape(text: &str) -> Result<String, Fault> {
    let lines: Vec<_> = text.lines().collect();
    let [comment, signature, trusted, global] = lines.as_slice() else {
        return Err(Fault::malformed("minisign signature", "not four lines"));
    };
    if !comment.starts_with("untrusted comment:") || !trusted.starts_with("trusted comment: ") {
        return Err(Fault::malformed("minisign signature", "a comment is missing"));
    }
    STANDARD.decode(global).map_err(|error| Fault::malformed("minisign signature", error))?;
    key_id(signature, "minisign signature")
}

/// The key id as minisign prints it: a little-endian number in hex.
fn key_id(line: &str, part: &'static str) -> Result<String, Fault> {
    let bytes = STANDARD.decode(line).map_err(|error| Fault::malformed(part, error))?;
    let id: [u8; 8] = bytes
        .get(2..10)
        .and_then(|id| id.try_into().ok())
        .ok_or_else(|| Fault::malformed(part, "it is too short"))?;
    Ok(format!("{:X}", u64::from_le_bytes(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "untrusted comment: minisign public key E7620F1842B4E81F\n\
        RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";
    /// From minisign's own documentation: of the four bytes `test`.
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key\n\
        RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
        trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
        wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";
    const LEGACY: &str = "untrusted comment: signature from minisign secret key\n\
        RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n\
        trusted comment: timestamp:1555779966\tfile:test\n\
        QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n";

    fn checked(signature: &str, content: &[u8], legacy: Legacy) -> Outcome {
        let keys = [MinisignKey::read(KEY).unwrap()];
        verify(signature.as_bytes(), &mut &*content, &keys, legacy)
    }

    #[test]
    fn a_signature_proves_its_file_and_comment() {
        let Outcome::Verified(proof) = checked(SIGNATURE, b"test", Legacy::Refuse) else { panic!() };
        assert_eq!(proof.signer.name(), "minisign:E7620F1842B4E81F");
        assert_eq!(proof.claims["trusted-comment"], "timestamp:1633700835\tfile:test\tprehashed");
        assert_eq!(checked(SIGNATURE, b"Test", Legacy::Refuse), Fault::BadSignature.into());
    }

    #[test]
    fn a_legacy_signature_is_verified_only_when_asked_for() {
        assert!(checked(LEGACY, b"test", Legacy::Verify).is_verified());
        assert!(matches!(
            checked(LEGACY, b"test", Legacy::Refuse),
            Outcome::Refused(Fault::Unsupported { .. })
        ));
        assert_eq!(checked(LEGACY, b"Test", Legacy::Verify), Fault::BadSignature.into());
    }

    #[test]
    fn any_flipped_bit_but_of_the_untrusted_comment_is_refused() {
        let start = SIGNATURE.find('\n').unwrap();
        for at in start..SIGNATURE.len() - 1 {
            for bit in 0..8 {
                let mut bytes = SIGNATURE.as_bytes().to_vec();
                bytes[at] ^= 1 << bit;
                let keys = [MinisignKey::read(KEY).unwrap()];
                let outcome = verify(&bytes, &mut &b"test"[..], &keys, Legacy::Verify);
                assert!(!outcome.is_verified(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn another_key_is_named_and_not_trusted() {
        let outcome = verify(SIGNATURE.as_bytes(), &mut &b"test"[..], &[], Legacy::Refuse);
        assert_eq!(outcome, Outcome::Untrusted { named: "minisign:E7620F1842B4E81F".to_owned() });
    }

    #[test]
    fn a_key_is_one_key() {
        let line = KEY.lines().last().unwrap();
        assert_eq!(MinisignKey::read(line).unwrap().name(), "minisign:E7620F1842B4E81F");
        for bad in ["", "x", &format!("{line}\n{line}"), &format!("{KEY}{line}"), &line[1..]] {
            assert!(MinisignKey::read(bad).is_err(), "{bad}");
        }
    }
}

//! Signed git commits and tags: weak evidence of who wrote a revision down.
//!
//! Source: git `gitformat-signature(5)`, `commit.c` and `gpg-interface.c` for what is signed. A commit names its files by
//! SHA-1, and hubs sign merges with keys of their own, so this is never a signature of a model: see
//! [`crate::Method::signs_the_artifact`]. X.509 signatures are not verified.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use assay_core::{GitSha1, Timestamp};

use crate::fault::{Fault, bounded};
use crate::openpgp::{self, OpenPgpCertificate};
use crate::proof::{Method, Outcome};
use crate::ssh::{self, AllowedSigners};

/// The largest commit or tag; real ones have a few kilobytes.
const MAX_OBJECT: usize = 4 << 20;

const PGP: &str = "-----BEGIN PGP SIGNATURE-----";
const SSH: &str = "-----BEGIN SSH SIGNATURE-----";
const X509: &str = "-----BEGIN SIGNED MESSAGE-----";

/// Whose signatures of git objects count.
#[derive(Debug, Clone)]
pub struct Trust<'t> {
    /// OpenPGP certificates.
    pub certificates: &'t [OpenPgpCertificate],
    /// SSH keys.
    pub signers: &'t AllowedSigners,
    /// This moment.
    pub now: Timestamp,
}

/// Which kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A commit.
    Commit,
    /// An annotated tag.
    Tag,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tag => "tag",
        }
    }
}

/// A signed object, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedObject {
    /// The name git gives the object.
    pub id: GitSha1,
    /// What it names: the tree of a commit, the object of a tag.
    pub names: GitSha1,
    /// What is signed: the object without the signature.
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedObject {
    /// Takes an object apart, as `git cat-file` shows it. Nothing when it is not signed.
    ///
    /// # Errors
    /// [`Fault`] when it is no such object, or has several signatures.
    pub fn read(kind: Kind, object: &[u8]) -> Result<Option<Self>, Fault> {
        bounded(object, "git object", MAX_OBJECT)?;
        let names = first_name(kind, object)?;
        let taken = match kind {
            Kind::Commit => commit(object)?,
            Kind::Tag => tag(object),
        };
        let Some((payload, signature)) = taken else { return Ok(None) };
        let mut named = format!("{} {}\0", kind.name(), object.len()).into_bytes();
        named.extend_from_slice(object);
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &named);
        let id = digest.as_ref().try_into().map_err(|_| Fault::malformed("git object", "it has no name"))?;
        Ok(Some(Self { id: GitSha1::new(id), names, payload, signature }))
    }

    /// Checks the signature.
    pub fn verify(&self, trust: &Trust<'_>) -> Outcome {
        Outcome::of(self.check(trust))
    }

    fn check(&self, trust: &Trust<'_>) -> Result<Outcome, Fault> {
        let content = &mut self.payload.as_slice();
        let starts = |with: &str| self.signature.starts_with(with.as_bytes());
        if starts(PGP) {
            return openpgp::check(
                &self.signature,
                content,
                trust.certificates,
                trust.now,
                Method::GitOpenPgp,
            );
        }
        if starts(SSH) {
            let wanted = ssh::Wanted { signers: trust.signers, namespace: ssh::GIT, now: trust.now };
            return ssh::check(&self.signature, content, &wanted, Method::GitSsh);
        }
        let found = if starts(X509) { "X.509" } else { "of an unknown kind" };
        Err(Fault::unsupported("git signature", found))
    }
}

/// The object's first line: what it names.
fn first_name(kind: Kind, object: &[u8]) -> Result<GitSha1, Fault> {
    let prefix: &[u8] = match kind {
        Kind::Commit => b"tree ",
        Kind::Tag => b"object ",
    };
    let malformed = || Fault::malformed("git object", format!("it is no {}", kind.name()));
    let line = object.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let name = line.strip_prefix(prefix).and_then(|name| std::str::from_utf8(name).ok());
    name.and_then(|name| name.parse().ok()).ok_or_else(malformed)
}

/// What is signed, and the signature.
type Taken = (Vec<u8>, Vec<u8>);

/// What is signed and the signature: the header `gpgsig`, whose further lines begin with a blank.
fn commit(object: &[u8]) -> Result<Option<Taken>, Fault> {
    let (mut payload, mut signature) = (Vec::new(), Vec::new());
    let mut inside = false;
    let mut rest = object;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at.saturating_add(1));
        let (line, after) = rest.split_at(end);
        if line == b"\n" {
            payload.extend_from_slice(rest);
            break;
        }
        rest = after;
        if let Some(continued) = line.strip_prefix(b" ").filter(|_| inside) {
            signature.extend_from_slice(continued);
        } else if let Some(first) = line.strip_prefix(b"gpgsig ") {
            if !signature.is_empty() {
                return Err(Fault::malformed("git object", "it has two signatures"));
            }
            signature.extend_from_slice(first);
            inside = true;
        } else if line.starts_with(b"gpgsig-sha256 ") {
            return Err(Fault::unsupported("git object", "signed under SHA-256 names"));
        } else {
            payload.extend_from_slice(line);
            inside = false;
        }
    }
    Ok((!signature.is_empty()).then_some((payload, signature)))
}

/// What is signed and the signature: everything from the last line on that begins one.
fn tag(object: &[u8]) -> Option<Taken> {
    let mut found = None;
    let mut at = 0_usize;
    for line in object.split_inclusive(|byte| *byte == b'\n') {
        if [PGP, SSH, X509].iter().any(|begin| line.starts_with(begin.as_bytes())) {
            found = Some(at);
        }
        at = at.saturating_add(line.len());
    }
    let (payload, signature) = object.split_at_checked(found?)?;
    Some((payload.to_vec(), signature.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT_PGP: &[u8] = include_bytes!("../tests/samples/git/commit-pgp");
    const COMMIT_SSH: &[u8] = include_bytes!("../tests/samples/git/commit-ssh");
    const TAG_PGP: &[u8] = include_bytes!("../tests/samples/git/tag-pgp");
    const TAG_SSH: &[u8] = include_bytes!("../tests/samples/git/tag-ssh");
    const UNSIGNED: &[u8] = include_bytes!("../tests/samples/git/commit-unsigned");
    const NAMES: &str = include_str!("../tests/samples/git/names.txt");
    const NOW: Timestamp = Timestamp::from_millis(1_793_491_200_000);

    fn checked(kind: Kind, object: &[u8]) -> Result<Option<Outcome>, Fault> {
        let certificate =
            OpenPgpCertificate::read(include_str!("../tests/samples/openpgp/rsa.pub.asc")).unwrap();
        let key = include_str!("../tests/samples/ssh/ed25519.pub");
        let signers = AllowedSigners::read(&format!("signer@example.com namespaces=\"git\" {key}")).unwrap();
        let trust = Trust { certificates: &[certificate], signers: &signers, now: NOW };
        Ok(SignedObject::read(kind, object)?.map(|object| object.verify(&trust)))
    }

    #[test]
    fn signed_commits_and_tags_are_weak_evidence_of_their_signers() {
        for (kind, object, method) in [
            (Kind::Commit, COMMIT_PGP, Method::GitOpenPgp),
            (Kind::Commit, COMMIT_SSH, Method::GitSsh),
            (Kind::Tag, TAG_PGP, Method::GitOpenPgp),
            (Kind::Tag, TAG_SSH, Method::GitSsh),
        ] {
            let outcome = checked(kind, object).unwrap().unwrap();
            let Outcome::Verified(proof) = outcome else { panic!("{outcome:?}") };
            assert_eq!(proof.method, method);
            assert!(!proof.method.signs_the_artifact());
        }
        assert_eq!(checked(Kind::Commit, UNSIGNED), Ok(None));
    }

    #[test]
    fn objects_have_the_names_git_gives_them() {
        let objects = [(Kind::Commit, COMMIT_PGP), (Kind::Commit, COMMIT_SSH), (Kind::Tag, TAG_PGP)];
        for ((kind, object), name) in objects.into_iter().zip(NAMES.lines()) {
            let read = SignedObject::read(kind, object).unwrap().unwrap();
            assert_eq!(read.id.to_string(), name);
        }
    }

    #[test]
    fn any_flipped_bit_outside_of_the_signature_is_refused() {
        for (kind, object) in [(Kind::Commit, COMMIT_SSH), (Kind::Tag, TAG_SSH)] {
            let text = String::from_utf8_lossy(object);
            let start = text.find("-----BEGIN").unwrap();
            let end = text.find("-----END SSH SIGNATURE-----").unwrap() + 27;
            for at in (0..start).chain(end..object.len()) {
                let mut flipped = object.to_vec();
                flipped[at] ^= 1 << (at % 8);
                let outcome = checked(kind, &flipped);
                let verified = matches!(&outcome, Ok(Some(Outcome::Verified(_))));
                // Blanks behind the armor are no part of it.
                assert!(!verified || text.as_bytes()[at] == b'\n', "{kind:?} byte {at}");
            }
        }
    }

    #[test]
    fn what_is_no_such_object_or_signed_twice_is_refused() {
        let twice =
            [COMMIT_SSH.split(|b| *b == b'\n').next().unwrap(), b"\ngpgsig a\ngpgsig b\n\nx"].concat();
        let sha256 = String::from_utf8_lossy(COMMIT_SSH).replace("gpgsig ", "gpgsig-sha256 ");
        let x509 = String::from_utf8_lossy(COMMIT_SSH).replace(SSH, X509);
        for object in [b"".as_slice(), b"tree x\n", TAG_SSH, &twice, sha256.as_bytes()] {
            assert!(checked(Kind::Commit, object).is_err(), "{:.60}", String::from_utf8_lossy(object));
        }
        let outcome = checked(Kind::Commit, x509.as_bytes()).unwrap().unwrap();
        assert!(matches!(outcome, Outcome::Refused(Fault::Unsupported { .. })), "{outcome:?}");
    }
}

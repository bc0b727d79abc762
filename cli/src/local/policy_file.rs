//! Policies and public keys from files the operator names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use assay_policy::{FileKind, Policy};

/// The largest policy file; a thousand rules are a tenth of it.
const MAX_POLICY: u64 = 1 << 20;

/// The largest public key file; a PEM of RSA 16384 is 3 KiB.
const MAX_KEY: u64 = 64 << 10;

/// The largest certificate revocation list; public authorities' are up to a few MiB.
const MAX_REVOCATION_LIST: u64 = 16 << 20;

/// The text of a policy file.
pub(crate) fn text(path: &Path) -> Result<String> {
    read(path, MAX_POLICY)
}

/// The text of a public key file.
pub(crate) fn key(path: &Path) -> Result<String> {
    read(path, MAX_KEY)
}

/// A policy with the files it names; their paths are relative to the policy's folder.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Policy> {
    let policy = Policy::parse(text, &path.display().to_string())?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut texts = BTreeMap::new();
    for named in policy.trust_files() {
        let (what, max) = match named.kind() {
            FileKind::Key => ("key file", MAX_KEY),
            FileKind::CertificateRoots => ("certificate file", MAX_POLICY),
            FileKind::RevocationList => ("revocation list", MAX_REVOCATION_LIST),
            FileKind::SigstoreRoot => ("Sigstore root", MAX_POLICY),
        };
        let text = read(&folder.join(named.path()), max)
            .with_context(|| format!("{}:{}: {what}", path.display(), named.line()))?;
        texts.insert(named.path().to_owned(), text);
    }
    Ok(policy.with_files(&texts)?)
}

/// The text of a file of at most `max` bytes.
pub(super) fn read(path: &Path, max: u64) -> Result<String> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut text = String::new();
    #[expect(clippy::disallowed_methods, reason = "taken up to the limit, and checked")]
    let length = file
        .take(max.saturating_add(1))
        .read_to_string(&mut text)
        .with_context(|| path.display().to_string())?;
    if u64::try_from(length).unwrap_or(u64::MAX) > max {
        bail!("{}: larger than {max} bytes", path.display());
    }
    Ok(text)
}

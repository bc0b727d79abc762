//! Policies and public keys from files the operator names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use assay_policy::Policy;

/// The largest policy file; a thousand rules are a tenth of it.
const MAX_POLICY: u64 = 1 << 20;

/// The largest public key file; a PEM of RSA 16384 is 3 KiB.
const MAX_KEY: u64 = 64 << 10;

/// The text of a policy file.
pub(crate) fn text(path: &Path) -> Result<String> {
    read(path, MAX_POLICY)
}

/// The text of a public key file.
pub(crate) fn key(path: &Path) -> Result<String> {
    read(path, MAX_KEY)
}

/// A policy with the keys it names; their paths are relative to the policy's folder.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Policy> {
    let policy = Policy::parse(text, &path.display().to_string())?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut keys = BTreeMap::new();
    for named in policy.trusted_keys() {
        let pem = key(&folder.join(named.path()))
            .with_context(|| format!("{}:{}: key file", path.display(), named.line()))?;
        keys.insert(named.path().to_owned(), pem);
    }
    Ok(policy.with_keys(&keys)?)
}

/// The PEM text of every key a policy trusts.
pub(crate) fn trusted(path: &Path, policy: &Policy) -> Result<Vec<String>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    policy.trusted_keys().iter().map(|named| key(&folder.join(named.path()))).collect()
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

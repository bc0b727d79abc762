//! Trusted roots of Sigstore instances: built in, or given by policy.

use sigstore_trust_root::{
    SIGSTORE_GITHUB_TRUSTED_ROOT, SIGSTORE_PRODUCTION_TRUSTED_ROOT, SIGSTORE_STAGING_TRUSTED_ROOT,
    TrustedRoot,
};

use assay_core::{EMBEDDED_ROOTS_TAKEN, SigstoreRoot, Timestamp};

use crate::refusal::Refusal;

/// The largest `trusted_root.json`; the public one is 12 kB.
const MAX_ROOT: usize = 1 << 20;

/// The roots that are built in, by name.
const EMBEDDED: [(&str, &str); 3] = [
    ("github", SIGSTORE_GITHUB_TRUSTED_ROOT),
    ("public-good", SIGSTORE_PRODUCTION_TRUSTED_ROOT),
    ("staging", SIGSTORE_STAGING_TRUSTED_ROOT),
];

/// One built-in root and how old it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootAge {
    /// As policy names it.
    pub name: &'static str,
    /// When it was taken from its TUF repository.
    pub taken: Timestamp,
}

/// The built-in roots and when they were taken. Keys added to an instance later are not in them.
#[must_use]
pub fn embedded_roots() -> Vec<RootAge> {
    EMBEDDED.iter().map(|&(name, _)| RootAge { name, taken: EMBEDDED_ROOTS_TAKEN }).collect()
}

/// The root as the verifier wants it.
pub(super) fn parse(root: &SigstoreRoot) -> Result<TrustedRoot, Refusal> {
    let fault = |fault: String| Refusal::Trust { name: root.name.clone(), fault };
    let embedded = EMBEDDED.iter().find(|(name, _)| *name == root.name).map(|(_, json)| *json);
    let json =
        root.json.as_deref().or(embedded).ok_or_else(|| fault("no such root is built in".to_owned()))?;
    if json.len() > MAX_ROOT {
        return Err(fault(format!("it is larger than {MAX_ROOT} bytes")));
    }
    TrustedRoot::from_json(json).map_err(|error| fault(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_root_is_read_and_no_key_in_it_is_younger_than_it() {
        for root in embedded_roots() {
            let parsed = parse(&SigstoreRoot { name: root.name.to_owned(), json: None }).unwrap();
            let starts = parsed.tlogs.iter().filter_map(|log| log.public_key.valid_for);
            for start in starts.map(|window| window.start) {
                assert!(start.as_millisecond() <= root.taken.as_millis(), "{}: {start}", root.name);
            }
        }
    }

    #[test]
    fn a_root_that_is_not_built_in_or_no_root_is_an_error() {
        for (name, json) in [("acme", None), ("acme", Some("{}")), ("public-good", Some("[]"))] {
            let root = SigstoreRoot { name: name.to_owned(), json: json.map(str::to_owned) };
            assert!(parse(&root).is_err(), "{root:?}");
        }
    }
}

//! What a policy says about every signature: who may not sign any more, and which content is withdrawn.

use std::collections::BTreeSet;

use assay_core::{
    Decision, EMBEDDED_ROOTS_TAKEN, Evidence, Sha256, SignatureFact, SignerKind, Timestamp, shown,
};

use crate::document::SignaturesTable;
use crate::error::{Place, PolicyError, Problem};
use crate::reasons::Reasons;

/// The name of these reasons.
pub(crate) const NAME: &str = "signatures";

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Whom and what nothing may rest on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revocations {
    keys: BTreeSet<Sha256>,
    identities: BTreeSet<String>,
    digests: BTreeSet<Sha256>,
    /// The oldest built-in Sigstore roots that still count.
    max_root_age_days: Option<u32>,
}

impl Revocations {
    pub(crate) fn parse(table: &SignaturesTable, place: &Place<'_>) -> Result<Self, PolicyError> {
        let mut keys = BTreeSet::new();
        for key in &table.revoked_keys {
            let text = key.get_ref();
            let hex = text.strip_prefix("key:").unwrap_or(text);
            let digest = hex.strip_prefix("sha256:").unwrap_or(hex).parse();
            keys.insert(digest.map_err(|_| {
                let fault = "is no fingerprint";
                let problem = Problem::Value { key: "revoked-keys", value: text.clone(), fault };
                place.error(key.span().start, problem, Some("write key:sha256: and 64 hex digits"))
            })?);
        }
        Ok(Self {
            keys,
            identities: table.revoked_identities.iter().map(|name| name.get_ref().clone()).collect(),
            digests: table.revoked_digests.iter().map(|digest| *digest.get_ref()).collect(),
            max_root_age_days: table.max_root_age_days.as_ref().map(|days| *days.get_ref()),
        })
    }

    /// Why this signature counts for nothing, if it does.
    pub(crate) fn fault(&self, fact: &SignatureFact, now: Timestamp) -> Option<String> {
        let by = fact.by.as_ref()?;
        if self.keys.contains(&by.fingerprint) {
            return Some(format!("its key {} is revoked by policy", by.fingerprint));
        }
        let plain = |name: &str| name.split_once(':').map(|(_, name)| name.to_owned());
        let named = by.alternative_names.iter().filter_map(|name| plain(name)).chain([by.name.clone()]);
        if let Some(name) = named.into_iter().find(|name| self.identities.contains(name)) {
            return Some(format!("its signer {} is revoked by policy", shown(&name)));
        }
        let max = i64::from(self.max_root_age_days?);
        let built_in = by.kind == SignerKind::Keyless
            && matches!(by.trust_root.as_deref(), Some("public-good" | "github" | "staging"));
        let age = now.as_millis().saturating_sub(EMBEDDED_ROOTS_TAKEN.as_millis()) / DAY_MILLIS;
        (built_in && age > max).then(|| {
            format!("the built-in Sigstore roots are {age} days old, and policy wants at most {max}")
        })
    }

    /// Denies withdrawn content, signed or not.
    pub(crate) fn check(&self, evidence: &Evidence, reasons: &mut Reasons<'_>) {
        let withdrawn = |digest: &Sha256| self.digests.contains(digest);
        for file in evidence.files.iter().filter(|file| file.sha256.as_ref().is_some_and(withdrawn)) {
            let remedy = "remove it; policy withdrew this content".to_owned();
            reasons.file(
                Decision::Deny,
                &file.name,
                "its digest is revoked by policy".to_owned(),
                Some(remedy),
            );
        }
    }
}

//! The demand for a signature: who must have signed, and which files it must cover.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Decision, Evidence, FileFact, FileState, SignatureFact, SignatureState, shown};

use crate::built_in;
use crate::document::Cover;
use crate::keys::KeyRef;
use crate::reasons::{Reasons, names};

/// A signature by one of these keys, over these files.
#[derive(Debug, Clone)]
pub(crate) struct SignatureDemand {
    /// Paths as the rule writes them; their fingerprints stand in the policy's keys.
    pub(crate) any_of: Vec<String>,
    pub(crate) cover: Cover,
}

impl SignatureDemand {
    pub(crate) fn check(&self, evidence: &Evidence, keys: &[KeyRef], reasons: &mut Reasons<'_>) {
        let signers: BTreeSet<&str> = keys
            .iter()
            .filter(|key| self.any_of.iter().any(|path| path == key.path()))
            .filter_map(KeyRef::signer)
            .collect();
        let others = well_formed(evidence);
        let mut by_trusted = evidence.signatures.iter().filter(|fact| trusted(fact, &signers)).peekable();
        if by_trusted.peek().is_none() {
            return self.absent(evidence, &signers, reasons);
        }
        // One signature must do it alone: two that cover half each were never one person's word for the whole.
        let mut faults = by_trusted.map(|fact| (fact, self.faults(evidence, fact, &others)));
        let Some((mut best, mut fewest)) = faults.next() else { return };
        for (fact, found) in faults {
            if found.len() < fewest.len() {
                (best, fewest) = (fact, found);
            }
        }
        if fewest.is_empty() {
            let message =
                format!("signed by {} ({})", best.signer.as_deref().unwrap_or_default(), self.promise());
            return reasons.artifact(Decision::Allow, message, None);
        }
        for (file, fault) in fewest {
            let message = format!("{fault} by the signature {}", shown(&best.file));
            reasons.file(Decision::Deny, file, message, Some(self.remedy()));
        }
    }

    /// The files that keep this signature from covering what it must, and how.
    fn faults<'e>(
        &self,
        evidence: &'e Evidence,
        fact: &'e SignatureFact,
        signatures: &BTreeSet<&str>,
    ) -> Vec<(&'e str, &'static str)> {
        let states: BTreeMap<&str, FileState> =
            fact.coverage.iter().map(|entry| (entry.name.as_str(), entry.state)).collect();
        let mut faults = Vec::new();
        for file in evidence.files.iter().filter(|file| !speaks_of_others(file, signatures)) {
            let needed = match self.cover {
                Cover::EveryFile => true,
                Cover::EveryLoadableFile => built_in::is_loadable(file),
            };
            match states.get(file.name.as_str()) {
                Some(FileState::Verified) => {}
                Some(FileState::Changed) => {
                    faults.push((file.name.as_str(), "is not the content vouched for"))
                }
                Some(FileState::Ignored) if needed && !is_git_housekeeping(file) => {
                    faults.push((file.name.as_str(), "is left out"));
                }
                Some(FileState::Missing | FileState::Unhashed | FileState::Unlisted) | None if needed => {
                    faults.push((file.name.as_str(), "is not covered"));
                }
                Some(FileState::Ignored | FileState::Missing | FileState::Unhashed | FileState::Unlisted)
                | None => {}
            }
        }
        if self.cover == Cover::EveryFile {
            let missing = fact.coverage.iter().filter(|entry| entry.state == FileState::Missing);
            faults.extend(missing.map(|entry| (entry.name.as_str(), "is missing, but listed")));
        }
        faults
    }

    /// Says why no signature by a trusted key is there, as precisely as the facts allow.
    fn absent(&self, evidence: &Evidence, signers: &BTreeSet<&str>, reasons: &mut Reasons<'_>) {
        if signers.is_empty() {
            let remedy = "let the program that decides read the key files of the policy".to_owned();
            let message = "no key of this rule was read, so no signature can be trusted".to_owned();
            return reasons.artifact(Decision::Deny, message, Some(remedy));
        }
        if evidence.signatures.is_empty() {
            return reasons.artifact(Decision::Deny, "no signature".to_owned(), Some(self.remedy()));
        }
        for fact in &evidence.signatures {
            let message = match &fact.state {
                SignatureState::Invalid { reason } => format!("signature is invalid: {}", shown(reason)),
                SignatureState::UntrustedSigner => "signature is by a key that nobody trusts".to_owned(),
                SignatureState::Verified => {
                    let signer = fact.signer.as_deref().map_or_else(|| "nobody named".to_owned(), shown);
                    format!("signature is by {signer}, whom this rule does not accept")
                }
            };
            reasons.file(Decision::Deny, &fact.file, message, Some(self.remedy()));
        }
    }

    fn promise(&self) -> &'static str {
        match self.cover {
            Cover::EveryFile => "every file but git's own covered, none missing",
            Cover::EveryLoadableFile => "every loadable file covered, none changed",
        }
    }

    fn remedy(&self) -> String {
        format!("sign the folder with a trusted key: {}", names(self.any_of.iter().map(String::as_str)))
    }
}

/// Whether a file is one that signers leave out by default (`OpenSSF` Model Signing v1.0) and nothing loads: almost every
/// repository has a `.gitattributes`, so demanding it would refuse every signature there is.
fn is_git_housekeeping(file: &FileFact) -> bool {
    let top = file.name.split('/').next().unwrap_or_default();
    matches!(top, ".git" | ".gitattributes" | ".github" | ".gitignore") && !built_in::is_loadable(file)
}

fn trusted(fact: &SignatureFact, signers: &BTreeSet<&str>) -> bool {
    fact.state == SignatureState::Verified
        && fact.signer.as_deref().is_some_and(|signer| signers.contains(signer))
}

/// The names of signature files that are well formed, whoever signed.
pub(crate) fn well_formed(evidence: &Evidence) -> BTreeSet<&str> {
    let well_formed = evidence.signatures.iter().filter(|fact| match fact.state {
        SignatureState::Verified | SignatureState::UntrustedSigner => true,
        SignatureState::Invalid { .. } => false,
    });
    well_formed.map(|fact| fact.file.as_str()).collect()
}

/// Whether a file is a well-formed signature: it cannot list itself, nor one made later. A file in which a format is
/// recognised is content, whatever its name.
fn speaks_of_others(file: &FileFact, signatures: &BTreeSet<&str>) -> bool {
    file.formats.is_empty() && signatures.contains(file.name.as_str())
}

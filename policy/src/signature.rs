//! The demand for a signature: who must have signed, and which files it must cover.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{
    Decision, Evidence, FileFact, FileState, SignatureFact, SignatureState, Signer, Timestamp, shown,
};

use crate::authority::Authority;
use crate::built_in;
use crate::document::Cover;
use crate::files::TrustFile;
use crate::reasons::{Reasons, names};

/// Signatures by some of these, over these files.
#[derive(Debug, Clone)]
pub(crate) struct SignatureDemand {
    pub(crate) any_of: Vec<Authority>,
    pub(crate) cover: Cover,
    /// How many of them must have signed, each over everything.
    pub(crate) threshold: usize,
}

/// What a demand is checked with.
pub(crate) struct Known<'k> {
    pub(crate) files: &'k [TrustFile],
    pub(crate) now: Timestamp,
}

impl SignatureDemand {
    pub(crate) fn check(&self, evidence: &Evidence, known: &Known<'_>, reasons: &mut Reasons<'_>) {
        let others = well_formed(evidence);
        let accepted = |fact: &&SignatureFact| self.accepts(fact, known);
        let mut by_trusted = evidence.signatures.iter().filter(accepted).peekable();
        if by_trusted.peek().is_none() {
            return self.absent(evidence, known, reasons);
        }
        // One signature must do it alone: two that cover half each were never one person's word for the whole.
        let judged: Vec<_> = by_trusted.map(|fact| (fact, self.faults(evidence, fact, &others))).collect();
        let whole: Vec<_> =
            judged.iter().filter(|(_, faults)| faults.is_empty()).map(|(fact, _)| *fact).collect();
        let enough = self.independent(&whole, known) >= self.threshold;
        if enough {
            let signers: BTreeSet<&str> = whole.iter().filter_map(|fact| fact.signer.as_deref()).collect();
            let signers = signers.into_iter().map(shown).collect::<Vec<_>>().join(" and ");
            let message = format!("signed by {signers} ({})", self.promise());
            return reasons.artifact(Decision::Allow, message, None);
        }
        if !whole.is_empty() {
            let message = format!(
                "signed by {} of the {} that the rule wants",
                self.independent(&whole, known),
                self.threshold
            );
            reasons.artifact(Decision::Deny, message, Some(self.remedy()));
        }
        let faulty = judged.iter().filter(|(_, faults)| !faults.is_empty());
        let Some((fact, fewest)) = faulty.min_by_key(|(_, faults)| faults.len()) else { return };
        for (file, fault) in fewest {
            let message = format!("{fault} by the signature {}", shown(&fact.file));
            reasons.file(Decision::Deny, file, message, Some(self.remedy()));
        }
    }

    fn accepts(&self, fact: &SignatureFact, known: &Known<'_>) -> bool {
        self.any_of.iter().any(|authority| authority.accepts(fact, known.files, known.now))
    }

    /// How many signed independently: neither one signer under two names of the rule, nor two signers under one.
    fn independent(&self, whole: &[&SignatureFact], known: &Known<'_>) -> usize {
        let satisfied =
            |authority: &&Authority| whole.iter().any(|fact| authority.accepts(fact, known.files, known.now));
        let signers: BTreeSet<_> = whole.iter().map(|fact| fact.signer.as_deref()).collect();
        self.any_of.iter().filter(satisfied).count().min(signers.len())
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
    fn absent(&self, evidence: &Evidence, known: &Known<'_>, reasons: &mut Reasons<'_>) {
        if !self.any_of.iter().any(|authority| authority.is_ready(known.files)) {
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
                SignatureState::UntrustedSigner => stranger(fact.by.as_deref()),
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
        let wanted: Vec<String> = self.any_of.iter().map(Authority::shown).collect();
        format!("sign the folder with a trusted key: {}", names(wanted.iter().map(String::as_str)))
    }
}

/// Whether a file is one that signers leave out by default (`OpenSSF` Model Signing v1.0) and nothing loads: almost every
/// repository has a `.gitattributes`, so demanding it would refuse every signature there is.
fn is_git_housekeeping(file: &FileFact) -> bool {
    let top = file.name.split('/').next().unwrap_or_default();
    matches!(top, ".git" | ".gitattributes" | ".github" | ".gitignore") && !built_in::is_loadable(file)
}

/// Who signed, when it is nobody trusted. A name that nobody trusted vouches for is only a claim.
fn stranger(by: Option<&Signer>) -> String {
    let Some(by) = by else { return "signature is by a key that nobody trusts".to_owned() };
    let issuer = by.issuer.as_deref().map(|issuer| format!(" of {}", shown(issuer))).unwrap_or_default();
    match by.trust_root {
        Some(_) => format!("signature is by {}{issuer}, whom this rule does not accept", shown(&by.name)),
        None => format!(
            "signature claims to be by {}{issuer}, and nobody trusted vouches for it",
            shown(&by.name)
        ),
    }
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

//! A policy, parsed and immutable.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobSet;
use sha2::{Digest as _, Sha256 as Hasher};

use assay_core::{
    CertificateRoots, Decision, Evidence, Legacy, Reason, Severity, Sha256, SignatureState, Signer,
    SignerKind, SigstoreRoot, Timestamp, Trust, Verdict,
};

use crate::approval::{self, Approval, Approvals};
use crate::authority::Authority;
use crate::built_in;
use crate::demand;
use crate::document::{Document, NoMatch, SignaturesTable};
use crate::error::{Place, PolicyError, Problem};
use crate::files::{FileKind, TrustFile};
use crate::patterns::{self, Patterns};
use crate::reasons::{Reasons, worst};
use crate::revocation::{self, Revocations};
use crate::rule::{self, Rule};
use crate::signature::Known;

/// The text whose digest names the built-in policy. Parsing it gives exactly the built-in policy.
const BUILT_IN_TEXT: &str = include_str!("../default.toml");

/// The most bytes of a policy file; 1,000 rules with ten patterns each are under 500 kB.
const MAX_TEXT: usize = 1 << 20;

/// The most rules; every one is tried for every artifact.
const MAX_RULES: usize = 1_000;

/// The name of reasons that come from `[defaults]`.
const DEFAULTS: &str = "defaults";

/// What the operator demands. Immutable: a changed file is a new policy with another digest.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    text: String,
    file: String,
    digest: Sha256,
    no_match: NoMatch,
    max_severity: Option<Severity>,
    rules: Vec<Rule>,
    patterns: Patterns,
    approvals: Approvals,
    files: Vec<TrustFile>,
    signatures: SignaturePolicy,
}

impl Policy {
    /// The policy without any file: the built-in demands and nothing else.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            name: "built-in".to_owned(),
            text: BUILT_IN_TEXT.to_owned(),
            file: "default.toml".to_owned(),
            digest: digest(BUILT_IN_TEXT, &[]),
            no_match: NoMatch::BuiltIn,
            max_severity: None,
            rules: Vec::new(),
            patterns: Patterns::default(),
            approvals: Approvals::default(),
            files: Vec::new(),
            signatures: SignaturePolicy::default(),
        }
    }

    /// Parses the text of a policy file. `file_name` is shown in errors and is the policy's name.
    ///
    /// # Errors
    /// [`PolicyError`] with file, line and a hint: not TOML, an unknown key, a rule that demands nothing or
    /// contradicts what always holds, a pattern that is no glob.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, PolicyError> {
        let place = Place { file: file_name, text };
        if text.len() > MAX_TEXT {
            return Err(place.error(0, Problem::TooLarge { max: MAX_TEXT }, None));
        }
        let document: Document = toml::from_str(text).map_err(|error| place.syntax(&error))?;
        if let Some(schema) = document.schema.filter(|schema| *schema.get_ref() != 1) {
            let problem = Problem::Schema { found: *schema.get_ref() };
            return Err(place.error(schema.span().start, problem, Some("write schema = 1")));
        }
        let max_severity =
            document.defaults.scan.map(|table| rule::max_severity(&table, &place)).transpose()?;
        let mut files = Vec::new();
        let rules = rules(document.rule, &place, &mut files)?;
        let signatures = SignaturePolicy::parse(&document.signatures, &place, &mut files)?;
        let unfit = |error: globset::Error| {
            let problem = Problem::Pattern { pattern: "match".to_owned(), fault: error.kind().to_string() };
            place.error(0, problem, Some("use fewer or shorter patterns"))
        };
        let patterns = Patterns::new(rules.iter().map(Rule::patterns)).map_err(unfit)?;
        let approvals = Approvals::new(approvals(document.approve, &place)?).map_err(unfit)?;
        Ok(Self {
            name: file_name.to_owned(),
            text: text.to_owned(),
            file: file_name.to_owned(),
            digest: digest(text, &files),
            no_match: document.defaults.no_match,
            // `medium` is what the built-in demands tolerate already.
            max_severity: max_severity.filter(|&severity| severity < Severity::Medium),
            rules,
            patterns,
            approvals,
            files,
            signatures,
        })
    }

    /// Takes the text of every file that [`Policy::trust_files`] names, by its path.
    ///
    /// Until this is done, no signature is trusted and a rule that demands one denies. The files count into the digest:
    /// another key under the same path is another policy.
    ///
    /// # Errors
    /// [`PolicyError`] at the line of the rule: a file is not given, or does not hold what it should.
    pub fn with_files(mut self, text_by_path: &BTreeMap<String, String>) -> Result<Self, PolicyError> {
        for file in &mut self.files {
            let path = file.path().to_owned();
            let bound = text_by_path.get(&path).ok_or("was not read").and_then(|text| file.bind(text));
            let hint = match file.kind() {
                FileKind::Key => "it holds one public key: -----BEGIN PUBLIC KEY-----",
                FileKind::CertificateRoots => "it holds certificates: -----BEGIN CERTIFICATE-----",
                FileKind::RevocationList => "it holds revocation lists: -----BEGIN X509 CRL-----",
                FileKind::SigstoreRoot => "it is the trusted_root.json of a Sigstore instance",
            };
            bound.map_err(|fault| PolicyError {
                file: self.file.clone(),
                line: file.line(),
                problem: Problem::Key { path, fault },
                hint: Some(hint.to_owned()),
            })?;
        }
        self.digest = digest(&self.text, &self.files);
        Ok(self)
    }

    /// SHA-256 of the canonical text: the policy file's bytes, then one line for each file that was read.
    #[must_use]
    pub const fn digest(&self) -> Sha256 {
        self.digest
    }

    /// `built-in`, or the file name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files that the policy names, each once. Programs read them and hand their text to [`Policy::with_files`].
    #[must_use]
    pub fn trust_files(&self) -> &[TrustFile] {
        &self.files
    }

    /// What signatures are checked against: every key and root that any rule names. Whom a rule accepts is decided
    /// afterwards, from what the signature proved.
    #[must_use]
    pub fn trust(&self, at: Timestamp) -> Trust {
        let mut trust = Trust { legacy: self.signatures.legacy, ..Trust::nobody(at) };
        let staging =
            self.rules.iter().flat_map(Rule::authorities).any(|one| one.built_in_root() == Some("staging"));
        if staging {
            trust.sigstore_roots.push(SigstoreRoot { name: "staging".to_owned(), json: None });
        }
        for (file, text) in self.files.iter().filter_map(|file| Some((file, file.text()?))) {
            let (name, text) = (file.path().to_owned(), text.to_owned());
            match file.kind() {
                FileKind::Key => trust.keys.push(text),
                FileKind::CertificateRoots => {
                    trust.certificate_roots.push(CertificateRoots { name, pem: text })
                }
                FileKind::RevocationList => trust.revocation_lists.push(text),
                FileKind::SigstoreRoot => trust.sigstore_roots.push(SigstoreRoot { name, json: Some(text) }),
            }
        }
        trust
    }

    /// Whether a file of this name is checked as a signature: by its standard name, or one that the policy adds.
    #[must_use]
    pub fn is_signature_name(&self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        assay_core::is_signature_name(name) || self.signatures.names.is_match(base)
    }

    /// Says of each proven signature whether its signer is somebody this artifact's rules accept.
    ///
    /// Proofs stay what they are: an `untrusted-signer` of one policy is `verified` under another. Facts without
    /// proof, and broken ones, are left alone.
    pub fn recognise(&self, evidence: &mut Evidence, now: Timestamp) {
        let matching = self.patterns.matching(&evidence.reference);
        let rules = matching.into_iter().filter_map(|number| self.rules.get(number));
        let authorities: Vec<&Authority> = rules.flat_map(Rule::authorities).collect();
        for fact in &mut evidence.signatures {
            let proven = fact.by.as_ref().filter(|by| by.trust_root.is_some());
            let (Some(by), false) = (proven, matches!(fact.state, SignatureState::Invalid { .. })) else {
                continue;
            };
            let name = short(by);
            if let Some(reason) = self.signatures.revocations.fault(fact, now) {
                (fact.state, fact.signer) = (SignatureState::Invalid { reason }, None);
            } else if authorities.iter().any(|authority| authority.is(fact, &self.files)) {
                (fact.state, fact.signer) = (SignatureState::Verified, Some(name));
            } else {
                (fact.state, fact.signer) = (SignatureState::UntrustedSigner, None);
            }
        }
    }

    /// Decides about one artifact. Pure: equal arguments give equal verdicts.
    pub fn decide(&self, evidence: &Evidence, engine: &str, now: Timestamp) -> Verdict {
        let mut approved = Reasons::new(approval::NAME);
        let mut evidence = self.approvals.apply(evidence, &mut approved);
        if !evidence.signatures.is_empty() {
            self.recognise(evidence.to_mut(), now);
        }
        let evidence = &*evidence;
        let mut reasons = built_in::decide(evidence);
        reasons.extend(approved.finish());
        let mut withdrawn = Reasons::new(revocation::NAME);
        self.signatures.revocations.check(evidence, &mut withdrawn);
        reasons.extend(withdrawn.finish());
        if let Some(max) = self.max_severity {
            let mut found = Reasons::new(DEFAULTS);
            demand::max_severity(evidence, max, &mut found);
            reasons.extend(found.finish());
        }
        let matching = self.patterns.matching(&evidence.reference);
        if matching.is_empty() && self.no_match == NoMatch::Deny {
            reasons.push(no_rule());
        }
        for rule in matching.into_iter().filter_map(|number| self.rules.get(number)) {
            reasons.extend(rule.decide(evidence, &Known { files: &self.files, now }));
        }
        let decision = worst(&reasons);
        Verdict { decision, reasons, policy: self.digest, engine: engine.to_owned(), at: now }
    }
}

fn rules(
    tables: Vec<toml::Spanned<crate::document::RuleTable>>,
    place: &Place<'_>,
    files: &mut Vec<TrustFile>,
) -> Result<Vec<Rule>, PolicyError> {
    if tables.len() > MAX_RULES {
        return Err(place.error(0, Problem::TooManyRules { max: MAX_RULES }, None));
    }
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for table in tables {
        let offset = table.span().start;
        let table = table.into_inner();
        let at = table.name.span().start;
        let rule = Rule::parse(table, offset, place, files)?;
        if !names.insert(rule.name().to_owned()) {
            let problem = Problem::Name { name: rule.name().to_owned(), fault: "used twice" };
            return Err(place.error(at, problem, Some("reasons name the rule, so names are unique")));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn approvals(
    tables: Vec<crate::document::ApproveTable>,
    place: &Place<'_>,
) -> Result<Vec<Approval>, PolicyError> {
    if tables.len() > MAX_RULES {
        return Err(place.error(0, Problem::TooManyRules { max: MAX_RULES }, None));
    }
    tables.into_iter().map(|table| Approval::parse(table, place)).collect()
}

fn no_rule() -> Reason {
    Reason {
        policy_rule: DEFAULTS.to_owned(),
        decision: Decision::Deny,
        message: "no rule matches this artifact".to_owned(),
        file: None,
        remedy: Some("add a rule whose `match` covers it, or set no-match = \"built-in\"".to_owned()),
    }
}

/// Who signed, in one word.
fn short(by: &Signer) -> String {
    match by.kind {
        SignerKind::Key => by.name.clone(),
        SignerKind::Certificate => format!("certificate:{}", by.name),
        SignerKind::Keyless => format!("keyless:{}", by.name),
    }
}

/// What a policy says about every signature.
#[derive(Debug, Clone, Default)]
struct SignaturePolicy {
    names: GlobSet,
    legacy: Legacy,
    revocations: Revocations,
}

impl SignaturePolicy {
    fn parse(
        table: &SignaturesTable,
        place: &Place<'_>,
        files: &mut Vec<TrustFile>,
    ) -> Result<Self, PolicyError> {
        for list in &table.revocation_lists {
            let line = place.line(list.span().start);
            files.push(TrustFile::new(FileKind::RevocationList, list.get_ref(), line));
        }
        let names = patterns::file_names(&table.names, place)?;
        Ok(Self { names, legacy: table.legacy, revocations: Revocations::parse(table, place)? })
    }
}

fn digest(text: &str, files: &[TrustFile]) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(text);
    for (path, mark) in files.iter().filter_map(|file| Some((file.path(), file.mark()?))) {
        // The path's length keeps two lists of files from ever being the same bytes.
        hasher.update(format!("\n#key {} {path} {mark}", path.len()));
    }
    Sha256::new(hasher.finalize().into())
}

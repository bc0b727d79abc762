//! A policy, parsed and immutable.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256 as Hasher};

use assay_core::{Decision, Evidence, Reason, Severity, Sha256, Timestamp, Verdict};

use crate::approval::{self, Approval, Approvals};
use crate::built_in;
use crate::demand;
use crate::document::{Document, NoMatch};
use crate::error::{Place, PolicyError, Problem};
use crate::keys::KeyRef;
use crate::patterns::Patterns;
use crate::reasons::{Reasons, worst};
use crate::rule::{self, Rule};

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
    keys: Vec<KeyRef>,
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
            keys: Vec::new(),
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
        let mut keys = Vec::new();
        let rules = rules(document.rule, &place, &mut keys)?;
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
            digest: digest(text, &keys),
            no_match: document.defaults.no_match,
            // `medium` is what the built-in demands tolerate already.
            max_severity: max_severity.filter(|&severity| severity < Severity::Medium),
            rules,
            patterns,
            approvals,
            keys,
        })
    }

    /// Takes the text of every key file that [`Policy::trusted_keys`] names, by its path.
    ///
    /// Until this is done, no signature is trusted and a rule that demands one denies. The keys count into the digest:
    /// another key under the same path is another policy.
    ///
    /// # Errors
    /// [`PolicyError`] at the line of the rule: a key is not given, or is not one PEM public key.
    pub fn with_keys(mut self, pem_by_path: &BTreeMap<String, String>) -> Result<Self, PolicyError> {
        for key in &mut self.keys {
            let path = key.path().to_owned();
            let bound = pem_by_path.get(&path).ok_or("was not read").and_then(|pem| key.bind(pem));
            bound.map_err(|fault| PolicyError {
                file: self.file.clone(),
                line: key.line(),
                problem: Problem::Key { path, fault },
                hint: Some("it holds one public key: -----BEGIN PUBLIC KEY-----".to_owned()),
            })?;
        }
        self.digest = digest(&self.text, &self.keys);
        Ok(self)
    }

    /// SHA-256 of the canonical text: the policy file's bytes, then one line for each key that was read.
    #[must_use]
    pub const fn digest(&self) -> Sha256 {
        self.digest
    }

    /// `built-in`, or the file name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key files that rules name, each once. Programs read them, check signatures against them, and hand
    /// them to [`Policy::with_keys`].
    #[must_use]
    pub fn trusted_keys(&self) -> &[KeyRef] {
        &self.keys
    }

    /// Decides about one artifact. Pure: equal arguments give equal verdicts.
    pub fn decide(&self, evidence: &Evidence, engine: &str, now: Timestamp) -> Verdict {
        let mut approved = Reasons::new(approval::NAME);
        let evidence = &*self.approvals.apply(evidence, &mut approved);
        let mut reasons = built_in::decide(evidence);
        reasons.extend(approved.finish());
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
            reasons.extend(rule.decide(evidence, &self.keys));
        }
        let decision = worst(&reasons);
        Verdict { decision, reasons, policy: self.digest, engine: engine.to_owned(), at: now }
    }
}

fn rules(
    tables: Vec<toml::Spanned<crate::document::RuleTable>>,
    place: &Place<'_>,
    keys: &mut Vec<KeyRef>,
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
        let rule = Rule::parse(table, offset, place, keys)?;
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

fn digest(text: &str, keys: &[KeyRef]) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(text);
    for (path, signer) in keys.iter().filter_map(|key| Some((key.path(), key.signer()?))) {
        // The path's length keeps two lists of keys from ever being the same bytes.
        hasher.update(format!("\n#key {} {path} {signer}", path.len()));
    }
    Sha256::new(hasher.finalize().into())
}

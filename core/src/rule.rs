//! A check, and the id that names it for ever.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Severity;

/// The longest rule id; long enough for a phrase, short enough for a table.
const MAX_RULE_ID: usize = 64;

/// The kebab-case name of a rule. Ids never change meaning; a replaced rule gets a new id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RuleId(Cow<'static, str>);

/// The text is not lower-case letters, digits and single dashes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rule id is kebab-case and at most {MAX_RULE_ID} characters")]
pub struct RuleIdError;

impl RuleId {
    /// Names a rule of ours. Every such name has a page in `docs/rules/`.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// Takes a rule id from outside: configuration or another process.
    ///
    /// # Errors
    /// [`RuleIdError`] when the text is not kebab-case or too long.
    pub fn parse(text: &str) -> Result<Self, RuleIdError> {
        let kebab = text.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if kebab && text.len() <= MAX_RULE_ID {
            Ok(Self(Cow::Owned(text.to_owned())))
        } else {
            Err(RuleIdError)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// What a rule states, once, for reports and for its page in `docs/rules/`.
#[derive(Debug)]
pub struct Rule {
    /// The id, which is also the page's file name.
    pub id: RuleId,
    /// The severity its findings have.
    pub severity: Severity,
    /// One sentence: what is there, and why it matters.
    pub summary: &'static str,
    /// Names in public catalogues: `CWE-502`, `AML.T0011.000` (MITRE ATLAS), `OWASP-LLM01`, `CVE-…`. See
    /// [`Rule::catalogues`].
    pub taxonomy: &'static [&'static str],
}

/// What every rule is about, in the words of MITRE ATLAS and of the OWASP Top 10 for LLM applications (2025): a
/// compromised supply chain.
const SUPPLY_CHAIN: [(&str, &str); 2] = [("AML.", "AML.T0010"), ("OWASP-LLM", "OWASP-LLM03")];

impl Rule {
    /// The rule's names in public catalogues, and those of the supply chain where it names no ATLAS technique or no
    /// OWASP risk of its own.
    pub fn catalogues(&self) -> impl Iterator<Item = &'static str> {
        let own = self.taxonomy;
        let named = |prefix: &str| own.iter().any(|name| name.starts_with(prefix));
        let missing = SUPPLY_CHAIN.map(|(prefix, name)| (!named(prefix)).then_some(name));
        own.iter().copied().chain(missing.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_an_own_risk_is_about_the_supply_chain() {
        let catalogues = |taxonomy| {
            let rule = Rule { id: RuleId::new("a"), severity: Severity::Low, summary: "", taxonomy };
            rule.catalogues().collect::<Vec<_>>()
        };
        assert_eq!(catalogues(&["CWE-502"]), ["CWE-502", "AML.T0010", "OWASP-LLM03"]);
        assert_eq!(
            catalogues(&["CWE-94", "AML.T0051", "OWASP-LLM01"]),
            ["CWE-94", "AML.T0051", "OWASP-LLM01"]
        );
    }

    #[test]
    fn only_kebab_case_is_a_rule_id() {
        assert!(RuleId::parse("pickle-unsafe-global").is_ok());
        for bad in ["", "-a", "a--b", "A", "a b", "ä", &"a".repeat(65)] {
            assert_eq!(RuleId::parse(bad), Err(RuleIdError), "{bad}");
        }
    }
}

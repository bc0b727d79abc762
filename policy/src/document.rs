//! The policy file as it is written: TOML, kebab-case keys, unknown keys refused.

use serde::Deserialize;
use toml::Spanned;

use assay_core::{Format, SbomLevel, Severity};

/// A whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) schema: Option<Spanned<i64>>,
    #[serde(default)]
    pub(crate) defaults: Defaults,
    #[serde(default)]
    pub(crate) rule: Vec<Spanned<RuleTable>>,
    #[serde(default)]
    pub(crate) approve: Vec<ApproveTable>,
}

/// Patterns on references.
pub(crate) type PatternList = Spanned<Vec<Spanned<String>>>;

/// One `[[approve]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ApproveTable {
    pub(crate) global: Spanned<String>,
    #[serde(rename = "match")]
    pub(crate) patterns: PatternList,
    pub(crate) reason: Spanned<String>,
}

/// What holds for every artifact.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Defaults {
    #[serde(default)]
    pub(crate) no_match: NoMatch,
    pub(crate) scan: Option<ScanTable>,
}

/// What an artifact needs that no rule matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NoMatch {
    /// The built-in demands.
    #[default]
    BuiltIn,
    /// It is denied.
    Deny,
}

/// One `[[rule]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RuleTable {
    pub(crate) name: Spanned<String>,
    #[serde(rename = "match")]
    pub(crate) patterns: PatternList,
    pub(crate) signature: Option<SignatureTable>,
    pub(crate) sbom: Option<SbomTable>,
    pub(crate) scan: Option<ScanTable>,
    pub(crate) formats: Option<FormatsTable>,
}

/// `signature = { any-of = […], cover = "…" }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SignatureTable {
    pub(crate) any_of: Spanned<Vec<Authority>>,
    #[serde(default)]
    pub(crate) cover: Cover,
}

/// Who may sign.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Authority {
    #[serde(rename = "kind")]
    pub(crate) _kind: AuthorityKind,
    pub(crate) path: Spanned<String>,
}

/// How a signer is named.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuthorityKind {
    /// By a public key in a PEM file.
    Key,
}

/// Which files a signature must cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cover {
    /// Every file, and nothing listed is missing.
    #[default]
    EveryFile,
    /// Every file in which a loadable format is recognised; no listed file has changed.
    EveryLoadableFile,
}

/// `sbom = { level = "…" }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SbomTable {
    pub(crate) level: Spanned<SbomLevel>,
}

/// `scan = { max-severity = "…" }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ScanTable {
    pub(crate) max_severity: Spanned<Severity>,
}

/// `formats = { allow = […], unrecognised = "…" }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct FormatsTable {
    pub(crate) allow: Spanned<Vec<Format>>,
    #[serde(default)]
    pub(crate) unrecognised: Unrecognised,
}

/// What a file of no known format gets from `formats`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unrecognised {
    /// It passes: README, licence, tokenizer.
    #[default]
    Allow,
    /// It is denied.
    Deny,
}

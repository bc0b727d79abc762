//! The policy file as it is written: TOML, kebab-case keys, unknown keys refused.

use serde::Deserialize;
use toml::Spanned;

use assay_core::{Format, Legacy, SbomLevel, Severity, Sha256};

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
    #[serde(default)]
    pub(crate) signatures: SignaturesTable,
}

/// `[signatures]`: what holds for every signature, whoever made it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SignaturesTable {
    /// Further names of signature files; `*` stands for anything.
    #[serde(default)]
    pub(crate) names: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) legacy: Legacy,
    #[serde(default)]
    pub(crate) revocation_lists: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) revoked_keys: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) revoked_identities: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) revoked_digests: Vec<Spanned<Sha256>>,
    pub(crate) max_root_age_days: Option<Spanned<u32>>,
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
    pub(crate) any_of: Spanned<Vec<Spanned<AuthorityTable>>>,
    #[serde(default)]
    pub(crate) cover: Cover,
    /// How many of them must have signed.
    pub(crate) threshold: Option<Spanned<usize>>,
}

/// Text that must be there.
pub(crate) type Wanted = Option<Spanned<String>>;

/// Who may sign. Which keys go with which kind is checked by [`crate::authority`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct AuthorityTable {
    pub(crate) kind: Spanned<AuthorityKind>,
    /// The PEM file of a key, or of certificates.
    pub(crate) path: Wanted,
    pub(crate) issuer: Wanted,
    pub(crate) issuer_regex: Wanted,
    pub(crate) identity: Wanted,
    pub(crate) identity_regex: Wanted,
    pub(crate) repository: Wanted,
    pub(crate) workflow: Wanted,
    #[serde(rename = "ref")]
    pub(crate) git_ref: Wanted,
    /// `public-good`, `github`, `staging`, or the path of a `trusted_root.json`.
    pub(crate) trust_root: Wanted,
    pub(crate) subject: Wanted,
    pub(crate) subject_regex: Wanted,
    pub(crate) san: Wanted,
    pub(crate) usage: Wanted,
    pub(crate) not_after: Option<Spanned<toml::value::Datetime>>,
}

/// How a signer is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuthorityKind {
    /// By the names in a certificate whose chain ends in a PEM file.
    Certificate,
    /// By a public key in a PEM file.
    Key,
    /// By the identity in a certificate that Sigstore gave out.
    Keyless,
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

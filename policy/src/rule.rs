//! One rule of a policy file: which artifacts, and what it demands of them.

use globset::Glob;

use assay_core::{Decision, Evidence, Reason, SbomLevel, Severity};

use crate::approval;
use crate::authority::Authority;
use crate::built_in;
use crate::demand::{self, Formats};
use crate::document::{FormatsTable, RuleTable, SbomTable, ScanTable, SignatureTable};
use crate::error::{Place, PolicyError, Problem};
use crate::files::TrustFile;
use crate::patterns;
use crate::reasons::Reasons;
use crate::revocation;
use crate::sbom;
use crate::signature::{Known, SignatureDemand};

/// Names that reasons of the engine itself have.
const RESERVED: &[&str] = &[built_in::NAME, approval::NAME, revocation::NAME];

/// A rule, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    name: String,
    patterns: Vec<Glob>,
    signature: Option<SignatureDemand>,
    sbom: Option<SbomLevel>,
    max_severity: Option<Severity>,
    formats: Option<Formats>,
}

impl Rule {
    /// Checks a rule as written; `offset` is where it starts. Files it names are added to `files`.
    pub(crate) fn parse(
        table: RuleTable,
        offset: usize,
        place: &Place<'_>,
        files: &mut Vec<TrustFile>,
    ) -> Result<Self, PolicyError> {
        let name = table.name.get_ref().clone();
        if name.trim().is_empty() || RESERVED.contains(&name.as_str()) {
            let fault = if name.trim().is_empty() { "empty" } else { "reserved" };
            let problem = Problem::Name { name, fault };
            return Err(place.error(table.name.span().start, problem, Some("name what the rule is for")));
        }
        let rule = Self {
            patterns: patterns::parse(&table.patterns, place)?,
            signature: table.signature.map(|table| signature(table, place, files)).transpose()?,
            sbom: table.sbom.map(|table| sbom_level(&table, place)).transpose()?,
            max_severity: table.scan.map(|table| max_severity(&table, place)).transpose()?,
            formats: table.formats.map(|table| formats(table, place)).transpose()?,
            name,
        };
        let demands = rule.signature.is_some()
            || rule.sbom.is_some()
            || rule.max_severity.is_some()
            || rule.formats.is_some();
        if demands {
            return Ok(rule);
        }
        let hint = Some("add `signature`, `sbom`, `scan` or `formats`");
        Err(place.error(offset, Problem::NoDemand { name: rule.name }, hint))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Who may sign what the rule is about.
    pub(crate) fn authorities(&self) -> &[Authority] {
        self.signature.as_ref().map(|demand| demand.any_of.as_slice()).unwrap_or_default()
    }

    pub(crate) fn patterns(&self) -> &[Glob] {
        &self.patterns
    }

    /// What the rule says of the evidence: each demand that is not met, or that all were.
    pub(crate) fn decide(&self, evidence: &Evidence, known: &Known<'_>) -> Vec<Reason> {
        let mut all = Vec::new();
        let mut run = |check: &dyn Fn(&mut Reasons<'_>), met: Option<String>| {
            let mut reasons = Reasons::new(&self.name);
            check(&mut reasons);
            if let (true, Some(message)) = (reasons.good(), met) {
                reasons.artifact(Decision::Allow, message, None);
            }
            all.extend(reasons.finish());
        };
        if let Some(demand) = &self.signature {
            run(&|reasons| demand.check(evidence, known, reasons), None);
        }
        if let Some(level) = self.sbom {
            run(&|reasons| sbom::check(evidence, level, reasons), None);
        }
        if let Some(max) = self.max_severity {
            run(
                &|reasons| demand::max_severity(evidence, max, reasons),
                Some(format!("no finding above {max}")),
            );
        }
        if let Some(formats) = &self.formats {
            run(&|reasons| formats.check(evidence, reasons), Some("only allowed formats".to_owned()));
        }
        all
    }
}

fn signature(
    table: SignatureTable,
    place: &Place<'_>,
    files: &mut Vec<TrustFile>,
) -> Result<SignatureDemand, PolicyError> {
    let start = table.any_of.span().start;
    let authorities = table.any_of.into_inner();
    if authorities.is_empty() {
        let hint = Some("name a key: { kind = \"key\", path = \"/etc/assay/keys/release.pub\" }");
        return Err(place.error(start, Problem::Empty { key: "any-of" }, hint));
    }
    let threshold = table.threshold.as_ref().map_or(1, |threshold| *threshold.get_ref());
    if threshold == 0 || threshold > authorities.len() {
        let fault = "cannot be met, or demands nothing";
        let problem = Problem::Value { key: "threshold", value: threshold.to_string(), fault };
        let at = table.threshold.as_ref().map_or(start, |threshold| threshold.span().start);
        return Err(place.error(at, problem, Some("at least one, at most as many as any-of names")));
    }
    let parse = |authority| Authority::parse(authority, place, files);
    let any_of = authorities.into_iter().map(parse).collect::<Result<_, _>>()?;
    Ok(SignatureDemand { any_of, cover: table.cover, threshold })
}

fn sbom_level(table: &SbomTable, place: &Place<'_>) -> Result<SbomLevel, PolicyError> {
    let (value, fault) = match table.level.get_ref() {
        level @ (SbomLevel::Document | SbomLevel::Inventory | SbomLevel::Integrity) => return Ok(*level),
        SbomLevel::Invalid => ("invalid", "demands nothing"),
        SbomLevel::Bound => ("bound", "is a level that this version does not check"),
    };
    let problem = Problem::Value { key: "level", value: value.to_owned(), fault };
    Err(place.error(table.level.span().start, problem, Some("use document, inventory or integrity")))
}

/// The worst finding a rule or the defaults tolerate.
pub(crate) fn max_severity(table: &ScanTable, place: &Place<'_>) -> Result<Severity, PolicyError> {
    let severity = *table.max_severity.get_ref();
    if severity < built_in::FAIL_ON {
        return Ok(severity);
    }
    let problem = Problem::Value {
        key: "max-severity",
        value: severity.name().to_owned(),
        fault: "contradicts the built-in demand, which denies high and critical",
    };
    Err(place.error(table.max_severity.span().start, problem, Some("use info, low or medium")))
}

fn formats(table: FormatsTable, place: &Place<'_>) -> Result<Formats, PolicyError> {
    let start = table.allow.span().start;
    let allow = table.allow.into_inner();
    if allow.is_empty() {
        let hint = Some("allow at least one format, such as \"safetensors\"");
        return Err(place.error(start, Problem::Empty { key: "allow" }, hint));
    }
    Ok(Formats { allow, unrecognised: table.unrecognised })
}
